"""The teacher's page of a class in a real browser: what it does when something goes wrong on the way."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from needs import BROWSER
from page_makers import HURRY, SIZES, expect, ids_kept
from waiting import PATIENCE_S, until_shown
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
    page.close()  # which goes on asking for its class
    for session in {found[1] for found in map(_CLASS.search, asked) if found}:
        request = urllib.request.Request(f"{server.address}api/live/{session}", method="DELETE")
        with suppress(urllib.error.HTTPError):  # it is gone already
            urllib.request.urlopen(request, timeout=PATIENCE_S).close()


def _open(page: Any) -> None:
    page.get_by_label("Everybody who is asked to join").check()
    page.get_by_role("button", name="Open a class").dblclick()
    expect(page.locator(".room-code")).to_be_visible()


@pytest.mark.slow
def test_a_double_click_opens_one_class(teacher: Any) -> None:
    asked: list[str] = []
    teacher.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    _open(teacher)
    teacher.get_by_role("button", name="End the class").click()
    expect(teacher.get_by_text("The session has ended")).to_be_visible()
    assert len([url for url in asked if url.partition("?")[0].endswith("/api/class")]) == 1


@pytest.mark.slow
def test_a_class_can_be_ended_when_the_first_try_failed(teacher: Any, new_page: Any) -> None:
    new_page.expected.append("Failed to load resource")
    _open(teacher)
    teacher.route("**/end?*", lambda route: route.abort(), times=1)
    end = teacher.get_by_role("button", name="End the class")
    end.click()
    # A server that needs long for what is asked meanwhile is said in another alert.
    refused = teacher.get_by_role("alert").filter(
        has_text="The server cannot be reached. Is 'aiducation serve' still running?"
    )
    expect(refused).to_be_visible()
    for _ in range(2):  # the class is asked for meanwhile, and why it goes on is still told
        with teacher.expect_response(_CLASS):
            pass
    expect(refused).to_be_visible()
    teacher.route("**/api/live/*", lambda route: route.abort(), times=1)
    end.click()
    teacher.get_by_role("button", name="Try again").click()  # the class is over, but its summary did not come at once
    expect(teacher.get_by_text("The session has ended")).to_be_visible()


@pytest.mark.slow
def test_a_class_that_does_not_answer_can_be_ended_later(teacher: Any, new_page: Any) -> None:
    """Though another one was opened meanwhile: its students go on sending numbers."""
    new_page.expected.append("Failed to load resource")
    _open(teacher)
    code = teacher.locator(".room-code").inner_text()
    teacher.route(_CLASS, lambda route: route.fulfill(status=503, json={}))
    teacher.reload()
    teacher.get_by_role("button", name="Open a class").click()
    teacher.unroute(_CLASS)
    _open(teacher)
    expect(teacher.locator(".room-code")).not_to_have_text(code)
    teacher.get_by_role("button", name="End the class").click()
    teacher.get_by_role("button", name="Delete this session").click()
    expect(teacher.locator(".room-code")).to_have_text(code)
    teacher.get_by_role("button", name="End the class").click()
    teacher.get_by_role("button", name="Delete this session").click()
    expect(teacher.get_by_role("button", name="Open a class")).to_be_visible()
    assert ids_kept(teacher, "class") == []


def test_the_figures_are_there_until_they_are_deleted_and_nothing_of_another_session_is_forgotten(teacher: Any) -> None:
    teacher.evaluate("localStorage.setItem('aiducation session another', '{}')")
    _open(teacher)
    teacher.get_by_role("button", name="End the class").click()
    expect(teacher.get_by_text("The session has ended")).to_be_visible()
    teacher.reload()
    expect(teacher.get_by_text("The session has ended")).to_be_visible()
    teacher.get_by_role("button", name="Delete this session").click()
    expect(teacher.get_by_role("button", name="Open a class")).to_be_visible()
    assert ids_kept(teacher, "session") == ["another"] and ids_kept(teacher, "class") == []


@pytest.mark.slow
def test_the_timeline_has_the_states_of_the_class_whatever_is_chosen_elsewhere(teacher: Any) -> None:
    teacher.evaluate(f"localStorage.aiducation = JSON.stringify({{ ...{_KEPT}, view: 'states' }})")
    teacher.reload()
    _open(teacher)
    expect(teacher.locator(".timeline .row-name").first).to_have_text("calm")


@pytest.mark.slow
def test_why_nothing_new_comes_is_said_once(teacher: Any, new_page: Any) -> None:
    """Screen readers read an alert aloud each time it is put into the page."""
    new_page.expected += ["Failed to load resource"]
    _open(teacher)
    teacher.evaluate("""() => {
      window.alerts = [];
      new MutationObserver(() => {
        const alert = document.querySelector("main [role=alert]");
        if (alert && alert !== alerts.at(-1)) alerts.push(alert);
      }).observe(document.querySelector("main"), { childList: true, subtree: true });
    }""")
    asked: list[str] = []
    teacher.route(_CLASS, lambda route: (asked.append(route.request.url), route.abort()))
    teacher.evaluate(HURRY)
    expect(teacher.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    until_shown(teacher, lambda: len(asked) > 3)
    assert teacher.evaluate("alerts.length") == 1
    teacher.route(_CLASS, lambda route: route.fulfill(status=401, body="Sign in."))
    expect(teacher.get_by_role("alert")).to_contain_text("asks who you are (401)")  # which is not the server's
    teacher.unroute(_CLASS)
    expect(teacher.get_by_role("alert")).to_have_count(0)


@pytest.mark.slow
def test_an_answer_that_does_not_come_is_said(teacher: Any) -> None:
    _open(teacher)
    held: list[Any] = []
    teacher.route(_CLASS, lambda route: held.append(route))
    teacher.evaluate(HURRY)
    expect(teacher.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    assert len(held) == 1, "one question at a time"
    teacher.unroute(_CLASS)  # which lets it pass
    expect(teacher.get_by_role("alert")).to_have_count(0)


@pytest.mark.slow
def test_whoever_reads_what_the_figures_mean_is_not_disturbed(teacher: Any) -> None:
    """Five people are in the class, as the server says in this test."""
    _open(teacher)
    states = ("calm", "angry", "bored", "other")
    group = {
        "found": 5,
        "judged": 5,
        "min_group": 5,
        "view": "calm",
        "withheld": None,
        "states_withheld": None,
        "counts": {**dict.fromkeys(states, 1), "not_sure": 1, "not_seen_well": 0},
        "shares": {state: {"share": 0.25, "low": 0.1, "high": 0.4} for state in states},
    }
    with teacher.expect_response(_CLASS) as answered:
        pass
    now = answered.value.json()
    answers: list[Any] = []

    def full(route: Any) -> None:  # asks the server nothing: its answer could come after the end of this test
        answers.append({**now, "time_s": now["time_s"] + len(answers), "people": 5, "group": group})
        route.fulfill(json=answers[-1])

    teacher.route(_CLASS, full)
    meaning = teacher.locator("summary", has_text="What bars and numbers mean")
    expect(meaning).to_be_visible()
    meaning.focus()
    before = len(answers)
    until_shown(teacher, lambda: len(answers) > before + 2)
    expect(meaning).to_be_focused()


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_what_to_know_and_what_to_agree_to_are_beside_each_other_where_there_is_room(new_page: Any, size: str) -> None:
    page = new_page("#class", size=size)
    expect(page.get_by_role("button", name="Open a class")).to_be_visible()
    one, other = (card.bounding_box() for card in page.locator("main .card").all())
    if size == "phone":
        assert other["y"] > one["y"] + one["height"] and other["x"] == one["x"]
    else:
        assert other["y"] == one["y"] and other["height"] == one["height"] and other["x"] > one["x"] + one["width"]


@pytest.mark.slow
def test_a_class_that_another_tab_has_opened_goes_on_instead_of_a_second_one(teacher: Any) -> None:
    """Two would overwrite each other's place in the browser, and nobody could end the first one."""
    other = teacher.context.new_page()
    other.goto(teacher.url)
    other.get_by_label("Everybody who is asked to join").check()
    _open(teacher)
    code = teacher.locator(".room-code").inner_text()
    until_shown(other, lambda: ids_kept(other, "class"))  # tabs of Chromium hear of each other a moment late
    other.get_by_role("button", name="Open a class").click()
    expect(other.locator(".room-code")).to_have_text(code)
