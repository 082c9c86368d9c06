"""Recordings that end early, on the page without a server: what was seen until there is a result, and nothing waits for ever."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from aiducation.media.samples import gallery
from needs import BROWSER, WEB_RUNTIME
from page_makers import choose, expect
from waiting import PATIENCE_S

pytestmark = [BROWSER.mark(), WEB_RUNTIME.mark(), pytest.mark.slow]

#: Analyzes a recording with the page's own module. If asked, no picture comes after the first, and timers are fast then.
_ANALYZE = """async ([content, stalls, patience_ms]) => {
  const { analyzeRecording } = await import("/static/recordings.js");
  const file = new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], "lesson.mp4");
  const { addEventListener } = EventTarget.prototype, later = setTimeout;
  let stalled = false;
  EventTarget.prototype.addEventListener = function (name, ...rest) {
    if (!(stalled && name === "seeked")) addEventListener.call(this, name, ...rest);
  };
  window.setTimeout = (then, ms, ...rest) => later(then, stalled ? ms / 100 : ms, ...rest);
  const { signal } = new AbortController();
  const onprogress = () => { stalled = stalls; };
  const never = new Promise((_, reject) => later(() => reject(new Error("it waits for ever")), patience_ms));
  const made = analyzeRecording(file, { every_s: 0.5, signal, onprogress });
  const { head, frames } = await Promise.race([made, never]);
  return { frames: frames.length, complete: head.complete, notes: head.notes };
}"""


@pytest.fixture
def page(browser: Any, static_address: str) -> Iterator[Any]:
    page = browser.new_page()
    page.set_default_timeout(1000 * PATIENCE_S)
    page.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'in a test' })")
    page.goto(f"{static_address}#recording")
    yield page
    page.close()


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A recording whose table of contents lies at its beginning."""
    path = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for i in range(40):
            picture = gallery(3, 3, width=640, height=360, shift=i / 40)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize(("share", "stalls"), [(0.6, False), (1.0, True)])
def test_a_recording_that_breaks_off_gives_what_was_seen(share: float, stalls: bool, page: Any, lesson: bytes) -> None:
    content = lesson[: int(share * len(lesson))]
    made = page.evaluate(_ANALYZE, [base64.b64encode(content).decode(), stalls, 1000 * PATIENCE_S])
    assert made["frames"] >= 1 and made["complete"] is False
    assert len(made["notes"]) == 1 and "could be read up to 0:0" in made["notes"][0]


def test_a_recording_that_is_cancelled_before_its_first_picture_leaves_the_list(
    page: Any, lesson: bytes, tmp_path: Path
) -> None:
    page.evaluate("""() => {
      const { addEventListener } = EventTarget.prototype;
      EventTarget.prototype.addEventListener = function (name, ...rest) {
        if (name === "loadeddata" && this instanceof HTMLVideoElement) window.video = this;
        else addEventListener.call(this, name, ...rest);
      };
    }""")
    (tmp_path / "lesson.mp4").write_bytes(lesson)
    choose(page, tmp_path / "lesson.mp4")
    page.wait_for_function("() => window.video?.videoWidth")  # its size is known, and no picture
    page.get_by_role("button", name="Cancel").click()
    for name in ("Cancel", "Remove it from the list"):  # of what is on its way, and of a result
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.locator(".drop:not(.slim)").get_by_text("Drop videos here")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
