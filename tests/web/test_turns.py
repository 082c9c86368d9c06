"""Who is looked at next: live before photos, and to each client its share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from aiducation.web.problems import Problem
from aiducation.web.turns import Turns

A, B = ("10.0.0.1", 1), ("10.0.0.2", 1)


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    with ThreadPoolExecutor(1) as thread:  # a browser of other tests may have a loop in this one
        return thread.submit(lambda: asyncio.run(work())).result()  # type: ignore[arg-type]


async def order_of(turns: Turns, clients: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The order in which requests get their turn that came together while the place was taken."""
    order = []

    async def look(client: tuple[str, int]) -> None:
        async with turns.photo(client):
            order.append(client)
            await asyncio.sleep(0)

    async with turns.photo(("10.0.0.9", 1)):
        looks = [asyncio.ensure_future(look(client)) for client in clients]
        await asyncio.sleep(0)
    await asyncio.gather(*looks)
    return order


def test_clients_take_turns() -> None:
    assert run(lambda: order_of(Turns(1, 64), [A, A, A, A, B, B])) == [A, B, A, B, A, A]


def test_connections_of_one_address_take_turns() -> None:
    other = (A[0], 2)
    assert run(lambda: order_of(Turns(1, 64), [A, A, A, other])) == [A, other, A, A]


def test_a_newcomer_takes_the_place_of_the_greedy_one() -> None:
    async def work() -> tuple[list[tuple[str, int]], list[str]]:
        turns, order, refused = Turns(1, 4), [], []

        async def look(client: tuple[str, int]) -> None:
            try:
                async with turns.photo(client):
                    order.append(client)
            except Problem as problem:
                refused.append(problem.code)

        async with turns.photo(A):
            looks = []
            for client in (A, A, A, A, B):
                looks.append(asyncio.ensure_future(look(client)))
                await asyncio.sleep(0)
        await asyncio.gather(*looks)
        return order, refused

    assert run(work) == ([B, A, A], ["too_many_requests"] * 2)


def test_who_goes_away_while_waiting_holds_no_place() -> None:
    async def work() -> None:
        turns = Turns(1, 2)

        async def look() -> None:
            async with turns.photo(B):
                pass

        for _ in range(5):
            async with turns.photo(A):
                waits = asyncio.ensure_future(look())
                await asyncio.sleep(0)
                waits.cancel()
                await asyncio.gather(waits, return_exceptions=True)
        async with turns.photo(A):
            assert turns.busy

    run(work)


@pytest.mark.parametrize("kind", ["photo", "live"])
def test_recordings_give_way(kind: str) -> None:
    """They wait while a photo or a live frame is looked at, and go on at the latest after a while."""

    async def work() -> None:
        turns = Turns(1, 2)
        waited = asyncio.Event()
        loop = asyncio.get_running_loop()

        def recording() -> None:
            turns.give_way()
            loop.call_soon_threadsafe(waited.set)

        place: AbstractAsyncContextManager[None] = turns.photo(A) if kind == "photo" else turns.live()
        async with place:
            went_on = loop.run_in_executor(None, recording)
            assert not waited.is_set()
            await went_on
        turns.give_way()  # at once: nobody is looked at

    run(work)


class Clock:
    """Stands for the modules ``time`` and for the event that a recording waits for: nothing here takes real time."""

    def __init__(self) -> None:
        self.now_s, self.waits = 1000.0, list[float]()

    def monotonic(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now_s += seconds
        return False

    def set(self) -> None: ...

    def clear(self) -> None: ...


async def in_portions(turns: Turns, clock: Clock, portions: int, frame_s: float) -> list[float]:
    """How long a recording waits at most after each of some portions, during which live frames take so many seconds."""
    clock.waits.clear()
    for _ in range(portions):
        for _ in range(3):
            async with turns.live():
                clock.now_s += frame_s
        turns.give_way()
    return list(clock.waits)


def timed_turns(monkeypatch: pytest.MonkeyPatch) -> tuple[Turns, Clock]:
    """Turns whose time is that of a clock which a test moves."""
    turns, clock = Turns(2, 8), Clock()
    monkeypatch.setattr("aiducation.web.turns.time", clock)
    turns._calm = clock  # type: ignore[assignment]
    return turns, clock


def test_a_recording_takes_what_live_frames_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """While they are answered in time, it waits ever less, and ever longer while they come late."""

    async def work() -> None:
        turns, clock = timed_turns(monkeypatch)
        assert await in_portions(turns, clock, 6, 0.05) == pytest.approx([0.15, 0.075, 0.0375, 0.02, 0.02, 0.02])
        late = await in_portions(turns, clock, 10, 0.4)
        assert late == sorted(late)
        assert (late[0], late[-1]) == (0.04, 6.0)
        assert (await in_portions(turns, clock, 2, 0.05))[-1] < 2

    run(work)


def test_a_recording_waits_for_photos_in_a_lesson_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as photos are analyzed, though no live frame comes late; it goes on at the latest after a while."""

    async def work() -> None:
        turns, clock = timed_turns(monkeypatch)
        async with turns.live(), turns.photo(A):
            turns.give_way()
        assert 6 <= sum(clock.waits) <= 6.5

    run(work)
