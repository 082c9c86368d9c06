"""A server that ends answers the requests that it gives up."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from needs import need_package

need_package("fastapi", "serve")

from aiducation.files import write_text  # noqa: E402 - what may be missing is asked for first
from aiducation.web.app import create_app  # noqa: E402
from aiducation.web.closing import Closing  # noqa: E402
from aiducation.web.settings import ServeSettings  # noqa: E402
from waiting import PATIENCE_S  # noqa: E402

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


def test_nothing_is_written_after_everything_was_deleted() -> None:
    """A request that is given up goes on in its thread, and writing makes the folders that it needs."""
    begun, ended = threading.Event(), threading.Event()

    async def left() -> Path:
        app = create_app(ServeSettings())
        async with app.router.lifespan_context(app):
            services = app.state.services

            def write() -> None:
                begun.set()
                for _ in range(20):  # longer than it takes to delete everything
                    time.sleep(0.02)
                write_text(services.folder / "photo" / "report.html", "a face")
                ended.set()

            task = asyncio.create_task(services.engine.run(write, ("", 0)))
            await asyncio.to_thread(begun.wait, PATIENCE_S)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        folder: Path = services.folder
        return folder

    with ThreadPoolExecutor(1) as other:
        folder = other.submit(asyncio.run, left()).result()
    assert ended.wait(PATIENCE_S) and not folder.exists()
