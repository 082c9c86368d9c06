"""The page without a server, in a real browser: the same faces and states as the package, and nothing that leaves the browser."""

from __future__ import annotations

import base64
import functools
import http.server
import io
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image

from aiducation.column_names import QUALITY_COLUMNS
from aiducation.media.samples import gallery
from aiducation.observations.group import group_of
from aiducation.observations.result_json import to_json
from aiducation.states import OUTCOMES
from aiducation.vision.analyzer import Analyzer
from commands import COULD_NOT, RunCli, check_refused
from needs import BROWSER, MEDIA, REAL_MEDIA, WEB_RUNTIME
from page_makers import choose, expect, save

pytestmark = [BROWSER.mark(), WEB_RUNTIME.mark()]

#: Asks the page's own module for the JSON of a photo.
_JSON = """async ([content, name, least]) => {
  const { postPhoto } = await import("/static/api.js");
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  return (await postPhoto(new File([bytes], name), { min_group: least })).json();
}"""


class _Files(http.server.SimpleHTTPRequestHandler):
    """A host of static files that knows the types of scripts."""

    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
    }

    def log_message(self, *_: Any) -> None:
        pass


def _host(folder: Path) -> tuple[http.server.ThreadingHTTPServer, str]:
    host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    return host, f"http://127.0.0.1:{host.server_address[1]}/"


@pytest.fixture(scope="session")
def folder(made_once: Callable[..., Path]) -> Path:
    def make(place: Path) -> None:
        command = [sys.executable, "-m", "aiducation", "page", "--static", str(place / "page")]
        assert subprocess.run(command, capture_output=True, text=True).returncode == 0

    return made_once("static-page", make) / "page"


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[[str], Any]]:
    """Opens an address as a new visitor for whom all other origins are closed; in the end nothing may have asked for one."""
    contexts, wrong = [], []

    def open_(address: str, *, locale: str = "en-US") -> Any:
        context = browser.new_context(locale=locale)
        contexts.append(context)
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
        page.set_default_timeout(60_000)
        page.on("request", lambda request: request.url.startswith(own) or wrong.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        expect(page.locator("main h1")).to_be_visible(timeout=60_000)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    host, there = _host(folder)
    yield there
    host.shutdown()


def _asked(page: Any, content: bytes, name: str, least: int = 5) -> Any:
    return page.evaluate(_JSON, [base64.b64encode(content).decode(), name, least])


def _same_states(ours: dict[str, Any], theirs: dict[str, Any]) -> int:
    """How many faces have the same state for the same reason; the faces themselves must be the same."""
    assert len(ours["faces"]) == len(theirs["faces"])
    assert len(ours["low_confidence"]) == len(theirs["low_confidence"])
    for one, other in zip(ours["faces"], theirs["faces"], strict=True):
        assert list(one) == list(other)
        for side in ("left", "top", "right", "bottom"):
            assert abs(one[side] - other[side]) <= 0.3
        for name in ("score", *QUALITY_COLUMNS):
            assert abs(one[name] - other[name]) <= 0.01, name
        for outcome in OUTCOMES:  # integers are multiplied otherwise on processors of another kind
            assert abs((one[f"p_{outcome}"] or 0) - (other[f"p_{outcome}"] or 0)) <= 0.08
    return sum(
        (one["state"], one["reason"]) == (other["state"], other["reason"])
        for one, other in zip(ours["faces"], theirs["faces"], strict=True)
    )


def _made() -> dict[str, bytes]:
    """Photos made by code: tiles, a turned head and a tilted meeting, one with few faces, one with none."""
    pictures = {
        "tiles.png": Image.fromarray(gallery(3, 3, width=960, height=540)),
        "tilted.png": Image.fromarray(gallery(3, 3, width=960, height=540)).rotate(20),
        "large.png": Image.fromarray(gallery(2, 2, width=1600, height=900)),
        "upside-down.png": Image.fromarray(gallery(3, 2, width=960, height=540)).rotate(180),
        "none.png": Image.new("RGB", (320, 200), "gray"),
    }
    made = {}
    for name, picture in pictures.items():
        out = io.BytesIO()
        picture.save(out, "PNG")
        made[name] = out.getvalue()
    return made


def test_made_photos_have_the_answers_of_the_package(visit: Any, address: str, tmp_path: Path) -> None:
    page, analyzer = visit(address), Analyzer()
    same = total = 0
    for name, content in _made().items():
        (tmp_path / name).write_bytes(content)
        faces = analyzer.photo(tmp_path / name)
        ours, theirs = to_json(faces, group_of(faces, 5)), _asked(page, content, name)
        same, total = same + _same_states(ours, theirs), total + len(faces)
        assert set(ours) == set(theirs) and set(ours["group"]) == set(theirs["group"])
        for key in set(ours) - {"faces", "group", "low_confidence"}:
            assert ours[key] == theirs[key], key
        for key in set(ours["group"]) - {"counts", "shares"}:
            assert ours["group"][key] == theirs["group"][key], key
    assert total >= 25 and same >= 0.99 * total


@REAL_MEDIA.mark()
def test_real_photos_have_the_answers_of_the_package(visit: Any, address: str) -> None:
    page, analyzer = visit(address), Analyzer()
    same = total = 0
    for name in ("class_group", "masks", "portrait_grid", "stadium", "staff_group", "drawn_faces"):
        path = MEDIA / f"{name}.jpg"
        faces = analyzer.photo(path)
        same += _same_states(to_json(faces), _asked(page, path.read_bytes(), path.name))
        total += len(faces)
    assert total > 200 and same >= 0.99 * total


def test_a_photo_is_shown_and_saved_and_the_page_works_without_a_network(
    visit: Any, folder: Path, tmp_path: Path
) -> None:
    host, there = _host(folder)
    page = visit(there)
    (tmp_path / "tiles.png").write_bytes(_made()["tiles.png"])
    page.evaluate("navigator.serviceWorker.ready")
    host.shutdown()
    host.server_close()
    page.reload()
    choose(page, tmp_path / "tiles.png")
    expect(page.locator(".face")).to_have_count(9, timeout=60_000)
    expect(page.get_by_text("9 faces seen")).to_be_visible()
    assert len(save(page, "Table (CSV)").splitlines()) == 10
    for words in ("Recording", "Review", "For developers: the API"):
        expect(page.get_by_text(words, exact=True)).to_have_count(0)


def test_the_policy_has_no_exception_but_webassembly(visit: Any, folder: Path, address: str) -> None:
    html = (folder / "index.html").read_text(encoding="utf-8")
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)[0].replace("&#39;", "'")
    assert set(re.findall(r"'[^']*'", policy)) == {"'none'", "'self'", "'wasm-unsafe-eval'"}
    assert "*" not in policy and "http" not in policy
    page = visit(address, locale="de-DE")
    assert page.locator("html").get_attribute("lang") == "de"
    tried = "fetch('https://example.com/').then(() => 'sent', () => 'refused')"
    assert page.evaluate(tried) == "refused"


def test_live_faces_are_followed_in_the_browser(visit: Any, address: str) -> None:
    page = visit(f"{address}#live")
    page.locator("main button.main").click()
    expect(page.locator(".face").nth(6)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("pictures a second")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("main button.main")).to_be_enabled()


def test_a_folder_with_something_else_is_left_alone(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    check_refused(run_cli("page", "--static", tmp_path), COULD_NOT, "something else", "another folder")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
