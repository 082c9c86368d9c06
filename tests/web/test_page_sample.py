"""“Try the sample” on every tab, the choice of a camera, and what a reload brings back, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from needs import BROWSER
from page_makers import SECOND_CAMERA, expect, to_tab
from web_makers import error_of


@pytest.mark.slow
@BROWSER.mark()
def test_the_sample_on_every_tab(new_page: Any) -> None:
    page = new_page()
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".face")).to_have_count(9)
    to_tab(page, "Recording")
    expect(page.get_by_role("heading", name="Recordings")).to_be_visible()  # each page has such a button
    page.get_by_role("button", name="Try the sample").click()
    expect(page.get_by_role("heading", name="meeting.mp4")).to_be_visible()
    page.get_by_role("button", name=re.compile("^(Cancel|Delete from this machine)$")).click()  # it may be done by now
    expect(page.get_by_role("heading", name="meeting.mp4")).to_have_count(0)
    to_tab(page, "Live")
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    expect(page.locator(".face")).to_have_count(9)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()


@pytest.mark.slow
@BROWSER.mark()
def test_a_reload_brings_the_live_session_back(new_page: Any) -> None:
    page = new_page("#live")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks whether to leave
    page.reload()
    page.get_by_role("button", name="Show what was seen").click()
    expect(page.get_by_role("heading", name="The session has ended")).to_be_visible()
    page.get_by_role("button", name="Delete this session").click()
    expect(page.get_by_role("button", name="Camera")).to_be_visible()
    expect(page.get_by_role("button", name="Show what was seen")).to_have_count(0)


@pytest.mark.slow
@BROWSER.mark()
def test_leaving_photos_is_asked_about(new_page: Any) -> None:
    page = new_page()
    page.get_by_role("button", name="Try the sample").click()
    expect(page.locator(".face")).to_have_count(9)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    expect(page.get_by_role("button", name="Try the sample")).to_be_visible()
    assert asked == ["beforeunload"]


@pytest.mark.slow
@BROWSER.mark()
def test_one_of_several_cameras_is_chosen_once(new_page: Any) -> None:
    page = new_page("#live")
    page.add_init_script(SECOND_CAMERA)
    page.reload()
    page.get_by_role("button", name="Camera").click()
    expect(page.get_by_text("There are several cameras.")).to_be_visible()  # only now the browser tells which
    page.get_by_label("Which camera?").select_option(label="At the board")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    assert page.evaluate("() => window.asked.at(-1).video.deviceId") == {"exact": "second"}
    page.get_by_role("button", name="Stop").click()


@pytest.mark.slow
def test_the_photo(client: TestClient) -> None:
    answer = client.get("/api/sample/photo")
    assert answer.status_code == 200 and answer.content.startswith(b"\xff\xd8")
    assert answer.headers["content-type"] == "image/jpeg"


def test_another_kind_is_refused(client: TestClient) -> None:
    answer = client.get("/api/sample/song")
    assert answer.status_code == 422 and error_of(answer)[0] == "invalid"


def test_a_missing_extra_is_named(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiducation.errors import missing_extra
    from aiducation.web import samples

    def missing(folder: object, kind: str) -> None:
        raise missing_extra("scikit-image", "sample")

    monkeypatch.setattr(samples, "_made", missing)
    error = client.get("/api/sample/photo").json()["error"]
    assert error["code"] == "missing_extra" and 'pip install "aiducation[sample]"' in error["message"]
