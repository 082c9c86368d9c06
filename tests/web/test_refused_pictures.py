"""What the live page says where the browser gives it no picture: for a camera and for a screen, each error by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from needs import BROWSER
from page_makers import PATIENCE, expect
from web_makers import Server

pytestmark = BROWSER.mark()

#: Error -> words about a camera, and about a screen.
SAID = {
    "NotAllowedError": ("not allowed to use the camera", "Nothing is shared"),
    "NotFoundError": ("No camera was found", "no screen or window that could be shared"),
    "NotReadableError": ("Another program uses the camera", "does not give the picture of this screen or window"),
    "AbortError": ("camera stopped before its first picture", "sharing stopped before the first picture"),
    "InvalidStateError": ("Bring this page to the front", "right after a click"),
    "OverconstrainedError": ("No camera gives a picture of this kind", "in the form that is needed"),
    "TypeError": (
        "The camera could not be started: in a test",
        "The screen or window could not be shared",
    ),
}


@pytest.fixture(scope="module")
def page(browser: Any, server: Server) -> Iterator[Any]:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'in a test' })")
    page.goto(f"{server.address}#live")
    yield page
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("source", ["camera", "screen"])
def test_a_refusal_is_said_for_what_was_asked(page: Any, name: str, source: str) -> None:
    function, button = {
        "camera": ("getUserMedia", "Camera"),
        "screen": ("getDisplayMedia", "Screen or window"),
    }[source]
    page.evaluate(
        """([name, asked]) => {
          const error = name === "TypeError" ? new TypeError("in a test") : new DOMException("in a test", name);
          navigator.mediaDevices[asked] = () => Promise.reject(error);
        }""",
        [name, function],
    )
    page.get_by_role("button", name=button, exact=True).click()
    notice = page.locator("main .notice[role=alert]")
    expect(notice).to_contain_text(SAID[name][source == "screen"])
    if source == "screen":
        expect(notice).not_to_contain_text("camera")
    page.reload()


@pytest.mark.parametrize(
    ("lacks", "words", "camera"),
    [
        ("delete MediaDevices.prototype.getDisplayMedia", "cannot share a screen or window", True),
        ("delete Navigator.prototype.mediaDevices", "its connection is not secure", False),
    ],
)
def test_what_a_browser_cannot_do_is_said_before_it_is_asked(page: Any, lacks: str, words: str, camera: bool) -> None:
    other = page.context.browser.new_page()  # a context of its own
    other.set_default_timeout(PATIENCE)
    other.add_init_script(lacks + "; localStorage.aiducation ??= JSON.stringify({ agreed: 'in a test' })")
    other.goto(page.url)
    expect(other.locator("main .notice")).to_contain_text(words)
    expect(other.get_by_role("button", name="Screen or window")).to_be_disabled()
    expect(other.get_by_role("button", name="Camera", exact=True)).to_be_enabled(enabled=camera)
    other.close()
