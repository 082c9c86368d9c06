"""Encoding that leaves the test process an ordinary process.

SVT-AV1 gives the thread that opens it, where that may do so (as root), the real-time class with the highest priority
(findings/av1_encoder_takes_the_processor.sh). Whatever is started afterwards inherits it: servers and browsers of later tests
then took both processors from everything else, and waited in loops for what could not run any more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")


@contextmanager
def ordinary_priority() -> Iterator[None]:
    """Whatever is encoded within, afterwards every thread of this process has the ordinary class again."""
    try:
        yield
    finally:
        for task in _TASKS.iterdir() if _TASKS.is_dir() else ():
            with suppress(ProcessLookupError):
                os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))
