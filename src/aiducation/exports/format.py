"""Format: how a result becomes files. Material: what a format gets. ``formats`` has the table of all formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.errors import ShapeError
from aiducation.exports.hiding import Hide, hide_words
from aiducation.kit.purpose import Purpose
from aiducation.observations.faces import Faces
from aiducation.observations.group import Group, group_of
from aiducation.observations.recording import Recording
from aiducation.observations.transcript import Transcript
from aiducation.observations.views import for_views
from aiducation.tables.dialects import STANDARD
from aiducation.texts import N_, Texts


@dataclass(frozen=True, kw_only=True)
class Material:
    """A result with everything that its files are made from; what several formats need is computed once.

    Attributes:
        result: what was seen, with the model and the settings it was made with.
        image: (H, W, 3) uint8 RGB, the photo that the faces were found in; None for a recording.
        hide_faces: what is anonymized in everything that is drawn: see ``hiding``.
        min_group: smaller groups get no group figures, and no states in pictures and reports; 1 shows all.
        csv_dialect: of ``tables.dialects.DIALECTS``.
        media: the recording's own file, for formats that link to it; None where it is not known.
        texts: the language of what people read; data files are the same in all languages.
        purpose: why the analysis was made; the report prints it.
        explained: number of a face in the photo -> PNG that shows which parts were evidence for its state; the report
            shows them, except where faces are hidden or states are withheld.
        transcript: who spoke when, as much of it as may be shown; None where nothing is known.
        names: track number -> what people call it; reports show them. Empty unless somebody asked for names.
        counted: the group, where it was counted before single faces were left out of ``result``; None to count it here.

    Raises:
        ShapeError: the image is not of the size that the result has, so that faces would be drawn and hidden beside their places.
    """

    result: Faces | Recording
    image: np.ndarray | None = None
    hide_faces: Hide = False
    min_group: int = MIN_GROUP
    csv_dialect: str = STANDARD
    media: Path | None = None
    texts: Texts = field(default_factory=Texts)
    purpose: Purpose | None = None
    explained: Mapping[int, bytes] = field(default_factory=dict)
    transcript: Transcript | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    counted: Group | None = None

    def __post_init__(self) -> None:
        if self.image is None or isinstance(self.result, Recording):
            return
        size = (self.result.height, self.result.width, 3)
        if self.image.shape != size or self.image.dtype != np.uint8:
            raise ShapeError(
                f"image= must be the upright picture that was analyzed, {size} uint8, not {self.image.shape} "
                f"{self.image.dtype}. aiducation.media.photos.read_photo reads it as the analysis does."
            )

    @cached_property
    def group(self) -> Group:
        """What is said of all faces together."""
        return self.counted or group_of(self.result, self.min_group)

    @cached_property
    def shown(self) -> Faces | Recording:
        """The result as pictures and reports show it."""
        return for_views(self.result, self.group)

    @property
    def settings(self) -> Mapping[str, str]:
        """Options of the analysis and of saving, for the report."""
        return {**self.result.made_with.settings, N_("faces in pictures"): hide_words(self.hide_faces)}


@dataclass(frozen=True)
class Kind:
    """One kind of file of a format.

    Attributes:
        ending: of its name, after the name of the result.
        media_type: as browsers call it.
    """

    ending: str
    media_type: str


#: Writes a result's files into a folder, their names beginning with a stem (without slashes). Gives the files that it wrote: none
#: if something that they need is missing, as the photo's pixels. Raises OutputError where it cannot write.
Write = Callable[[Material, Path, str], list[Path]]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format that results are saved in. To add one, write a file with a ``Format`` and put it into ``formats.FORMATS``.

    Attributes:
        name: as ``--save`` and the API call it.
        about: what it is, in a few words; for help texts and documentation.
        photo, recording: the kinds of files that it has of each; none where it does not apply.
        write: makes them; None for what is drawn during the analysis.
        check: makes sure that it can be written here; raises MissingExtraError where a package is not installed.
        default: whether it is saved if no format is chosen.
        in_dialect: whether it has a CSV file, which is written in the dialect that is asked for.
    """

    name: str
    about: str
    photo: tuple[Kind, ...] = ()
    recording: tuple[Kind, ...] = ()
    write: Write | None = field(default=None, repr=False)
    check: Callable[[], object] = field(default=bool, repr=False)
    default: bool = False
    in_dialect: bool = False

    def kinds(self, *, recording: bool) -> tuple[Kind, ...]:
        """The kinds of files of a recording, or of a photo."""
        return self.recording if recording else self.photo

    def downloads(self, *, recording: bool) -> dict[str, Kind]:
        """Each file as the API names it: the format's name, and the file's last ending where it has several files."""
        kinds = self.kinds(recording=recording)
        if len(kinds) == 1:
            return {self.name: kinds[0]}
        return {f"{self.name}.{kind.ending.rpartition('.')[2]}": kind for kind in kinds}


def both(*kinds: Kind) -> dict[str, Any]:
    """The same kinds of files for photos and recordings, as arguments of ``Format``."""
    return {"photo": kinds, "recording": kinds}
