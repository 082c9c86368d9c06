"""Waiting: several things at once for one socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

#: Seconds after which whoever has not ended is told again to end.
_AGAIN_S = 0.2


async def first_done(*parts: Awaitable[object]) -> None:
    """Run all until one ends or fails; end the others."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        # Again where that was dropped: before Python 3.12, asyncio.wait_for does so as it gets what it waits for.
        while left := [task for task in tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=_AGAIN_S)
        await asyncio.gather(*tasks, return_exceptions=True)
