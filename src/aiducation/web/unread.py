"""Unread answers: connections whose clients do not read."""

from __future__ import annotations

import time
from asyncio import WriteTransport
from collections.abc import Iterable


class Unread:
    """Ends connections whose clients have taken no byte of what is written to them for a while.

    A transport that is closed waits until everything is written, without end if the client does not read: neither the answer's
    own deadline nor the socket's ends such a connection.

    Args:
        most_s: seconds without a byte after which a connection ends.
    """

    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        self._since: dict[WriteTransport, tuple[int, float]] = {}

    def look(self, transports: Iterable[WriteTransport]) -> None:
        """Look at all connections that are open; call it now and again."""
        now, before, self._since = time.monotonic(), self._since, {}
        for transport in transports:
            if not (left := transport.get_write_buffer_size()):
                continue
            least, since = before.get(transport, (left + 1, now))
            if left < least:  # it reads, be it slowly
                self._since[transport] = (left, now)
            elif now - since < self._most_s:
                self._since[transport] = (least, since)
            else:
                transport.abort()
