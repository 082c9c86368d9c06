"""The page in a real browser: the first visit, what all its parts share, the model, the API."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from aiducation.texts import texts_of
from needs import BROWSER
from page_makers import PATIENCE, choose, expect, expect_none_left, save, to_tab
from picture_makers import animation, encoded, small
from waiting import painted
from web_makers import Server, serving

pytestmark = BROWSER.mark()


@pytest.mark.slow
def test_the_first_visit_asks_whether_those_seen_know(new_page: Any) -> None:
    page = new_page(agree=False)
    begin = page.get_by_role("button", name="Begin")
    expect(begin).to_be_disabled()
    for _ in range(4):  # browsers close a dialog at the second Escape
        page.keyboard.press("Escape")
    painted(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert "AI Act" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Space")  # the box has the focus
    expect(begin).to_be_enabled()
    begin.click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.slow
def test_the_model_can_be_read_about_first(new_page: Any) -> None:
    page = new_page(agree=False)
    page.get_by_role("button", name="First read about the model").click()
    expect(page.get_by_role("heading", name="The model", exact=True)).to_be_visible()
    to_tab(page, "Live")
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "excel"), [("en-US", False), ("de-DE", True), ("fr-FR", True)])
def test_csv_is_saved_as_the_language_writes_numbers(
    new_page: Any, samples: Path, clip: Path, locale: str, excel: bool
) -> None:
    """At first by the browser's language; then as was chosen, also for recordings and after a reload."""
    said = texts_of(locale[:2]).gettext
    table, timeline = said("Table (CSV)"), said("Timeline (CSV)")
    decimal_commas = said("CSV with decimal commas, as German or French Excel needs it")
    page = new_page(locale=locale)
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    switch = page.get_by_label(decimal_commas)
    expect(switch).to_be_checked(checked=excel)
    assert save(page, table).startswith(b"\xef\xbb\xbfsource;" if excel else b"source,")
    switch.click()
    assert save(page, table).startswith(b"source," if excel else b"\xef\xbb\xbfsource;")
    page.reload()
    to_tab(page, said("Recording"))
    choose(page, clip)
    expect(page.get_by_role("slider", name=said("Time in the recording"))).to_be_visible()
    switch = page.get_by_label(decimal_commas)
    expect(switch).to_be_checked(checked=not excel)
    for words in (table, timeline):
        assert (b";" in save(page, words)) is not excel
    assert save(page, "JSON").startswith(b"{")
    switch.click()
    for words in (table, timeline):
        assert (b";" in save(page, words)) is excel


@pytest.mark.slow
def test_files_find_their_page_whatever_they_are_called(new_page: Any, tmp_path: Path, server: Server) -> None:
    """A browser goes by the name of a file, the server by what is in it."""
    new_page.expected += ["422"]
    (tmp_path / "screen.gif").write_bytes(animation("GIF", [600] * 4, width=160))
    (tmp_path / "photo.mp4").write_bytes(encoded(small(200), "JPEG")[:-2])
    page = new_page()
    choose(page, tmp_path / "screen.gif")
    expect(page.get_by_role("slider", name="Time in the recording")).to_be_visible()
    assert page.url.endswith("#recording")
    page.get_by_role("button", name="Delete from this machine").click()
    expect_none_left(page, server)
    choose(page, tmp_path / "photo.mp4")
    expect(page.get_by_text("The end mark of the file is missing")).to_be_visible()
    assert page.url.endswith("#photo")
    page.get_by_role("button", name="Remove all photos").click()
    expect(page.get_by_text("The end mark of the file is missing")).to_be_hidden()


def test_the_model_page(new_page: Any) -> None:
    page = new_page("#model")
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    words = page.locator("main").inner_text()
    for part in (
        "AI Act",
        "24,954 pictures",
        "71\u00a0%",
        "What it cannot tell",
        "Calibration: are its probabilities right?",
    ):
        assert part in words, part
    rows = [re.findall(r"(\d+)\s%", row) for row in page.locator(".matrix tbody tr").all_inner_texts()]
    assert all(sum(map(int, row)) in range(98, 103) for row in rows) and len(rows) == 5


@pytest.mark.slow
def test_what_extensions_of_the_browser_try_is_not_blamed_on_a_proxy(new_page: Any) -> None:
    new_page.expected += ["Content Security Policy"]
    page = new_page()
    page.evaluate("""() => new Promise((refused) => {
      document.addEventListener("securitypolicyviolation", refused, { once: true });
      document.body.append(Object.assign(document.createElement("script"), { textContent: "1" }));
    })""")
    expect(page.locator(".between .notice")).to_have_count(0)
    page.evaluate("""() => {
      const blocked = { effectiveDirective: "img-src", blockedURI: "blob", documentURI: location.href };
      for (const from of ["one", "another"])
        document.dispatchEvent(
          new SecurityPolicyViolationEvent("securitypolicyviolation",
            { ...blocked, violatedDirective: "img-src", originalPolicy: from, disposition: "enforce", statusCode: 200 }),
        );
    }""")
    expect(page.locator(".between .notice")).to_have_count(1)


@pytest.mark.slow
def test_the_theme_can_be_chosen(new_page: Any) -> None:
    page = new_page()
    colour = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    theme = page.locator(".theme")
    theme.click()
    theme.click()
    assert page.evaluate(colour) != light
    page.reload()
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()
    assert page.evaluate(colour) != light


@pytest.mark.slow
def test_what_the_page_says_is_true_of_the_server(browser: Any) -> None:
    """Texts follow the options of the server, and of the model that it was started with."""
    from aiducation.web.settings import Limits, ServeSettings

    settings = ServeSettings(min_group=10, limits=Limits(keep_s=300, seconds=5400))
    with serving(settings) as address:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(
            re.compile(r"On test pictures, \d+ of 100 answers were wrong, and up to 40 on pictures of other people")
        )
        page.keyboard.press("Space")
        page.get_by_role("button", name="Begin").click()
        to_tab(page, "Recording")
        expect(page.get_by_text("up to 1.5 hours each")).to_be_visible()
        to_tab(page, "Live")
        page.get_by_label("Keep a picture").check()
        page.get_by_role("button", name="Camera").click()
        expect(page.get_by_text("at most 5 minutes after the end")).to_be_visible()
        expect(page.get_by_text("Pictures of marked times are kept by this page")).to_be_visible()
        expect(page.locator('.face[data-state="withheld"]')).not_to_have_count(0)
        page.get_by_label("Show the states of these 9 people").check()
        expect(page.locator('.face[data-state="withheld"]')).to_have_count(0)
        page.close(run_before_unload=False)


@pytest.mark.slow
def test_the_api_page_follows_the_theme(new_page: Any) -> None:
    page = new_page()
    page.locator(".theme").click()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    page.get_by_role("button", name="Theme: light").click()
    page.goto(page.url.split("#")[0] + "docs")
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"


def test_the_api_page_shows_every_address(new_page: Any, server: Server) -> None:
    page = new_page("docs")
    expect(page.get_by_role("heading", name="The API")).to_be_visible()
    words = page.locator("main").inner_text()
    for path in server.get("openapi.json")[1]["paths"]:
        assert path in words
