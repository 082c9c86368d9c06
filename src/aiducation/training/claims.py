"""Claims: several processes or machines that share a folder agree on who trains which run.

A claim is a file that only one process can create. Its owner renews it; one that was not renewed for a while belongs to a
process that died, and may be taken over; on the owner's own machine at once. Plain files work on every shared file system.
"""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

RENEW_EVERY = 10.0
STALE_AFTER = 300.0


@contextlib.contextmanager
def claim(folder: Path, *, renew_every: float = RENEW_EVERY, stale_after: float = STALE_AFTER) -> Iterator[bool]:
    """Whether this process may work in the folder, until the block ends.

    Args:
        folder: a run's folder; made if it is not there.
        renew_every, stale_after: seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".claim"
    owner = f"{uuid.uuid4().hex} {os.getpid()} {_machine()}"
    if not _take(path, owner, stale_after):
        yield False
        return
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(renew_every):
            with contextlib.suppress(OSError):  # a shared folder may be away for a moment
                if _owner(path) == owner:
                    os.utime(path)

    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield True
    finally:
        stop.set()
        renewing.join()
        if _owner(path) == owner:  # a process that slept for long may have lost its claim
            path.unlink(missing_ok=True)


def _take(path: Path, owner: str, stale_after: float) -> bool:
    if _is_stale(path, stale_after):
        # Of several processes that see the stale file, only one can rename it away.
        gone = path.with_name(f".claim-{uuid.uuid4().hex}")
        with contextlib.suppress(FileNotFoundError):
            path.rename(gone)
            if not _is_stale(gone, stale_after):  # another was faster, and this is its new claim: give it back
                with contextlib.suppress(FileExistsError):
                    gone.rename(path)
                return False
            gone.unlink()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(owner)
    except FileExistsError:
        return False
    return True


def _is_stale(path: Path, stale_after: float) -> bool:
    try:
        owner, renewed = _owner(path), path.stat().st_mtime
    except FileNotFoundError:
        return False
    return _is_dead(owner) or _file_time(path.parent) - renewed > stale_after


def _is_dead(owner: str) -> bool:
    """Whether an owner was a process of this machine that is no more; False if that cannot be told."""
    _, pid, machine = [*owner.split(" ", 2), "", ""][:3]
    if os.name != "posix" or not pid.isdigit() or machine != _machine():
        return False
    try:
        os.kill(int(pid), 0)  # sends nothing
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    """This machine, or this container on it: where process numbers mean the same."""
    try:
        processes = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        processes = ""
    return f"{socket.gethostname()} {processes}"


def _file_time(folder: Path) -> float:
    """The present by the clock that stamps files there, which may be another machine's."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".now-") as file:
        return os.fstat(file.fileno()).st_mtime


def _owner(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
