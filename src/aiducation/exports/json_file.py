"""JSON: the whole result as one file that fits ``observations.schema``."""

from __future__ import annotations

from pathlib import Path

from aiducation.exports.format import Format, Kind, Material, both
from aiducation.files import atomic_path
from aiducation.observations.result_json import face_entries, head
from aiducation.visible import json_text


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    """The head, then a line a face, written as they come: a two-hour lesson has a hundred thousand of them."""
    path = folder / f"{stem}.json"
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        start = json_text(head(material.result, material.group), indent=2, allow_nan=False)
        file.write(start.removesuffix("\n}") + ',\n  "faces": [')
        between = "\n    "
        for entry in face_entries(material.result):
            file.write(between + json_text(entry, allow_nan=False))
            between = ",\n    "
        file.write("\n  ]\n}\n")
    return [path]


JSON = Format(
    name="json",
    about="the whole result: faces, group, timeline, settings",
    **both(Kind(".json", "application/json")),
    write=_write,
    default=True,
)
