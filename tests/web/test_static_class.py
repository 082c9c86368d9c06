"""A student's page: what it says and keeps when the code, the camera, the network or a single picture fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER, WEB_RUNTIME, need_package
from page_makers import HURRY, PATIENCE, SIZES, WORDS, expect
from static_pages import hosted
from waiting import painted, until_shown

pytestmark = [BROWSER.mark(), WEB_RUNTIME.mark()]

#: A server that lets everybody in. What pages send is in `sent`; `drop()` breaks the connection, and no other is made while it is
#: `away`.
_SERVER = """Object.assign(window, { sent: [], away: false, WebSocket: class {
  static OPEN = 1;
  readyState = 1;
  constructor() {
    window.drop = () => { this.readyState = 3; this.onclose?.(); };
    setTimeout(() => (away ? drop() : this.onopen()));
  }
  send(text) {
    const said = JSON.parse(text);
    const answer = { type: "joined", member: "m", every_s: 1, min_group: 5, keep_s: null, people: 1 };
    if (said.type === "join") setTimeout(() => this.onmessage({ data: JSON.stringify(answer) }));
    else sent.push(said);
  }
  close() {}
} })"""


@pytest.fixture(scope="module")
def class_address(class_folder: Path) -> Iterator[str]:
    with hosted(class_folder) as there:
        yield there


@pytest.fixture
def student(visit: Any, class_address: str) -> Any:
    page = visit(f"{class_address}#class", script=_SERVER)
    expect(page.get_by_role("heading", name="Join a class")).to_be_visible()
    return page


def _join(page: Any) -> None:
    page.get_by_label("Code", exact=True).fill("K7PM-4XQA")
    page.get_by_label("I agree that these numbers are sent.").check()
    page.get_by_role("button", name="Join", exact=True).focus()
    page.keyboard.press("Enter")


def _in_class(page: Any) -> None:
    _join(page)
    until_shown(page, lambda: page.evaluate("sent.some(({ probs }) => probs)"))


def _join_without_camera(page: Any, error: str) -> None:
    page.evaluate(
        """(error) => {
          navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", error); };
        }""",
        error,
    )
    _join(page)


def test_a_camera_that_is_refused_costs_neither_the_code_nor_the_place_on_the_page(student: Any) -> None:
    _join_without_camera(student, "NotAllowedError")
    expect(student.get_by_role("alert")).to_contain_text("was not allowed to use the camera")
    expect(student.get_by_label("Code", exact=True)).to_have_value("K7PM-4XQA")
    expect(
        student.get_by_label("I agree that these numbers are sent.")
    ).not_to_be_checked()  # who agrees agrees each time
    expect(student.get_by_role("heading", name="What is sent")).to_be_focused()


@pytest.mark.slow
def test_a_camera_that_is_missing_is_not_replaced_by_a_window(student: Any) -> None:
    _join_without_camera(student, "NotFoundError")
    expect(student.get_by_role("alert")).to_have_text("No camera was found. Connect one, then try again.")


@pytest.mark.slow
def test_a_picture_that_fails_ends_no_class(student: Any) -> None:
    _in_class(student)
    student.evaluate(HURRY)
    before = student.evaluate("""() => {
      const { createImageBitmap } = window;
      let failures = 2;
      window.createImageBitmap = async (...given) => {
        if (failures-- > 0) throw new Error("no picture");
        return createImageBitmap(...given);
      };
      return sent.length;
    }""")
    until_shown(student, lambda: student.evaluate("sent.length") > before + 1)
    expect(student.get_by_role("button", name="Leave the class")).to_be_visible()
    student.evaluate("() => { window.createImageBitmap = async () => { throw new Error('no picture'); }; }")
    expect(student.get_by_role("alert")).to_have_text("no picture")  # nobody is filmed for nothing
    assert student.evaluate("sent.at(-1)") == {"type": "leave"}


@pytest.mark.slow
def test_what_is_shown_as_sent_was_sent(student: Any) -> None:
    _in_class(student)
    student.evaluate(HURRY)
    student.evaluate("""() => {
      window.shown = [];
      const place = [...document.querySelectorAll("h2")].find((one) => one.textContent === "Sent last").parentElement;
      new MutationObserver(() => shown.push(sent.length)).observe(place, { childList: true, subtree: true });
      away = true;
      drop();
    }""")
    expect(student.get_by_text("The connection is broken.")).to_be_visible()
    student.evaluate("""() => {
      const { createImageBitmap } = window;
      window.pictures = 0;
      window.createImageBitmap = (...given) => { pictures += 1; return createImageBitmap(...given); };
    }""")
    student.wait_for_function("() => pictures > 2")
    assert student.evaluate("shown") == [], "nothing was sent meanwhile"
    student.evaluate("away = false")
    until_shown(student, lambda: student.evaluate("shown.length") > 0)


@pytest.mark.slow
def test_a_camera_that_is_taken_away_is_said(student: Any) -> None:
    _in_class(student)
    student.evaluate("document.querySelector('video').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(student.get_by_role("alert")).to_contain_text("Your camera gives no picture any more")
    assert student.evaluate("sent.at(-1)") == {"type": "leave"}


@pytest.mark.slow
def test_where_the_browser_gives_no_camera_nobody_has_to_agree_in_vain(student: Any) -> None:
    student.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    student.reload()
    expect(student.locator("main")).to_contain_text("Open it at an address that begins with https.")
    student.get_by_label("Code", exact=True).fill("K7PM-4XQA")
    student.get_by_label("I agree that these numbers are sent.").check()
    expect(student.get_by_role("button", name="Join", exact=True)).to_be_disabled()


@pytest.mark.slow
@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("laptop", "dark")])
def test_accessibility(student: Any, size: str, scheme: str) -> None:
    """axe-core finds nothing before, in and after a class, and nothing is wider than the screen."""
    axe = need_package("axe_playwright_python.sync_playwright").Axe()
    options = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"], "preload": False}

    def check(where: str) -> None:
        painted(student)
        found = axe.run(student, options=options).response["violations"]
        assert not found, (where, [(one["id"], one["nodes"][0]["html"][:120]) for one in found])
        assert student.evaluate("document.documentElement.scrollWidth <= innerWidth"), where

    student.emulate_media(color_scheme=scheme)
    student.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    check("before")
    _in_class(student)
    check("in the class")
    student.get_by_role("button", name="Leave the class").click()
    expect(student.get_by_role("alert")).to_contain_text("You have left the class.")
    check("afterwards")


@pytest.mark.slow
def test_no_text_of_a_students_page_stays_english(browser: Any, class_address: str) -> None:
    """In a language in which every text stands in brackets."""

    def answer(route: Any) -> None:
        said = route.fetch(timeout=PATIENCE).json()
        marked = {text: [f"⟦{text}⟧"] * len(forms) for text, forms in said["messages"].items()}
        route.fulfill(json={**said, "messages": marked})

    context = browser.new_context(locale="de-DE", permissions=["camera"], service_workers="block")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script(f"{_SERVER}; window.told = new Set()")
    page.route("**/answers/de/texts.json", answer)
    page.goto(f"{class_address}#class")
    same = re.compile(
        r"A\.I\.ducation Analytics|English|Deutsch|Français|runtime/\w+\.txt|\w+\.txt|[NVKGA]|K7PM-4XQA|\d+\s%"
    )

    def check(where: str) -> None:
        painted(page)
        left = [
            (where, words) for _html, words in page.evaluate(WORDS) if "⟦" not in words and not same.fullmatch(words)
        ]
        assert not left

    expect(page.locator("main input[type=checkbox]")).to_be_visible()
    check("before")
    page.locator("main input[type=text]").fill("K7PM-4XQA")
    page.locator("main input[type=checkbox]").check()
    page.locator("main button.main").click()
    until_shown(page, lambda: page.evaluate("sent.some(({ probs }) => probs)"))
    check("in the class")
    page.locator("main button.main").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check("afterwards")
    context.close()
