"""The teacher's page of a class in a real browser: what it does when something goes wrong on the way."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from needs import BROWSER
from page_makers import expect
from waiting import PATIENCE_S
from web_makers import Server

pytestmark = BROWSER.mark()

_CLASS = re.compile(r"/api/class/([\w-]+)")

_KEPT = "JSON.parse(localStorage.aiducation)"


@pytest.fixture
def teacher(new_page: Any, server: Server) -> Iterator[Any]:
    """The page of the class; whatever it opened is over and forgotten in the end."""
    page = new_page("#class")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    for session in {found[1] for found in map(_CLASS.search, asked) if found}:
        request = urllib.request.Request(f"{server.address}api/live/{session}", method="DELETE")
        with suppress(urllib.error.HTTPError):  # it is gone already
            urllib.request.urlopen(request, timeout=PATIENCE_S).close()


def _open(page: Any) -> None:
    page.get_by_label("Everybody who is asked to join").check()
    page.get_by_role("button", name="Open a class").dblclick()
    expect(page.locator(".room-code")).to_be_visible()


def test_a_double_click_opens_one_class(teacher: Any) -> None:
    asked: list[str] = []
    teacher.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    _open(teacher)
    teacher.get_by_role("button", name="End the class").click()
    expect(teacher.get_by_text("The session has ended")).to_be_visible()
    assert len([url for url in asked if url.partition("?")[0].endswith("/api/class")]) == 1


def test_a_class_can_be_ended_when_the_first_try_failed(teacher: Any, new_page: Any) -> None:
    new_page.expected.append("Failed to load resource")
    _open(teacher)
    teacher.route("**/end?*", lambda route: route.abort(), times=1)
    end = teacher.get_by_role("button", name="End the class")
    end.click()
    expect(teacher.get_by_role("alert")).to_contain_text("cannot be reached")
    for _ in range(2):  # the class is asked for meanwhile, and why it goes on is still told
        with teacher.expect_response(_CLASS):
            pass
    expect(teacher.get_by_role("alert")).to_be_visible()
    teacher.route("**/api/live/*", lambda route: route.abort(), times=1)
    end.click()
    teacher.get_by_role("button", name="Try again").click()  # the class is over, but its summary did not come at once
    expect(teacher.get_by_text("The session has ended")).to_be_visible()


def test_the_figures_are_there_until_they_are_deleted_and_nothing_of_another_session_is_forgotten(teacher: Any) -> None:
    teacher.evaluate(f"localStorage.aiducation = JSON.stringify({{ ...{_KEPT}, session: 'another' }})")
    _open(teacher)
    teacher.get_by_role("button", name="End the class").click()
    expect(teacher.get_by_text("The session has ended")).to_be_visible()
    teacher.reload()
    expect(teacher.get_by_text("The session has ended")).to_be_visible()
    teacher.get_by_role("button", name="Delete this session").click()
    expect(teacher.get_by_role("button", name="Open a class")).to_be_visible()
    kept = json.loads(teacher.evaluate("localStorage.aiducation"))
    assert kept["session"] == "another" and "class" not in kept


def test_the_timeline_has_the_states_of_the_class_whatever_is_chosen_elsewhere(teacher: Any) -> None:
    teacher.evaluate(f"localStorage.aiducation = JSON.stringify({{ ...{_KEPT}, view: 'states' }})")
    teacher.reload()
    _open(teacher)
    expect(teacher.locator(".timeline .row-name").first).to_have_text("calm")
