"""Live lessons on the page, in a real browser whose camera is a film."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aiducation.media.photos import read_photo
from aiducation.signature import is_signed
from needs import BROWSER
from page_makers import choose, expect, faces_found, record, save, seconds_seen, to_tab
from waiting import until_shown

pytestmark = BROWSER.mark()


@pytest.mark.parametrize("source", ["Camera", "Screen or window"])
def test_a_live_lesson_from_start_to_summary(new_page: Any, source: str) -> None:
    page = new_page("#live")
    page.get_by_role("button", name=source).click()
    expect(page.locator(".live-status")).to_contain_text(re.compile(r"\d:\d\d · \d+ faces? · \d+ ms behind"))
    if source == "Camera":
        expect(page.locator(".face")).to_have_count(9)
        expect(page.locator(".share").first).to_be_visible()
        expect(page.locator(".timeline .mean")).to_have_count(4)  # calm, angry, bored, other
        until_shown(page, lambda: _card_is_shown(page))
    page.get_by_label("Note for the marked time").fill("group work begins")
    page.get_by_role("button", name="Mark this time").click()
    expect(page.locator(".moments").get_by_text("group work begins")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".live-status")).to_have_text("Paused")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    expect(page.get_by_text("group work begins")).to_be_visible()
    page.get_by_label("What happened").fill("it was loud")
    page.get_by_role("button", name="Mark this time").click()
    expect(page.locator(".edits li")).to_have_count(2)
    page.locator(".edits li", has_text="it was loud").get_by_role("button", name="Take back").click()
    expect(page.locator(".edits li")).to_have_count(1)
    [event] = json.loads(save(page, "Download"))["annotations"]
    assert event["kind"] == "event" and event["note"] == "group work begins" and event["from_s"] > 0
    report = save(page, "Report")
    assert b"marked: group work begins" in report and b"data:image" not in report
    assert json.loads(save(page, "JSON"))["kind"] == "recording"
    page.get_by_role("button", name="Delete this session").click()
    expect(page.get_by_text("What should be analyzed?")).to_be_visible()


def _card_is_shown(page: Any) -> bool:
    """Whether a face that is pointed at has its card. After seconds without a picture it may be another face: then again."""
    page.locator(".face").first.hover()
    return bool(page.locator(".face-card .facts").is_visible())


@pytest.mark.slow
def test_live_pictures_are_covered_and_kept_only_when_asked(new_page: Any, tmp_path: Path) -> None:
    page = new_page("#live")
    page.get_by_label("Anonymize faces").check()
    page.get_by_label("Keep a picture").check()
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".face")).to_have_count(9)
    assert page.locator(".stage video").evaluate("(video) => getComputedStyle(video).opacity") == "0"
    expect(page.locator(".stage canvas")).to_be_visible()
    page.get_by_role("button", name="Mark this time").click()
    expect(page.locator(".moments li")).to_have_count(1)
    page.get_by_role("button", name="Stop").click()
    moment = tmp_path / "moment.jpg"
    moment.write_bytes(save(page, "1 picture of a marked time"))
    assert is_signed(moment) and read_photo(moment).ndim == 3
    assert faces_found(tmp_path, moment.read_bytes()) == 0


@pytest.mark.slow
def test_only_leaving_the_live_page_ends_it_and_its_summary_is_kept(
    new_page: Any, samples: Path, tmp_path: Path
) -> None:
    page = new_page("#recording")
    held: list[Any] = []
    page.route("**/api/recordings?*", lambda route: held.append(route))
    choose(page, Path(shutil.copy(samples / "gallery.jpg", tmp_path / "photo.dat")))
    until_shown(page, lambda: held)
    to_tab(page, "Live")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".face")).to_have_count(9)
    with page.expect_response("**/api/photo?*"):
        held[0].fallback()  # that it is a photo turns out while a lesson is watched
    new_page.expected.append("422")
    assert page.evaluate("location.hash") == "#live"
    until_shown(page, lambda: seconds_seen(new_page.received) > 2)  # one picture in two seconds is kept
    to_tab(page, "Photo")
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()  # the page hears of the click later
    to_tab(page, "Live")
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    assert json.loads(save(page, "JSON"))["faces"]


def _retold(page: Any, change: Callable[[dict[str, Any]], None]) -> list[dict[str, Any]]:
    """Change what the server says of each live picture before the page hears it; gives what it has heard until now."""
    heard: list[dict[str, Any]] = []

    def tell(route: Any, said: str) -> None:
        message = json.loads(said)
        if message["type"] == "frame":
            change(message)
            heard.append(message)
        route.send(json.dumps(message))

    page.route_web_socket(
        "**/api/live*", lambda route: route.connect_to_server().on_message(lambda said: tell(route, str(said)))
    )
    return heard


@pytest.mark.slow
def test_a_face_of_a_live_lesson_is_let_go_by_a_second_press(new_page: Any) -> None:
    page = new_page("#live")
    nine: list[dict[str, Any]] = []

    def steady(message: dict[str, Any]) -> None:
        """Nobody is missed, and nobody is somebody else after seconds without a picture, as they may be on a slow machine."""
        if len(message["faces"]) == 9 and all(face["track_id"] is not None for face in message["faces"]):
            nine[:] = nine or message["faces"]
        message["faces"] = nine

    heard = _retold(page, steady)
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".face")).to_have_count(9)
    pinned = page.locator('.face[aria-pressed="true"]')
    page.locator(".face").nth(4).dispatch_event("click")
    before = len(heard)
    until_shown(page, lambda: len(heard) > before + 2)
    expect(pinned).to_have_count(1)
    pinned.dispatch_event("click")
    before = len(heard)
    until_shown(page, lambda: len(heard) > before + 2)
    expect(pinned).to_have_count(0)


@pytest.mark.slow
def test_a_switch_that_is_being_pressed_stays_whatever_number_it_says(new_page: Any) -> None:
    """A press is lost whose button was exchanged before the finger is lifted."""
    page = new_page("#live")
    people = [3]

    def few(message: dict[str, Any]) -> None:
        message["group"] |= {
            "found": people[-1],
            "withheld": "So few.",
            "states_withheld": "So few.",
            "counts": None,
            "shares": None,
        }

    _retold(page, few)
    page.get_by_role("button", name="Camera").click()
    switch = page.get_by_label("Show the states of these 3 people")
    expect(switch).to_be_visible()
    pressed = switch.element_handle()
    people.append(4)
    expect(page.get_by_label("Show the states of these 4 people")).to_be_visible()
    pressed.click()
    expect(page.get_by_label("Show the states of these 4 people")).to_be_checked()
    people.append(1)
    expect(page.get_by_label("Show the state of this person")).to_be_checked()


@pytest.mark.slow
def test_a_live_lesson_ends_with_what_the_server_has(new_page: Any) -> None:
    """Its whole timeline, also where the connection is broken when somebody stops."""
    page = new_page("#live")
    sockets: list[Any] = []
    received: list[Any] = []

    def watch(route: Any) -> None:
        sockets.append(route)
        if len(sockets) > 1:
            route.close()
            return
        there = route.connect_to_server()
        there.on_message(lambda message: (received.append(message), route.send(message)))

    page.route_web_socket("**/api/live*", watch)
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    until_shown(page, lambda: seconds_seen(received) > 2)
    sockets[0].close()
    expect(page.locator(".live-status")).to_have_text("Connecting …")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    expect(page.get_by_role("heading", name="The whole session")).to_be_visible()
    expect(page.get_by_role("slider", name="Time in the recording")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON").click()
    assert re.fullmatch(r"live \d{4}-\d\d-\d\d \d\d\.\d\d\.json", waiting.value.suggested_filename)


@pytest.mark.slow
def test_a_paused_lesson_goes_on_after_a_broken_connection(new_page: Any) -> None:
    page = new_page("#live")
    sockets: list[Any] = []

    def watch(route: Any) -> None:
        sockets.append(route)
        route.connect_to_server()

    page.route_web_socket("**/api/live*", watch)
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    page.get_by_role("button", name="Pause").click()
    record(page, ".live-status")
    sockets[0].close()
    page.wait_for_function("said.includes('Connecting …')")
    expect(page.locator(".live-status")).to_contain_text("Paused")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()


@pytest.mark.slow
def test_stop_stays_a_stop_when_the_connection_breaks(new_page: Any) -> None:
    page = new_page("#live")
    pictures = [0]
    stopped: list[bool] = []

    def watch(route: Any) -> None:
        there = route.connect_to_server()

        def heard(message: Any) -> None:
            if isinstance(message, bytes):
                pictures[-1] += 1
            if message == '{"type":"stop"}' and not stopped:
                stopped.append(True)
                pictures.append(0)
                route.close()  # before the server has heard it
                there.close()
            else:
                there.send(message)

        route.on_message(heard)

    page.route_web_socket("**/api/live*", watch)
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    assert len(pictures) == 2 and pictures[0] > 0 and pictures[1] == 0
