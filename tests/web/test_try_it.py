"""The API's page sends real requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER
from page_makers import PATIENCE, expect
from picture_makers import encoded, small
from web_makers import Server

pytestmark = BROWSER.mark()


@pytest.fixture
def docs(new_page: Any) -> Any:
    page = new_page("docs")
    expect(page.get_by_role("heading", name="The API")).to_be_visible()
    return page


def card(page: Any, name: str) -> Any:
    method, path = name.split(" ")
    found = page.locator("section.card").filter(has=page.locator("h2", has=page.locator("code", has_text=path)))
    return found.filter(has=page.locator("h2 .method", has_text=method)).first


def test_a_photo_is_sent_and_the_answer_is_shown(docs: Any, tmp_path: Path) -> None:
    (tmp_path / "plain.png").write_bytes(encoded(small(96), "PNG"))
    place = card(docs, "POST /api/photo")
    place.get_by_text("Try it").click()
    place.locator("input[type=file]").set_input_files(tmp_path / "plain.png")
    place.get_by_label("min_group").fill("1")
    place.get_by_role("button", name="Send the request").click()
    expect(place.locator("[role=status] b")).to_have_text("200")
    answer = json.loads(place.locator("[role=status] pre").inner_text())
    assert answer["source"] == "plain.png" and answer["group"]["min_group"] == 1

    place = card(docs, "POST /api/agreement")
    place.get_by_text("Try it").click()
    place.locator("textarea").fill('{"first": [0, 1, 1], "second": [0, 1, 0], "people": ["a", "b", "c"]}')
    place.get_by_role("button", name="Send the request").click()
    expect(place.locator("[role=status] b")).to_have_text("200")
    assert json.loads(place.locator("[role=status] pre").inner_text())["same"] == 2
    for name, line in (
        ("POST /api/photo", 'curl -F file=@FILE "'),
        ("POST /api/agreement", 'curl -H "Content-Type: application/json" -d @FILE "'),
        ("PUT /annotations", 'curl -X PUT -H "Content-Type: application/json" -d @FILE "'),
        ("POST /api/check", 'curl -X POST "'),
        ("GET /health", 'curl "'),
        ("DELETE /api/live", 'curl -X DELETE "'),
    ):
        expect(card(docs, name).locator("pre").first).to_contain_text(line)


@pytest.mark.slow
def test_options_are_told_as_people_read_them(docs: Any) -> None:
    place = card(docs, "POST /api/photo").locator("tr", has=docs.locator("code", has_text="Accept-Language"))
    expect(place).to_contain_text("en, de, fr")
    assert "`" not in place.inner_text() and "fr," not in place.inner_text()


def test_errors_and_parts_of_the_address(browser: Any, server: Server) -> None:
    """In a page of its own: browsers log what is refused, and that would be a fault elsewhere."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{server.address}docs")
    place = card(page, "GET ")
    place.get_by_text("Try it").click()
    place.locator("form input").first.fill("no such one")
    place.get_by_role("button", name="Send the request").click()
    expect(place.locator("[role=status] b")).to_have_text("404")
    expect(place.locator("[role=status] pre")).to_contain_text("not_found")
    context.close()
