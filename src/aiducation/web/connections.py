"""Connections: how many there may be, and how long each may be silent, so that nobody holds the places of others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from aiducation.web.guard import SECURITY_HEADERS
from aiducation.web.open_files import open_files
from aiducation.web.problems import Problem, answer
from aiducation.web.settings import Limits
from aiducation.web.unread import Unread

#: Connections that are taken up in one go; open files that are kept free for them and for everything else.
BACKLOG, RESERVE = 128, 300


class Connections:
    """All connections of a server.

    A connection that no request came over for a while, or no whole head of one, is closed; so is one whose client does not
    read. When all places are taken, the connection that has been without a request for longest gives way to the new one; if
    each has a request, the new one is refused.

    Args:
        limits: of the server.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits, self._unread = limits, Unread(limits.unread_s)
        self._most = min(limits.connections, max(open_files() - RESERVE, 16))
        self._most_of_one = min(limits.connections_of_one, self._most)
        self._http: set[_Http] = set()
        self._sockets: set[_Socket] = set()

    def protocols(self) -> dict[str, Any]:
        """What Uvicorn's configuration needs so that its connections are counted here."""
        return {"http": partial(_Http, self), "ws": partial(_Socket, self), "backlog": BACKLOG}

    def take(self, new: _Http) -> bool:
        """Count a connection that was just opened; whether there is a place for it."""
        self._http.add(new)
        address = _address(new)
        of_one = [one for one in self._all() if _address(one) == address]
        for places, connections in ((self._most_of_one, of_one), (self._most, list(self._all()))):
            if len(connections) <= places:
                continue
            idle = [one for one in connections if isinstance(one, _Http) and one is not new and one.idle()]
            if not idle:
                self._http.discard(new)
                return False
            oldest = min(idle, key=lambda one: one.idle_since)
            self._http.discard(oldest)
            oldest.transport.abort()
        return True

    def look(self) -> None:
        """Close what has been silent for too long; called a few times a second."""
        late = time.monotonic() - self._limits.head_s
        for one in [one for one in self._http if one.idle() and one.idle_since < late]:
            one.transport.close()
        self._unread.look(one.transport for one in self._all())

    def _all(self) -> Iterable[_Http | _Socket]:
        return (*self._http, *self._sockets)

    def opened(self, socket: _Socket) -> None:
        """A connection has become a WebSocket."""
        self._sockets.add(socket)

    def gone(self, connection: _Http | _Socket) -> None:
        """A connection has ended, or has become a WebSocket."""
        self._http.discard(connection)  # type: ignore[arg-type]
        self._sockets.discard(connection)  # type: ignore[arg-type]


class _Http(H11Protocol):
    """A connection over which requests come."""

    def __init__(self, connections: Connections, **options: Any) -> None:
        super().__init__(**options)
        self._own = connections
        self.idle_since = time.monotonic()

    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self._own.take(self):
            self._refuse(Problem("too_many_requests", "Too many connections are open; try again.", retry_after_s=5))

    def connection_lost(self, exc: Exception | None) -> None:
        self._own.gone(self)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self.idle_since = time.monotonic()
        super().on_response_complete()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._own.gone(self)
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._refuse(Problem("bad_request", "This is not an HTTP request that the server understands."))
        else:  # amid an answer
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        response = answer(problem)
        headers = [*SECURITY_HEADERS.items(), *response.headers.items(), ("Connection", "close")]
        content = bytes(response.body)
        for event in (
            h11.Response(status_code=response.status_code, headers=headers),
            h11.Data(data=content),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _Socket(WebSocketsSansIOProtocol):
    """A connection that has become a WebSocket."""

    def __init__(self, connections: Connections, **options: Any) -> None:
        super().__init__(**options)
        self._own = connections
        self.conn.accept = _with_headers(self.conn.accept)  # type: ignore[method-assign]
        self.conn.reject = _with_headers(self.conn.reject)  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._own.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._own.gone(self)
        super().connection_lost(exc)


def _address(connection: _Http | _Socket) -> str:
    return connection.client[0] if connection.client else ""


def _with_headers(respond: Callable[..., Any]) -> Callable[..., Any]:
    """What makes an answer to a handshake, with the headers that a refusal carries."""

    def responding(*given: Any) -> Any:
        response = respond(*given)
        if response.status_code != 101:
            for name, value in SECURITY_HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return responding
