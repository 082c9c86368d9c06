"""Heads: HEAD asks for the same as GET without its content. Monitors and load balancers look so whether a server is there."""

from __future__ import annotations

from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _HeadSent(Exception):  # noqa: N818 - not an error
    """Nothing more of an answer is needed."""


class Heads:
    """ASGI middleware that answers HEAD by what GET has, up to the end of its headers.

    FastAPI's own routes answer it with 405. Content is not made further than it was when the headers were known: events of a
    recording would otherwise go on to its end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
                return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            raise _HeadSent

        asked = {**scope, "method": "GET"}
        with suppress(_HeadSent):
            await self.app(asked, receive, sending)
