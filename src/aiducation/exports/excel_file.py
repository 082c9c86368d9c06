"""Excel: a workbook with a summary, the tables, and what their columns mean. Texts stay texts: no cell is a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from aiducation.errors import require
from aiducation.exports.format import Format, Kind, Material, both
from aiducation.exports.methods import methods_sentences
from aiducation.exports.tables import ResultTable, tables_of
from aiducation.files import atomic_in_folder, cannot_write
from aiducation.observations.recording import Recording
from aiducation.signature import GENERATOR
from aiducation.visible import as_text, visible
from aiducation.words import length

#: Rows of a sheet with data at most: what Excel takes, without the heading.
_MOST_ROWS = 1_048_575

#: A workbook says when it was made; saved files say nothing of that.
_NO_DATE = datetime(2000, 1, 1)

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def summary_rows(material: Material) -> Iterator[tuple[str, Any]]:
    """What the first sheet says: a name and a value in each row. Group figures are withheld as in the report."""
    result, group = material.result, material.group
    yield "source", as_text(result.source)
    if isinstance(result, Recording):
        yield "length", length(result.length_s)
        yield "analyzed frames", len(result)
        yield "sampling interval in seconds", result.every_s
        yield "tracks", len(result.track_ids)
    yield "faces found, in all frames together", group.found
    yield "of them, faces with a state", group.judged
    if group.withheld:
        yield "group", group.withheld
    else:
        per_frame = "faces in a frame, on average: " if isinstance(result, Recording) else "faces: "
        for name, count in zip(group.counted, group.counts.tolist(), strict=True):
            yield per_frame + name, round(count, 2)
        for outcome, share in zip(group.outcomes, group.shares.shares.tolist(), strict=True):
            yield f"mean probability: {outcome}", round(share, 4)
    for note in result.notes:
        yield "note", note
    yield "smallest group for which figures are shown", group.min_group
    for name, value in material.settings.items():
        yield str(name), str(value)
    for sentence in methods_sentences(material):
        yield "method", sentence


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    xlsxwriter = require("xlsxwriter", "excel")
    path, tables = folder / f"{stem}.xlsx", tables_of(material)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "use_zip64": True}
    with atomic_in_folder(path) as temporary, _File(io.FileIO(temporary, "w")) as file:
        # What xlsxwriter writes on the way holds the rows of everybody, too: it lies there and goes, whatever happens.
        book = xlsxwriter.Workbook(file, {**options, "tmpdir": str(temporary.parent)})
        book.set_properties({"author": GENERATOR, "created": _NO_DATE})
        sheets = _Sheets(book)
        sheets.add("summary", ["what", "value"], summary_rows(material), [44, 100])
        for table in tables:
            sheets.table(table)
        sheets.add("columns", _COLUMN_HEADING, _column_rows(tables), [12, 20, 90, 12, 16, 40])
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:  # no OSError, but it holds the one that the system gave
            raise cannot_write(path, error.args[0]) from error
    return [path]


class _File(io.BufferedWriter):
    """A file that takes anything once it is closed: where the disk is full, xlsxwriter leaves its archive open, and that would
    complain on the terminal when it is thrown away."""

    def write(self, content: Any) -> int:
        return len(content) if self.closed else super().write(content)

    def seek(self, *place: int) -> int:
        return 0 if self.closed else super().seek(*place)

    def tell(self) -> int:
        return 0 if self.closed else super().tell()

    def flush(self) -> None:
        if not self.closed:
            super().flush()


_COLUMN_HEADING = ["sheet", "column", "meaning", "unit", "range", "values"]


def _column_rows(tables: list[ResultTable]) -> Iterator[tuple[Any, ...]]:
    for table in tables:
        for name, column in table.columns.items():
            values = ", ".join(column.allowed)
            yield table.name, name, column.meaning, column.unit, column.range_words(), values


class _Sheets:
    """Writes sheets into a workbook, row after row."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True, "bottom": 1})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})

    def table(self, table: ResultTable) -> None:
        """A sheet with a table and a filter on its heading."""
        widths = [max(len(name) + 2, 24 if column.kind == "string" else 10) for name, column in table.columns.items()]
        self.add(table.name, list(table.columns), table.rows(), widths, filtered=True)

    def add(
        self, name: str, heading: list[str], rows: Iterator[Any], widths: list[int], *, filtered: bool = False
    ) -> None:
        """A sheet whose first row, the heading, stays in sight; what has no room in it is continued on further sheets."""
        rest, number = iter(rows), 1
        self._sheet(name, heading, islice(rest, _MOST_ROWS), widths, filtered=filtered)
        while more := list(islice(rest, 1)):
            number += 1
            some = chain(more, islice(rest, _MOST_ROWS - 1))
            self._sheet(f"{name} {number}", heading, some, widths, filtered=filtered)

    def _sheet(self, name: str, heading: list[str], rows: Iterable[Any], widths: list[int], *, filtered: bool) -> None:
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, None if filtered else self._wrapped)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(heading):
            sheet.write_string(0, column, title, self._bold)
        last = 0
        for last, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(last, column, visible(value))
                elif value is not None:
                    sheet.write_number(last, column, value)
        if filtered:
            sheet.autofilter(0, 0, last, len(heading) - 1)


EXCEL = Format(
    name="excel",
    about="a workbook: summary, faces, episodes, timeline, and what the columns mean",
    **both(Kind(".xlsx", _MEDIA_TYPE)),
    write=_write,
    check=lambda: require("xlsxwriter", "excel"),
)
