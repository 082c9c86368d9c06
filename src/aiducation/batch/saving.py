"""Ctrl-C while a live recording is made: pressed once it ends the recording, which is then saved, however often it is pressed."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


def ctrl_c_interrupts() -> bool:
    """Whether Ctrl-C means a ``KeyboardInterrupt`` here: in the main thread, which alone may ask for signals."""
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Saving:
    """Use it in a ``with`` block around a live recording and the writing of its files. A file can be analyzed again; what a
    camera showed is gone, so nothing may stop its files from being written.

    Only where ``ctrl_c_interrupts``.

    Attributes:
        pressed: whether Ctrl-C was pressed again, or after the end: then nothing more is begun when all is saved.
    """

    def __init__(self) -> None:
        self.pressed = self._ended = self._asked = False

    def end(self) -> None:
        """The recording is over: from now on it is saved."""
        self._ended = True

    def __enter__(self) -> Saving:
        self.pressed = self._ended = False
        self._asked = ctrl_c_interrupts()
        if self._asked:
            signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._asked:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self._ended:
            self.pressed = True
            return
        self._ended = True
        signal.default_int_handler(number, frame)
