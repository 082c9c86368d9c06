"""Formats: everything that a result can be saved as. To add one, write a file with a ``Format`` and enter it in ``FORMATS``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.errors import ConfigError, unknown_name
from aiducation.exports.annotated_video import VIDEO
from aiducation.exports.boris_file import BORIS
from aiducation.exports.captions import CAPTIONS, CHAPTERS
from aiducation.exports.csv_file import CSV
from aiducation.exports.data_package import DATA_PACKAGE
from aiducation.exports.elan_file import ELAN
from aiducation.exports.episodes_file import EPISODES
from aiducation.exports.excel_file import EXCEL
from aiducation.exports.fex_file import FEX
from aiducation.exports.format import Format, Material
from aiducation.exports.hiding import hide_of
from aiducation.exports.json_file import JSON
from aiducation.exports.methods import METHODS
from aiducation.exports.parquet_file import PARQUET
from aiducation.exports.picture import PICTURE
from aiducation.exports.report import REPORT
from aiducation.exports.speech_file import SPEECH
from aiducation.exports.textgrid_file import TEXTGRID
from aiducation.exports.timeline_files import TIMELINE
from aiducation.exports.xapi_file import XAPI
from aiducation.kit.purpose import Purpose
from aiducation.media.source_names import stem_of
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.tables.dialects import STANDARD, check_dialect
from aiducation.texts import ENGLISH, texts_of

#: Name -> format, in the order in which they are written and listed.
FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        JSON,
        CSV,
        PARQUET,
        PICTURE,
        TIMELINE,
        REPORT,
        VIDEO,
        EPISODES,
        SPEECH,
        ELAN,
        BORIS,
        TEXTGRID,
        CAPTIONS,
        CHAPTERS,
        EXCEL,
        DATA_PACKAGE,
        FEX,
        XAPI,
        METHODS,
    )
}


def default_formats() -> tuple[str, ...]:
    """What is saved if no format is chosen."""
    return tuple(name for name, one in FORMATS.items() if one.default)


def endings() -> frozenset[str]:
    """How the files of a result may end."""
    return frozenset(kind.ending for one in FORMATS.values() for kind in (*one.photo, *one.recording))


def check_formats(formats: Sequence[str]) -> None:
    """Make sure that formats are known and can be written.

    Raises:
        ConfigError: there is no such format.
        MissingExtraError: a package that it needs is not installed.
    """
    for name in formats:
        if name not in FORMATS:
            raise unknown_name("format", name, FORMATS)
        FORMATS[name].check()


def formats_for(source: str, formats: Sequence[str], *, recording: bool) -> tuple[str, ...]:
    """The formats, out of some, that a photo or a recording can be saved in.

    Raises:
        ConfigError, MissingExtraError: see ``check_formats``; or it has none of them.
    """
    check_formats(formats)
    fitting = tuple(name for name in dict.fromkeys(formats) if FORMATS[name].kinds(recording=recording))
    if not fitting:
        kind = "recording" if recording else "photo"
        own = [name for name, one in FORMATS.items() if one.kinds(recording=recording)]
        raise ConfigError(f"{source} is a {kind} and cannot be saved as {' or '.join(formats)}; save {', '.join(own)}.")
    return fitting


def write(material: Material, folder: Path, stem: str, formats: Sequence[str]) -> list[Path]:
    """Write a result in some formats; what is drawn during the analysis is left out.

    Args:
        material: the result, and what its files need.
        folder: where to.
        stem: how the names of the files begin.
        formats: names of ``FORMATS``.

    Raises:
        OutputError: a file cannot be written.
    """
    files: list[Path] = []
    for name in formats:
        make = FORMATS[name].write
        files += make(material, folder, stem) if make else []
    return files


def save(
    result: Faces | Recording,
    folder: str | Path,
    formats: str | Iterable[str] = (),
    *,
    image: np.ndarray | None = None,
    anonymize: bool | str = False,
    min_group: int = MIN_GROUP,
    csv_dialect: str = STANDARD,
    media: str | Path | None = None,
    language: str = ENGLISH,
    purpose: Purpose | None = None,
    names: Mapping[int, str] | None = None,
) -> list[Path]:
    """Write the files that ``aiducation analyze`` writes, named after the source; existing files are overwritten.

    Args:
        result: what was seen.
        folder: made if it is missing.
        formats: one or more of ``FORMATS``; none for what the command saves by default.
        image: (H, W, 3) uint8 RGB, the photo that was analyzed, upright, for "picture" and for the one in "report";
            ``media.photos.read_photo`` reads it as the analysis does.
        anonymize: True anonymizes all faces in everything that is drawn; "text" also what may be text, such as names on
            meeting tiles; "all" everything else, too.
        min_group: figures of smaller groups, and in pictures and reports their states, are withheld; 1 shows all.
        language: of what people read, of ``texts.LANGUAGES``.
        csv_dialect: "excel" writes CSV with semicolons and decimal commas, for German, French and similar spreadsheet
            programs.
        media: the recording's file, which "elan" and "boris" link to; None if they should look for it in their own
            folder.
        purpose: what the report says it was made for; ``aiducation.kit.purpose.read_purpose`` reads one.
        names: track number -> what people call it; the report shows them, no other file does. None for a report without names.

    Example:
        >>> save(Analyzer().photo("class.jpg"), "result", ["json", "csv"])  # doctest: +SKIP

    Raises:
        ConfigError: there is no such format or dialect, the result has none of the formats, or one needs what is missing: the
            photo's pixels, or a video, which is drawn during the analysis (see ``annotated_video``).
        ShapeError: the image has another size or type than the picture that was analyzed.
        MissingExtraError: a format needs a package that is not installed.
        OutputError: a file cannot be written.
    """
    check_dialect(csv_dialect)
    recording = isinstance(result, Recording)
    formats = [formats] if isinstance(formats, str) else list(formats)
    chosen = formats_for(result.source, formats or default_formats(), recording=recording)
    if drawn := [name for name in chosen if FORMATS[name].write is None]:
        raise ConfigError(
            f"A Recording keeps no pictures, so its annotated {drawn[0]} must be drawn during the analysis: with "
            "aiducation.exports.annotated_video.annotated_video(path, hide_faces=False) as draw: "
            "Analyzer().video(file, on_frame=draw, min_group=5)."
        )
    if PICTURE.name in formats and image is None:
        raise ConfigError("The annotated picture needs the photo: pass it as image=.")
    material = Material(
        result=result,
        image=image,
        hide_faces=hide_of(anonymize),
        min_group=min_group,
        csv_dialect=csv_dialect,
        media=Path(media) if media else None,
        texts=texts_of(language),
        purpose=purpose,
        names=names or {},
    )
    return write(material, Path(folder), stem_of(result.source), chosen)
