"""Traffic: how many requests came, what they were answered with, and how long that took. Nothing is kept of who asked."""

from __future__ import annotations

import logging
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Upper ends of the steps of durations, in seconds.
STEPS_S = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)

#: What a request is counted under that was refused before it reached a route, or that no route has.
OTHER = "other"

#: Methods that are counted by name; a client can send any word.
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}

_ROUTE = "aiducation.route"

log = logging.getLogger("aiducation.requests")


@dataclass
class Traffic:
    """What came in since the server started; to be used in the server's loop.

    Attributes:
        requests: (route, method, status) -> how many. A route is its template, such as ``/api/recordings/{job_id}``, so that
            no id stands in it; sockets have the method SOCKET, and status 101 once they are open.
        steps: route -> how many requests took at most each of ``STEPS_S`` and no less than the one before, and longer ones.
        seconds: route -> what its requests took together.
        open: requests and sockets that are being answered.
    """

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    steps: dict[str, list[int]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    open: int = 0

    def count(self, route: str, method: str, status: int, seconds: float | None) -> None:
        """Count an answer; ``seconds`` is None for a socket, which stays open after its answer."""
        self.requests[route, method, status] += 1
        if seconds is not None:
            self.steps.setdefault(route, [0] * (len(STEPS_S) + 1))[bisect_left(STEPS_S, seconds)] += 1
            self.seconds[route] = self.seconds.get(route, 0.0) + seconds
        log.info(
            "request",
            extra={
                "fields": {
                    "route": route,
                    "method": method,
                    "status": status,
                    **({} if seconds is None else {"seconds": round(seconds, 4)}),
                }
            },
        )


class Counted:
    """ASGI middleware around all others that counts every answer."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self.app, self.traffic = app, traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        socket, begun, status = scope["type"] == "websocket", time.monotonic(), 0
        method = "SOCKET" if socket else scope["method"] if scope["method"] in _METHODS else OTHER
        found: list[str] = []  # middleware may copy the scope, and then has the same list

        async def sending(message: Message) -> None:
            nonlocal status
            kind = message["type"]
            if kind in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
            elif kind == "websocket.accept":
                status = 101
            elif kind == "websocket.close" and not status:
                status = 403  # what the client gets of a socket that is closed before it is open
            await send(message)

        self.traffic.open += 1
        try:
            await self.app({**scope, _ROUTE: found}, receive, sending)
        finally:
            self.traffic.open -= 1
            if status:  # else the client had gone before there was an answer
                took = None if socket else time.monotonic() - begun
                self.traffic.count(found[0] if found else OTHER, method, status, took)


class Routed:
    """ASGI middleware next to the routes that notes which of them a request was for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            if name := _route_of(scope):
                scope.get(_ROUTE, []).append(name)


def _route_of(scope: Scope) -> str:
    """The template of the route that answered; "" if there is none."""
    route: Any = scope.get("route")
    path = getattr(route, "path", "")
    if not path and scope.get("app_root_path") is not None and scope["type"] == "http":
        below = str(scope.get("root_path", ""))[len(str(scope["app_root_path"])) :]
        path = below if below == "/static" else ""  # a mount has no route; the root path has grown by its place
    return str(path)
