"""What tests of the page and the API share: a server in this process, and one started as users start it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the page needs the 'serve' extra")

from fastapi.testclient import TestClient

from aiducation.vision.samples import write_samples
from aiducation.web.settings import Limits, ServeSettings
from web_makers import client_of

MEGA = 1_000_000

#: Small enough to be reached by a test.
SMALL = Limits(
    photo_bytes=2 * MEGA, recording_bytes=8 * MEGA, frame_bytes=MEGA, photo_pixels=2 * MEGA, frame_pixels=MEGA, live=3
)


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with gallery.jpg and meeting.mp4, nine tiles of one face."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


@pytest.fixture(scope="session")
def gallery(samples: Path) -> bytes:
    return (samples / "gallery.jpg").read_bytes()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(ServeSettings(limits=SMALL)) as client:
        yield client


@dataclass
class Server:
    """A server that was started by its command.

    Attributes:
        address: of its page, with a slash at the end.
    """

    process: subprocess.Popen[str]
    address: str
    words: list[str] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status and JSON of an address."""
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def stop(self, how: int = signal.SIGINT) -> int:
        """Stop it; gives the exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=30)


def start_server(*options: object, temporary: Path | None = None) -> Server:
    """Run ``aiducation serve`` at a free port until it can be used."""
    environment = os.environ | ({"TMPDIR": str(temporary)} if temporary else {})
    command = [sys.executable, "-m", "aiducation", "serve", "--port", "0", "--no-browser", *map(str, options)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address.startswith("http://"), "the server did not start"
    return Server(process, address)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = start_server()
    yield server
    server.process.kill()
