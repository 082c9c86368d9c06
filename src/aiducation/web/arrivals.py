"""Arrivals: files on their way to the server, and how fast each of them comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Any

#: Bytes a second, on average, below which an upload has stopped for all that matters.
_TRICKLE_BYTES_S = 10_000

#: Bytes a second below which an upload gives its place to another one, and the seconds of waiting from which on that is known.
_SLOW_BYTES_S, _KNOWN_S = 50_000, 1.0


class Arrival:
    """One upload, from its first byte to its last. What takes time here, such as a slow disk, is not the client's fault."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._waited_s, self._came = 0.0, 0
        self._begun: float | None = None  # since when the next block is waited for
        self._given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def blocks(self, stream: AsyncGenerator[bytes, None], stall_s: float) -> AsyncGenerator[bytes, None]:
        """What a stream gives.

        Raises:
            TimeoutError: nothing comes for ``stall_s`` of waiting, or next to nothing on average; or it was given up.
        """
        waited_s, came = 0.0, 0
        while True:
            self._begun = self._clock()
            following: asyncio.Future[bytes | None] = asyncio.ensure_future(anext(stream, None))
            either: set[asyncio.Future[Any]] = {following, self._given_up}
            try:
                await asyncio.wait(either, timeout=stall_s, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not following.done():
                    following.cancel()
            took_s, self._begun = self._clock() - self._begun, None
            if not following.done() or following.cancelled():
                raise TimeoutError
            if (block := following.result()) is None:
                return
            self._waited_s, self._came = self._waited_s + took_s, self._came + len(block)
            waited_s, came = waited_s + took_s, came + len(block)
            if waited_s >= stall_s:
                if came < _TRICKLE_BYTES_S * waited_s:
                    raise TimeoutError
                waited_s, came = 0.0, 0
            yield block

    def bytes_per_s(self) -> float:
        """How fast it comes; without bound until that is known."""
        waited_s = self._waited_s + (self._clock() - self._begun if self._begun is not None else 0.0)
        return self._came / waited_s if waited_s >= _KNOWN_S else float("inf")

    def give_up(self) -> None:
        """End it, to make room."""
        if not self._given_up.done():
            self._given_up.set_result(None)

    @property
    def given_up(self) -> bool:
        """Whether it had to make room."""
        return self._given_up.done()


def give_up_slowest(arrivals: Iterable[Arrival]) -> bool:
    """Give up the slowest of some uploads, if it is slow; whether there was one."""
    slow = [one for one in arrivals if not one.given_up and one.bytes_per_s() < _SLOW_BYTES_S]
    if slow:
        min(slow, key=Arrival.bytes_per_s).give_up()
    return bool(slow)
