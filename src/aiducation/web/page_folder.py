"""The folder of a page without a server: all of its files are exchanged together, so that no host has some of two versions."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from aiducation.locks import held
from aiducation.temporary import delete_left_behind, new_folder_beside


def exchange(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files, by their names, into a folder in the place of all that it had.

    Few systems exchange two folders in one step: for a moment the earlier one has another name. ``put_back`` finds it there,
    whatever has ended this process.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    delete_left_behind(folder.parent)
    with held(folder.parent, _lock(folder), wait=True), new_folder_beside(folder.parent) as place:
        new = place / folder.name
        for name, content in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        before = _before(folder)
        _put_back(folder)
        shutil.rmtree(before, ignore_errors=True)
        try:
            if folder.exists():
                folder.rename(before)
            new.rename(folder)
        finally:
            _put_back(folder)
        shutil.rmtree(before, ignore_errors=True)


def put_back(folder: Path) -> None:
    """Give a folder its name again if a process was killed while it exchanged it."""
    if _before(folder).exists():
        with held(folder.parent, _lock(folder), wait=True):
            _put_back(folder)


def _put_back(folder: Path) -> None:
    if not folder.exists() and _before(folder).exists():
        _before(folder).rename(folder)


def _before(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.aiducation-before")


def _lock(folder: Path) -> str:
    return f"the page in {folder.name}"
