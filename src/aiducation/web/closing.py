"""Closing: what a client is told whose request is still being worked on when the server ends."""

from __future__ import annotations

import asyncio

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aiducation.web.problems import CODES, body


class Closing:
    """ASGI middleware that answers requests which the ending server gives up.

    uvicorn cancels what is not done some seconds after it was asked to end, and answers 500, which means a defect. This is
    none: the request can be sent again to the next server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except asyncio.CancelledError:
            if scope["type"] != "http" or begun:
                raise
            answer = JSONResponse(
                body("closing", "The server is shutting down; send this again later."), CODES["closing"]
            )
            await answer(scope, receive, send)
