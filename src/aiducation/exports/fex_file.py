"""py-feat: a table with the columns of its Fex class, so that ``feat.utils.io.read_feat`` reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiducation.column_names import FEX_COLUMNS, FEX_EMOTIONS
from aiducation.exports.format import Format, Kind, Material, both
from aiducation.observations.result_json import table_rows
from aiducation.states import OUTCOMES
from aiducation.tables.dialects import STANDARD, csv_file


def fex_rows(material: Material) -> Iterator[dict[str, Any]]:
    """A row for each face in each frame. ``Identity`` is the track; of the head's pose only the roll is known in degrees."""
    for row in table_rows(material.result):
        known = {
            "input": row["source"],
            "frame": row["frame"] or 0,
            "approx_time": row["time_s"],
            "Identity": row["face"] if row["track_id"] is None else row["track_id"],
            "FaceRectX": row["left"],
            "FaceRectY": row["top"],
            "FaceRectWidth": round(row["right"] - row["left"], 1),
            "FaceRectHeight": round(row["bottom"] - row["top"], 1),
            "FaceScore": row["score"],
            "Roll": row["roll"],
            **{emotion: row[f"v_{emotion}"] for emotion in FEX_EMOTIONS},
            "state": row["state"],
            **{f"p_{outcome}": row[f"p_{outcome}"] for outcome in OUTCOMES},
        }
        yield {name: known.get(name) for name in FEX_COLUMNS}


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    """Always with commas and points: it is read by a program."""
    path = folder / f"{stem}.fex.csv"
    with csv_file(path, STANDARD) as file:
        file.row(FEX_COLUMNS)
        for row in fex_rows(material):
            file.row(row.values())
    return [path]


FEX = Format(
    name="fex",
    about="for py-feat: a table with the columns of its Fex class",
    **both(Kind(".fex.csv", "text/csv; charset=utf-8")),
    write=_write,
)
