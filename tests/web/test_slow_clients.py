"""Clients that are slow, or go away in the middle: each harms itself alone."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from aiducation.vision.analyzer import Analyzer
from aiducation.web.arrivals import Arrival
from aiducation.web.settings import Limits, ServeSettings
from waiting import PATIENCE_S, until
from web_makers import picture_of, serving

#: So much that no deadline of the server ends what a slow machine still does; a test that waits for one has its own.
PATIENT = Limits(frame_bytes=1_000_000, head_s=600, stall_s=600, unread_s=600)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(ServeSettings(limits=PATIENT)) as address:
        yield address


def live(address: str) -> str:
    return address.replace("http", "ws", 1) + "api/live"


def photo(address: str, content: bytes) -> int:
    """The status that another client's photo is answered with."""
    return requests.post(f"{address}api/photo", files={"file": ("a.jpg", content)}, timeout=PATIENCE_S).status_code


def is_open(connection: socket.socket) -> bool:
    """Whether a connection is neither answered nor closed."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    finally:
        connection.setblocking(True)
    return False


def test_an_upload_that_drips(address: str, gallery: bytes) -> None:
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
            with suppress(OSError):  # there are more of them than places
                drip.sendall(b"x")
        assert photo(address, gallery) == 200
    assert any(map(is_open, drips)), "photos are answered while uploads go on"
    for drip in drips:
        drip.close()
    until(lambda: not requests.get(f"{address}health", timeout=PATIENCE_S).json()["recordings"]["queued"])
    assert sum(requests.get(f"{address}health", timeout=PATIENCE_S).json()["recordings"].values()) == 0, (
        "half a file is no job"
    )


def test_a_frame_that_comes_in_pieces(address: str) -> None:
    frame = picture_of(3, 2)
    with (
        connect(live(address), open_timeout=PATIENCE_S) as slow,
        connect(live(address), open_timeout=PATIENCE_S) as quick,
    ):
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
    with (
        connect(live(address), open_timeout=PATIENCE_S) as greedy,
        connect(live(address), open_timeout=PATIENCE_S) as other,
    ):
        greedy.recv(), other.recv()
        with pytest.raises(ConnectionClosed):
            greedy.send(bytes(1_500_000))
            greedy.recv(timeout=PATIENCE_S)
        other.send(frame)
        assert json.loads(other.recv())["type"] == "frame"


@pytest.mark.slow
def test_a_client_that_does_not_read(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends without end and reads nothing: its frames are dropped, and others get theirs. Nor does it read or answer what each
    side asks the other after 20 seconds, to hear whether it is there: nobody asks here, whatever time this takes."""
    monkeypatch.setattr("aiducation.web.connections._Socket.start_keepalive", lambda _: None)
    frame = picture_of(3, 2)
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # later, the system would drop what is on its way
    small.connect((host, int(port)))
    asks_nothing: dict[str, Any] = {"open_timeout": PATIENCE_S, "ping_interval": None}
    with (
        connect(live(address), **asks_nothing) as other,
        connect(live(address), sock=small, close_timeout=0, **asks_nothing) as deaf,
    ):
        deaf.recv(), other.recv()
        for _ in range(20):
            for _ in range(5):
                deaf.send(frame)
            other.send(frame)
            assert json.loads(other.recv(timeout=PATIENCE_S))["type"] == "frame"


@pytest.mark.slow
def test_events_that_nobody_reads_hold_nothing_up(address: str, samples: Path) -> None:
    with (samples / "meeting.mp4").open("rb") as file:
        job = requests.post(f"{address}api/recordings?every_s=0.2", files={"file": file}, timeout=PATIENCE_S).json()
    followers = [requests.get(address + job["links"]["events"][1:], stream=True, timeout=PATIENCE_S) for _ in range(20)]
    until(lambda: requests.get(address + job["links"]["self"][1:], timeout=PATIENCE_S).json()["state"] == "done")
    for follower in followers:
        follower.close()
    assert requests.delete(address + job["links"]["self"][1:], timeout=PATIENCE_S).status_code == 204


def test_many_photos_at_once_are_turned_away_politely(gallery: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """While as many as there is room for are looked at, and only then."""
    go_on, look = threading.Event(), Analyzer.photo
    monkeypatch.setattr(
        Analyzer, "photo", lambda *given, **options: (go_on.wait(PATIENCE_S), look(*given, **options))[1]
    )
    with serving(ServeSettings(limits=Limits(photos=3))) as address, ThreadPoolExecutor(16) as pool:

        def post(_: int) -> requests.Response:
            return requests.post(f"{address}api/photo", files={"file": gallery}, timeout=PATIENCE_S)

        try:
            asked = [pool.submit(post, i) for i in range(16)]
            until(lambda: sum(one.done() for one in asked) == 16 - 3)
        finally:
            go_on.set()
        answers = [one.result() for one in asked]
        assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 13
        turned_away = next(answer for answer in answers if answer.status_code == 503)
        assert turned_away.json()["error"]["code"] == "too_many_requests" and turned_away.headers["retry-after"]
        assert photo(address, gallery) == 200


def test_a_slow_disk_is_not_the_clients_fault() -> None:
    """An upload counts as slow by the time that is waited for it alone."""

    async def stream() -> AsyncGenerator[bytes, None]:
        for _ in range(4):
            yield b"x" * 1000

    async def slow_disk() -> int:
        size, now_s, arrival = 0, 0.0, Arrival()
        arrival._clock = lambda: now_s
        async for block in arrival.blocks(stream(), PATIENCE_S):
            now_s += PATIENCE_S
            size += len(block)
        return size

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests may have a loop in this one
        assert thread.submit(asyncio.run, slow_disk()).result() == 4000


def test_uploads_that_drip_hold_no_place_of_honest_ones() -> None:
    """All places are taken by uploads of which a byte comes now and then; new ones get in, one after the other."""
    head = (
        "POST /api/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    )
    with serving(ServeSettings(limits=replace(PATIENT, waiting=4))) as address:
        host, port = address.removeprefix("http://").rstrip("/").split(":")
        drips = [socket.create_connection((host, int(port))) for _ in range(4)]
        for drip in drips:
            drip.sendall(head.encode())

        def gets_in() -> bool:
            for drip in drips:
                with suppress(OSError):  # it was given up
                    drip.sendall(b"x")
            status = sent(address)
            assert status in (202, 503)
            return status == 202

        until(gets_in)
        given_up = until(lambda: [drip for drip in drips if not is_open(drip)])  # its answer may come after ours
        assert len(given_up) == 1 and b" 503 " in given_up[0].recv(4096).partition(b"\r\n")[0]
        for drip in drips:
            drip.close()


@contextmanager
def begun_upload(address: str) -> Iterator[socket.socket]:
    """An upload for which the server waits, as it says itself: "100 Continue"."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    kind = "Content-Type: multipart/form-data; boundary=b"
    head = f"POST /api/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n{kind}\r\n"
    with socket.create_connection((host, int(port))) as upload:
        upload.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert b" 100 " in upload.recv(4096, socket.MSG_PEEK)
        yield upload


def sent(address: str) -> int:
    """The status that another client's recording is answered with."""
    return requests.post(f"{address}api/recordings", files={"file": ("a.mp4", b"x")}, timeout=PATIENCE_S).status_code


@pytest.fixture
def keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow upload does not give way to another one, which it would on a busy machine."""
    monkeypatch.setattr("aiducation.web.arrivals._KNOWN_S", float("inf"))


@pytest.mark.usefixtures("keeps_its_place")
def test_uploads_count_as_waiting() -> None:
    with serving(ServeSettings(limits=replace(PATIENT, waiting=1))) as address:
        with begun_upload(address):
            assert sent(address) == 503
        until(lambda: sent(address) == 202)  # the server hears a moment later that it has ended


@pytest.mark.usefixtures("keeps_its_place")
@pytest.mark.parametrize("trickles", [False, True])
def test_an_upload_that_stops_or_trickles_is_given_up(trickles: bool) -> None:
    with serving(ServeSettings(limits=replace(PATIENT, stall_s=3, waiting=1))) as address:
        with begun_upload(address) as stalled:
            stalled.settimeout(0.1 if trickles else PATIENCE_S)
            stalled.sendall(b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n')
            answer, more = "", b"-"
            while "broke off" not in answer and more:
                try:
                    more = stalled.recv(4096)
                    answer += more.decode()
                except TimeoutError:
                    assert trickles
                    stalled.sendall(b"x")
        _, _, answer = answer.partition("\r\n\r\n")  # after the "100 Continue"
        assert " 400 " in answer.splitlines()[0] and "broke off" in answer
        assert sent(address) == 202
