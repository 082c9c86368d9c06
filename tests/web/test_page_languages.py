"""The page in every language, in a real browser: nothing stays English, nothing is too long for its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from aiducation.states import OUTCOMES
from aiducation.texts import LANGUAGES, texts_of
from needs import BROWSER
from page_makers import LISTEN, SIZES, WORDS, choose, expect, to_tab
from waiting import painted
from web_makers import Server

pytestmark = BROWSER.mark()

#: What is the same in every language, and what a file, a model or the user named.
SAME = re.compile(
    "|".join(
        (
            r"A\.I\.ducation Analytics|JSON|ELAN|BORIS|Label Studio|anna|English|Deutsch|Français|flagship|yunet|px",
            r"[0-9a-f]{12}|\d[\d., ]*( px)?",
            r"gallery\.jpg|clip\.mp4|train|published|[NVKGA]( \d+\s%)?|data: .*|[\d,]+ (Sekunde|Minute|Stunde)n?",
        )
    )
)


@pytest.fixture
def pseudo(server: Server) -> Any:
    """Answers the page's question for its texts with a language in which every text stands in brackets."""

    def answer(route: Any) -> None:
        value = server.get("api/texts?language=de")[1]
        marked = {text: [f"⟦{text}⟧"] * len(forms) for text, forms in value["messages"].items()}
        route.fulfill(json={**value, "messages": marked})

    return answer


@pytest.mark.slow
def test_no_text_of_the_page_stays_as_it_is_in_the_code(new_page: Any, pseudo: Any, samples: Path, clip: Path) -> None:
    page = new_page(agree=False)
    page.route("**/api/texts*", pseudo)
    page.add_init_script(f"({LISTEN})()")
    page.reload()

    def check(where: str) -> None:
        painted(page)
        left = [
            (where, words, html[:150])
            for html, words in page.evaluate(WORDS)
            if "⟦" not in words and not SAME.fullmatch(words)
        ]
        assert not left

    expect(page.get_by_role("dialog")).to_be_visible()
    check("consent")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Begin").click()
    check("photos")
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    page.locator(".face").first.click()
    check("a photo")
    for tab in ("Recording", "Live", "Class", "Label", "Review"):
        to_tab(page, tab)
        check(tab)
    to_tab(page, "Recording")
    choose(page, clip)
    expect(page.locator(".face")).to_have_count(9)
    check("a recording")
    to_tab(page, "Review")
    page.locator(".review .track").first.click()
    page.keyboard.press("1")
    expect(page.locator(".edits li")).to_have_count(1)
    check("a corrected recording")
    to_tab(page, "Label")
    page.get_by_label("Your name or a short code").fill("anna")
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector(".label-stage[data-face]")
    page.keyboard.press("1")
    check("labelling")
    to_tab(page, "Live")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".face").first).to_be_visible()
    check("a lesson")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    check("the end of a lesson")
    to_tab(page, "Model")
    check("Model")


@pytest.mark.slow
@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_nothing_is_wider_than_the_screen(new_page: Any, samples: Path, clip: Path, language: str) -> None:
    said = texts_of(language).gettext
    page = new_page(size="phone", locale=language)
    choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    to_tab(page, said("Recording"))
    choose(page, clip)
    expect(page.locator(".face")).to_have_count(9)
    for size, (width, height) in {**SIZES, "laptop at 200 %": (640, 400), "laptop at 400 %": (320, 400)}.items():
        page.set_viewport_size({"width": width, "height": height})
        for tab in ("Photo", "Recording", "Live", "Class", "Label", "Review", "Model"):
            to_tab(page, said(tab))
            painted(page)
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (tab, size)
    page.set_viewport_size(dict(zip(("width", "height"), SIZES["phone"], strict=True)))
    to_tab(page, said("Label"))
    page.get_by_label(said("Your name or a short code")).fill("anna")
    choose(page, samples / "gallery.jpg")
    page.wait_for_selector(".label-stage[data-face]")
    outside = (
        "() => [...document.querySelectorAll('.labels button')].some((one) => one.scrollWidth > one.clientWidth + 1)"
    )
    for size in ("phone", "laptop"):  # on a laptop the keys stand beside the words
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
        painted(page)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), size
        assert not page.evaluate(outside), size


@pytest.mark.slow
def test_the_language_is_the_browsers_until_one_is_chosen(new_page: Any) -> None:
    page = new_page(locale="fr-CH")
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()
    assert page.evaluate("() => document.documentElement.lang") == "fr"
    page.get_by_role("combobox", name="Langue").select_option("de")
    expect(page.get_by_role("heading", name="Fotos")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Fotos")).to_be_visible()
    assert page.evaluate("() => document.documentElement.lang") == "de"
    page.goto(page.url.split("#")[0] + "docs")
    expect(page.get_by_role("heading", name="Die API")).to_be_visible()


@pytest.mark.slow
def test_a_language_that_nobody_translated_is_english(new_page: Any) -> None:
    page = new_page(locale="ja-JP")
    expect(page.get_by_role("link", name="For developers: the API")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_students_read_the_names_of_states_that_teachers_read(language: str) -> None:
    said = texts_of(language).gettext
    told = said(
        "Once a second, this page sends five numbers to {server}: how probable it is that your face seems neutral, angry, "
        "focused, bored or otherwise. No picture and no name are sent."
    )
    assert [state for state in OUTCOMES if state != "other" and said(state) not in told] == []
