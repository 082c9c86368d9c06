"""Workspace: the private temporary folder of a running server, and what dead servers left behind."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiducation.errors import ConfigError
from aiducation.locks import lock, try_lock
from aiducation.visible import visible

PREFIX = "aiducation-serve-"
_NEW = "aiducation-new-"
_LOCK = "server.lock"

#: Whether a folder can be renamed while a file in it is open: not on Windows.
_RENAMES = os.name != "nt"

#: Seconds after which a folder that never got its lock is no server's that is about to lock it.
_ABOUT_S = 60.0

_log = logging.getLogger(__name__)


def check_temporary_folder() -> None:
    """Make sure that uploads go where the system or the user wants temporary files; Python would silently take another folder.

    Raises:
        ConfigError: nothing can be written there.
    """
    asked = next((os.environ[name] for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)), None)
    folder = Path(asked) if asked else None
    try:
        folder = folder or Path(tempfile.gettempdir())
        with tempfile.TemporaryDirectory(prefix=PREFIX + "check-", dir=folder) as tried:
            (Path(tried) / "written").write_bytes(b"x")
    except OSError as error:
        where = f"in {folder}" if folder else "in any folder"
        sentences = (
            f"Uploads cannot be stored: no temporary file can be written {where} ({error.strerror or error}).",
            "Name another folder with the environment variable TMPDIR.",
        )
        raise ConfigError(" ".join(sentences)) from error


class Workspace:
    """A folder that only this user can read, locked as long as the server lives; use it in a ``with`` block.

    The lock is the system's: however a server ends, its folder is then known to be left behind.
    """

    def __init__(self) -> None:
        new = Path(tempfile.mkdtemp(prefix=_NEW if _RENAMES else PREFIX))  # readable by its owner alone
        self._lock = (new / _LOCK).open("wb")
        # Waits: another server may have it for a moment, while it looks whether this one lives.
        lock(self._lock.fileno())
        self.folder = new
        if _RENAMES:  # never seen without its lock
            self.folder = new.rename(new.with_name(new.name.replace("new", "serve", 1)))

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
    here = Path(tempfile.gettempdir())
    begun = (folder for folder in here.glob(f"{_NEW}*") if _ours(folder) and _is_abandoned(folder))
    for folder in sorted((*filter(_ours, here.glob(f"{PREFIX}*")), *begun)):
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
        _log.warning("%s could not be deleted.", visible(str(folder)))
        return False
    return True


def _ours(folder: Path) -> bool:
    """A real folder of this user: temporary folders are shared, and anybody may put a link there."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _is_abandoned(folder: Path) -> bool:
    """Whether a server was killed while it made its folder."""
    with suppress(OSError):
        return not _alive(folder) and time.time() - folder.stat().st_mtime > _ABOUT_S
    return False


def _alive(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+b") as file:
            return not try_lock(file.fileno())
    except OSError:
        return False
