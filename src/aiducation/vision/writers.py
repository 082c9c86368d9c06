"""Writers: a result in each format that is saved. To add one, write a function and put it into ``WRITERS``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import require
from aiducation.files import atomic_path, write_json, write_text
from aiducation.vision.anonymize import anonymize
from aiducation.vision.drawing import annotate
from aiducation.vision.faces import Faces, Recording
from aiducation.vision.report import report_html
from aiducation.vision.schema import to_json
from aiducation.vision.timeline import MIN_GROUP, timeline
from aiducation.vision.timeline_figure import timeline_png, timeline_svg


@dataclass(frozen=True, kw_only=True)
class Context:
    """What writers need beside the result.

    Attributes:
        image: (H, W, 3) uint8 RGB, the photo; None for a recording.
        hide_faces: cover every face in whatever is drawn.
        min_group: smaller groups get no group figures; 1 shows all.
        model: name, criteria, threshold and scores of the model.
    """

    image: np.ndarray | None = None
    hide_faces: bool = False
    min_group: int = MIN_GROUP
    model: dict[str, Any] = field(default_factory=dict)


#: Writes a result into a folder under a stem; gives the files written.
Writer = Callable[[Faces | Recording, Path, str, Context], list[Path]]


def drawn(image: np.ndarray, faces: Faces, *, hide_faces: bool, legend: bool = True) -> np.ndarray:
    """The annotated picture, with every face covered if wanted."""
    return annotate(anonymize(image, faces.boxes) if hide_faces else image, faces, legend=legend)


def _json(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    path = folder / f"{stem}.json"
    write_json(path, to_json(result, context.model))
    return [path]


def _csv(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    """Comma-separated, UTF-8. A name that a spreadsheet would take for a formula gets an apostrophe in front."""
    table = result.columns()
    table["source"] = [_harmless(name) for name in table["source"]]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    path = folder / f"{stem}.csv"
    write_text(path, text.getvalue())
    return [path]


def _harmless(name: str) -> str:
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def _parquet(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    pyarrow = require("pyarrow", "parquet")
    parquet = require("pyarrow.parquet", "parquet")
    path = folder / f"{stem}.parquet"
    with atomic_path(path) as temporary:
        parquet.write_table(pyarrow.table(result.columns()), temporary)
    return [path]


def _picture(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    if isinstance(result, Recording) or context.image is None:
        return []
    path = folder / f"{stem}.annotated.jpg"
    with atomic_path(path) as temporary:
        temporary.write_bytes(picture_jpeg(context.image, result, hide_faces=context.hide_faces))
    return [path]


def picture_jpeg(image: np.ndarray, faces: Faces, *, hide_faces: bool) -> bytes:
    """The annotated picture as a JPEG file; nothing of the original file's metadata is in it."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(drawn(image, faces, hide_faces=hide_faces)).save(out, "JPEG", quality=90)
    return out.getvalue()


def _timeline(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    if not isinstance(result, Recording):
        return []
    made = timeline(result, min_group=context.min_group)
    svg, png, table = (folder / f"{stem}.timeline.{kind}" for kind in ("svg", "png", "csv"))
    write_text(svg, timeline_svg(made, result.source))
    with atomic_path(png) as temporary:
        temporary.write_bytes(timeline_png(made, result.source))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = made.columns()
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    write_text(table, text.getvalue())
    return [svg, png, table]


def _report(result: Faces | Recording, folder: Path, stem: str, context: Context) -> list[Path]:
    picture = None
    if isinstance(result, Faces) and context.image is not None:
        picture = picture_jpeg(context.image, result, hide_faces=context.hide_faces)
    path = folder / f"{stem}.report.html"
    write_text(path, report_html(result, picture=picture, model=context.model, min_group=context.min_group))
    return [path]


#: Format -> writer. "video" is not among them: it is drawn while the frames go by.
WRITERS: dict[str, Writer] = {
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
    "picture": _picture,
    "timeline": _timeline,
    "report": _report,
}
