"""Which network gives up when the time is too little."""

from __future__ import annotations

import pytest

from aiducation.training.clock import AT_THE_END_S, Clock, work_of
from aiducation.training.config import TrainConfig
from aiducation.training.study import PlannedRun


def run_of(model: str) -> PlannedRun:
    return PlannedRun(split="official", fold=None, config=TrainConfig(model=model, epochs=100))


LONG, SHORT, TINY = (run_of(f"B{b}_N1_FC0_K3_AP2") for b in (9, 5, 2))


class Time:
    """A clock that is set by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def clock_with(left: float) -> tuple[Clock, Time]:
    time = Time()
    clock = Clock(end=left, now=time)
    for run in (LONG, SHORT):
        clock.begins(run)
    return clock, time


def test_nothing_is_judged_by_its_first_epochs_or_by_one_that_stalled() -> None:
    clock, _ = clock_with(left=150)
    for epoch, seconds in enumerate((500, 1, 300, 1, 1, 300, 1), start=1):
        assert clock.gives_up(LONG, epoch, seconds) is None
    clock, _ = clock_with(left=150)
    assert [bool(clock.gives_up(LONG, epoch, 2)) for epoch in (1, 2, 3, 4)] == [False, False, False, True]


def test_one_gives_up_and_the_others_are_judged_anew() -> None:
    """Both take 2 s an epoch beside each other, and 1 s alone: one of them can be finished, if the other makes room."""
    clock, _ = clock_with(left=150)
    for epoch in (1, 2, 3):
        assert not clock.gives_up(LONG, epoch, 2.2) and not clock.gives_up(SHORT, epoch, 2)
    assert (why := clock.gives_up(LONG, 4, 2.2)) and why.startswith(
        "about 214 s are needed for the rest, 150 s are left"
    )
    assert clock.ends(LONG), "the other is still trained"
    for epoch, seconds in ((4, 2), (5, 1), (6, 1), (7, 1), (8, 1)):
        assert clock.gives_up(SHORT, epoch, seconds) is None
    assert not clock.ends(SHORT)


def test_who_needs_longest_gives_up_though_another_notices_first() -> None:
    clock, _ = clock_with(left=300)
    for epoch in (1, 2, 3, 4):
        assert clock.gives_up(LONG, epoch, 3) is None
    clock.end = 150  # as if half of the time had gone by at once
    for epoch in (1, 2, 3, 4):
        assert clock.gives_up(SHORT, epoch, 2) is None, "the other needs longer"
    assert clock.gives_up(LONG, 5, 3)
    assert clock.gives_up(SHORT, 5, 2) is None, "and is gone now"


def test_when_the_time_is_over_all_give_up_except_who_is_done() -> None:
    clock, time = clock_with(left=150)
    time.seconds = 151
    assert clock.gives_up(LONG, 100, 1) is None, "only files are to be written"
    assert clock.gives_up(SHORT, 99, 1) == "the time is over after 99 of 100 epochs"


def test_a_network_is_begun_unless_even_the_quickest_says_that_it_is_too_late() -> None:
    clock, time = clock_with(left=1000)
    assert clock.too_little(TINY) is None, "nothing was measured"
    for epoch in (1, 2):
        clock.gives_up(LONG, epoch, 9 * epoch)
        clock.gives_up(SHORT, epoch, 9 * epoch)
    rate = 18 / work_of(LONG.config.model)
    needed = rate * work_of(TINY.config.model) * 100 + AT_THE_END_S
    time.seconds = 1000 - needed - 0.01
    assert clock.too_little(TINY) is None
    time.seconds = 1000 - needed + 0.01
    assert (why := clock.too_little(TINY)) and why.startswith("about ")
    time.seconds = 2000
    assert clock.too_little(TINY) == "the time is over, 0 s are left"


@pytest.mark.parametrize("run", [LONG, TINY])
def test_work_is_counted_once(run: PlannedRun) -> None:
    """Counting sets hooks for all threads."""
    before = work_of.cache_info().misses
    assert work_of(run.config.model) == work_of(run.config.model)
    assert work_of.cache_info().misses <= before + 1
