"""AnnotationFormat: how annotations are read from a kind of file, and written to it. ``formats`` has the table of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from aiducation.errors import DataFileError
from aiducation.observations.annotations import CANNOT_TELL, LABELS, Annotations
from aiducation.states import CALM, UNCLEAR, WITHHELD
from aiducation.tables.table import clean, normalized
from aiducation.texts import N_

#: What people write for "cannot tell".
_CANNOT = ("cannot tell", "cannot_tell", "can't tell", "cant tell", "cannot-tell")


_CALM_IS_TWO = N_(
    "'calm' means neutral or focused, but a label must name one of them. Export the result with --view states, translate the "
    "label with --code calm=neutral, or leave such labels out with --code calm=."
)
_UNKNOWN_WORD = N_(
    "'{short}' is not one of {labels}. Say which state it stands for with --code '{short}=focused', or leave it out with --code "
    "'{short}='."
)


@dataclass(frozen=True, kw_only=True)
class Codes:
    """Which states the words of another tool stand for.

    Attributes:
        given: word, as ``normalized`` gives it -> one of ``LABELS``, or "" for a word that is left out.
    """

    given: Mapping[str, str] = field(default_factory=dict)

    def label(self, word: str) -> str | None:
        """The state that a word means, "" for one that is left out, None for one that is not known."""
        plain = normalized(word)
        if plain in self.given:
            return self.given[plain]
        if plain in _CANNOT:
            return CANNOT_TELL
        if plain in (UNCLEAR, WITHHELD):  # this program's own words where it gives no state
            return ""
        return plain if plain in LABELS else None

    def unknown(self, word: str) -> str:
        """A sentence for a word that is not known."""
        if normalized(word) == CALM:
            return _CALM_IS_TWO
        short = "".join(c if c.isprintable() else "?" for c in word[:40])
        return _UNKNOWN_WORD.format(short=short, labels=", ".join(LABELS))


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """Information that a file does not contain.

    Attributes:
        codes: what its words mean.
        source: the photo or recording, as its result names it: of several in a file, the one whose labels are read; a single one
            is given this name, and so is what a file does not name. "" to read all by the names in the file. Readers name with it
            only what has no name; ``source_choice`` does the rest.
        annotator: whose labels these are; "" to take the name in the file, or the file's own.
        fps: frames per second, for a file that gives frame numbers; None if that is not known.
    """

    codes: Codes = field(default_factory=Codes)
    source: str = ""
    annotator: str = ""
    fps: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "annotator", clean(self.annotator))  # blanks alone name nobody


@dataclass(frozen=True, kw_only=True)
class Media:
    """What is known about the annotated photos and recordings, for tools that need it.

    Attributes:
        folder: where they are; None if it is not known: then only their names are given.
        sizes: source -> width and height in pixels.
        fps: source -> frames per second.
        length_s: source -> seconds until it ends, also where only a part of it was analyzed.
        frames_off: source -> by how many frames the numbers that ``fps`` gives for times differ at most from the recording's own,
            because its pictures do not follow each other evenly, or do not begin at 0.
    """

    folder: Path | None = None
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    fps: Mapping[str, float] = field(default_factory=dict)
    length_s: Mapping[str, float] = field(default_factory=dict)
    frames_off: Mapping[str, int] = field(default_factory=dict)

    def __or__(self, other: Media) -> Media:
        """Both together; where they differ, the other one counts."""
        names = ("sizes", "fps", "length_s", "frames_off")
        both: dict[str, Any] = {name: {**getattr(self, name), **getattr(other, name)} for name in names}
        return Media(folder=other.folder or self.folder, **both)


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What was read from a file.

    Attributes:
        annotations: the labels, in the file's order.
        notes: what a reader should know: what was left out, one sentence each.
        media: what the file says of the photos and recordings.
    """

    annotations: Annotations
    notes: tuple[str, ...] = ()
    media: Media = field(default_factory=Media)


#: What writes annotations; gives a sentence for everything that a format cannot hold.
Write: TypeAlias = Callable[[Annotations, Path, Media], list[str]]


@dataclass(frozen=True, kw_only=True)
class AnnotationFormat:
    """A kind of file that holds annotations. To add one, write a file with an entry, and put it into ``ANNOTATION_FORMATS``.

    Attributes:
        name: as the command line calls it.
        about: what it is, in a few words.
        ending: how the names of its files end.
        recognizes: whether a file is of this kind, from its first bytes (64 KiB) and its name.
        read: the annotations in a file; raises DataFileError, which names the place.
        write: writes annotations, and gives a sentence for everything that the format cannot hold; None where it is only read.
        photos, recordings: whether it holds labels of photos, of recordings.
    """

    name: str
    about: str
    ending: str
    recognizes: Callable[[bytes, str], bool]
    read: Callable[[Path, ReadOptions], Labels]
    write: Write | None = None
    photos: bool = True
    recordings: bool = True


def wrong(path: Path, place: str, what: object) -> DataFileError:
    """An error that says where in a file something is wrong."""
    return DataFileError(f"{path}, {place}: {str(what)[:300]}")
