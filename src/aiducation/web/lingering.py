"""Lingering: a refusal is heard, though the client still sends: behind a proxy, too."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Seconds to wait for a piece of what is still being sent, which a slow network or a busy machine may hold up, and for all of it.
_PIECE_S, _ALL_S = 10.0, 30.0


class Lingering:
    """ASGI middleware that reads on, and forgets what it reads, after an answer that came before the request was whole.

    A connection that is closed while data comes in is reset, and what was just written to it is lost. nginx, which asks
    for a new connection each time unless it is told otherwise, then says 502 instead of the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _closes_with_a_body(scope):
            await self.app(scope, receive, send)
            return
        whole = False

        async def receiving() -> Message:
            nonlocal whole
            message = await receive()
            whole = message["type"] == "http.disconnect" or not message.get("more_body", False)
            return message

        async def read_on() -> None:
            while not whole:
                await asyncio.wait_for(receiving(), _PIECE_S)

        async def sending(message: Message) -> None:
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if not last or whole:
                await send(message)
                return
            await send({**message, "more_body": True})
            with suppress(TimeoutError, asyncio.TimeoutError):  # two classes before Python 3.11
                await asyncio.wait_for(read_on(), _ALL_S)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(scope, receiving, sending)


def _closes_with_a_body(scope: Scope) -> bool:
    """Whether the connection ends with the answer, and the request brings something that can still be on its way."""
    headers = Headers(scope=scope)
    closes = scope["http_version"] == "1.0" or "close" in headers.get("connection", "").lower()
    brings = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    return closes and brings and "expect" not in headers
