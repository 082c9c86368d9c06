"""Turns: what is analyzed next. Live sessions come before photos, photos before recordings, and each client gets its
share."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from aiducation.web.problems import Problem

#: Seconds since the last live frame for which a lesson counts as going on: photos then have one place.
_LESSON_S = 1.0

#: Seconds without any work after which the server rests.
_REST_S = 10.0

#: Who asks: its address, and which of the connections from there.
Client = tuple[str, int]

#: Seconds for which a recording is worked on before it gives way, and waits at most then beside photos: it goes on whatever
#: happens.
_PORTION_S, _LONGEST_S = 0.1, 0.3

#: Seconds from which on the answer to a live frame is late, and between which limits a recording waits in a lesson: twice as long
#: after each portion during which one was late, half as long after one without.
_LATE_S, _SHORTEST_IN_LESSON_S, _LONGEST_IN_LESSON_S = 0.25, 0.02, 6.0


def client_of(connection: HTTPConnection) -> Client:
    """Who sent a request."""
    return (connection.client.host, connection.client.port) if connection.client else ("", 0)


@dataclass(eq=False)
class _Waiting:
    client: Client
    number: int
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Turns:
    """The places at the processors; to be used in the server's loop, except ``give_way``.

    Args:
        places: how many photos are analyzed at the same time.
        most: how many photos are analyzed or waiting at most.

    Attributes:
        last_s: when something was worked on last, on the monotonic clock.
    """

    def __init__(self, places: int, most: int) -> None:
        self._places, self._most, self.last_s = places, most, 0.0
        self._waiting: list[_Waiting] = []
        self._running = self._live = 0
        self._live_at = -_LESSON_S
        self._numbers = itertools.count()
        self._served: dict[str | Client, int] = {}  # when each address and connection had its last turn
        self._calm = threading.Event()
        self._calm.set()
        self._went_on = 0.0
        self._in_time = self._late = 0  # live frames since the recording gave way last
        self._patience_s = _LONGEST_S

    @asynccontextmanager
    async def photo(self, client: Client) -> AsyncIterator[None]:
        """A place for a photo; the address, and of one address the connection, that was served longest ago comes first.

        Raises:
            Problem: too many wait already. A newcomer takes the place of the last one from the address of which most wait.
        """
        entry = _Waiting(client, next(self._numbers))
        self._make_room(client[0])
        self._waiting.append(entry)
        self._next()
        try:
            await entry.turn
        except BaseException:
            if entry.turn.done() and not entry.turn.cancelled() and entry.turn.exception() is None:
                self._end()  # it had its turn already
            raise
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)
        try:
            yield
        finally:
            self._end()

    @asynccontextmanager
    async def live(self) -> AsyncIterator[None]:
        """A live frame; it waits for no photo."""
        self._live += 1
        self._live_at = begun = time.monotonic()
        self._note()
        try:
            yield
        finally:
            self._live -= 1
            if time.monotonic() - begun > _LATE_S:
                self._late += 1
            else:
                self._in_time += 1
            self._next()

    def counts(self) -> dict[str, int]:
        """How many photos are being analyzed, and how many wait for it."""
        return {"running": self._running, "waiting": len(self._waiting)}

    @property
    def several(self) -> bool:
        """Whether more than one photo or live frame is being analyzed, or waits for it."""
        return self._running + self._live + len(self._waiting) > 1

    @property
    def busy(self) -> bool:
        """Whether there is work, or was some seconds ago."""
        return bool(self._running or self._live) or time.monotonic() - self.last_s < _REST_S

    def give_way(self) -> None:
        """Let photos and live frames come first, for a moment; called by the thread of the recordings between two portions."""
        begun = time.monotonic()
        if begun - self._went_on < _PORTION_S:
            return
        if not self._in_lesson():
            self._calm.wait(_LONGEST_S)
        elif not self._calm.wait(self._patience()):
            while self._running and time.monotonic() - begun < _LONGEST_IN_LESSON_S and not self._calm.wait(_LONGEST_S):
                pass  # photos have one place in a lesson, so that recordings would take most of what it leaves them
        self._went_on = self.last_s = time.monotonic()

    def _patience(self) -> float:
        """Seconds that a recording waits in a lesson: as many as it takes for live frames to be answered in time."""
        if self._late:
            self._patience_s = min(2 * self._patience_s, _LONGEST_IN_LESSON_S)
        elif self._in_time:
            self._patience_s = max(self._patience_s / 2, _SHORTEST_IN_LESSON_S)
        self._in_time = self._late = 0
        return self._patience_s

    def _make_room(self, address: str) -> None:
        if len(self._waiting) + self._running < self._most:
            return
        counts = Counter(entry.client[0] for entry in self._waiting)
        greedy, many = counts.most_common(1)[0] if counts else (address, 0)
        if many <= counts[address] + 1:
            raise _too_many()
        last = max((entry for entry in self._waiting if entry.client[0] == greedy), key=lambda entry: entry.number)
        self._waiting.remove(last)
        last.turn.set_exception(_too_many())

    def _next(self) -> None:
        places = 1 if self._in_lesson() else self._places
        while self._waiting and self._running < places:
            entry = min(self._waiting, key=self._rank)
            self._waiting.remove(entry)
            if entry.turn.done():
                continue
            self._running += 1
            for key in (entry.client[0], entry.client):
                self._served[key] = next(self._numbers)
            if len(self._served) > 1000:  # whom nobody remembers comes first, which harms nobody
                self._served = dict(sorted(self._served.items(), key=lambda one: one[1])[-500:])
            entry.turn.set_result(None)
        self._note()

    def _in_lesson(self) -> bool:
        return time.monotonic() - self._live_at < _LESSON_S

    def _rank(self, entry: _Waiting) -> tuple[int, int, int]:
        return self._served.get(entry.client[0], -1), self._served.get(entry.client, -1), entry.number

    def _end(self) -> None:
        self._running -= 1
        self._next()

    def _note(self) -> None:
        self.last_s = time.monotonic()
        (self._calm.clear if self._running or self._live else self._calm.set)()


def _too_many() -> Problem:
    return Problem("too_many_requests", "Too many pictures are already waiting; try again soon.", retry_after_s=2)
