"""Waiting for what a test needs, never for a number of seconds: how fast the machine is decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds after which what is waited for counts as never coming, also on a busy machine.
PATIENCE_S = 180.0

#: Seconds for one question of those that are asked again and again.
BRIEFLY_S = 5.0


def until(
    condition: Callable[[], T], *, patience_s: float = PATIENCE_S, pause: Callable[[float], Any] = time.sleep
) -> T:
    """The first true value of a condition, asked again and again.

    Args:
        condition: what is asked.
        patience_s: seconds after which the test fails.
        pause: waits for some seconds between two questions; a page of a browser needs its own.
    """
    end = time.monotonic() + patience_s
    while not (value := condition()):
        assert time.monotonic() < end, "what was waited for did not come"
        pause(0.02)
    return value


def until_shown(page: Any, condition: Callable[[], T]) -> T:
    """The same where a page of a browser must go on meanwhile."""
    return until(condition, pause=lambda seconds: page.wait_for_timeout(1000 * seconds))


def painted(page: Any, times: int = 2) -> None:
    """Until a page was painted so often: what was going to happen at once has happened."""
    page.evaluate(
        "(times) => new Promise((done) => { const next = () => (times-- > 0 ? requestAnimationFrame(next) : done()); next(); })",
        times,
    )
