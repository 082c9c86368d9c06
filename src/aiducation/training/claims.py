"""Claims: several processes or machines that share a folder agree on who trains which run.

A claim is a file that only one process can create. Its owner renews it; one that was not renewed for a while belongs to a
process that died, and may be taken over. Plain files work on every shared file system.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
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
    owner = uuid.uuid4().hex
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
        gone = path.with_name(f".claim-{owner}")
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
        return time.time() - path.stat().st_mtime > stale_after
    except FileNotFoundError:
        return False


def _owner(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
