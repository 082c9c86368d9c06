"""All tables of a result, for formats that hold several tables, such as a workbook or a data package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiducation.exports.episodes_file import episode_rows
from aiducation.exports.format import Material
from aiducation.observations.columns import COLUMN_MEANINGS, Column
from aiducation.observations.episode_columns import EPISODE_COLUMNS
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import table_rows
from aiducation.observations.schema import timeline_columns


@dataclass(frozen=True, kw_only=True)
class ResultTable:
    """One table.

    Attributes:
        name: in lower case, as a file or a sheet is called.
        title: what a row is.
        columns: what each means, in their order.
        rows: the values of each row, in the order of the columns; computed again at each call.
    """

    name: str
    title: str
    columns: Mapping[str, Column]
    rows: Callable[[], Iterator[tuple[Any, ...]]]


def tables_of(material: Material) -> list[ResultTable]:
    """Every face; of a recording also the episodes and the timeline. The timeline withholds figures of small groups."""
    result, over_time = material.result, material.group.over_time
    tables = [
        ResultTable(
            name="faces",
            title="A row for each face in each analyzed frame",
            columns=COLUMN_MEANINGS,
            rows=lambda: (tuple(row.values()) for row in table_rows(result)),
        )
    ]
    if isinstance(result, Recording) and over_time is not None:
        values = over_time.columns()
        tables += [
            ResultTable(
                name="episodes",
                title="A row for each stretch of time over which a track showed one state",
                columns=EPISODE_COLUMNS,
                rows=lambda: (tuple(row.values()) for row in episode_rows(result)),
            ),
            ResultTable(
                name="timeline",
                title="A row for each step of time: the group",
                columns=timeline_columns(result.view),
                rows=lambda: zip(*values.values(), strict=True),
            ),
        ]
    return tables
