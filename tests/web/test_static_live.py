"""The page without a server, in a real browser: what it sees live, and what it lets go when it is stopped."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aiducation.media.samples import gallery
from aiducation.media.videos import Frame
from aiducation.observations.reasons import NOT_MOVING
from aiducation.vision.analyzer import Analyzer
from needs import BROWSER, WEB_RUNTIME
from page_makers import LEAVING, SECOND_CAMERA, expect

pytestmark = [BROWSER.mark(), WEB_RUNTIME.mark()]


@pytest.mark.slow
def test_live_faces_are_followed_in_the_browser(visit: Any, static_address: str) -> None:
    page = visit(f"{static_address}#live")
    page.locator("main button.main").click()
    expect(page.locator(".face").nth(6)).to_be_visible()
    expect(page.get_by_text("pictures a second")).to_be_visible()
    page.evaluate("""() => {
      const { createImageBitmap } = window;
      Object.assign(window, { failures: 2, made: 0 });
      window.createImageBitmap = async (...given) => {
        if (failures-- > 0) throw new Error("no picture");
        made += 1;
        return createImageBitmap(...given);
      };
    }""")
    page.wait_for_function("() => made > 2")  # one that fails does not end it
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("main button.main")).to_be_enabled()
    page.evaluate("() => { window.failures = 1000; }")
    page.locator("main button.main").click()
    expect(page.get_by_role("alert")).to_have_text("no picture")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)  # nobody is filmed for nothing
    expect(page.locator("main button.main")).to_be_enabled()


#: Lets the page see as many faces as `people` says.
_FEW = """() => {
  window.people = 3;
  const { set } = Object.getOwnPropertyDescriptor(Worker.prototype, "onmessage");
  Object.defineProperty(Worker.prototype, "onmessage", {
    set(listener) {
      set.call(this, (event) => {
        event.data.result?.faces?.splice(people);
        listener(event);
      });
    },
  });
}"""


@pytest.mark.slow
def test_the_switch_for_few_people_keeps_the_focus(visit: Any, static_address: str) -> None:
    page = visit(f"{static_address}#live")
    page.evaluate(_FEW)
    page.locator("main button.main").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Live picture")).to_be_focused()  # before what it shows, and its button
    switch = page.get_by_label("Show the states of these 3 people")
    expect(switch).to_be_visible()
    switch.focus()
    page.keyboard.press("Space")
    page.evaluate("window.people = 2")
    switch = page.get_by_label("Show the states of these 2 people")
    expect(switch).to_be_focused()
    expect(switch).to_be_checked()
    page.evaluate("window.people = 1")
    expect(page.get_by_label("Show the state of this person")).to_be_focused()


@pytest.mark.slow
def test_a_camera_that_is_taken_away_is_said(visit: Any, static_address: str) -> None:
    page = visit(f"{static_address}#live")
    page.locator("main button.main").click()
    expect(page.locator(".face").first).to_be_visible()
    page.evaluate(
        "document.querySelector('main video').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))"
    )
    expect(page.get_by_role("alert")).to_contain_text("The camera gives no picture any more.")
    expect(page.locator("main button.main")).to_be_enabled()


@pytest.mark.slow
def test_where_the_browser_gives_no_camera_the_page_says_why(visit: Any, static_address: str) -> None:
    script = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })"
    page = visit(f"{static_address}#live", script=script)
    expect(page.locator("main button.main")).to_be_disabled()
    expect(page.locator("main .notice")).to_contain_text("begins with https")


def test_a_second_camera_can_be_chosen_once_the_browser_tells_of_it(visit: Any, static_address: str) -> None:
    page = visit(f"{static_address}#live", script=SECOND_CAMERA)
    page.locator("main button.main").click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_label("Which camera?").select_option(label="At the board")
    page.locator("main button.main").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    assert page.evaluate("asked.at(-1).video.deviceId") == {"exact": "second"}


def _noisy(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """The pictures under the noise of a camera."""
    draw = np.random.default_rng(1)
    return [(one + draw.normal(0, 2, one.shape)).clip(0, 255).astype(np.uint8) for one in pictures]


def _looked_at(page: Any, pictures: list[np.ndarray], every_s: float, from_s: float = 0.0) -> list[dict[str, Any]]:
    """What the page says of pictures as of a camera's."""
    sent = []
    for picture in _noisy(pictures):
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "PNG", compress_level=1)
        sent.append(base64.b64encode(out.getvalue()).decode())
    seen: list[dict[str, Any]] = page.evaluate(
        """async ([contents, every_s, from_s]) => {
          const { look } = await import("/static/api.js");
          const seen = [];
          for (const [frame, content] of contents.entries()) {
            const blob = new Blob([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))]);
            seen.push(await look(await createImageBitmap(blob), { time_s: from_s + frame * every_s, frame, least: 1 }));
          }
          return seen;
        }""",
        [sent, every_s, from_s],
    )
    return seen


@pytest.mark.slow
def test_live_faces_are_the_same_where_the_whole_picture_was_not_searched(visit: Any, static_address: str) -> None:
    """The second picture is searched around the faces of the first alone; the third is 1.2 s later, and searched as a whole."""
    room = np.full((720, 1280, 3), 60, np.uint8)
    room[200:560, 300:940] = gallery(3, 2, width=640, height=360)
    first, near, whole = _looked_at(visit(static_address), [room] * 3, 0.6)
    assert len(first["faces"]) == len(near["faces"]) == len(whole["faces"]) == 6
    for one in near["faces"]:
        (other,) = [face for face in whole["faces"] if face["track_id"] == one["track_id"]]
        off = max(abs(one[side] - other[side]) for side in ("left", "top", "right", "bottom"))
        assert off < 0.05 * (one["right"] - one["left"])


@pytest.mark.slow
def test_live_faces_that_never_move_are_those_of_the_package(visit: Any, static_address: str) -> None:
    """One of two people moves; a picture hangs on the wall beside them. A camera's noise lies over all."""
    pictures, every_s = [], 2.5
    for i in range(12):
        picture = gallery(2, 2, width=640, height=360).copy()
        picture[:, 320:] = gallery(2, 2, width=640, height=360, shift=(1 + i) / 3)[:, 320:]
        pictures.append(picture)
    theirs = _looked_at(visit(static_address), pictures, every_s)
    frames = [Frame(i, i * every_s, picture) for i, picture in enumerate(_noisy(pictures))]
    still = 0
    for ours, result in zip(Analyzer().stream(frames, source="camera"), theirs, strict=True):
        assert len(ours) == len(result["faces"]) == 4
        for box, why in zip(ours.boxes.tolist(), ours.reasons, strict=True):
            (face,) = [one for one in result["faces"] if abs(one["left"] - box[0]) + abs(one["top"] - box[1]) < 10]
            assert (face["reason"] == NOT_MOVING) == (why == NOT_MOVING)
        assert result["group"]["found"] == ours.participants.sum()
        still += 4 - result["group"]["found"]
    assert still >= 6


@pytest.mark.slow
def test_a_camera_that_is_started_again_begins_with_new_tracks(visit: Any, static_address: str) -> None:
    """Whatever its clock says: each page with a camera has its own."""
    page = visit(static_address)
    tile = gallery(2, 2, width=640, height=360)
    first, again = (_looked_at(page, [tile], 0.0, from_s)[0]["faces"] for from_s in (5.0, 6.0))
    assert len(first) == len(again) == 4
    assert not {face["track_id"] for face in first} & {face["track_id"] for face in again}


#: Remembers what the page tells its worker.
_TOLD = """() => {
  window.told = [];
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...more) {
    told.push(message.forget ?? "picture");
    return postMessage.call(this, message, ...more);
  };
}"""


@pytest.mark.slow
def test_the_last_picture_goes_when_the_camera_is_stopped(visit: Any, static_address: str) -> None:
    page = visit(f"{static_address}#live")
    page.evaluate(_TOLD)
    page.locator("main button.main").click()
    expect(page.locator(".face").nth(6)).to_be_visible()
    page.evaluate("window.film = document.querySelector('main video')")
    assert page.evaluate(LEAVING) is True, "nothing of a lesson is kept"
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("main button.main")).to_be_enabled()
    assert page.evaluate(LEAVING) is False
    assert page.evaluate("told.at(-1)") == "camera" and page.evaluate("film.srcObject") is None
    assert page.evaluate("told").count("camera") == 1


@pytest.mark.slow
def test_the_worker_forgets_a_camera_and_a_recording(visit: Any, static_address: str) -> None:
    """It knows the next picture no more: its faces have new tracks, and it does not stand still."""
    out = io.BytesIO()
    Image.fromarray(gallery(2, 2, width=640, height=360)).save(out, "PNG")
    cameras, standing = visit(static_address).evaluate(
        """async (content) => {
          const { letGo, look, sampleOf } = await import("/static/api.js");
          const blob = new Blob([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))]);
          const picture = () => createImageBitmap(blob);
          const cameras = [];
          for (const frame of [0, 1, 2]) {
            if (frame === 2) letGo("camera");
            const { faces } = await look(await picture(), { time_s: frame / 2, frame, least: 1 });
            cameras.push(faces.map((face) => face.track_id).sort());
          }
          const standing = [];
          for (const first of [true, false, false]) {
            if (standing.length === 2) letGo("recording");
            standing.push((await sampleOf(await picture(), first)).standing);
          }
          return [cameras, standing];
        }""",
        base64.b64encode(out.getvalue()).decode(),
    )
    assert len(cameras[0]) == 4 and cameras[0] == cameras[1] and not set(cameras[1]) & set(cameras[2])
    assert standing == [False, True, False]
