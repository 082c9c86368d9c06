"""Reading tables of text as people really have them: one reader for every CSV file that comes from outside.

Understood without a question: commas, semicolons, tabs or bars between the cells; UTF-8 with or without a byte-order mark,
UTF-16 and UTF-32; otherwise the 8-bit letters of Windows or of old Macs; any line ends; a first line ``sep=;``; empty
rows; empty columns at the right; quotes; headings in any order, with capitals and blanks; decimal commas. All packings
of ``packed``.

How the cells are separated is decided by the heading alone, see ``_fit``: first of all by which columns it gives that are
needed. What a table says is never guessed: not headings, not labels.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aiducation.errors import DataFileError
from aiducation.tables.cells import unguarded
from aiducation.tables.letters import Utf8Stream
from aiducation.tables.numbers import not_whole, parse_number, parse_whole
from aiducation.tables.packed import PackedStream, open_packed

#: In the order in which they win where two fit equally well.
DELIMITERS = (",", ";", "\t", "|")

#: How cells say yes and no: as programs write it, as people do, and as spreadsheet programs in each language of this tool turn a
#: "true" into a word of their own when they save a table.
TRUE_WORDS = frozenset(("true", "yes", "1", "wahr", "ja", "vrai", "oui"))
FALSE_WORDS = frozenset(("false", "no", "0", "falsch", "nein", "faux", "non"))

#: A table may unpack to so many bytes, unless its reader says otherwise. FER2013 has 0.3 GB.
LARGEST = 1 << 28

#: Rows of a table, and letters of a row that quotes spread over lines.
MOST_ROWS, _LONGEST_ROW = 1_000_000, 1 << 17

_BLOCK = 1 << 20
_MOST_HEADER_LINES = 20
#: Marks without a shape, which spreadsheet and file programs leave in cells; str.strip() takes blanks of every kind.
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u202a\u202c\x00\x1a"
_SEP_LINE = re.compile(r'^"?sep=([,;|\t:^~]|\\t)"?[,;\t|]*$', re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        table: the table it belongs to.
        line: where it ends in the file; the first line is 1, as spreadsheet programs count.
        cells: column (as in ``Table.columns``) -> text without blanks around it.
    """

    table: Table
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def whole(self, column: str) -> int:
        """The whole number in a cell.

        Raises:
            DataFileError: it holds something else.
        """
        text = self.cells[column]
        value = parse_whole(text)
        if value is None:
            raise self.error(f"column {column}: {not_whole(text)}")
        return value

    def number(self, column: str) -> float:
        """The number in a cell, with a decimal point or comma.

        Raises:
            DataFileError: it holds something else.
        """
        value = parse_number(self.cells[column])
        if value is None:
            raise self.error(f"column {column}: '{self.cells[column][:20]}' is not a number.")
        return value

    def truth(self, column: str) -> bool:
        """Whether a cell says yes, in a word or a digit of any language of this tool; an empty one does not.

        Raises:
            DataFileError: it says neither yes nor no.
        """
        word = normalized(self.cells[column])
        if word in TRUE_WORDS:
            return True
        if word and word not in FALSE_WORDS:
            raise self.error(f"column {column}: '{self.cells[column][:20]}' is neither true nor false.")
        return False

    def error(self, what: str) -> DataFileError:
        """An error that says where this row is."""
        shown = "".join(c if c.isprintable() else "?" for c in what)  # cells may hold what would steer a terminal
        return DataFileError(f"{self.table.path}, line {self.line}: {shown}")


class Table:
    """A table whose heading was read and whose rows are to come. Made by ``open_table``.

    Attributes:
        path: of the file.
        columns: headings in the file's order: in small letters, with single blanks, without empty ones at the right.
        heading: the same as they stand in the file.
        delimiter: between the cells.
        stream: the lines below the heading: UTF-8 that ends in ``\\n``, whatever the file has.
    """

    def __init__(self, path: Path, stream: io.BufferedReader[Any], packed: PackedStream, prefer: Sequence[str]) -> None:
        self.path, self.stream, self._packed = path, stream, packed
        self.line = 0
        line = self._first_line()
        separators: tuple[str, ...] = DELIMITERS
        if found := _SEP_LINE.match(line):
            separator = "\t" if found[1] == "\\t" else found[1]
            line, separators = self._first_line(), (separator, *(one for one in DELIMITERS if one != separator))
        wanted = {normalized(name) for name in prefer}
        readings = {separator: _header_cells(line, separator) for separator in separators}
        self.delimiter = max(separators, key=lambda one: _fit(line, one, readings[one], wanted))
        best = readings[self.delimiter]
        self.heading = tuple(best)
        self.columns = tuple(normalized(cell) for cell in best)

    def position(self) -> int:
        """Bytes of the file on disk that were read so far."""
        return self._packed.position()

    def _first_line(self) -> str:
        """The next line with anything in it, and those after it that a quoted heading runs on to; "" at the end."""
        while raw := self.stream.readline():
            self.line += 1
            line = raw.decode()
            for _ in range(_MOST_HEADER_LINES):
                if line.count('"') % 2 == 0 or not (more := self.stream.readline()):
                    break
                self.line += 1
                line += more.decode()
            if line.strip().strip(",;|\t"):
                return self._checked(line.strip("\n" + _INVISIBLE))
        return ""

    def _checked(self, line: str) -> str:
        name, start = self.path.name, line.lstrip()
        if start.startswith("<"):
            raise DataFileError(
                f"{name} is a web page or XML, not a text table. Open it in a spreadsheet program and save it as "
                f"CSV; if it "
                "was downloaded, the site may have sent its sign-in page."
            )
        if start.startswith(("{", "[")):
            raise DataFileError(f"{name} is JSON or a similar format, not a text table; give a .csv file.")
        if not re.sub(r"\s", "", line).isprintable() or "\ufffd" in line:
            raise DataFileError(f"{name} is not a text table; give the .csv file, plain or packed.")
        return line

    def need(self, *names: str) -> None:
        """Make sure that there is one column of each of these names.

        Raises:
            DataFileError: one is missing, or stands there twice.
        """
        if not self.columns:
            headings = " and ".join(names)
            raise DataFileError(f"{self.path.name} is empty: it lacks the column {headings}.")
        listed = self.delimiter.join(self.columns)[:120]
        if missing := [name for name in names if name not in self.columns]:
            headings, headings2 = " and ".join(missing), " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
            raise DataFileError(
                f"{self.path.name} lacks the column {headings}; its first line is: {listed}. It must name {headings2}."
            )
        if twice := [name for name in names if self.columns.count(name) > 1]:
            headings = " and ".join(twice)
            raise DataFileError(
                f"{self.path.name} has the column {headings} twice; its first line is: {listed}. Keep one."
            )

    def rows(self, needed: Sequence[str]) -> Iterator[Row]:
        """The rows that are not empty. A row may lack cells at its right end, as spreadsheet programs leave them out.

        Args:
            needed: columns that every row must have, see ``need``; their cells may be empty.

        Raises:
            DataFileError: a row has more cells than columns, or lacks one that is needed; or this is not CSV.
        """
        last = max((self.columns.index(name) for name in needed), default=-1)
        for line, cells in self.cells():
            if not last < len(cells) <= len(self.columns):
                listed = self.delimiter.join(self.columns)[:120]
                raise DataFileError(
                    f"{self.path}, line {line}: expected {len(self.columns)} values, got {len(cells)}; values are separated "
                    f"by {named(self.delimiter)} as in the first line, '{listed}'."
                )
            cells += [""] * (len(self.columns) - len(cells))
            yield Row(self, line, dict(zip(self.columns, cells, strict=True)))

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of each row that is not empty, without blanks around them or empty cells beyond the columns.

        Raises:
            DataFileError: this is not CSV.
        """
        lines = _RowLines(self.path, io.TextIOWrapper(self.stream, encoding="utf-8", newline="\n"))
        reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True)
        try:
            for number, row in enumerate(reader):
                lines.letters = 0
                if number >= MOST_ROWS:
                    raise DataFileError(
                        f"{self.path.name} has more than {MOST_ROWS:,} rows, which no table of this kind has."
                    )
                cells = [unguarded(clean(cell)) for cell in row]
                while len(cells) > len(self.columns) and not cells[-1]:
                    cells.pop()
                if any("\0" in cell for cell in cells):
                    line = self.line + reader.line_num
                    raise DataFileError(f"{self.path}, line {line}: a zero byte in this row; is this a text table?")
                if any(cells):
                    yield self.line + reader.line_num, cells
        except csv.Error as error:
            line = self.line + reader.line_num
            raise DataFileError(f"{self.path.name}, line {line} is not CSV: {error}.") from error


class _RowLines:
    """The lines of a text; an open quote may not make one row of too many.

    Attributes:
        letters: of the row at hand so far; set to 0 where one begins.
    """

    def __init__(self, path: Path, text: io.TextIOWrapper) -> None:
        self._path, self._text, self.letters = path, text, 0

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.letters += len(line)
            if self.letters > _LONGEST_ROW:
                raise DataFileError(
                    f"{self._path.name} is not a table of this kind: a row has more than {_LONGEST_ROW:,} letters. "
                    f"Is a quote left "
                    "open?"
                )
            yield line


@contextmanager
def open_table(
    path: Path, *, prefer: Sequence[str] = (), wanted: Sequence[str] = (), largest: int = LARGEST, missing: str = ""
) -> Iterator[Table]:
    """Open a table of text, and read its heading.

    Args:
        prefer: columns that are looked for: they decide between separators.
        wanted, missing: see ``packed.open_packed``.
        largest: bytes that it may unpack to.

    Raises:
        DataFileError: the file is missing, damaged, not a table of text, or too large.
    """
    with open_packed(path, wanted=wanted, missing=missing) as packed:
        text = Utf8Stream(path, packed, largest)
        with io.BufferedReader(cast(io.RawIOBase, text), buffer_size=_BLOCK) as stream:
            yield Table(path, stream, packed, prefer)


def normalized(text: str) -> str:
    """A heading or label without what people write differently: in small letters, blanks of every kind single, none around."""
    return " ".join(clean(text).casefold().split())


def clean(cell: str) -> str:
    """A cell without blanks and invisible marks around it."""
    return cell.strip().strip(_INVISIBLE).strip()


def named(delimiter: str) -> str:
    """A separator as a sentence names it."""
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(delimiter, f"'{delimiter}'")


def _fit(line: str, separator: str, cells: Sequence[str], wanted: set[str]) -> tuple[int, bool, int, int]:
    """How well a separator fits a heading: the larger, the better.

    It gives columns that are wanted; leaves no quotes inside cells; seldom has a blank after it, as marks inside of names
    have; and gives many columns.
    """
    found = len(wanted & {normalized(cell) for cell in cells})
    in_words = line.count(separator + " ")
    return found, not any('"' in cell for cell in cells), line.count(separator) - in_words, len(cells)


def _header_cells(line: str, delimiter: str) -> list[str]:
    try:
        cells = [clean(cell) for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:
        return []
    while cells and not cells[-1]:
        cells.pop()
    return cells
