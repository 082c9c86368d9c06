"""Open files: how many this process may have, and what is said when there are none left."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

#: Open files that the server asks the system for, if it has fewer; it gets as many as its own limit allows.
_FILES = 4096

#: Seconds between two lines in the log that say the same.
_QUIET_S = 60.0

_log = logging.getLogger(__name__)


def open_files() -> int:
    """How many files and connections this process may have open, after it has asked for more."""
    if sys.platform == "win32":
        return _FILES
    import resource

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
            now = wanted
        except (OSError, ValueError):
            pass
    return _FILES if now == resource.RLIM_INFINITY else now


def quiet_about_full_tables() -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """A handler of the loop's errors that says seldom that no connection can be taken up; asyncio says it a hundred times a
    second."""
    said = -_QUIET_S

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal said
        if "socket.accept()" not in context.get("message", ""):
            loop.default_exception_handler(context)
        elif time.monotonic() - said >= _QUIET_S:
            said = time.monotonic()
            _log.error("No connection can be accepted: this process has too many open files.")

    return handle
