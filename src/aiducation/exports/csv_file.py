"""CSV: the tidy table, a row for each face in each frame."""

from __future__ import annotations

from pathlib import Path

from aiducation.column_names import COLUMNS
from aiducation.exports.format import Format, Kind, Material, both
from aiducation.observations.result_json import table_rows
from aiducation.tables.dialects import csv_file
from aiducation.visible import as_text


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    """UTF-8 in a dialect.

    The file begins with a byte order mark if the name has letters outside ASCII: spreadsheet programs need it to read them.
    """
    path = folder / f"{stem}.csv"
    with csv_file(path, material.csv_dialect, marked=not as_text(material.result.source).isascii()) as file:
        file.row(COLUMNS)
        for row in table_rows(material.result):
            file.row(row.values())
    return [path]


CSV = Format(
    name="csv",
    about="a table with a row for each face in each frame",
    **both(Kind(".csv", "text/csv; charset=utf-8")),
    write=_write,
    in_dialect=True,
    default=True,
)
