"""Recordings on the page, in a real browser: from sending to deleting."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from aiducation.media.letterbox import letterboxed
from aiducation.media.samples import gallery
from aiducation.media.video_writer import VideoWriter
from film import growing
from needs import BROWSER
from page_makers import analyzed, choose, delete, expect, expect_no_states, expect_none_left, save
from waiting import painted, until_shown
from web_makers import Server

pytestmark = BROWSER.mark()


#: Presses the page's own button after a second or so: from outside it might be pressed when the film is over.
_PAUSE_SOON = """() => {
  const video = document.querySelector("video");
  video.addEventListener("timeupdate", () => {
    if (video.currentTime > 0.8 && !video.paused) document.querySelector(".player button").click();
  });
}"""


def test_a_recording_from_sending_to_deleting(new_page: Any, samples: Path, server: Server) -> None:
    page = new_page("#recording")
    page.get_by_label("Also make an annotated video").check()
    choose(page, samples / "meeting.mp4")
    timeline = page.get_by_role("slider", name="Time in the recording")
    expect(timeline).to_be_visible()
    expect(page.locator(".face")).to_have_count(9)
    expect(page.locator(".track").first).to_contain_text(
        re.compile(r"Track \d+, 0:00 – 0:08")
    )  # to the end of its last step
    band, base = (timeline.locator(kind).first.bounding_box() for kind in (".band", ".base"))
    assert abs(band["x"] + band["width"] - base["x"] - base["width"]) < 2, "the curve ends where the recording ends"
    expect(page.get_by_text("Filled area")).not_to_contain_text("ertical lines")
    box = timeline.bounding_box()
    timeline.click(position={"x": box["width"] / 2, "y": 40})
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 4) < 1")
    assert 3 <= int(timeline.get_attribute("aria-valuenow")) <= 5
    timeline.press("Home")
    page.wait_for_function("() => document.querySelector('video').currentTime === 0")
    page.evaluate(_PAUSE_SOON)
    page.get_by_role("button", name="Play").click()
    expect(timeline).to_have_attribute("aria-valuenow", re.compile("^[1-8]$"))  # it follows the player
    page.wait_for_function("() => document.querySelector('video').paused")

    page.locator(".track").first.click()
    expect(page.locator(".face:not(.dim)")).to_have_count(1)
    page.locator(".track").first.click()
    expect(page.locator(".face.dim")).to_have_count(0)
    state = page.locator(".face").first.get_attribute("data-state")
    page.locator(".legend").get_by_role("button", name=state).click()
    expect(page.locator(f'.face[data-state="{state}"]:not(.dim)')).to_have_count(0)

    page.reload()
    expect(timeline).to_be_visible()
    starts = {
        "Report": b"<!doctype",
        "Timeline (PNG)": b"\x89PNG",
        "Table (CSV)": b"source",
        "JSON": b"{",
        "Annotated video": b"\0\0\0",
    }
    for words, start in starts.items():
        assert save(page, words).startswith(start), words
    page.get_by_role("button", name="Delete from this machine").click()
    expect_none_left(page, server)
    page.reload()
    expect(page.get_by_text("Drop videos here")).to_be_visible()


@pytest.mark.slow
def test_the_timeline_is_where_the_film_was_paused_however_little_was_painted(new_page: Any, clip: Path) -> None:
    page = new_page("#recording")
    analyzed(page, clip)
    page.evaluate("() => { window.requestAnimationFrame = () => 0; }")  # as if each picture of the page took seconds
    page.evaluate(_PAUSE_SOON)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("slider", name="Time in the recording")).to_have_attribute(
        "aria-valuenow", re.compile("^[12]$")
    )


@pytest.mark.slow
def test_a_result_that_is_being_prepared_cannot_be_cancelled(new_page: Any, samples: Path) -> None:
    page = new_page("#recording")
    held: list[Any] = []
    page.route("**/summary?*", lambda route: held.append(route))
    choose(page, samples / "meeting.mp4")
    until_shown(page, lambda: held)
    expect(page.get_by_text("The result is being prepared.")).to_be_visible()
    expect(page.locator("main").get_by_role("button", name="Cancel")).to_have_count(0)
    page.unroute("**/summary?*")
    held[0].fallback()
    expect(page.locator(".face")).to_have_count(9)
    expect(page.get_by_text("The result is being prepared.")).to_have_count(0)


@pytest.mark.slow
def test_small_groups_of_recordings_and_lessons(new_page: Any, samples: Path, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "two.mp4", 640, 360) as writer:
        for i in range(8):
            writer.write(gallery(2, 1, width=640, height=360, shift=i / 10), i / 2)
    page = new_page("#recording")
    choose(page, tmp_path / "two.mp4")
    expect(page.get_by_text("Group figures are withheld")).to_be_visible()
    expect_no_states(page, 2)
    expect(page.get_by_role("button", name=re.compile("Track .* not shown"))).to_have_count(2)
    for chip in page.locator(".track .chip").all():
        expect(chip).to_have_css("border-top-width", "0px")  # with a frame it looks like a box to tick
    expect(page.get_by_text("Whether people changed together could not be tested")).to_be_visible()
    expect(page.get_by_text("No change of expression was seen")).to_have_count(0)
    expect(page.get_by_text("A person counts as changed")).to_have_count(0)
    assert json.loads(save(page, "JSON"))["group"]["shares"] is None
    held: list[Any] = []
    page.route("**/summary?min_group=1&*", lambda route: held.append(route))
    switch = page.get_by_label("Show the states of these 2 people")
    switch.check()
    until_shown(page, lambda: held)
    with page.expect_response("**/summary?min_group=5&*"):
        switch.uncheck()
    with page.expect_response("**/summary?min_group=1&*"):
        held[0].fallback()  # states that are not wanted any more
    painted(page)
    page.unroute("**/summary?min_group=1&*")
    expect_no_states(page, 2)
    expect(switch).not_to_be_checked()
    switch.check()
    expect(page.get_by_text("Group figures are withheld")).to_be_hidden()
    expect(page.locator(".range").first).to_be_visible()
    assert json.loads(save(page, "JSON"))["group"]["shares"] is not None
    expect(page.locator('.face[data-state="withheld"]')).to_have_count(0)
    assert b"Group figures are withheld" not in save(page, "Report")
    page.get_by_role("button", name="Delete from this machine").click()
    expect(page.get_by_role("button", name="Delete from this machine")).to_have_count(0)


#: Width and height of the film, of what shows it and of what boxes lie in, and the middles of the boxes in shares of that.
PLACES = """() => {
  const video = document.querySelector("video"), layer = document.querySelector(".faces").getBoundingClientRect();
  const middles = [...document.querySelectorAll(".face .box")].map((box) => {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    return [(left + right) / 2 - layer.left, (top + bottom) / 2 - layer.top].map(
      (value, i) => value / [layer.width, layer.height][i]);
  });
  const fit = getComputedStyle(video).objectFit;
  const shown = video.getBoundingClientRect();
  const sizes = [shown, layer].map(({ width, height }) => [Math.round(width), Math.round(height)]);
  return { film: [video.videoWidth, video.videoHeight], sizes, middles, fit };
}"""


#: Goes to a time, and waits until the player is there.
_SEEK = """(at) => new Promise((done) => {
  const video = document.querySelector("video");
  video.addEventListener("seeked", done, { once: true });
  video.currentTime = at;
})"""


@pytest.mark.slow
def test_boxes_fit_in_every_size_of_a_recording_that_changes_it(new_page: Any, tmp_path: Path, server: Server) -> None:
    whole = gallery(2, 2, width=640, height=360)
    parts = [[letterboxed(whole, size)] * 10 for size in ((160, 90), (640, 360), (270, 480))]
    page = new_page("#recording")
    choose(page, growing(tmp_path / "call.webm", parts))
    expect(page.locator(".face")).to_have_count(4)
    wide = None
    for at, film in ((0.2, [160, 90]), (1.7, [640, 360]), (2.7, [270, 480])):
        page.evaluate(_SEEK, at)
        painted(page)  # the page heard of it first, and has drawn the boxes of that time
        page.wait_for_function(f"() => document.querySelector('video').videoWidth === {film[0]}")
        page.wait_for_function("() => document.querySelectorAll('.face').length === 4")
        places = page.evaluate(PLACES)
        assert places["film"] == film and places["fit"] == "contain"
        shown, layer = places["sizes"]
        wide = wide or shown
        assert shown == layer == wide and abs(shown[0] / shown[1] - 640 / 360) < 0.02, places
        if film == [640, 360]:
            usual = sorted(places["middles"])
        if film == [270, 480]:  # a strip in the middle, as wide as its height allows
            expected = sorted([0.5 + (x - 0.5) * 202.5 / 640, 0.5 + (y - 0.5) * 114 / 360] for x, y in usual)
            assert _nearest(places["middles"], expected) < 0.02
    page.get_by_role("button", name="Delete from this machine").click()
    expect_none_left(page, server)


def _nearest(some: list[list[float]], others: list[list[float]]) -> float:
    """How far the farthest of some places is from the nearest of others."""
    return max(min(max(abs(a - c), abs(b - d)) for c, d in others) for a, b in some)


@pytest.mark.slow
def test_a_recording_shows_how_far_it_is_and_can_be_cancelled(new_page: Any, lesson: Path, server: Server) -> None:
    page = new_page("#recording")
    choose(page, lesson)
    expect(page.get_by_text(re.compile(r"\d+:\d\d of (59:59|1:00:00)"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"about [\d.]+ (seconds?|minutes?|hours?) left"))).to_be_visible()
    page.reload()  # it goes on without the page
    expect(page.get_by_text(re.compile(r"\d+:\d\d of (59:59|1:00:00)"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect_none_left(page, server)


@pytest.mark.slow
def test_what_is_no_video_is_said(new_page: Any, tmp_path: Path, server: Server) -> None:
    (tmp_path / "notes.mp4").write_text("no video", encoding="utf-8")
    page = new_page("#recording")
    choose(page, tmp_path / "notes.mp4")
    expect(page.get_by_role("alert")).to_contain_text("notes.mp4 is not a video")
    assert sum(server.get("health")[1]["recordings"].values()) == 0


@pytest.mark.slow
def test_a_video_that_the_browser_cannot_play_is_shown_annotated(new_page: Any, tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "old.avi"), "w") as film:
        stream = film.add_stream("mpeg4", rate=2)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for i in range(8):
            picture = gallery(3, 2, width=640, height=360, shift=i / 10)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode(None))
    page = new_page("#recording")
    page.get_by_label("Also make an annotated video").check()
    choose(page, tmp_path / "old.avi")
    expect(page.get_by_text("this is the annotated video")).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    page.get_by_role("button", name="Delete from this machine").click()
    expect(page.get_by_role("button", name="Delete from this machine")).to_have_count(0)


@pytest.mark.slow
def test_a_film_goes_on_after_the_network_was_away(new_page: Any, clip: Path) -> None:
    """It is not called one that the browser cannot play."""
    page = new_page("#recording")
    new_page.expected.append("ERR_FAILED")
    analyzed(page, clip)
    for address in ("**/source*", "**/health"):
        page.route(address, lambda route: route.abort())
    page.evaluate("() => document.querySelector('video').load()")
    expect(page.get_by_text("The server cannot be reached")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    expect(page.get_by_text("The server cannot be reached")).to_have_count(0)
    expect(page.locator(".face")).to_have_count(9)
    delete(page)
