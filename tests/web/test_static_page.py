"""The page without a server, in a real browser: shown, saved, kept for the time without a network, and nothing leaves it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aiducation.media.samples import gallery
from aiducation.vision.classifier import Classifier, default_model_path
from aiducation.vision.devices import CPU, Device
from aiducation.web.engine import Engine
from aiducation.web.settings import ServeSettings
from aiducation.web.static_page import JoinPage
from needs import BROWSER, WEB_RUNTIME
from page_makers import LEAVING, choose, expect, save
from static_pages import host_of, hosted, write_page
from waiting import until_shown

pytestmark = [BROWSER.mark(), WEB_RUNTIME.mark()]


def _tiles(folder: Path) -> Path:
    """A photo of nine faces."""
    path = folder / "tiles.png"
    Image.fromarray(gallery(3, 3, width=960, height=540)).save(path)
    return path


def test_students_of_a_server_with_a_graphics_card_get_the_file_for_processors() -> None:
    settings = ServeSettings(device=CPU)
    engine = Engine(settings)
    engine.analyzer.device = Device("cuda", "CUDAExecutionProvider")
    engine.analyzer.classifier = Classifier(default_model_path(floats=True))
    given = JoinPage(settings, engine).files()["networks/classifier.onnx"]
    assert given == default_model_path().read_bytes()


#: Remembers which recordings the page holds in memory.
_HELD = """() => {
  window.held = new Set();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (of) => {
    const address = createObjectURL.call(URL, of);
    if (of instanceof File) held.add(address);
    return address;
  };
  URL.revokeObjectURL = (address) => { held.delete(address); revokeObjectURL.call(URL, address); };
}"""


@pytest.mark.slow
def test_a_recording_is_shown_saved_and_let_go(visit: Any, static_address: str, clip: Path, tmp_path: Path) -> None:
    page = visit(f"{static_address}#recording")
    page.evaluate(_HELD)
    (tmp_path / "torn.mp4").write_bytes(b"no recording")
    choose(page, tmp_path / "torn.mp4")
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.evaluate("held.size") == 0
    assert page.evaluate(LEAVING) is False, "of a torn file nothing would be lost"
    page.get_by_role("button", name="Remove it from the list").click()
    choose(page, clip)
    expect(page.get_by_text("The group over time")).to_be_visible()
    assert page.evaluate(LEAVING) is True, "no server has this result"
    expect(page.locator(".tracks .track")).to_have_count(9)
    expect(page.locator(".face")).to_have_count(9)
    assert save(page, "Table (CSV)").startswith(b"source,frame,time_s")
    assert save(page, "Timeline (CSV)").startswith(b"start_s,faces")
    assert save(page, "JSON").startswith(b'{"generator"')
    page.get_by_role("button", name="Remove it from the list").click()
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    assert page.evaluate("held.size") == 0
    assert page.evaluate(LEAVING) is False


def test_a_photo_is_shown_and_saved_and_the_page_works_without_a_network(
    visit: Any, static_folder: Path, tmp_path: Path
) -> None:
    host, there = host_of(static_folder)
    page = visit(there)
    tiles = _tiles(tmp_path)
    page.evaluate("navigator.serviceWorker.ready")
    host.shutdown()
    host.server_close()
    page.reload()
    choose(page, tiles)
    expect(page.locator(".face")).to_have_count(9)
    expect(page.get_by_text("9 faces seen")).to_be_visible()
    assert page.evaluate(LEAVING) is True
    assert len(save(page, "Table (CSV)").splitlines()) == 10
    for words in ("Label", "Review", "For developers: the API"):
        expect(page.get_by_text(words, exact=True)).to_have_count(0)


@pytest.mark.slow
def test_what_could_not_be_loaded_is_loaded_again(visit: Any, static_folder: Path, tmp_path: Path) -> None:
    host = shutil.copytree(static_folder, tmp_path / "host")
    away = (host / "networks" / "classifier.onnx").rename(tmp_path / "away")
    tiles = _tiles(tmp_path)
    with hosted(host) as there:
        page = visit(there)
        choose(page, tiles)
        expect(page.locator("main").get_by_text("A file of this page is missing").first).to_be_visible()
        away.rename(host / "networks" / "classifier.onnx")
        choose(page, tiles)
        expect(page.locator(".face")).to_have_count(9)


@pytest.mark.slow
def test_a_new_version_replaces_the_old_one_and_leaves_other_pages_alone(
    visit: Any, static_folder: Path, tmp_path: Path
) -> None:
    host = shutil.copytree(static_folder, tmp_path / "host")
    with hosted(host) as there:
        page = visit(there)
        page.evaluate("navigator.serviceWorker.ready")
        [before] = page.evaluate("caches.keys()")
        assert before.startswith(f"{there} ")
        other = before.replace(there, f"{there}two/")  # as a page in that folder would name its files
        page.evaluate("(name) => caches.open(name)", other)

        write_page(tmp_path / "new", "--min-group", "7")
        shutil.copytree(tmp_path / "new", host, dirs_exist_ok=True)
        loaded: list[Any] = []
        page.on("framenavigated", lambda frame: loaded.append(frame))
        page.goto(there, wait_until="commit")  # whatever comes next, also before all of the old version is loaded
        until_shown(page, lambda: len(loaded) == 2)  # the old version, and by itself the new one
        expect(page.locator("main h1")).to_be_visible()
        until_shown(page, lambda: len(page.evaluate("caches.keys()")) == 2)
        names = page.evaluate("caches.keys()")
        assert other in names and before not in names
        least = "fetch('answers/en/model.json').then((one) => one.json()).then((one) => one.min_group)"
        assert page.evaluate(least) == 7


def test_the_policy_has_no_exception_but_webassembly(visit: Any, static_folder: Path, static_address: str) -> None:
    html = (static_folder / "index.html").read_text(encoding="utf-8")
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)[0].replace("&#39;", "'")
    assert set(re.findall(r"'[^']*'", policy)) == {"'none'", "'self'", "'wasm-unsafe-eval'"}
    assert "*" not in policy and "http" not in policy
    page = visit(static_address, locale="de-DE")
    assert page.locator("html").get_attribute("lang") == "de"
    tried = "fetch('https://example.com/').then(() => 'sent', () => 'refused')"
    assert page.evaluate(tried) == "refused"


@pytest.mark.slow
def test_the_licenses_of_the_runtime_lie_in_the_folder_and_are_linked(
    visit: Any, static_folder: Path, static_address: str
) -> None:
    page = visit(static_address)
    for name, words in {"LICENSE.txt": "MIT License", "ThirdPartyNotices.txt": "google/flatbuffers"}.items():
        assert words in (static_folder / "runtime" / name).read_text(encoding="utf-8")
        assert page.get_by_role("link", name=name).get_attribute("href") == f"runtime/{name}"
