"""Annotations as this project's own JSON: nothing is lost."""

from __future__ import annotations

from pathlib import Path

from aiducation.errors import DataFileError
from aiducation.exchange.format import AnnotationFormat, Labels, Media, ReadOptions
from aiducation.exchange.media_entries import media_entries, media_from
from aiducation.files import write_text
from aiducation.observations.annotation_json import ENTRY_SCHEMA, annotations_from_json, annotations_to_json
from aiducation.observations.annotations import Annotations
from aiducation.records import read_record
from aiducation.schemas import check
from aiducation.visible import json_text


def _recognizes(start: bytes, name: str) -> bool:
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"annotations_version"' in start


def _read(path: Path, options: ReadOptions) -> Labels:
    value = read_record(path)
    try:
        return Labels(annotations=annotations_from_json(value), media=media_from(value.get("media", ())))
    except DataFileError as error:
        raise DataFileError(f"{path}: {error}") from error


def _write(annotations: Annotations, path: Path, media: Media) -> list[str]:
    """A line an annotation, so that two versions of a file can be compared."""
    value = annotations_to_json(annotations, media_entries(media, annotations.sources))
    entries = value.pop("annotations")
    for number, entry in enumerate(entries, start=1):  # what other tools hold may be longer than what is read here
        if why := check(entry, ENTRY_SCHEMA):
            raise DataFileError(f"Annotation {number:,} cannot be kept as JSON: {why}. Use --to csv, or shorten it.")
    start = json_text(value, indent=2).removesuffix("\n}")
    lines = ",\n".join(f"    {json_text(entry)}" for entry in entries)
    write_text(path, f'{start},\n  "annotations": [\n{lines}\n  ]\n}}\n')
    return []


OWN_JSON = AnnotationFormat(
    name="json",
    about="the format of this program; the only one that holds everything",
    ending=".json",
    recognizes=_recognizes,
    read=_read,
    write=_write,
)
