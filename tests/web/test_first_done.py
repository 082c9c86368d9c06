"""``web.waiting``: when one part ends, the others do."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aiducation.web.waiting import first_done
from waiting import PATIENCE_S


def _run(one: Coroutine[Any, Any, None]) -> None:
    with ThreadPoolExecutor(1) as other:  # this thread may have a browser's loop
        other.submit(asyncio.run, one).result()


@pytest.mark.parametrize("later", range(8))
def test_a_message_that_comes_with_the_end_keeps_nothing_going(later: int) -> None:
    """A student's page stayed in a class that was over: its numbers came in the moment in which the class ended."""

    async def ended() -> None:
        messages, end = asyncio.Queue[int](), asyncio.Event()

        async def listen() -> None:
            while True:
                await asyncio.wait_for(messages.get(), 10 * PATIENCE_S)

        both = asyncio.ensure_future(first_done(listen(), end.wait()))
        for _ in range(5):
            await asyncio.sleep(0)
        end.set()
        for _ in range(later):
            await asyncio.sleep(0)
        messages.put_nowait(1)
        await asyncio.wait([both], timeout=PATIENCE_S)
        assert both.done(), "somebody is still listened to"

    _run(ended())


def test_a_part_that_fails_ends_the_others() -> None:
    async def fails() -> None:
        raise ValueError("why")

    async def ended() -> None:
        other = asyncio.Event()

        async def waits() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                other.set()

        with pytest.raises(ValueError, match="why"):
            await first_done(waits(), fails())
        assert other.is_set()

    _run(ended())
