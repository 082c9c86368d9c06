"""What tests of the page and the API make: clients, pictures, answers."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from aiducation.media.samples import gallery
from aiducation.web.settings import ServeSettings
from documented import Documented
from waiting import PATIENCE_S, until


def client_of(settings: ServeSettings) -> Any:
    """A client of a server in this process, which compares all answers with the document; use it in a ``with`` block."""
    from fastapi.testclient import TestClient

    from aiducation.web.app import create_app

    app = create_app(settings)
    client = TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    client.event_hooks = {"response": [Documented(app)]}
    return client


def error_of(answer: Any) -> tuple[str, str]:
    """Code and message of an answer, which must be the one body of all errors."""
    value = answer.json()
    assert set(value) == {"error"} and set(value["error"]) == {"code", "message"}, value
    assert value["error"]["message"].endswith(".")
    return value["error"]["code"], value["error"]["message"]


def fits(client: Any, name: str, path: str) -> Any:
    """The JSON that an address answers with, which must fit the schema of that name in the OpenAPI document."""
    from jsonschema import Draft202012Validator

    value = client.get(path).json()
    document = client.get("/openapi.json").json()
    Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"}).validate(value)
    return value


def picture_of(columns: int, rows: int, *, width: int = 640, height: int = 360, shift: float = 0.0) -> bytes:
    """A JPEG file of a meeting with so many tiles."""
    out = io.BytesIO()
    Image.fromarray(gallery(columns, rows, width=width, height=height, shift=shift)).save(out, "JPEG", quality=90)
    return out.getvalue()


@dataclass
class Server:
    """A server that was started by its command.

    Attributes:
        address: of its page, with a slash at the end.
    """

    process: subprocess.Popen[str]
    address: str

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status and JSON of an address."""
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def stop(self, how: int = signal.SIGINT) -> int:
        """Stop it; gives the exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE_S)


def start_server(*options: object, files: int = 0, **variables: str) -> Server:
    """Run ``aiducation serve`` at a free port, with these environment variables, until it can be used; it may have so many files
    open."""
    environment = os.environ | variables
    command = [sys.executable, "-m", "aiducation", "serve", "--port", "0", "--no-browser", *map(str, options)]
    if files:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    assert process.stdout is not None
    address = process.stdout.readline().strip().partition("?")[0]  # without the token
    if not address.startswith("http://"):
        process.kill()
        raise AssertionError("the server did not start")
    return Server(process, address)


@contextmanager
def serving(settings: ServeSettings) -> Iterator[str]:
    """A server in a thread of this process; gives its address."""
    from aiducation.web.app import create_app
    from aiducation.web.server import Server as ProductServer

    server = ProductServer(replace(settings, port=0), create_app(settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(timeout=PATIENCE_S)


def camera_file(
    path: Path, *, seconds: float = 4.0, across: int = 3, width: int = 1280, height: int = 720, rate: int = 10
) -> Path:
    """A film of the sample meeting, as Chromium takes it in the place of a camera; so many tiles across and down."""
    import av

    with av.open(str(path), "w", format="mjpeg") as film:
        stream = film.add_stream("mjpeg", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        for i in range(round(seconds * rate)):
            tiles = gallery(across, across, width=width, height=height, shift=i / rate / 4)
            picture = av.VideoFrame.from_ndarray(tiles, format="rgb24")
            film.mux(stream.encode(picture.reformat(format="yuvj420p")))
        film.mux(stream.encode(None))
    return path


@contextmanager
def launch_browser(chromium: str, camera: Path, *more: str) -> Iterator[Any]:
    """A headless Chromium that plays a file in the place of its camera, and looks nothing up anywhere; with more options."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=browser_options(camera, *more), timeout=1000 * PATIENCE_S
        )
        yield browser
        browser.close()


def browser_options(camera: Path, *more: str) -> list[str]:
    """How a Chromium is started that plays a file in the place of its camera, and looks nothing up anywhere."""
    return [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
        *more,
    ]


def send(client: Any, content: bytes, name: str = "lesson 1.mp4", **options: object) -> dict[str, Any]:
    """A recording goes to the server; its job."""
    answer = client.post("/api/recordings", files={"file": (name, content)}, params=options)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == job["links"]["self"]
    return job


def wait_for(client: Any, job: dict[str, Any], *states: str) -> dict[str, Any]:
    """The job, as soon as it is in one of these states."""

    def there() -> dict[str, Any] | None:
        now: dict[str, Any] = client.get(job["links"]["self"]).json()
        return now if now["state"] in states else None

    return until(there)
