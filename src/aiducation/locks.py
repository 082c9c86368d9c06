"""Locks: several processes, also of other users and machines, agree on who works on what in a folder that they share.

A lock is the system's, on a small hidden file: whatever ends a process frees it, and nobody has to guess by the time. On
Linux and macOS it is ``flock``, which the kernel passes on to servers of NFS and SMB; on Windows a locked byte. Where a file
system has no locks at all, everybody gets what is asked for, as if nobody else were there.

Two kinds of work cannot rely on that, and have files that their owner renews instead: trainings, which may share a folder
without locks for days (``training.claims``), and folders elsewhere, whose stores have none (``batch.claims``).
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aiducation.errors import OutputError

#: Bits of ``os.open`` that some systems lack. What is no file answers at once instead of waiting for somebody at its other end.
NO_LINKS: int = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
BINARY: int = getattr(os, "O_BINARY", 0)

_LOCK_NAME = re.compile(r"\.aiducation-[0-9a-f]{24}\.lock")

#: How often a lock is asked for before another process counts as having it, and seconds between.
_TRIES, _PAUSE_S = 20, 0.05

#: A byte that no file has: on Windows, what is locked cannot be written.
_FAR = 1 << 40


def try_lock(file: int, *, without: bool = False) -> bool:
    """Whether nobody else holds the lock of an open file, which this process then has until the file is closed.

    Args:
        without: what is said where the file system has no locks. False, the default, is for whoever deletes what is free.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return without and error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def _soon_locked(file: int) -> bool:
    """``try_lock``, but patient for a second: who looks whether a process still lives has its lock for a moment."""
    for tried in range(_TRIES):
        if tried:
            time.sleep(_PAUSE_S)
        if try_lock(file, without=True):
            return True
    return False


def lock(file: int) -> None:
    """Wait until this process has the lock of an open file."""
    if sys.platform == "win32":
        while not try_lock(file, without=True):
            time.sleep(_PAUSE_S)
    else:
        import fcntl

        with suppress(OSError):  # there are no locks
            fcntl.flock(file, fcntl.LOCK_EX)


def lock_name(what: str) -> str:
    """The lock file for something in a folder; its name does not reveal the name of what is locked."""
    return f".aiducation-{hashlib.sha256(what.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.lock"


def is_lock(name: str) -> bool:
    """Whether a file is one of ``lock_name``, by its name."""
    return bool(_LOCK_NAME.fullmatch(name))


@contextmanager
def held(folder: Path, what: str, *, wait: bool) -> Iterator[bool]:
    """Whether this process alone may use something in a folder, until the block ends; a process cannot hold it twice.

    Args:
        folder: made if it is missing.
        what: any text that names it.
        wait: wait until it is free; otherwise False is returned where another process has it.

    Raises:
        OutputError: the file that stands for it cannot be made, or somebody put something else in its place.
    """
    path = folder / lock_name(what)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = _locked(path, wait=wait)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            " ".join([f"Cannot write into {folder}: {error.strerror or error}.", "May you write there?"])
        ) from error
    try:
        yield file is not None
    finally:
        if file is not None:
            if sys.platform == "win32":  # where an open file cannot be deleted
                os.close(file)
            with suppress(OSError):
                path.unlink()
            if sys.platform != "win32":
                os.close(file)


def _locked(path: Path, *, wait: bool) -> int | None:
    """The file, open and locked; None if another process has it."""
    while True:
        file = _opened(path)
        try:
            if wait:
                lock(file)
            if not wait and not _soon_locked(file):
                os.close(file)
                return None
            if is_at(file, path):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # who had it deleted it meanwhile: it is nobody's any more


def _opened(path: Path) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | NO_LINKS | BINARY, 0o666)
    except PermissionError as error:
        try:
            file = os.open(path, os.O_RDONLY | NO_LINKS | BINARY)  # another user's, which can be locked all the same
        except FileNotFoundError:
            raise error from None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise OutputError(f"{path} is a link, and links are not followed; delete it.") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OutputError(f"{path} is not a file; delete it.")
    return file


def is_at(file: int, path: Path) -> bool:
    """Whether a path still leads to an open file itself, and not to another one or over a link."""
    try:
        there = path.lstat()
    except OSError:
        return False
    return os.path.samestat(there, os.fstat(file))
