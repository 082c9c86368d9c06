"""A server that ends answers the requests that it gives up."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from needs import need_package

need_package("fastapi", "serve")

from aiducation.web.closing import Closing  # noqa: E402 - what may be missing is asked for first

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}


async def cancelled(before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a client is sent by an app that sends something, then works until it is cancelled."""
    sent: list[dict[str, Any]] = []
    works = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in before:
            await send(message)
        works.set()
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    task = asyncio.create_task(Closing(app)(SCOPE, None, send))  # type: ignore[arg-type]
    await works.wait()
    task.cancel()
    if before:
        with pytest.raises(asyncio.CancelledError):
            await task
    else:
        await task
    return sent


def run(before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(1) as other:  # this thread may have a browser's loop
        return other.submit(asyncio.run, cancelled(before)).result()


def test_a_request_that_is_given_up_is_answered() -> None:
    start, answer = run([])
    assert start["status"] == 503 and json.loads(answer["body"])["error"]["code"] == "closing"


def test_an_answer_that_has_begun_is_only_ended() -> None:
    begun = {"type": "http.response.start", "status": 200, "headers": []}
    assert run([begun]) == [begun]
