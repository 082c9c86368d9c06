"""Waiting: several things at once for one socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


async def first_done(*parts: Awaitable[object]) -> None:
    """Run all until one ends or fails; end the others."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
