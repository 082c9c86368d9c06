"""Parquet: the tidy table with typed columns."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from aiducation.errors import require
from aiducation.exports.format import Format, Kind, Material, both
from aiducation.files import atomic_path
from aiducation.observations.columns import COLUMN_MEANINGS
from aiducation.observations.result_json import table_rows
from aiducation.observations.schema import SCHEMA_VERSION
from aiducation.signature import PARQUET_KEY

#: Rows that are gathered before they go to the disk.
_ROWS_TOGETHER = 20_000


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    """One file with typed columns, also where a column is empty throughout."""
    arrow = require("pyarrow", "parquet")
    parquet = require("pyarrow.parquet", "parquet")
    kinds = {"string": arrow.string(), "integer": arrow.int64(), "number": arrow.float64()}
    fields = [
        arrow.field(name, kinds[column.kind], nullable=column.optional) for name, column in COLUMN_MEANINGS.items()
    ]
    table = arrow.schema(fields, metadata={PARQUET_KEY: str(SCHEMA_VERSION)})
    path = folder / f"{stem}.parquet"
    rows = table_rows(material.result)
    # Of a path, PyArrow would read some as addresses, and others not at all: those that are not UTF-8.
    with atomic_path(path) as temporary, temporary.open("wb") as file, parquet.ParquetWriter(file, table) as writer:
        while some := list(islice(rows, _ROWS_TOGETHER)):
            writer.write_table(arrow.Table.from_pylist(some, schema=table))
    return [path]


PARQUET = Format(
    name="parquet",
    about="the same table with typed columns",
    **both(Kind(".parquet", "application/vnd.apache.parquet")),
    write=_write,
    check=lambda: require("pyarrow", "parquet"),
)
