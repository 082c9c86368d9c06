"""Steps of milliseconds that no signal may divide, because what is there after half of them is worth nothing."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Signals that end a program in the middle of whatever it does.
ENDS = (signal.SIGINT, signal.SIGTERM) if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undivided() -> Iterator[None]:
    """Answer signals that end the program when the block is over. Only the main thread is ever interrupted by them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers: dict[int, Any] = {number: signal.getsignal(number) for number in ENDS}
    for number, handler in handlers.items():
        if handler not in (signal.SIG_IGN, None):  # None: not one of Python, which could not be put back
            signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
