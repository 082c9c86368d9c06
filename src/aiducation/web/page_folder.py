"""The folder of a page without a server: all of its files are exchanged together, so that no host has some of two versions.

All that was in the folder goes then, so it holds a list of the files of the page, and nothing else is ever exchanged.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from aiducation.errors import OutputExistsError
from aiducation.locks import held
from aiducation.records import read_bytes
from aiducation.temporary import delete_left_behind, new_folder_beside

#: The file in a folder that lists the files of its page.
_LIST = "page-files.txt"


def check_own(folder: Path) -> None:
    """Make sure that a folder holds nothing, or a page of ``exchange`` and nothing else: what is in it would be deleted.

    Raises:
        OutputExistsError: it holds something else, or is a file.
    """
    if folder.is_file():
        raise OutputExistsError(f"{folder} is a file; name a folder for the results.")
    listed = [Path(_LIST)]
    with suppress(OSError, ValueError):
        listed += map(Path, read_bytes(folder / _LIST).decode("utf-8").splitlines())
    own = {*listed, *(above for path in listed for above in path.parents)}
    paths = (path.relative_to(folder) for path in folder.rglob("*"))
    if other := next((path for path in paths if path not in own), None):
        raise OutputExistsError(
            f"{folder} holds something else than a page of this command: {other}. All that is in it would be deleted; move "
            "that away, or name another folder."
        )


def exchange(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files, by their names, into a folder in the place of all that it had.

    Few systems exchange two folders in one step: for a moment the earlier one has another name. ``put_back`` finds it there,
    whatever has ended this process.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    delete_left_behind(folder.parent)
    with held(folder.parent, _lock(folder), wait=True), new_folder_beside(folder.parent) as place:
        new = place / folder.name
        for name, content in {**files, _LIST: "".join(f"{name}\n" for name in files).encode()}.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        before = _before(folder)
        _put_back(folder)
        check_own(folder)
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
