"""The choice of states and of expected shares on the page: what is analyzed and saved follows it, and a reload keeps it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER
from page_makers import choose, expect, save
from waiting import painted, until_shown

pytestmark = [BROWSER.mark(), pytest.mark.slow]

STATES, SHARES = "States to show", "Expected frequency"


def test_photos_and_what_is_saved_follow_the_choice(new_page: Any, samples: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    names = page.locator(".side .share .name")
    expect(names.first).to_contain_text("calm")
    page.get_by_label(STATES).select_option("states")
    expect(names.first).to_contain_text("neutral")
    page.get_by_label(SHARES).select_option("own")
    page.locator(".shares-said").get_by_label("bored").fill("90")
    with page.expect_response(re.compile("/api/photo")) as answered:
        page.keyboard.press("Tab")
    assert answered.value.json()["model"]["assumed"]["priors"] == "own"
    saved = json.loads(save(page, "JSON"))
    shares = saved["model"]["assumed"]["shares"]
    assert (
        saved["group"]["view"] == "states"
        and max(shares, key=lambda state: shares[state] * (state != "other")) == "bored"
    )
    assert "neutral" in save(page, "Report").decode()
    page.get_by_label(STATES).select_option("calm")
    expect(names.first).to_contain_text("calm")


def test_a_reload_keeps_it_on_every_page(new_page: Any) -> None:
    page = new_page()
    page.get_by_label(STATES).wait_for(state="attached")
    page.evaluate("() => { location.hash = 'recording' }")
    page.get_by_label(STATES).select_option("states")
    page.get_by_label(SHARES).select_option("training")
    page.reload()
    for tab in ("recording", "live"):
        page.evaluate("tab => { location.hash = tab }", tab)
        expect(page.get_by_label(STATES)).to_have_value("states")
        expect(page.get_by_label(SHARES)).to_have_value("training")


def test_a_recording_is_analyzed_again_as_it_was_chosen(new_page: Any, clip: Path) -> None:
    page = new_page("#recording")
    choose(page, clip)
    expect(page.locator(".legend button").first).to_contain_text("calm")
    page.get_by_text("Settings for the next recording").click()
    page.get_by_label(STATES).select_option("states")
    page.get_by_role("button", name="Analyze it again").click()
    expect(page.locator(".legend button").first).to_contain_text("neutral")
    expect(page.get_by_text("was analyzed with other states")).to_have_count(0)


def test_a_live_session_follows_it(new_page: Any) -> None:
    page = new_page("#live")
    page.get_by_label(STATES).select_option("states")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".side .share .name").first).to_contain_text("neutral")
    expect(page.locator(".timeline .mean")).to_have_count(5)


def test_what_this_server_does_not_know_is_forgotten(new_page: Any, samples: Path) -> None:
    page = new_page()
    page.evaluate("() => { localStorage.aiducation = JSON.stringify({ agreed: 'in a test', view: 'moods' }) }")
    page.reload()
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".side .share .name").first).to_contain_text("calm")


def test_a_photo_on_its_way_follows_the_choice_and_the_later_answer_counts(new_page: Any, samples: Path) -> None:
    page = new_page()
    held: list[Any] = []
    page.route("**/api/photo?*", lambda route: route.fallback() if held else held.append(route))
    choose(page, samples / "gallery.jpg")
    until_shown(page, lambda: held)
    page.get_by_label(STATES).select_option("states")
    names = page.locator(".side .share .name")
    expect(names.first).to_contain_text("neutral")
    with page.expect_response(re.compile("/api/photo")):
        held[0].fallback()
    painted(page)
    expect(names.first).to_contain_text("neutral")
