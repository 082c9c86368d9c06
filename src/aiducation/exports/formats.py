"""Writers: a result in each format that is saved. To add one, write a function and put it into ``WRITERS``."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.errors import ConfigError, require, unknown_name
from aiducation.exports.annotated_picture import annotate
from aiducation.exports.hiding import Hide, hidden, hide_words
from aiducation.exports.report import report_html
from aiducation.exports.timeline_figure import timeline_png, timeline_svg
from aiducation.files import atomic_path, write_text
from aiducation.media.source_names import stem_of
from aiducation.observations.faces import COLUMNS, Faces, MadeWith
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import face_entries, head, readable, table_rows
from aiducation.observations.schema import COLUMN_MEANINGS, SCHEMA_VERSION
from aiducation.observations.timeline import timeline
from aiducation.observations.views import for_views
from aiducation.signature import GENERATOR, PARQUET_KEY
from aiducation.tables.dialects import STANDARD, check_dialect, csv_file, write_csv
from aiducation.visible import json_text, visible

#: Rows of Parquet that are gathered before they go to the disk.
_ROWS_TOGETHER = 20_000


@dataclass(frozen=True, kw_only=True)
class Context:
    """What writers need beside the result.

    Attributes:
        image: (H, W, 3) uint8 RGB, the photo; None for a recording.
        hide_faces: what is made unrecognizable in whatever is drawn: see ``hiding``.
        min_group: smaller groups get no group figures, and no states in pictures and reports; 1 shows all.
        model: name, criteria, threshold and scores of the model.
        settings: options of the analysis, name -> value, for the report.
        csv_dialect: of ``tables.dialects.DIALECTS``.
    """

    image: np.ndarray | None = None
    hide_faces: Hide = False
    min_group: int = MIN_GROUP
    model: dict[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    csv_dialect: str = STANDARD

    @classmethod
    def of(
        cls,
        made_with: MadeWith,
        *,
        hide_faces: Hide,
        min_group: int = MIN_GROUP,
        image: np.ndarray | None = None,
        csv_dialect: str = STANDARD,
    ) -> Context:
        """What writers need beside a result that was made with a model and options."""
        return cls(
            image=image,
            hide_faces=hide_faces,
            min_group=min_group,
            model=dict(made_with.model),
            settings={**made_with.settings, "faces in pictures": hide_words(hide_faces)},
            csv_dialect=csv_dialect,
        )


#: Writes a result into a folder under a stem (a part of a file name, without slashes); gives the files written, none if the
#: format does not apply. Raises OutputError where it cannot write.
Writer = Callable[[Faces | Recording, Path, str, Context], list[Path]]


def save(
    result: Faces | Recording,
    folder: Path,
    formats: Sequence[str],
    *,
    image: np.ndarray | None = None,
    hide_faces: Hide = False,
    min_group: int | None = None,
    csv_dialect: str = STANDARD,
) -> list[Path]:
    """Write a result in some formats; see ``Faces.save``."""
    check_dialect(csv_dialect)
    recording = isinstance(result, Recording)
    chosen = formats_for(result.source, formats or DEFAULT_FORMATS, recording=recording)
    if "video" in chosen:
        raise ConfigError(
            "A Recording keeps no pictures, so its annotated video is drawn on the way: "
            "with batch.annotated_video(path, hide_faces=False) as draw: Analyzer().video(file, on_frame=draw, min_group=5)."
        )
    if "picture" in formats and image is None and not recording:
        raise ConfigError("The annotated picture needs the photo: pass it as image=.")
    context = Context.of(
        result.made_with,
        hide_faces=hide_faces,
        min_group=MIN_GROUP if min_group is None else min_group,
        image=image,
        csv_dialect=csv_dialect,
    )
    stem = stem_of(result.source)
    return [file for name in chosen for file in WRITERS[name](result, folder, stem, context)]


def check_formats(formats: Sequence[str]) -> None:
    """Make sure that formats are known and can be written.

    Raises:
        ConfigError: there is no such format.
        MissingExtraError: a package that it needs is not installed.
    """
    for name in formats:
        if name not in FORMATS:
            raise unknown_name("format", name, FORMATS)
    if "parquet" in formats:
        require("pyarrow", "parquet")


def formats_for(source: str, formats: Sequence[str], *, recording: bool) -> tuple[str, ...]:
    """Those of some formats that a photo or a recording has.

    Raises:
        ConfigError, MissingExtraError: see ``check_formats``; or it has none of them.
    """
    check_formats(formats)
    fitting = tuple(name for name in dict.fromkeys(formats) if ENDINGS[name][recording])
    if not fitting:
        kind, own = "recording" if recording else "photo", [name for name in FORMATS if ENDINGS[name][recording]]
        raise ConfigError(f"{source} is a {kind} and has no {' or '.join(formats)}; save {', '.join(own)}.")
    return fitting


def drawn(
    image: np.ndarray, faces: Faces, *, hide_faces: Hide, legend: bool = True, enlarge: bool = False
) -> np.ndarray:
    """The annotated picture of what ``for_views`` made, with faces and more hidden if wanted; see ``drawing.annotate``."""
    return annotate(hidden(image, faces, hide_faces), faces, legend=legend, enlarge=enlarge)


def picture_jpeg(image: np.ndarray, faces: Faces, *, hide_faces: Hide, min_group: int = MIN_GROUP) -> bytes:
    """The annotated picture as a JPEG file; its only metadata is the signature."""
    from PIL import Image

    out = io.BytesIO()
    picture = drawn(image, for_views(faces, min_group), hide_faces=hide_faces, enlarge=True)
    # Colours at full size: letters stay crisp.
    Image.fromarray(picture).save(out, "JPEG", quality=88, subsampling=0, comment=GENERATOR)
    return out.getvalue()


def _json(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    """The head, then a line a face, written as they come: a two-hour lesson has a hundred thousand of them."""
    path = folder / f"{stem}.json"
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        start = json_text(head(result, context.model, min_group=context.min_group), indent=2, allow_nan=False)
        file.write(start.removesuffix("\n}") + ',\n  "faces": [')
        between = "\n    "
        for entry in face_entries(result):
            file.write(between + json_text(entry, allow_nan=False))
            between = ",\n    "
        file.write("\n  ]\n}\n")
    return [path]


def _csv(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    """UTF-8 in a dialect.

    The file begins with a byte order mark if the name has letters outside ASCII: spreadsheet programs need it to read them.
    """
    path = folder / f"{stem}.csv"
    with csv_file(path, context.csv_dialect, marked=not readable(result.source).isascii()) as file:
        file.row(COLUMNS)
        for row in table_rows(result):
            file.row(row.values())
    return [path]


def _parquet(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    """One file with typed columns, also where a column is empty throughout."""
    arrow = require("pyarrow", "parquet")
    parquet = require("pyarrow.parquet", "parquet")
    kinds = {"string": arrow.string(), "integer": arrow.int64(), "number": arrow.float64()}
    fields = [
        arrow.field(name, kinds[column.kind], nullable=column.optional) for name, column in COLUMN_MEANINGS.items()
    ]
    table = arrow.schema(fields, metadata={PARQUET_KEY: str(SCHEMA_VERSION)})
    path = folder / f"{stem}.parquet"
    rows = table_rows(result)
    with atomic_path(path) as temporary, parquet.ParquetWriter(temporary, table) as writer:
        while some := list(islice(rows, _ROWS_TOGETHER)):
            writer.write_table(arrow.Table.from_pylist(some, schema=table))
    return [path]


def _picture(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    if isinstance(result, Recording) or context.image is None:
        return []
    path = folder / f"{stem}.annotated.jpg"
    with atomic_path(path) as temporary:
        temporary.write_bytes(
            picture_jpeg(context.image, result, hide_faces=context.hide_faces, min_group=context.min_group)
        )
    return [path]


def _timeline(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    if not isinstance(result, Recording):
        return []
    made, title = timeline(result, min_group=context.min_group), visible(result.source)
    svg, png, table = (folder / f"{stem}.timeline.{kind}" for kind in ("svg", "png", "csv"))
    write_text(svg, timeline_svg(made, title))
    with atomic_path(png) as temporary:
        temporary.write_bytes(timeline_png(made, title))
    columns = made.columns()
    write_csv(table, columns, zip(*columns.values(), strict=True), context.csv_dialect)
    return [svg, png, table]


def _report(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    picture = None
    if isinstance(result, Faces) and context.image is not None:
        picture = picture_jpeg(context.image, result, hide_faces=context.hide_faces, min_group=context.min_group)
    path = folder / f"{stem}.report.html"
    page = report_html(
        result, picture=picture, model=context.model, min_group=context.min_group, settings=context.settings
    )
    write_text(path, page)
    return [path]


#: Format -> how the files of a photo and of a recording end; none where the format does not apply.
ENDINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "json": ((".json",), (".json",)),
    "csv": ((".csv",), (".csv",)),
    "parquet": ((".parquet",), (".parquet",)),
    "picture": ((".annotated.jpg",), ()),
    "timeline": ((), (".timeline.svg", ".timeline.png", ".timeline.csv")),
    "report": ((".report.html",), (".report.html",)),
    "video": ((), (".annotated.mp4",)),
}

#: Everything that can be saved.
FORMATS: tuple[str, ...] = tuple(ENDINGS)

#: What is saved when nothing is asked for.
DEFAULT_FORMATS: tuple[str, ...] = ("json", "csv", "picture", "timeline", "report")

#: Format -> writer. "video" is not among them: it is drawn while the frames go by.
WRITERS: dict[str, Writer] = {
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
    "picture": _picture,
    "timeline": _timeline,
    "report": _report,
}
