"""What tests of the page and the API share: a server in this process, and one started as users start it."""

# ruff: noqa: E402 - what may be missing is asked for first
from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from needs import CHROMIUM, need_package

need_package("fastapi", "serve")

from fastapi.testclient import TestClient

from aiducation.media import samples as pictures
from aiducation.web.settings import Limits, ServeSettings
from film import repeated
from proxy_makers import NAME, OTHER_NAME, SHARED_NAME
from static_pages import hosted, write_page
from waiting import PATIENCE_S
from web_makers import Server, camera_file, client_of, launch_browser, start_server

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


@pytest.fixture(scope="session")
def lesson(made_once: Callable[..., Path]) -> Path:
    """An hour, so that there is time to cancel, also beside busy programs."""

    def make(folder: Path) -> None:
        frames = [pictures.gallery(3, 3, width=640, height=360, shift=i / 10) for i in range(4)]
        repeated(folder / "lesson.mp4", frames, seconds=3600, rate=1)

    return made_once("lesson", make) / "lesson.mp4"


# --- the page in a real browser: one for each test process, and a new visitor for each test --------------------------


@pytest.fixture(scope="session")
def browser(made_once: Callable[..., Path]) -> Iterator[Any]:
    """A browser whose camera shows nine faces, and that knows the names of the proxies."""
    camera = made_once("camera", lambda folder: camera_file(folder / "camera.mjpeg", seconds=2, width=960, height=540))
    camera /= "camera.mjpeg"
    names = f"--host-resolver-rules=MAP {SHARED_NAME} 127.0.0.1, MAP {OTHER_NAME} 127.0.0.1"
    with launch_browser(CHROMIUM or "", camera, names) as browser:
        yield browser


@pytest.fixture
def new_page(browser: Any, server: Server) -> Iterator[Any]:
    """Opens the page as a new visitor; in the end nothing may have gone wrong in it, nor any request elsewhere."""
    from page_makers import PATIENCE, SIZES

    contexts, wrong = [], []

    def open_(
        where: str = "", *, size: str = "laptop", scheme: str = "light", agree: bool = True, locale: str = "en-US"
    ) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)  # of its other tabs, too
        if agree:
            context.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'in a test' })")
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: _own(request.url, server) or wrong.append(request.url))
        page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: open_.received.append(payload)))
        page.goto(server.address + where)
        return page

    open_.expected = []  # type: ignore[attr-defined] # words of errors that a test provokes; browsers note them whenever they like
    open_.received = []  # type: ignore[attr-defined] # what came through sockets
    yield open_
    for context in contexts:
        left = _recordings_of(context)
        context.close()
        for recording in left:  # tests share the server
            request = urllib.request.Request(f"{server.address}api/recordings/{recording}", method="DELETE")
            with suppress(urllib.error.HTTPError):  # it is gone already
                urllib.request.urlopen(request, timeout=PATIENCE_S).close()
    kept = server.get("health")[1]["recordings"]
    assert not any(kept.values()), "the next test would find recordings of this one"
    assert not [line for line in wrong if not any(words in line for words in open_.expected)]  # type: ignore[attr-defined]


def _own(url: str, server: Server) -> bool:
    return url.startswith((server.address, server.address.replace("http", "ws", 1), "blob:", "data:"))


def _recordings_of(context: Any) -> list[str]:
    """The ids of the recordings that a visitor sent and did not delete."""
    names = [item["name"] for origin in context.storage_state()["origins"] for item in origin["localStorage"]]
    return [name.partition(" recording ")[2] for name in names if " recording " in name]


@pytest.fixture(scope="session")
def static_folder(made_once: Callable[..., Path]) -> Path:
    """The page without a server, as ``aiducation page --static`` writes it."""
    return made_once("static-page", lambda place: write_page(place / "page")) / "page"


@pytest.fixture(scope="session")
def class_folder(made_once: Callable[..., Path]) -> Path:
    """The same for students of a class whose server is away."""
    return made_once("class-page", lambda place: write_page(place / "page", "--class", "http://127.0.0.1:9")) / "page"


@pytest.fixture(scope="session")
def static_address(static_folder: Path) -> Iterator[str]:
    with hosted(static_folder) as there:
        yield there


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address as a new visitor for whom all other origins are closed; in the end nothing may have asked for one. A
    script may run before those of the page."""
    from page_makers import PATIENCE, expect  # not above: tests of the API need no browser

    contexts, wrong = [], []

    def open_(address: str, *, locale: str = "en-US", script: str = "") -> Any:
        context = browser.new_context(locale=locale)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'in a test' })")
        own = (address.partition("#")[0], "blob:", "data:")

        def decide(route: Any) -> None:
            if route.request.url.startswith(own):
                route.fallback()
            else:
                wrong.append(route.request.url)
                route.abort()

        context.route(lambda url: not url.startswith(own), decide)
        page = context.new_page()
        page.add_init_script(script)
        page.on("request", lambda request: request.url.startswith(own) or wrong.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        expect(page.locator("main h1")).to_be_visible()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong
