"""Two tabs of one browser with the page: what one of them keeps, the other one shows, and none undoes what the other did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER
from page_makers import choose, delete, expect, reviewed, save, says, to_tab
from waiting import painted, until_shown

pytestmark = [BROWSER.mark(), pytest.mark.slow]

#: The address of a report that may show names.
NAMED = "() => [...document.querySelectorAll('.review a')].find((a) => a.href.includes('names=true'))?.href"


def _named(page: Any, track: int, name: str) -> None:
    page.locator(".review .track").nth(track).click()
    page.locator(".review").get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Tab")
    expect(page.locator(".review .track").nth(track)).to_contain_text(name)


def test_names_and_changes_of_one_tab_are_shown_in_the_other(new_page: Any, clip: Path) -> None:
    page = reviewed(new_page, clip)
    new_page.expected.append("412")  # both tabs may tell the server at the same time
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".review .face")).to_have_count(9)
    other.locator(".review .track").first.click()
    _named(page, 0, "Ada")
    expect(other.locator(".review .track").first).to_contain_text("Ada")
    expect(other.locator(".review").get_by_label("Name", exact=True)).to_have_value("Ada")

    page.get_by_label("Put the names into the report").check()
    page.wait_for_function(NAMED)
    report = page.evaluate(NAMED)
    until_shown(page, lambda: "Ada" in page.request.get(report).text())
    other.reload()  # which takes the names back, because nobody has asked for them in this tab
    expect(other.locator(".review .face")).to_have_count(9)
    _named(other, 1, "Grace")
    expect(page.locator(".review .track").nth(1)).to_contain_text("Grace")
    until_shown(page, lambda: all(name in page.request.get(report).text() for name in ("Ada", "Grace")))

    says(other, "group work")
    expect(page.locator(".edits li")).to_have_count(1)
    expect(page.get_by_text("0:00 marked: group work.")).to_be_visible()  # the result, too
    says(other, "a quiz")
    expect(page.get_by_text("0:00 marked: a quiz.")).to_be_visible()  # each time
    other.close()
    delete(page)


def test_a_photo_that_is_corrected_in_two_tabs(new_page: Any, samples: Path) -> None:
    page = new_page("#review")
    other = page.context.new_page()
    other.goto(page.url)
    for one in (page, other):
        choose(one, samples / "gallery.jpg")
        expect(one.locator(".review .face")).to_have_count(9)
    page.locator(".review .face").first.press("Enter")
    button = page.locator(".review .labels button").nth(1)
    button.press("Enter")
    expect(other.locator('.review .face[data-state="angry"]')).to_have_count(1)
    expect(other.locator(".edits li")).to_have_count(1)
    expect(page.locator('.review .face[data-state="angry"]')).to_have_count(1)
    painted(page)
    expect(button).to_be_focused()  # who works with the keyboard goes on there


def test_a_result_that_was_asked_for_before_a_change_arrived_is_asked_for_again(new_page: Any, clip: Path) -> None:
    page, held = reviewed(new_page, clip), list[Any]()
    page.route("**/annotations?edition=*", lambda route: route.continue_() if held else held.append(route))
    page.get_by_label("What happened").fill("group work")
    page.keyboard.press("Enter")
    until_shown(page, lambda: len(held) > 0)
    to_tab(page, "Recording")
    expect(page.get_by_role("button", name="Delete from this machine")).to_be_visible()
    painted(page)
    held[0].continue_()
    expect(page.get_by_text("0:00 marked: group work.")).to_be_visible()
    assert b"group work" in save(page, "JSON")
    delete(page)
