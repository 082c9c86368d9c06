"""Rows of the table: one after the other as all at once, with the columns in their order."""

from __future__ import annotations

from aiducation.column_names import COLUMNS
from aiducation.observations.result_json import table_rows
from makers import lesson


def test_rows_are_the_columns_of_the_table() -> None:
    recording = lesson(people=3)
    rows, columns = list(table_rows(recording)), recording.columns()
    assert len(rows) == sum(map(len, recording.frames)) > 0
    assert all(tuple(row) == COLUMNS for row in rows)
    for name in COLUMNS:
        assert [row[name] for row in rows] == columns[name], name
