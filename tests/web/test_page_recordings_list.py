"""Several recordings on the page, in a real browser: none is lost, and none stays when it was deleted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests

from needs import BROWSER
from page_makers import LEAVING, choose, expect, expect_none_left, ids_kept
from waiting import PATIENCE_S, painted, until_shown
from web_makers import Server

pytestmark = BROWSER.mark()


@pytest.mark.slow
def test_several_recordings_and_none_is_lost(new_page: Any, clip: Path, tmp_path: Path, server: Server) -> None:
    (tmp_path / "notes.mp4").write_text("no video", encoding="utf-8")
    (tmp_path / "second.mp4").write_bytes(clip.read_bytes())
    page = new_page("#recording")
    choose(page, clip, tmp_path / "notes.mp4", tmp_path / "second.mp4")
    expect(page.locator(".strip").get_by_text("done", exact=True)).to_have_count(2)
    expect(page.locator(".strip").get_by_text("failed", exact=True)).to_have_count(1)
    assert server.get("health")[1]["recordings"]["done"] == 2
    page.reload()
    expect(page.locator(".strip button")).to_have_count(2)
    for _ in range(2):
        page.get_by_role("button", name="Delete from this machine").click()
    expect(page.get_by_role("button", name="Delete from this machine")).to_have_count(0)
    expect(page.locator(".strip button")).to_have_count(0)
    page.wait_for_function("fetch('health').then((answer) => answer.json()).then((health) => !health.recordings.done)")


@pytest.mark.slow
def test_a_recording_is_off_the_list_when_the_server_has_deleted_it(
    new_page: Any, clip: Path, tmp_path: Path, server: Server
) -> None:
    (tmp_path / "second.mp4").write_bytes(clip.read_bytes())
    page = new_page("#recording")
    choose(page, clip, tmp_path / "second.mp4")
    expect(page.locator(".strip").get_by_text("done", exact=True)).to_have_count(2)
    delete = page.get_by_role("button", name="Delete from this machine")
    delete.dispatch_event(
        "click", {"detail": 2}
    )  # the second one of a double click, on a button that has come meanwhile
    held: list[Any] = []
    page.route(
        "**/api/recordings/*",
        lambda route: held.append(route) if route.request.method == "DELETE" else route.fallback(),
    )
    delete.dblclick()
    until_shown(page, lambda: held)
    painted(page, 90)  # longer than the page waits between two looks at its recordings
    expect(page.locator(".strip button")).to_have_count(2)
    assert len(held) == 1
    held[0].continue_()
    expect(page.get_by_role("heading", name="second.mp4")).to_be_visible()
    expect(page.locator(".strip")).to_be_hidden()
    assert server.get("health")[1]["recordings"]["done"] == 1
    page.unroute("**/api/recordings/*")
    page.get_by_role("button", name="Delete from this machine").click()
    expect_none_left(page, server)


@pytest.mark.slow
def test_nothing_is_asked_any_more_of_a_recording_that_is_being_deleted(
    new_page: Any, clip: Path, server: Server
) -> None:
    """A slow server would answer it when the recording is gone already."""
    page = new_page("#recording")
    held: list[Any] = []
    page.route("**/faces?*", lambda route: held.append(route))
    choose(page, clip)
    until_shown(page, lambda: held)
    with page.expect_event("requestfailed", lambda request: "/faces?" in request.url):
        page.get_by_role("button", name="Delete from this machine").click()
    expect_none_left(page, server)
    held[0].continue_()


@pytest.mark.slow
def test_a_recording_that_cannot_be_deleted_stays_on_the_list(new_page: Any, clip: Path) -> None:
    page = new_page("#recording")
    new_page.expected.append("500 (Internal Server Error)")
    choose(page, clip)
    delete = page.get_by_role("button", name="Delete from this machine")
    expect(delete).to_be_visible()
    refuse = {"status": 500, "json": {"error": {"code": "internal", "message": "The disk does not answer."}}}
    page.route(
        "**/api/recordings/*",
        lambda route: route.fulfill(**refuse) if route.request.method == "DELETE" else route.fallback(),
    )
    delete.dblclick()
    expect(page.get_by_role("alert").get_by_text("The disk does not answer.")).to_be_visible()
    page.unroute("**/api/recordings/*")
    page.get_by_role("button", name="Remove it from the list").click()
    expect(page.locator(".strip button")).to_have_count(0)
    page.wait_for_function("fetch('health').then((answer) => answer.json()).then((health) => !health.recordings.done)")


@pytest.mark.slow
def test_a_result_that_does_not_come_now_is_asked_for_again(new_page: Any, clip: Path, server: Server) -> None:
    page = new_page("#recording")
    new_page.expected.append("503")
    busy = {"status": 503, "json": {"error": {"code": "too_many_requests", "message": "Too many pictures wait."}}}
    page.route("**/summary*", lambda route: route.fulfill(**busy))
    choose(page, clip)
    expect(page.get_by_role("alert").get_by_text("Too many pictures wait.")).to_be_visible()
    page.unroute("**/summary*")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Delete from this machine").click()
    expect_none_left(page, server)


@pytest.mark.slow
def test_an_upload_is_cancelled_when_it_was_sent_whole(new_page: Any, clip: Path, server: Server) -> None:
    page = new_page("#recording")
    page.evaluate("""() => {
      const send = XMLHttpRequest.prototype.send;
      XMLHttpRequest.prototype.send = function (form) {
        const { onload } = this; // the server has it, the page does not know yet
        this.onload = () => Object.assign(window, { letGo: onload });
        return send.call(this, form);
      };
    }""")
    choose(page, clip)
    page.wait_for_function("() => window.letGo")  # the browser has the answer
    assert sum(server.get("health")[1]["recordings"].values()) == 1
    assert page.evaluate(LEAVING) is True, "a page that is closed now may have sent it in vain"
    page.get_by_role("button", name="Cancel").click()
    painted(page, 30)
    page.evaluate("() => letGo()")
    expect_none_left(page, server)
    assert page.evaluate(LEAVING) is False


#: The browser tells that an upload is whole just after Cancel was pressed.
_TOLD_LATE = """() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (form) {
    const whole = new ProgressEvent("progress", { lengthComputable: true, loaded: 1, total: 1 });
    addEventListener("click", () => setTimeout(this.upload.onprogress, 0, whole), { once: true });
    return send.call(this, form);
  };
}"""


@pytest.mark.slow
def test_an_upload_is_cancelled_that_the_server_has_before_the_page_knows(
    new_page: Any, clip: Path, server: Server
) -> None:
    page = new_page("#recording")
    page.evaluate(_TOLD_LATE)
    held: list[Any] = []
    page.route("**/api/recordings?*", lambda route: held.append(route))
    choose(page, clip)
    until_shown(page, lambda: len(held) > 0)
    with clip.open("rb") as film:
        answer = requests.post(f"{server.address}api/recordings", files={"file": film}, timeout=PATIENCE_S)
    page.get_by_role("button", name="Cancel").click()
    painted(page, 30)
    held[0].fulfill(status=answer.status_code, body=answer.content)
    expect_none_left(page, server)


@pytest.mark.slow
def test_an_upload_that_stands_still_is_broken_off(new_page: Any, clip: Path, server: Server) -> None:
    page = new_page("#recording")
    page.route("**/api/recordings?*", lambda route: None)
    choose(page, clip)
    page.get_by_role("button", name="Cancel").click()
    expect_none_left(page, server)


@pytest.mark.slow
def test_a_recording_that_the_server_forgot_is_said(new_page: Any, lesson: Path, server: Server) -> None:
    page = new_page("#recording")
    choose(page, lesson)
    expect(page.get_by_text(re.compile(r"about [\d.]+ (seconds?|minutes?|hours?) left"))).to_be_visible()
    page.route("**/api/recordings/*", lambda route: route.abort())
    expect(page.get_by_text("The server does not answer")).to_be_visible()
    expect(page.get_by_text(re.compile(r"about [\d.]+ (seconds?|minutes?|hours?) left"))).to_be_hidden()
    page.unroute("**/api/recordings/*")
    expect(page.get_by_text("The server does not answer")).to_be_hidden()
    [kept] = ids_kept(page, "recording")
    page.evaluate("(address) => fetch(address, { method: 'DELETE' })", f"api/recordings/{kept}")
    expect(page.get_by_text("This recording no longer exists")).to_be_visible()
    page.get_by_role("button", name="Remove it from the list").click()
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    new_page.expected += ["ERR_FAILED", "404"]
