"""Data Package 2.0: the tables as CSV in a ZIP archive, with a description that tells programs what their columns mean."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiducation.exports.format import Format, Kind, Material, both
from aiducation.exports.methods import methods_sentences
from aiducation.exports.tables import ResultTable, tables_of
from aiducation.files import atomic_path
from aiducation.observations.columns import Column
from aiducation.signature import GENERATOR
from aiducation.tables.dialects import STANDARD, CsvWriter
from aiducation.visible import as_text, json_text

#: Name of the description in the archive: where readers look for it.
_DESCRIPTION = "datapackage.json"


def package_of(tables: Sequence[ResultTable], *, name: str, title: str, about: str) -> dict[str, Any]:
    """The description as JSON values.

    Args:
        tables: each lies beside it as a CSV file of its name.
        name: of lower-case letters, digits, dots, hyphens and underscores.
        title, about: for people.

    Source: "Data Package", version 2.0, datapackage.org.
    """
    return {
        "generator": GENERATOR,
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "title": title,
        "description": about,
        "resources": [_resource(table) for table in tables],
    }


def _resource(table: ResultTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "type": "table",
        "profile": "tabular-data-resource",  # what version 1 calls such a type: R's frictionless reads no other resources
        "title": table.title,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": table_schema(table.columns),
    }


def table_schema(columns: Mapping[str, Column]) -> dict[str, Any]:
    """The columns as a Table Schema 2.0."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(name, column) for name, column in columns.items()],
        "missingValues": [""],
    }


def _field(name: str, column: Column) -> dict[str, Any]:
    meaning = f"{column.meaning} Unit: {column.unit}." if column.unit else column.meaning
    limits = {"minimum": column.low, "maximum": column.high, "enum": list(column.allowed) or None}
    constraints = {"required": not column.optional} | {key: value for key, value in limits.items() if value is not None}
    return {"name": name, "type": column.kind, "description": meaning, "constraints": constraints}


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    path, tables = folder / f"{stem}.datapackage.zip", tables_of(material)
    source = as_text(material.result.source)
    package = package_of(
        tables,
        name="apparent-states",
        title=f"Apparent states of faces in {source}",
        about=" ".join(methods_sentences(material)),
    )
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        # Stored first and as it is, so that the file's beginning says what made it.
        archive.writestr(_entry(_DESCRIPTION, zipfile.ZIP_STORED), json_text(package, indent=2) + "\n")
        for table in tables:
            with (
                archive.open(_entry(f"{table.name}.csv"), "w", force_zip64=True) as raw,
                io.TextIOWrapper(raw, "utf-8", newline="") as file,
            ):
                writer = CsvWriter(file, STANDARD)
                writer.row(table.columns)
                for row in table.rows():
                    writer.row(row)
    return [path]


def _entry(name: str, how: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """A file of the archive, without a time: saved files say nothing of when they were made."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = how
    return entry


DATA_PACKAGE = Format(
    name="datapackage",
    about="a Data Package: the tables as CSV, described for machines, in one ZIP file",
    **both(Kind(".datapackage.zip", "application/zip")),
    write=_write,
)
