"""Formats: a result as a file to download, in every format of ``exports.formats``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Query
from pydantic import AfterValidator, WithJsonSchema

from aiducation.exports.format import Format, Kind, Material
from aiducation.exports.formats import FORMATS
from aiducation.media.source_names import stem_of
from aiducation.observations.group import group_of
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import head
from aiducation.observations.tracks import tracks_of
from aiducation.observations.views import for_views
from aiducation.tables.dialects import STANDARD
from aiducation.texts import ENGLISH
from aiducation.web.problems import Problem

#: What is the same in every language, or is made only once, during the analysis.
_SAME = ("json", "csv", "parquet", "video")

STEM = "result"  # names of files on this machine's disk never come from a client


def downloads(*, recording: bool, live: bool = False) -> Mapping[str, tuple[Format, Kind]]:
    """What can be asked for of a photo, a recording or a live session: name in the API -> format, and which of its files."""
    return {
        name: (one, kind)
        for one in FORMATS.values()
        if not (live and one.write is None)  # nothing is drawn during a lesson
        for name, kind in one.downloads(recording=recording).items()
    }


def _name(*, recording: bool, live: bool = False) -> Any:
    """The type of a route's parameter: what is registered as a format later is taken, too."""

    def known(value: str) -> str:
        names = downloads(recording=recording, live=live)
        if value not in names:
            raise ValueError(f"it must be one of {', '.join(names)}")
        return value

    names = [*downloads(recording=recording, live=live)]
    return Annotated[str, AfterValidator(known), WithJsonSchema({"type": "string", "enum": names})]


PhotoFormat = _name(recording=False)
RecordingFormat = _name(recording=True)
LiveFormat = _name(recording=True, live=True)

#: Names of ``tables.dialects.DIALECTS``, as a type, because that is how routes say it.
CsvDialect = Annotated[
    Literal["standard", "excel"],
    Query(
        description="Dialect of CSV files: `excel` has semicolons and decimal commas, for German, French and similar "
        "spreadsheet programs."
    ),
]


def media_types(*, recording: bool, live: bool = False) -> dict[str, dict[str, Any]]:
    """The ``content`` of an OpenAPI response in one of the formats."""
    return {kind.media_type: {} for _, kind in downloads(recording=recording, live=live).values()}


#: The header of a file to be saved.
SAVED_AS = {"Content-Disposition": {"description": "Under which name to save it.", "schema": {"type": "string"}}}


def in_parts(file: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of a file that is also sent in parts."""
    part = {**file, "description": "A part of the file, where `Range` asks for one."}
    part["content"] = {**file["content"], "multipart/byteranges": {}}
    return {200: file, 206: part, 416: {"description": "The file has no such part; without a body."}}


def media_type(name: str, *, recording: bool) -> str:
    """The type of a download, as browsers call it."""
    return downloads(recording=recording)[name][1].media_type


def write(material: Material, folder: Path, name: str) -> Path:
    """Make the file of a download, unless it is there; another language, and CSV in another dialect, have folders of their own.

    Raises:
        MissingExtraError: the format needs a package that is not installed.
        OutputError: it cannot be written.
        Problem: it was to be made during the analysis, and was not.
    """
    one, kind = downloads(recording=isinstance(material.result, Recording))[name]
    if material.csv_dialect != STANDARD and kind.ending.endswith(".csv"):
        folder = folder / material.csv_dialect
    if material.texts.language != ENGLISH and name not in _SAME:
        folder = folder / material.texts.language
    path = folder / f"{STEM}{kind.ending}"
    if path.exists():
        return path
    if one.write is None:
        raise Problem("not_ready", f"No {name} was made; request it when you send the recording (video=true).")
    one.write(material, folder, STEM)
    return path


def without_faces(recording: Recording, *, min_group: int) -> dict[str, Any]:
    """The head of a recording's JSON, and ``tracks``: when each face was seen, and its state over time."""
    group = group_of(recording, min_group)
    return {**head(recording, group), "tracks": [track.entry() for track in tracks_of(for_views(recording, group))]}


def download_headers(source: str, name: str, *, recording: bool) -> dict[str, str]:
    """So that browsers save the file under the source's name, safe on any system, and never show it as a page of this server."""
    file = quote(stem_of(source) + downloads(recording=recording)[name][1].ending, safe="")
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{file}"}
