"""The tidy table as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiducation.errors import require
from aiducation.observations.columns import COLUMN_MEANINGS, Column


def dataframe_of(columns: Mapping[str, Sequence[Any]]) -> Any:
    """A DataFrame of columns of the tidy table.

    The types do not depend on what is missing: those of a photo without any face, or without one that was judged, are those of a
    recording, so that the tables of several can be put together and still hold numbers.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    pandas = require("pandas", "dataframe")
    return pandas.DataFrame(
        {name: pandas.Series(values, dtype=_type(COLUMN_MEANINGS[name])) for name, values in columns.items()}
    )


def _type(column: Column) -> str:
    if column.kind == "integer":
        return "Int64" if column.optional else "int64"  # NumPy's whole numbers cannot be missing
    return {"number": "float64", "string": "str"}[column.kind]
