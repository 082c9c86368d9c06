"""Writing CSV files: in the standard dialect, or in one that spreadsheet programs of half of Europe open rightly.

Where people write 0,5, spreadsheet programs take a semicolon between cells for granted and "0.5" for a text or a date.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiducation.errors import unknown_name
from aiducation.files import atomic_path, write_text
from aiducation.tables.cells import guarded, written
from aiducation.visible import as_text


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How CSV files are written.

    Attributes:
        delimiter: between cells.
        decimal: the decimal mark.
        marked: whether files always begin with a byte-order mark, which tells spreadsheet programs that they are UTF-8.
        about: what it is for.
    """

    delimiter: str
    decimal: str
    marked: bool
    about: str


STANDARD = "standard"

#: By name. There is no line ``sep=;``: with it, Excel overlooks the byte-order mark, and other programs take it for a row.
DIALECTS: dict[str, Dialect] = {
    STANDARD: Dialect(delimiter=",", decimal=".", marked=False, about="commas and decimal points, for programs"),
    "excel": Dialect(
        delimiter=";",
        decimal=",",
        marked=True,
        about="semicolons and decimal commas, for German, French and similar spreadsheet programs",
    ),
}


def check_dialect(name: str) -> None:
    """Make sure that there is such a dialect.

    Raises:
        ConfigError: there is none.
    """
    if name not in DIALECTS:
        raise unknown_name("CSV dialect", name, DIALECTS)


class CsvWriter:
    """Writes rows of text, numbers and None (an empty cell) to a text file that is open for writing with ``newline=""``."""

    def __init__(self, file: Any, dialect: str) -> None:
        self._file, self._dialect = file, DIALECTS[dialect]

    def row(self, cells: Iterable[Any]) -> None:
        """Write a row. Texts are written as ``cells`` says: none is computed by a spreadsheet program."""
        texts = [self._cell(cell) for cell in cells]
        line = '""' if texts == [""] else self._dialect.delimiter.join(texts)  # an empty line would be no row
        self._file.write(line + "\n")

    def _cell(self, cell: Any) -> str:
        if cell is None:
            return ""
        if isinstance(cell, str):
            return written(guarded(as_text(cell).replace("\0", "\ufffd")))
        text = str(cell)
        return text.replace(".", self._dialect.decimal) if isinstance(cell, (float, Decimal)) else written(text)


@contextmanager
def csv_file(path: Path, dialect: str = STANDARD, *, marked: bool = False) -> Iterator[CsvWriter]:
    """A CSV file that takes its place when the block ends well.

    Args:
        marked: begin with a byte-order mark although the dialect does not ask for it: where there are letters outside ASCII.

    Raises:
        ConfigError: there is no such dialect.
        OutputError: it cannot be written.
    """
    check_dialect(dialect)
    encoding = "utf-8-sig" if marked or DIALECTS[dialect].marked else "utf-8"
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding=encoding) as file:
        yield CsvWriter(file, dialect)


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[Any]], dialect: str = STANDARD) -> None:
    """Write a whole table; see ``csv_file``. Letters outside ASCII bring the byte-order mark that spreadsheet programs need."""
    check_dialect(dialect)
    text = io.StringIO()
    writer = CsvWriter(text, dialect)
    for row in (header, *rows):
        writer.row(row)
    marked = DIALECTS[dialect].marked or not text.getvalue().isascii()
    write_text(path, "\ufeff" * marked + text.getvalue())
