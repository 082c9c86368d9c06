"""Workspace: the private temporary folder of a running server, and what dead servers left behind."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aiducation.errors import ConfigError

PREFIX = "aiducation-serve-"
_LOCK = "server.lock"

_log = logging.getLogger(__name__)


def check_temporary_folder() -> None:
    """Make sure that uploads go where the system or the user wants temporary files; Python would silently take another folder.

    Raises:
        ConfigError: nothing can be written there.
    """
    asked = next((os.environ[name] for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)), None)
    place = Path(asked) if asked else None
    try:
        place = place or Path(tempfile.gettempdir())
        with tempfile.TemporaryDirectory(prefix=PREFIX + "check-", dir=place) as folder:
            (Path(folder) / "written").write_bytes(b"x")
    except OSError as error:
        where = f"in {place}" if place else "anywhere"
        raise ConfigError(
            f"Uploads cannot be kept: no temporary file can be written {where} ({error.strerror or error}). "
            "Name another folder with the environment variable TMPDIR."
        ) from error


class Workspace:
    """A folder that only this user can read, locked as long as the server lives; use it in a ``with`` block.

    The lock is the system's: however a server ends, its folder is then known to be left behind.
    """

    def __init__(self) -> None:
        new = Path(tempfile.mkdtemp(prefix="aiducation-new-"))  # readable by its owner alone
        self._lock = (new / _LOCK).open("wb")
        _try_lock(self._lock)
        self.folder = new.rename(new.with_name(new.name.replace("new", "serve", 1)))  # never seen without its lock

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()
        delete_folder(self.folder)


@dataclass(frozen=True)
class Left:
    """A workspace on the disk.

    Attributes:
        folder: where it is.
        alive: whether its server still runs.
        files, bytes: what is in it.
        changed: seconds since the epoch.
    """

    folder: Path
    alive: bool
    files: int
    bytes: int
    changed: float


def workspaces() -> Iterator[Left]:
    """The workspaces of this user's servers, running or dead."""
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        if not _ours(folder):
            continue
        try:
            sizes = [path.lstat().st_size for path in folder.rglob("*") if path.is_file() and path.name != _LOCK]
            left = Left(folder, _alive(folder), len(sizes), sum(sizes), folder.stat().st_mtime)
        except FileNotFoundError:  # its server deletes something of it just now
            left = Left(folder, _alive(folder), 0, 0, 0.0)
        if folder.exists():
            yield left


def delete_left_behind() -> list[Path]:
    """Delete the workspaces of servers that no longer run; gives those that are gone."""
    return [left.folder for left in workspaces() if not left.alive and delete_folder(left.folder)]


def delete_folder(folder: Path) -> bool:
    """Delete a folder as far as the system lets us; whether it is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        _log.warning("%s could not be deleted.", folder)
        return False
    return True


def _ours(folder: Path) -> bool:
    """A real folder of this user: temporary folders are shared, and anybody may put a link there."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _alive(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+b") as lock:
            return not _try_lock(lock)
    except OSError:
        return False


def _try_lock(file: IO[bytes]) -> bool:
    """Whether nobody else holds the lock; it is given back when the file is closed or the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
