"""The page for everyone, in a real browser: on every screen, by keyboard, with a screen reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER, need_package
from page_makers import SIZES, choose, expect, to_tab
from waiting import painted, until_shown

pytestmark = [BROWSER.mark(), pytest.mark.slow]

#: WCAG 2.2's rule about the size of what is pressed is off unless it is asked for.
AXE: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"], "preload": False}
#: What a colour scheme can change, and what a smaller screen can.
AXE_COLOURS: dict[str, Any] = {"runOnly": ["color-contrast"], "resultTypes": ["violations"], "preload": False}
AXE_PHONE = {**AXE, "rules": {**AXE["rules"], "color-contrast": {"enabled": False}}}


#: Pictures take as long as large photos do on a slow machine: what moves half a second after a click is no answer to it.
_LARGE_PHOTO = """() => {
  const { decode } = HTMLImageElement.prototype;
  HTMLImageElement.prototype.decode = async function () {
    await new Promise((done) => setTimeout(done, 600));
    return decode.call(this);
  };
}"""


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_screen_and_nothing_jumps(new_page: Any, samples: Path, size: str) -> None:
    page = new_page(size=size)
    page.evaluate("""() => { window.jumps = 0; new PerformanceObserver((list) => { for (const shift of list.getEntries())
      if (!shift.hadRecentInput) window.jumps += shift.value; }).observe({ type: "layout-shift", buffered: true }); }""")
    page.evaluate(_LARGE_PHOTO)
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    places = set()
    for i in range(9):
        page.locator(".face").nth(i).dispatch_event("pointerenter")
        painted(page)
        box = page.locator(".face-card").bounding_box()
        places.add((round(box["y"]), round(box["height"])))
    assert len(places) == 1 or size != "phone", "the card is where it was, whatever it tells"
    assert page.evaluate("() => window.jumps") < 0.01
    for tab in ("Recording", "Live", "Class", "Label", "Review", "Model", "Photo"):
        to_tab(page, tab)
        painted(page)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), tab


#: Of each card that is as wide as the page: the share of its height in which something reaches into its right third.
_FILLED = """() => {
  const main = document.querySelector("main");
  const wide = [...main.querySelectorAll(".card")].filter((card) => card.clientWidth > 0.7 * main.clientWidth);
  return wide.map((card) => {
    const { left, width, top, height } = card.getBoundingClientRect();
    const used = new Array(Math.ceil(height)).fill(false);
    for (const block of card.querySelectorAll("h2, p, li, td, th, dd, .tile")) {
      const words = document.createRange();
      words.selectNodeContents(block);
      const box = block.getBoundingClientRect();
      const right = Math.max(...[...words.getClientRects()].map((one) => one.right));
      if (right > left + (2 / 3) * width) used.fill(true, Math.floor(box.top - top), Math.ceil(box.bottom - top));
    }
    return [card.querySelector("h2").textContent, used.filter(Boolean).length / used.length];
  });
}"""


@pytest.mark.parametrize("size", ["laptop", "projector"])
@pytest.mark.parametrize("tab", ["class", "model"])
def test_no_wide_card_is_half_empty(new_page: Any, tab: str, size: str) -> None:
    page = new_page(f"#{tab}", size=size)
    expect(page.locator("main .card").first).to_be_visible()
    assert [found for found in page.evaluate(_FILLED) if found[1] < 0.4] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(new_page: Any, samples: Path, clip: Path, scheme: str) -> None:
    """axe-core finds nothing on any page in any of its states, on a large and on a small screen."""
    axe = need_package("axe_playwright_python.sync_playwright").Axe()

    def check(page: Any, where: str, sizes: tuple[str, ...] = ("phone", "laptop")) -> None:
        for size in sizes if scheme == "light" else ("laptop",):  # colours are the same on both
            options = AXE_COLOURS if scheme == "dark" else AXE_PHONE if size == "phone" else AXE
            width, height = SIZES[size]
            page.set_viewport_size({"width": width, "height": height})
            painted(page)
            found = axe.run(page, options=options).response["violations"]
            assert not found, (where, size, [(v["id"], v["nodes"][0]["html"][:120]) for v in found])

    page = new_page(agree=False, scheme=scheme)
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "consent", ("laptop",))
    page = new_page(scheme=scheme)
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()
    check(page, "empty photo page")
    choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    expect(page.locator(".strip").get_by_text("9 faces")).to_have_count(2)  # nothing changes any more
    page.locator(".face").first.dispatch_event("pointerenter")
    check(page, "photo")
    to_tab(page, "Recording")
    check(page, "empty recording page")
    choose(page, clip)
    expect(page.locator(".face")).to_have_count(9)
    check(page, "recording")
    page.get_by_role("button", name="Delete from this machine").click()
    to_tab(page, "Live")
    check(page, "empty live page")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    check(page, "live")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    check(page, "live summary")
    to_tab(page, "Class")
    check(page, "class")
    page.get_by_label("Everybody who is asked to join").check()
    page.get_by_role("button", name="Open a class").click()
    expect(page.locator(".room-code")).to_be_visible()
    check(page, "open class")
    page.get_by_role("button", name="End the class").click()
    page.get_by_role("button", name="Delete this session").click()
    to_tab(page, "Model")
    check(page, "model")
    page = new_page("docs", scheme=scheme)
    expect(page.get_by_role("heading", name="The API")).to_be_visible()
    check(page, "the API's page")


def test_the_focus_never_falls_off_the_page(new_page: Any, samples: Path, clip: Path) -> None:
    page = new_page(agree=False)
    expect(page.locator("dialog").get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Photos")).to_be_focused()
    choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
    expect(page.locator(".strip").get_by_text("9 faces")).to_have_count(2)
    page.locator(".strip button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".strip button").nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator(".strip button").nth(1)).to_be_focused()
    page.get_by_role("link", name="Recording").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recordings")).to_be_focused()
    choose(page, clip)
    expect(page.locator(".face")).to_have_count(9)
    for button in (page.locator(".track").nth(2), page.locator(".legend button").nth(4)):
        button.focus()
        page.keyboard.press("Enter")
        painted(page)
        expect(button).to_be_focused()
    page.get_by_role("button", name="Delete from this machine").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recordings")).to_be_focused()


#: Counts the pictures that go to the server.
_COUNT_PICTURES = """() => {
  window.pictures = 0;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (message) {
    if (message instanceof Blob) pictures += 1;
    return send.call(this, message);
  };
}"""


def test_the_focus_in_a_live_lesson_stays_with_the_same_face(new_page: Any) -> None:
    page = new_page("#live")
    page.evaluate(_COUNT_PICTURES)
    page.get_by_role("button", name="Camera").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Live picture")).to_be_focused()
    expect(page.locator(".face")).to_have_count(9)
    page.evaluate("""() => {
      window.said = [];
      const place = document.getElementById("announcer");
      new MutationObserver(() => said.push(place.textContent)).observe(place, { childList: true });
      const face = document.querySelectorAll(".face")[4];
      face.focus();
      window.face = face;
    }""")
    before = len(new_page.received)
    until_shown(page, lambda: len(new_page.received) > before + 5)
    assert page.evaluate("() => document.activeElement === face || !face.isConnected")
    assert page.evaluate("() => said") == [], "nothing is said while nothing changes"
    page.get_by_role("button", name="Pause").click()
    assert page.evaluate("() => document.querySelector('video').paused")
    page.wait_for_function("() => said.includes('Paused')")

    def answered() -> bool:
        """Whether each picture that was sent has its answer."""
        answers = sum("number" in json.loads(one) for one in new_page.received)
        return answers == page.evaluate("pictures")

    until_shown(page, answered)
    painted(page, 30)
    page.evaluate(
        "() => { window.drawn = 0; new MutationObserver(() => (drawn += 1)).observe(document.querySelector('.timeline'), "
        "{ childList: true }); }"
    )
    painted(page, 60)
    assert page.evaluate("() => drawn") == 0, "nothing is looked at meanwhile"
    page.get_by_role("button", name="Continue").click()
    assert page.evaluate("() => said") == ["Paused", "Running."]
    page.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The session has ended")).to_be_focused()
