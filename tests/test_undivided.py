"""Signals that come while something is done that nothing may divide."""

from __future__ import annotations

import signal
import threading

import pytest

from aiducation.undivided import undivided


@pytest.fixture
def came(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that were answered; Ctrl-C raises, too."""
    answered: list[int] = []

    def answer(number: int, _: object) -> None:
        answered.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, answer)
    yield answered  # type: ignore[misc]
    signal.signal(signal.SIGINT, before)


def test_a_signal_is_answered_at_the_end(came: list[int]) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), undivided():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        done.append(len(came))
    assert done == [0] and came == [signal.SIGINT], "once is enough"
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_failure_does_not_hide_the_signal(came: list[int]) -> None:
    with pytest.raises(KeyboardInterrupt), undivided():
        signal.raise_signal(signal.SIGINT)
        raise OSError("the disk is full")
    with pytest.raises(OSError, match="full"), undivided():
        raise OSError("the disk is full")
    assert came == [signal.SIGINT]


def test_what_is_ignored_stays_ignored(came: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with undivided():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN and came == []


def test_other_threads_are_never_interrupted(came: list[int]) -> None:
    done: list[str] = []

    def work() -> None:
        with undivided():
            done.append("work")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == ["work"] and came == []
