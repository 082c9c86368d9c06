"""Many connections, silent ones, unfinished requests: nobody holds the places of others, and every refusal is a whole answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests

from aiducation.web.settings import Limits, ServeSettings
from needs import UNIX
from waiting import PATIENCE_S, until
from web_makers import Server, serving, start_server

pytestmark = pytest.mark.hostile

HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-resource-policy")


def place_of(address: str) -> tuple[str, int]:
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    return host, int(port)


@contextmanager
def silent(address: str, number: int, sent: bytes = b"") -> Iterator[list[socket.socket]]:
    """Connections that say nothing more."""
    with ExitStack() as stack:
        yield [stack.enter_context(opened(address, sent)) for _ in range(number)]


def opened(address: str, sent: bytes) -> socket.socket:
    one = socket.create_connection(place_of(address), timeout=PATIENCE_S)
    one.sendall(sent)
    return one


def all_of(one: socket.socket) -> bytes:
    """What comes over a connection until it ends."""
    got = b""
    try:
        while block := one.recv(65_536):
            got += block
    except ConnectionResetError:
        pass
    return got


def dripped(one: socket.socket, clock: Clock, drip: bytes) -> bytes:
    """What comes over a connection until it ends, over which something is sent each second."""
    one.settimeout(0.1)
    got = b""

    def ended() -> bool:
        nonlocal got
        clock.now_s += 1
        try:
            one.sendall(drip)
            block = one.recv(65_536)
            got += block
            return block == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    until(ended)
    return got


def healthy(address: str) -> bool:
    return requests.get(f"{address}health", timeout=PATIENCE_S).status_code == 200


class Clock:
    """Stands for the module ``time`` where connections are watched: seconds pass when a test says so, however slow a machine
    is. Each time that is read is a moment later than the one before."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        self.now_s += 1e-6
        return self.now_s


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr("aiducation.web.connections.time", clock)
        yield clock


@pytest.fixture(scope="module")
def address(clock: Clock) -> Iterator[str]:
    with serving(ServeSettings(limits=Limits(connections=40, connections_of_one=30))) as address:
        yield address


@pytest.mark.slow
@UNIX.mark()
def test_more_silent_connections_than_files() -> None:
    """The server has 1,024 files; 1,100 connections are open and silent."""
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(most[0], 2048) if most[1] >= 2048 else most[1], most[1]))
    server: Server = start_server(files=1024)
    try:
        with silent(server.address, 1100):
            for _ in range(20):
                assert healthy(server.address)
    finally:
        server.stop()
        resource.setrlimit(resource.RLIMIT_NOFILE, most)


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "], ids=["silent", "line", "head"]
)
def test_who_never_ends_a_request_is_closed(address: str, clock: Clock, sent: bytes) -> None:
    with silent(address, 3, sent) as connections:
        for one in connections:
            assert dripped(one, clock, b"") == b""


def test_a_head_that_drips_is_closed(address: str, clock: Clock) -> None:
    with silent(address, 1, b"GET / HTTP/1.1\r\n") as (one,):
        assert dripped(one, clock, b"x") == b""


def test_the_one_that_is_silent_for_longest_gives_way(address: str) -> None:
    with silent(address, 60) as connections:
        assert healthy(address)
        assert all_of(connections[0]) == b""


def test_a_body_that_drips_after_its_answer_is_closed(address: str, clock: Clock) -> None:
    head = b"GET /api/model HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
    with silent(address, 1, head) as (one,):
        begun = one.recv(65_536)
        assert begun.startswith(b"HTTP/1.1 200")
        dripped(one, clock, b"x")


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"junk\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + 300_000 * b"x" + b"\r\n\r\n",
        b"GET /api/live HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        b"GET /api/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"GET /api/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        b"POST /api/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    ],
    ids=[
        "TLS",
        "junk",
        "version",
        "no host",
        "two hosts",
        "two lengths",
        "no length",
        "long",
        "socket of another",
        "no socket here",
        "no key",
        "old socket",
        "posted socket",
    ],
)
def test_every_refusal_carries_the_headers(address: str, request_: bytes) -> None:
    with silent(address, 1, request_) as (one,):
        got = all_of(one)
    head = got.partition(b"\r\n\r\n")[0].decode("latin-1").lower()
    assert head.startswith("http/1.1 4"), head
    assert [name for name in HEADERS if f"\r\n{name}:" not in head] == [], head
    assert "\r\nserver:" not in head


def test_requests_go_on_over_one_connection(address: str) -> None:
    with requests.Session() as session:
        for _ in range(5):
            assert session.get(f"{address}health", timeout=PATIENCE_S).status_code == 200
