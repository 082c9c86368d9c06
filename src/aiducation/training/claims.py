"""Claims: several processes or machines that share a folder agree on who trains which run.

A claim is a file that only one process can create. Its owner renews it; one that was not renewed for a while belongs to a
process that died, and may be taken over. Plain files work on every shared file system.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RENEW_EVERY = 10.0
STALE_AFTER = 120.0


@contextmanager
def claim(folder: Path, *, renew_every: float = RENEW_EVERY, stale_after: float = STALE_AFTER) -> Iterator[bool]:
    """Whether this process may work in the folder, until the block ends.

    Args:
        folder: a run's folder; made if it is not there.
        renew_every, stale_after: seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".claim"
    if not _take(path, stale_after):
        yield False
        return
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(renew_every):
            path.touch()

    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield True
    finally:
        stop.set()
        renewing.join()
        path.unlink(missing_ok=True)


def _take(path: Path, stale_after: float) -> bool:
    try:
        if time.time() - path.stat().st_mtime > stale_after:
            # Of several processes that see the stale file, only one can rename it away.
            gone = path.with_name(f".claim-stale-{os.getpid()}")
            path.rename(gone)
            gone.unlink()
    except FileNotFoundError:
        pass
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True
