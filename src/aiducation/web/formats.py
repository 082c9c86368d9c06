"""Formats: a result as a file to download, in every format that the command line saves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote

from fastapi import Query

from aiducation.exports.formats import WRITERS, Context
from aiducation.media.source_names import stem_of
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import head
from aiducation.observations.tracks import tracks_of
from aiducation.observations.views import for_views
from aiducation.tables.dialects import STANDARD
from aiducation.web.problems import Problem

STEM = "result"  # names of files on this machine's disk never come from a client


@dataclass(frozen=True)
class Format:
    """How a result is downloaded.

    Attributes:
        writer: of ``writers.WRITERS``; "" for what is only made during the analysis.
        ending: of its file's name.
        media_type: as browsers call it.
    """

    writer: str
    ending: str
    media_type: str


FORMATS: dict[str, Format] = {
    "json": Format("json", ".json", "application/json"),
    "csv": Format("csv", ".csv", "text/csv; charset=utf-8"),
    "parquet": Format("parquet", ".parquet", "application/vnd.apache.parquet"),
    "picture": Format("picture", ".annotated.jpg", "image/jpeg"),
    "report": Format("report", ".report.html", "text/html; charset=utf-8"),
    "timeline.svg": Format("timeline", ".timeline.svg", "image/svg+xml"),
    "timeline.png": Format("timeline", ".timeline.png", "image/png"),
    "timeline.csv": Format("timeline", ".timeline.csv", "text/csv; charset=utf-8"),
    "video": Format("", ".annotated.mp4", "video/mp4"),
}

#: What can be asked for, names of ``FORMATS``: as types, because that is how routes say it.
PhotoFormat = Literal["json", "csv", "parquet", "picture", "report"]
LiveFormat = Literal["json", "csv", "parquet", "report", "timeline.svg", "timeline.png", "timeline.csv"]
RecordingFormat = Literal[LiveFormat, "video"]

#: Names of ``tables.dialects.DIALECTS``, for the same reason.
CsvDialect = Annotated[
    Literal["standard", "excel"],
    Query(
        description="How CSV is written: `excel` has semicolons and decimal commas, for German, French and like spreadsheets."
    ),
]


def media_types(formats: Any) -> dict[str, dict[str, Any]]:
    """The ``content`` of an OpenAPI response in one of these types."""
    return {FORMATS[name].media_type: {} for name in get_args(formats)}


def write(result: Faces | Recording, folder: Path, name: str, context: Context) -> Path:
    """Make the file of a format, unless it is there; CSV in another dialect has a folder of its own.

    Raises:
        MissingExtraError: the format needs a package that is not installed.
        OutputError: it cannot be written.
        Problem: it was to be made during the analysis, and was not.
    """
    if context.csv_dialect != STANDARD and FORMATS[name].ending.endswith(".csv"):
        folder = folder / context.csv_dialect
    path = folder / f"{STEM}{FORMATS[name].ending}"
    if path.exists():
        return path
    if not FORMATS[name].writer:
        raise Problem("not_ready", f"No {name} was made; ask for it when you send the recording (video=true).")
    WRITERS[FORMATS[name].writer](result, folder, STEM, context)
    return path


def without_faces(recording: Recording, model: dict[str, Any], *, min_group: int) -> dict[str, Any]:
    """The head of a recording's JSON, and ``tracks``: when each face was seen, and its state over time."""
    about = head(recording, model, min_group=min_group)
    return {**about, "tracks": [track.entry() for track in tracks_of(for_views(recording, min_group))]}


def download_headers(source: str, name: str) -> dict[str, str]:
    """So that browsers save the file under the source's name, safe on any system, and never show it as a page of this server."""
    file = quote(stem_of(source) + FORMATS[name].ending, safe="")
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{file}"}
