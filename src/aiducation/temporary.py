"""Temporary files and folders beside the results that they become: nobody can guess their names or put something else there.

Each is locked as long as its process lives. What a killed process leaves is told by that, by its name, which holds a checksum
that only this tool makes, and by its owner: it may show faces, so the next command that writes into the folder deletes it, and
``aiducation privacy`` finds it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiducation.locks import BINARY, NO_LINKS, is_at, is_lock, lock, try_lock
from aiducation.undivided import undivided

_NAME = re.compile(r"\.aiducation-([0-9a-f]{24})([0-9a-f]{8})\.tmp")

#: In a temporary folder, the file that is locked.
_LOCK = ".lock"


def temporary_name() -> str:
    """A hidden name that nobody can guess and that ``is_temporary`` knows."""
    drawn = secrets.token_hex(12)
    return f".aiducation-{drawn}{_checksum(drawn)}.tmp"


def is_temporary(name: str) -> bool:
    """Whether ``temporary_name`` made a name."""
    found = _NAME.fullmatch(name)
    return found is not None and _checksum(found[1]) == found[2]


def _checksum(drawn: str) -> str:
    return hashlib.sha256(f"a temporary file of aiducation: {drawn}".encode()).hexdigest()[:8]


def new_file(folder: Path) -> tuple[int, Path]:
    """A new empty file, open for reading and writing and locked until it is closed; with the rights that other files get."""
    while True:
        path = folder / temporary_name()
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_LINKS | BINARY, 0o666)
        lock(file)
        if is_at(file, path):
            return file, path
        os.close(file)  # another process took it for left behind, before it was locked


def unswappable(file: int, path: Path) -> Path:
    """A path to an open file that leads to it whatever others do in its folder meanwhile; the plain one where there is none."""
    itself = Path(f"/proc/self/fd/{file}")
    return itself if sys.platform == "linux" and itself.exists() else path


@contextmanager
def new_folder_beside(folder: Path) -> Iterator[Path]:
    """A new folder inside ``folder`` that only this user can read; it goes when the block ends, with all that is in it then."""
    path, file = None, -1
    try:
        with undivided():
            path, file = _new_folder(folder)
        yield path
    finally:
        if path is not None:
            with undivided():
                _delete_folder(path, file)


def _delete_folder(path: Path, held: int) -> None:
    """Delete a folder whose lock this process has, which it keeps until nothing more is left than what an open file leaves: on
    Windows it cannot be deleted, and network file systems keep it under another name."""
    if sys.platform != "win32":
        shutil.rmtree(path, ignore_errors=True)
    os.close(held)
    shutil.rmtree(path, ignore_errors=True)


def _new_folder(folder: Path) -> tuple[Path, int]:
    """A new folder, and the file in it that is locked."""
    while True:
        path = folder / temporary_name()
        path.mkdir(mode=0o700)
        try:
            file = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_LINKS | BINARY, 0o600)
        except (FileNotFoundError, FileExistsError):  # another process took it for left behind, before it was locked
            continue
        lock(file)
        if is_at(file, path / _LOCK):
            return path, file
        os.close(file)


def files_in(temporary: Path) -> list[str]:
    """Names of the files in a folder that ``new_folder_beside`` made, below it too, with slashes."""
    names = (path.relative_to(temporary).as_posix() for path in temporary.rglob("*") if path.is_file())
    return sorted(name for name in names if name != _LOCK)


@dataclass(frozen=True)
class Left:
    """A temporary file or folder that was met.

    Attributes:
        path: where it is.
        alive: whether its process still runs, or may still run.
        files, bytes: what it is or holds.
    """

    path: Path
    alive: bool
    files: int
    bytes: int


def temporaries(folder: Path) -> Iterator[Left]:
    """Temporary files and folders of this user in a folder (not below it), and locks; links are none."""
    with suppress(OSError):
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 - of names alone
            if is_temporary(name) or is_lock(name):
                with suppress(OSError):  # its process is done with it just now
                    yield from _met(folder / name)


def _met(path: Path) -> Iterator[Left]:
    state = path.lstat()
    if hasattr(os, "getuid") and state.st_uid != os.getuid():
        return
    if stat.S_ISREG(state.st_mode):
        yield Left(path, is_locked(path), 1, state.st_size)
    elif stat.S_ISDIR(state.st_mode) and is_temporary(path.name):
        sizes = [one.lstat().st_size for one in path.rglob("*") if one.is_file() and one.name != _LOCK]
        yield Left(path, is_locked(path / _LOCK), len(sizes), sum(sizes))


def is_locked(path: Path, *, unknown: bool = True) -> bool:
    """Whether a running process has the lock of a file; ``unknown`` where that cannot be told."""
    try:
        file = _opened(path)
    except FileNotFoundError:  # its folder was made just now, or its process was killed then
        return False
    except OSError:
        return unknown
    try:
        return not try_lock(file, without=not unknown)
    finally:
        os.close(file)


def _opened(path: Path) -> int:
    """Open for writing if that is allowed: NFS locks nothing else."""
    try:
        return os.open(path, os.O_RDWR | NO_LINKS | BINARY)
    except PermissionError:
        return os.open(path, os.O_RDONLY | NO_LINKS | BINARY)


def delete(left: Left) -> bool:
    """Delete what a dead process left; whether it is gone. What a process has taken up meanwhile stays."""
    if left.alive:
        return False
    if left.path.is_dir() and not left.path.is_symlink():
        return _delete_dead_folder(left.path)
    try:
        file = _opened(left.path)
    except OSError:
        return not os.path.lexists(left.path)
    try:
        if not try_lock(file) or not is_at(file, left.path):
            return False
        if sys.platform != "win32":
            left.path.unlink()
    except OSError:
        return False
    finally:
        os.close(file)
    if sys.platform == "win32":  # where an open file cannot be deleted
        with suppress(OSError):
            left.path.unlink()
    return not os.path.lexists(left.path)


def _delete_dead_folder(path: Path) -> bool:
    """Only with its lock: it may have been met just before its process had that."""
    its_lock = path / _LOCK
    try:
        file = os.open(its_lock, os.O_RDWR | os.O_CREAT | NO_LINKS | BINARY, 0o600)
    except OSError:
        return not os.path.lexists(path)
    if not try_lock(file) or not is_at(file, its_lock):
        os.close(file)
        return False
    _delete_folder(path, file)
    return not os.path.lexists(path)


def delete_left_behind(folder: Path) -> int:
    """Delete what killed processes left in a folder (not below it); gives how many files and folders with something in them."""
    return sum(delete(left) and bool(left.bytes) for left in temporaries(folder))
