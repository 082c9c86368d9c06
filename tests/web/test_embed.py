"""``<aiducation-live>`` in the example's page, which comes from another origin than the server."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER
from page_makers import PATIENCE, expect
from stream_makers import files
from waiting import until_shown
from web_makers import Server, start_server

pytestmark = BROWSER.mark()

EXAMPLE = Path(__file__).parents[2] / "examples" / "embed"
TOKEN = "a secret of this test alone"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """The address of the example's page, and a server that knows its origin."""
    folder = tmp_path_factory.mktemp("site")
    for path in EXAMPLE.iterdir():
        shutil.copy(path, folder)
    with files(folder) as pages:
        origin = pages.address("").rstrip("/")
        server = start_server("--allow-origin", origin, AIDUCATION_TOKEN=TOKEN)
        try:
            yield pages.address("index.html"), server
        finally:
            server.stop()


@pytest.fixture
def opened(browser: Any, site: tuple[str, Server]) -> Iterator[Any]:
    """Opens the example; in the end nothing may have gone wrong in it, and nothing else was asked."""
    contexts, wrong, asked = [], list[str](), set[str]()

    def open_(*, token: str = TOKEN, more: str = "", language: str = "en") -> Any:
        address, server = site
        context = browser.new_context(permissions=["camera"], locale=language)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: asked.add(request.url.split("/")[2]))
        page.goto(f"{address}?server={server.address}&token={token}{more}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []
    assert asked <= {site[0].split("/")[2], site[1].address.split("/")[2]}


#: Remembers the cameras that were opened; and whether they are on.
_KEEP_STREAMS = """() => {
  window.streams = [];
  const devices = navigator.mediaDevices, { getUserMedia } = devices;
  devices.getUserMedia = async (wanted) => {
    streams.push(await getUserMedia.call(devices, wanted));
    return streams.at(-1);
  };
}"""
_STATES = "streams.flatMap((one) => one.getTracks().map((track) => track.readyState))"


@pytest.mark.slow
def test_live_faces_in_a_page_of_another_origin(opened: Any, site: tuple[str, Server]) -> None:
    page = opened()
    live = page.locator("aiducation-live")
    expect(live.get_by_role("button", name="Start")).to_be_visible()
    page.evaluate(_KEEP_STREAMS)
    live.evaluate("(live) => { live.start(); live.start(); }")  # as a double click does
    expect(page.locator("#seen")).to_contain_text("9 faces in the last one")
    counts = live.locator(".counts")  # of any picture that shows all nine: in another one a face may be missed
    until_shown(page, lambda: sum(map(int, re.findall(r"\d+", counts.inner_text()))) == 9)
    drawn = (
        "(live) => { const c = live.shadowRoot.querySelector('canvas');"
        " return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(Boolean); }"
    )
    assert live.evaluate(drawn), "boxes are drawn over the picture"
    live.get_by_role("button", name="Stop").click()
    expect(live.get_by_role("button", name="Start")).to_be_visible()
    assert live.evaluate("(live) => live.running") is False
    assert page.evaluate(_STATES) == ["ended"], "one camera was on, and is off again"
    live.get_by_role("button", name="Start").click()
    expect(live.locator(".counts")).to_contain_text(re.compile(r"\d"))
    page.evaluate("streams.at(-1).getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(live.locator(".counts")).to_have_text("The camera gives no picture any more.")


@pytest.mark.slow
def test_small_groups_have_no_states(opened: Any) -> None:
    page = opened(more="&min_group=20")
    live = page.locator("aiducation-live")
    live.get_by_role("button", name="Start").click()
    expect(live.locator(".counts")).to_have_text("Faces: 9; too few for states")


def test_a_wrong_token_is_told(opened: Any) -> None:
    page = opened(token="wrong")
    live = page.locator("aiducation-live")
    page.evaluate(_KEEP_STREAMS)
    live.get_by_role("button", name="Start").click()
    expect(live.locator(".counts")).to_contain_text("not the token of the server")
    expect(live.get_by_role("button", name="Start")).to_be_visible()
    assert page.evaluate(_STATES) == ["ended"], "the camera is off again"


def test_it_speaks_the_language_of_the_page(opened: Any) -> None:
    page = opened()
    expect(page.locator("aiducation-live").get_by_role("button", name="Start")).to_be_visible()
    page.evaluate("document.querySelector('aiducation-live').remove(); document.documentElement.lang = 'de'")
    page.evaluate(
        "(token) => { const live = document.createElement('aiducation-live'); live.setAttribute('token', token);"
        " document.body.append(live); }",
        TOKEN,
    )
    expect(page.locator("aiducation-live").get_by_role("button", name="Starten")).to_be_visible()


def test_a_page_that_the_server_does_not_know_gets_nothing(
    browser: Any, site: tuple[str, Server], tmp_path: Path
) -> None:
    for path in EXAMPLE.iterdir():
        shutil.copy(path, tmp_path)
    with files(tmp_path) as stranger:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{stranger.address('index.html')}?server={site[1].address}&token={TOKEN}")
        page.wait_for_function("customElements.get('aiducation-live') || document.readyState === 'complete'")
        status = page.evaluate(
            "([server, token]) => fetch(`${server}api/model`, { headers: { Authorization: `Bearer ${token}` } })"
            ".then((answer) => answer.status, () => 'refused')",
            [site[1].address, TOKEN],
        )
        assert status == "refused"
        page.close()
