"""Clients that are slow, or go away in the middle: each harms itself alone."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import time
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from aiducation.web.settings import Limits, ServeSettings
from aiducation.web.uploads import flowing
from waiting import until
from web_makers import picture_of, serving


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(ServeSettings(limits=Limits(frame_bytes=1_000_000))) as address:
        yield address


def live(address: str) -> str:
    return address.replace("http", "ws", 1) + "api/live"


def photo_s(address: str, content: bytes) -> float:
    """How long another client's photo takes."""
    start = time.perf_counter()
    assert requests.post(f"{address}api/photo", files={"file": ("a.jpg", content)}, timeout=30).status_code == 200
    return time.perf_counter() - start


def test_an_upload_that_drips(address: str, gallery: bytes) -> None:
    usual = min(photo_s(address, gallery) for _ in range(3))
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    lines = (
        "POST /api/recordings HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Length: 1000000",
        "Content-Type: multipart/form-data; boundary=b",
        "",
        "--b",
        'Content-Disposition: form-data; name="file"; filename="a.mp4"',
        "",
        "x",
    )
    drips = [socket.create_connection((host, int(port))) for _ in range(20)]
    for drip in drips:
        drip.sendall("\r\n".join(lines).encode())
    for _ in range(5):
        for drip in drips:
            drip.sendall(b"x")
        assert photo_s(address, gallery) < 5 * usual + 0.5
    for drip in drips:
        drip.close()
    until(lambda: not requests.get(f"{address}health", timeout=10).json()["recordings"]["queued"])
    assert sum(requests.get(f"{address}health", timeout=10).json()["recordings"].values()) == 0, "half a file is no job"


def test_a_frame_that_comes_in_pieces(address: str) -> None:
    frame = picture_of(3, 2)
    with connect(live(address)) as slow, connect(live(address)) as quick:
        slow.recv(), quick.recv()

        def pieces() -> Iterator[bytes]:
            for start in range(0, len(frame), len(frame) // 4):
                quick.send(frame)
                assert json.loads(quick.recv())["type"] == "frame"
                yield frame[start : start + len(frame) // 4]

        slow.send(pieces())
        assert len(json.loads(slow.recv())["faces"]) == 6


def test_a_frame_that_is_too_large_ends_its_own_connection(address: str) -> None:
    frame = picture_of(3, 2)
    with connect(live(address)) as greedy, connect(live(address)) as other:
        greedy.recv(), other.recv()
        with pytest.raises(ConnectionClosed):
            greedy.send(bytes(1_500_000))
            greedy.recv(timeout=10)
        other.send(frame)
        assert json.loads(other.recv())["type"] == "frame"


def test_a_client_that_does_not_read(address: str) -> None:
    """It sends without end and reads nothing: its frames are dropped, and others get theirs."""
    frame = picture_of(3, 2)
    with connect(live(address)) as deaf, connect(live(address)) as other:
        deaf.recv(), other.recv()
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        waits = []
        for _ in range(20):
            for _ in range(5):
                deaf.send(frame)
            start = time.perf_counter()
            other.send(frame)
            assert json.loads(other.recv(timeout=20))["type"] == "frame"
            waits.append(time.perf_counter() - start)
        assert float(np.median(waits)) < 2


def test_events_that_nobody_reads_hold_nothing_up(address: str, samples: Path) -> None:
    with (samples / "meeting.mp4").open("rb") as file:
        job = requests.post(f"{address}api/recordings?every_s=0.2", files={"file": file}, timeout=30).json()
    followers = [requests.get(address + job["links"]["events"][1:], stream=True, timeout=30) for _ in range(20)]
    until(lambda: requests.get(address + job["links"]["self"][1:], timeout=10).json()["state"] == "done")
    for follower in followers:
        follower.close()
    assert requests.delete(address + job["links"]["self"][1:], timeout=10).status_code == 204


def test_many_photos_at_once_are_turned_away_politely(gallery: bytes) -> None:
    out = io.BytesIO()
    Image.effect_noise((3000, 3000), 60).save(out, "JPEG")  # takes a while to decode
    with serving(ServeSettings(limits=Limits(photos=3))) as address, ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(
                lambda _: requests.post(f"{address}api/photo", files={"file": out.getvalue()}, timeout=60), range(16)
            )
        )
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) == {200, 503}
        turned_away = next(answer for answer in answers if answer.status_code == 503)
        assert turned_away.json()["error"]["code"] == "too_many_requests" and turned_away.headers["retry-after"]
        assert photo_s(address, gallery) < 10


def test_a_slow_disk_is_not_the_clients_fault() -> None:
    """An upload counts as slow by the time that is waited for it alone."""

    async def stream() -> AsyncGenerator[bytes, None]:
        for _ in range(4):
            yield b"x" * 1000

    async def slow_disk() -> int:
        size = 0
        async for block in flowing(stream(), 0.05):
            await asyncio.sleep(0.1)
            size += len(block)
        return size

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests may have a loop in this one
        assert thread.submit(asyncio.run, slow_disk()).result() == 4000


@pytest.mark.parametrize("trickles", [False, True])
def test_an_upload_that_stops_or_trickles_is_given_up(trickles: bool) -> None:
    with serving(ServeSettings(limits=Limits(stall_s=0.5, waiting=1))) as address:
        host, port = address.removeprefix("http://").rstrip("/").split(":")
        kind = "Content-Type: multipart/form-data; boundary=b"
        head = f"POST /api/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n{kind}\r\n"
        with socket.create_connection((host, int(port))) as stalled:
            stalled.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
            assert b" 100 " in stalled.recv(4096)  # the server waits for it
            busy = requests.post(f"{address}api/recordings", files={"file": ("a.mp4", b"x")}, timeout=10)
            assert busy.status_code == 503, "uploads count as waiting"
            stalled.settimeout(0.1 if trickles else 10)
            stalled.sendall(b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n')
            answer, more, deadline = "", b"-", time.monotonic() + 30
            while "broke off" not in answer and more:
                assert time.monotonic() < deadline
                try:
                    more = stalled.recv(4096)
                    answer += more.decode()
                except TimeoutError:
                    assert trickles
                    stalled.sendall(b"x")
        assert " 400 " in answer.splitlines()[0] and "broke off" in answer
        assert requests.post(f"{address}api/recordings", files={"file": ("a.mp4", b"x")}, timeout=10).status_code == 202
