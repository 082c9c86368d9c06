"""Files that a table names: found although the table was written on another system."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import TypeVar

from aiducation.tables.table import Row, Table, clean

T = TypeVar("T")


def file_named(folder: Path, name: str) -> Path:
    """The file that a cell of a table names, relative to the table's folder; one that is not there if there is none.

    A name from Windows finds its file on other systems: backslashes separate folders, and capitals do not count where
    only one file fits. Letters with accents are found however they are composed. Blanks and quotes around a name, and the
    apostrophe that keeps spreadsheet programs from computing it, do not count.
    """
    bare = name.strip("\"'")
    for written in (name, name.replace("\\", "/"), bare, bare.replace("\\", "/")):
        if exists(folder / written):
            return folder / written
    plain = bare.replace("\\", "/")
    at = folder
    for part in Path(plain).parts:
        at = at / part if exists(at / part) else _same_in(at, part)
    return at if exists(at) else folder / plain


def rows_by_file(table: Table, columns: Sequence[str]) -> dict[str, Row]:
    """The rows of a table by the whole path of the picture in their column ``file``.

    Args:
        columns: that the rows are read for.

    Raises:
        DataFileError: a picture has two rows.
    """
    known: dict[str, Row] = {}
    for row in table.rows(columns):
        picture = str(file_named(table.path.parent, row["file"]).resolve())
        if picture in known:
            raise row.error(
                f"{row['file']} was listed before, on line {known[picture].line}; keep one row for each picture."
            )
        known[picture] = row
    return known


def entry_of(entries: Mapping[str, T], source: str) -> T | None:
    """What a table says of the source of a result, "day 1/class.mp4", which it may name as Windows does: "day 1\\class.mp4".
    Blanks at the ends of a source do not count: readers of tables take them away."""
    for meant in (source, clean(source)):
        if meant in entries:
            return entries[meant]
        if (
            entry := next((one for name, one in entries.items() if name.replace("\\", "/") == meant), None)
        ) is not None:
            return entry
    return None


def is_of_windows(name: str) -> bool:
    """Whether a name begins with a drive or a server, as absolute names of Windows do."""
    return bool(PureWindowsPath(name.strip("\"'")).drive)


def exists(path: Path) -> bool:
    """Whether there is such a file; not, too, where no file can have the name."""
    return os.path.exists(path)  # noqa: PTH110 - Path's own raises where a name is too long


def _same_in(folder: Path, name: str) -> Path:
    """The only file of a folder whose name differs in capitals, in how its letters are composed, or in blanks at its ends."""
    try:
        found = [path for path in folder.iterdir() if alike(clean(path.name)) == alike(clean(name))]
    except (OSError, ValueError):
        found = []
    return found[0] if len(found) == 1 else folder / name


def alike(text: str) -> str:
    """Equal for names that are one name to some file system: but for capitals, and how letters with accents are composed."""
    return unicodedata.normalize("NFC", text).casefold()
