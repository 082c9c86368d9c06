"""Files that a table names: found although the table was written on another system."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
from typing import TypeVar

T = TypeVar("T")


def file_named(folder: Path, name: str) -> Path:
    """The file that a cell of a table names, relative to the table's folder; one that is not there if there is none.

    A name from Windows finds its file on other systems: backslashes separate folders, and capitals do not count where
    only one file fits. Letters with accents are found however they are composed. Quotes around a name, and the apostrophe
    that keeps spreadsheet programs from computing it, do not count.
    """
    bare = name.strip("\"'")
    for written in (name, name.replace("\\", "/"), bare, bare.replace("\\", "/")):
        if exists(folder / written):
            return folder / written
    plain = bare.replace("\\", "/")
    at = folder
    for part in Path(plain).parts:
        at = at / part if exists(at / part) else _alike(at, part)
    return at if exists(at) else folder / plain


def entry_of(entries: Mapping[str, T], source: str) -> T | None:
    """What a table says of the source of a result, "day 1/class.mp4", which it may name as Windows does: "day 1\\class.mp4"."""
    if source in entries:
        return entries[source]
    return next((entry for name, entry in entries.items() if name.replace("\\", "/") == source), None)


def is_of_windows(name: str) -> bool:
    """Whether a name begins with a drive or a server, as absolute names of Windows do."""
    return bool(PureWindowsPath(name.strip("\"'")).drive)


def exists(path: Path) -> bool:
    """Whether there is such a file; not, too, where no file can have the name."""
    return os.path.exists(path)  # noqa: PTH110 - Path's own raises where a name is too long


def _alike(folder: Path, name: str) -> Path:
    """The only file of a folder whose name differs in capitals or in how its letters are composed."""
    try:
        found = [path for path in folder.iterdir() if _plain(path.name) == _plain(name)]
    except (OSError, ValueError):
        found = []
    return found[0] if len(found) == 1 else folder / name


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
