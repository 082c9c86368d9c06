"""A refusal that comes before its upload is whole: what is still on its way is read, so that closing does not lose the answer."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from aiducation.web.lingering import Lingering

#: A request of a proxy that asks for a new connection each time, as nginx does.
SCOPE = {
    "type": "http",
    "http_version": "1.0",
    "headers": [(b"content-length", b"300")],
}


class _Hurrying(asyncio.SelectorEventLoop):
    """A loop whose time passes at once where there is nothing to do."""

    _now_s = 0.0

    def time(self) -> float:
        return self._now_s

    def _run_once(self) -> None:
        if not self._ready:  # type: ignore[attr-defined]
            waited_for = [one.when() for one in self._scheduled if not one.cancelled()]  # type: ignore[attr-defined]
            self._now_s = min(waited_for, default=self._now_s)
        super()._run_once()  # type: ignore[misc]


async def answered(pause_s: float) -> tuple[int, list[dict[str, Any]]]:
    """How many of three pieces were left when the answer ended, and the answer, where a pause comes before each piece."""
    left, sent = [True, True, False], list[dict[str, Any]]()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    async def receive() -> dict[str, Any]:
        while left:
            await asyncio.sleep(pause_s)
            return {"type": "http.request", "body": b"x" * 100, "more_body": left.pop(0)}
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append({**message, "left": len(left)})

    await Lingering(app)(SCOPE, receive, send)  # type: ignore[arg-type]
    return sent[-1]["left"], sent


def run(pause_s: float) -> tuple[int, list[dict[str, Any]]]:
    with ThreadPoolExecutor(1) as other:  # this thread may have a browser's loop
        return other.submit(_run, pause_s).result()


def _run(pause_s: float) -> tuple[int, list[dict[str, Any]]]:
    with closing(_Hurrying()) as loop:
        return loop.run_until_complete(answered(pause_s))


@pytest.mark.parametrize(("pause_s", "left"), [(0.0, 0), (5.0, 0), (3600.0, 3)])
def test_a_slow_upload_is_read_on_and_one_that_has_stopped_is_not(pause_s: float, left: int) -> None:
    still, (start, whole, end) = run(pause_s)
    assert start["status"] == 403 and (whole["body"], whole["more_body"]) == (b"no", True) and whole["left"] == 3
    assert (end["body"], end["more_body"]) == (b"", False) and still == left
