"""What tests of the page and the API share: a server in this process, and one started as users start it."""

# ruff: noqa: E402 - what may be missing is asked for first
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from needs import need_package

need_package("fastapi", "serve")

from fastapi.testclient import TestClient

from aiducation.web.settings import Limits, ServeSettings
from proxy_makers import NAME, SHARED_NAME
from web_makers import Server, client_of, start_server

MEGA = 1_000_000

#: Small enough to be reached by a test.
SMALL = Limits(
    photo_bytes=2 * MEGA,
    recording_bytes=8 * MEGA,
    frame_bytes=MEGA,
    photo_pixels=2 * MEGA,
    recording_pixels=2 * MEGA,
    frame_pixels=MEGA,
    live=3,
)


@pytest.fixture(scope="session")
def gallery(samples: Path) -> bytes:
    return (samples / "gallery.jpg").read_bytes()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(ServeSettings(limits=SMALL)) as client:
        yield client


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = start_server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def named_server() -> Iterator[Server]:
    """A server as it is started behind a proxy: it knows the names of the shipped settings and asks for a token."""
    server = start_server("--allow-host", NAME, "--allow-host", SHARED_NAME, AIDUCATION_TOKEN="a secret")
    yield server
    server.stop()
