"""The page in a real browser: what a teacher does, from the first visit to the saved files."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aiducation.vision.analyzer import Analyzer
from aiducation.vision.photos import read_photo
from aiducation.vision.picture_space import letterboxed
from aiducation.vision.samples import gallery
from aiducation.vision.signature import is_signed
from aiducation.vision.videos import VideoWriter
from film import growing
from needs import BROWSER, CHROMIUM, need_package
from picture_makers import animation, encoded, small
from waiting import painted, until_shown
from web_makers import Server, camera_file, launch_browser, serving

sync_api = need_package("playwright.sync_api")
expect = sync_api.expect
PATIENCE = 20_000  # milliseconds
expect.set_options(timeout=PATIENCE)

pytestmark = BROWSER.mark()

#: WCAG 2.2's rule about the size of what is pressed is off unless it is asked for.
AXE: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}

#: What a colour scheme can change.
AXE_COLOURS: dict[str, Any] = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}

SIZES = {"laptop": (1280, 800), "phone": (390, 844), "projector": (1920, 1080)}


@pytest.fixture(scope="module")
def browser(made_once: Callable[..., Path]) -> Iterator[Any]:
    camera = made_once("camera", lambda folder: camera_file(folder / "camera.mjpeg")) / "camera.mjpeg"
    with launch_browser(CHROMIUM or "", camera) as browser:
        yield browser


@pytest.fixture
def new_page(browser: Any, server: Server) -> Iterator[Any]:
    """Opens the page as a new visitor; in the end nothing may have gone wrong in it, nor any request elsewhere."""
    contexts, wrong = [], []

    def open_(
        where: str = "", *, size: str = "laptop", scheme: str = "light", agree: bool = True, locale: str = "en-US"
    ) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale)
        contexts.append(context)
        if agree:
            context.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'in a test' })")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: _own(request.url, server) or wrong.append(request.url))
        page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: open_.received.append(payload)))
        page.goto(server.address + where)
        return page

    open_.expected = []  # type: ignore[attr-defined] # words of errors that a test provokes; browsers note them whenever they like
    open_.received = []  # type: ignore[attr-defined] # what came through sockets
    yield open_
    for context in contexts:
        context.close()
    assert not [line for line in wrong if not any(words in line for words in open_.expected)]  # type: ignore[attr-defined]


def _own(url: str, server: Server) -> bool:
    return url.startswith((server.address, server.address.replace("http", "ws", 1), "blob:", "data:"))


def choose(page: Any, *files: Path) -> None:
    page.locator("main input[type=file]").first.set_input_files([str(file) for file in files])


def save(page: Any, words: str) -> bytes:
    """What a click on a download button gives."""
    with page.expect_download() as waiting:
        page.locator("main").get_by_text(words, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def seconds_seen(received: list[Any]) -> float:
    """Seconds between the first and the last live picture that showed faces."""
    frames = [message for message in map(json.loads, received) if message.get("type") == "frame" and message["faces"]]
    return frames[-1]["time_s"] - frames[0]["time_s"] if frames else 0.0


def faces_found(folder: Path, picture: bytes) -> int:
    """How many faces a detector finds in a picture that the page gave."""
    (folder / "picture").write_bytes(picture)
    return len(Analyzer().photo(folder / "picture"))


def test_the_first_visit_asks_whether_those_seen_know(new_page: Any) -> None:
    page = new_page(agree=False)
    begin = page.get_by_role("button", name="Begin")
    expect(begin).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert "AI Act" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Space")  # the box has the focus
    expect(begin).to_be_enabled()
    begin.click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()


DECIMAL_COMMAS = "CSV with decimal commas"


@pytest.mark.parametrize(("locale", "excel"), [("en-US", False), ("de-DE", True), ("fr-FR", True)])
def test_csv_is_saved_as_the_language_writes_numbers(new_page: Any, samples: Path, locale: str, excel: bool) -> None:
    """At first by the browser's language; then as was chosen, also for recordings and after a reload."""
    page = new_page(locale=locale)
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    switch = page.get_by_label(DECIMAL_COMMAS)
    expect(switch).to_be_checked(checked=excel)
    assert save(page, "Table (CSV)").startswith(b"\xef\xbb\xbfsource;" if excel else b"source,")
    switch.click()
    assert save(page, "Table (CSV)").startswith(b"source," if excel else b"\xef\xbb\xbfsource;")
    page.reload()
    page.get_by_role("link", name="Recording").click()
    choose(page, samples / "meeting.mp4")
    expect(page.get_by_role("slider", name="Time in the recording")).to_be_visible()
    switch = page.get_by_label(DECIMAL_COMMAS)
    expect(switch).to_be_checked(checked=not excel)
    for words in ("Table (CSV)", "Timeline (CSV)"):
        assert (b";" in save(page, words)) is not excel
    assert save(page, "JSON").startswith(b"{")
    switch.click()
    for words in ("Table (CSV)", "Timeline (CSV)"):
        assert (b";" in save(page, words)) is excel


def test_the_model_can_be_read_about_first(new_page: Any) -> None:
    page = new_page(agree=False)
    page.get_by_role("button", name="First read about the model").click()
    expect(page.get_by_role("heading", name="The model")).to_be_visible()
    page.get_by_role("link", name="Live").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_photo_from_choosing_to_saving(new_page: Any, samples: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    faces = page.locator(".face")
    expect(faces).to_have_count(9)
    expect(page.get_by_text("9 faces seen")).to_be_visible()
    shares = page.locator(".share:has(.range) .num").all_inner_texts()
    counted = page.locator(".counted .num").all_inner_texts()
    assert len(shares) == 5 and all(" of " in share for share in shares)
    assert sum(int(count.split()[0]) for count in counted) == int(counted[0].split()[2])  # each face once
    page.locator('.face:not([data-state="unclear"])').first.hover()
    expect(page.get_by_text(re.compile(r"looks \w+ \(\d+\s%\)"))).to_be_visible()
    page.locator('.face[data-state="unclear"]').first.hover()
    expect(page.get_by_text("cannot tell: ")).to_be_visible()
    assert save(page, "Picture").startswith(b"\xff\xd8\xff")
    assert b"<!doctype html>" in save(page, "Report")
    assert len(save(page, "Table (CSV)").splitlines()) == 10
    assert len(json.loads(save(page, "JSON"))["faces"]) == 9


def test_faces_are_reached_by_keyboard(new_page: Any, samples: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    page.locator(".face[tabindex='0']").focus()
    said = [page.locator(":focus").get_attribute("aria-label")]
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        said.append(page.locator(":focus").get_attribute("aria-label"))
    assert [words.split(":")[0] for words in said] == [f"Face {i} of 9" for i in (1, 2, 3)]
    page.keyboard.press("Tab")
    expect(page.locator(".face:focus")).to_have_count(0)


def test_covered_faces_are_covered_everywhere(new_page: Any, samples: Path, tmp_path: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    assert faces_found(tmp_path, save(page, "Picture")) == 9
    page.get_by_label("Anonymize faces").check()
    expect(page.locator(".stage canvas")).to_be_visible()
    expect(page.locator(".stage img")).to_have_count(0)
    colours = page.evaluate("""() => {
      const box = document.querySelector(".face").getBoundingClientRect(), canvas = document.querySelector(".stage canvas");
      const at = canvas.getBoundingClientRect(), scale = canvas.width / at.width;
      const [x, y, width, height] = [box.x - at.x, box.y - at.y, box.width, box.height].map((value) => value * scale);
      const { data } = canvas.getContext("2d").getImageData(x, y, width, height);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
      return seen.size;
    }""")
    assert 1 < colours <= 36
    assert faces_found(tmp_path, save(page, "Picture")) == 0


def test_everything_else_can_be_covered_too(new_page: Any, samples: Path, tmp_path: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    more = page.get_by_label("Anonymize everything else, too")
    expect(more).to_be_hidden()
    page.get_by_label("Anonymize faces").check()
    before = colours_of(page)
    more.check()
    expect(page.locator(".stage canvas")).to_be_visible()
    page.wait_for_function("(before) => window.coloursOfStage() < before", arg=before)
    assert colours_of(page) <= 24 * 14 + 9 * 36 and before > 5000
    assert faces_found(tmp_path, save(page, "Picture")) == 0
    report = save(page, "Report")
    assert b"anonymized, and everything around them" in report
    page.get_by_label("Anonymize faces").uncheck()
    expect(more).to_be_hidden()
    expect(page.locator(".stage img")).to_be_visible()


def colours_of(page: Any) -> int:
    """Different colours in the picture that is shown."""
    page.evaluate("""() => {
      window.coloursOfStage = () => {
        const canvas = document.querySelector(".stage canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
      };
    }""")
    expect(page.locator(".stage canvas")).to_be_visible()
    return int(page.evaluate("() => window.coloursOfStage()"))


def test_what_may_be_a_face_is_covered_too(new_page: Any, samples: Path, tmp_path: Path) -> None:
    page = new_page()

    page.evaluate("""() => {
      const json = Response.prototype.json;
      Response.prototype.json = async function () {
        const value = await json.call(this);
        if (value.kind !== "photo") return value;
        const maybe = value.faces.map(({ left, top, right, bottom }) => [left, top, right, bottom]);
        return { ...value, faces: [], maybe };
      };
    }""")
    choose(page, samples / "gallery.jpg")
    page.get_by_label("Anonymize faces").check()
    expect(page.locator(".stage canvas")).to_be_visible()
    drawn = page.locator(".stage canvas").evaluate("(canvas) => canvas.toDataURL('image/png')")
    assert faces_found(tmp_path, base64.b64decode(drawn.partition(",")[2])) == 0


def test_several_photos_some_of_which_cannot_be_read(new_page: Any, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes((samples / "gallery.jpg").read_bytes()[:3000])
    (tmp_path / "letter.png").write_text("Dear all", encoding="utf-8")
    page = new_page()
    choose(page, samples / "gallery.jpg", tmp_path / "broken.jpg", tmp_path / "letter.png")
    expect(page.locator(".strip button")).to_have_count(3)
    expect(page.locator(".strip").get_by_text("could not be read")).to_have_count(2)
    page.locator(".strip button").nth(2).click()
    expect(page.locator(".stage").get_by_text("letter.png is no picture")).to_be_visible()
    assert len(save(page, "One table of all photos").splitlines()) == 10
    page.get_by_role("button", name="Remove all photos").click()
    expect(page.get_by_text("Drop photos here, or paste one")).to_be_visible()
    new_page.expected += ["422"]


def test_a_photo_that_the_browser_cannot_show(new_page: Any, samples: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.open(samples / "gallery.jpg").save(tmp_path / "scan.tiff")
    page = new_page()
    choose(page, tmp_path / "scan.tiff")
    expect(page.locator(".stage img")).to_be_visible()
    expect(page.get_by_text("9 faces seen")).to_be_visible()


def test_a_pasted_and_a_dropped_photo(new_page: Any, samples: Path) -> None:
    page = new_page()
    content = list((samples / "gallery.jpg").read_bytes())
    for event in ("paste", "drop"):
        page.evaluate(
            """([name, bytes]) => {
              const data = new DataTransfer();
              data.items.add(new File([new Uint8Array(bytes)], "image.jpg", { type: "image/jpeg" }));
              const options = name === "paste" ? { clipboardData: data } : { dataTransfer: data, cancelable: true };
              window.dispatchEvent(new (name === "paste" ? ClipboardEvent : DragEvent)(name, options));
            }""",
            [event, content],
        )
        expect(page.locator(".face")).to_have_count(9)
    expect(page.locator(".strip button")).to_have_count(2)


def test_small_groups_are_withheld_until_asked_for(new_page: Any, tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(gallery(2, 1)).save(tmp_path / "two.jpg")
    page = new_page()
    choose(page, tmp_path / "two.jpg")
    expect(page.get_by_text("Group figures are withheld")).to_be_visible()
    expect_no_states(page, 2)
    page.locator(".face").first.hover()
    expect(page.locator(".face-card")).to_contain_text("The state of this face is not shown")
    assert not any(state in page.locator("main").inner_text() for state in ("focused", "angry", "bored"))
    hidden = save(page, "Report")
    page.get_by_label("Show the states of these 2 people").check()
    expect(page.get_by_text("Group figures are withheld")).to_be_hidden()
    expect(page.locator(".range").first).to_be_visible()
    expect(page.locator('.face[data-state="withheld"]')).to_have_count(0)
    assert b"not shown" in hidden and b"not shown" not in save(page, "Report")
    page.get_by_label("Show the states of these 2 people").uncheck()
    expect_no_states(page, 2)


def expect_no_states(page: Any, people: int) -> None:
    """The faces have boxes without states."""
    expect(page.locator('.face[data-state="withheld"]')).to_have_count(people)
    expect(page.locator(".face .tag:visible")).to_have_count(0)


def test_small_groups_of_recordings_and_lessons(new_page: Any, samples: Path, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "two.mp4", 640, 360) as writer:
        for i in range(8):
            writer.write(gallery(2, 1, width=640, height=360, shift=i / 10), i / 2)
    page = new_page("#recording")
    choose(page, tmp_path / "two.mp4")
    expect(page.get_by_text("Group figures are withheld")).to_be_visible()
    expect_no_states(page, 2)
    expect(page.get_by_role("button", name=re.compile("Track .* not shown"))).to_have_count(2)
    assert json.loads(save(page, "JSON"))["group"]["shares"] is None
    page.get_by_label("Show the states of these 2 people").check()
    expect(page.get_by_text("Group figures are withheld")).to_be_hidden()
    expect(page.locator(".range").first).to_be_visible()
    assert json.loads(save(page, "JSON"))["group"]["shares"] is not None
    expect(page.locator('.face[data-state="withheld"]')).to_have_count(0)
    assert b"Group figures are withheld" not in save(page, "Report")
    page.get_by_role("button", name="Delete from this machine").click()
    expect(page.get_by_role("button", name="Delete from this machine")).to_have_count(0)


def test_a_recording_from_sending_to_deleting(new_page: Any, samples: Path, server: Server) -> None:
    page = new_page("#recording")
    page.get_by_label("Also make an annotated video").check()
    choose(page, samples / "meeting.mp4")
    timeline = page.get_by_role("slider", name="Time in the recording")
    expect(timeline).to_be_visible()
    expect(page.locator(".face")).to_have_count(9)
    box = timeline.bounding_box()
    timeline.click(position={"x": box["width"] / 2, "y": 40})
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 4) < 1")
    assert 3 <= int(timeline.get_attribute("aria-valuenow")) <= 5
    timeline.press("Home")
    page.wait_for_function("() => document.querySelector('video').currentTime === 0")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.8")
    page.get_by_role("button", name="Pause").click()
    assert int(timeline.get_attribute("aria-valuenow")) >= 1, "the timeline follows the player"

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


def test_boxes_fit_in_every_size_of_a_recording_that_changes_it(new_page: Any, tmp_path: Path, server: Server) -> None:
    whole = gallery(2, 2, width=640, height=360)
    parts = [[letterboxed(whole, size)] * 10 for size in ((160, 90), (640, 360), (270, 480))]
    page = new_page("#recording")
    choose(page, growing(tmp_path / "call.webm", parts))
    expect(page.locator(".face")).to_have_count(4)
    wide = None
    for at, film in ((0.2, [160, 90]), (1.7, [640, 360]), (2.7, [270, 480])):
        page.evaluate("(at) => { document.querySelector('video').currentTime = at; }", at)
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


def expect_none_left(page: Any, server: Server) -> None:
    """The page shows no recording, and then the server has none: one leaves the page when it is deleted."""
    for name in ("Delete from this machine", "Cancel", "Take it off the list"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    assert sum(server.get("health")[1]["recordings"].values()) == 0


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty minutes, so that there is time to cancel."""
    path = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    pictures = [gallery(3, 3, width=960, height=540, shift=i / 10) for i in range(10)]
    with VideoWriter(path, 960, 540) as writer:
        for i in range(1200):
            writer.write(pictures[i % 10], i)
    return path


def test_a_recording_shows_how_far_it_is_and_can_be_cancelled(new_page: Any, lesson: Path, server: Server) -> None:
    page = new_page("#recording")
    choose(page, lesson)
    expect(page.get_by_text(re.compile(r"\d+:\d\d of (19:59|20:00)"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"about \d+ (seconds?|minutes?) left"))).to_be_visible()
    page.reload()  # it goes on without the page
    expect(page.get_by_text(re.compile(r"\d+:\d\d of (19:59|20:00)"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect_none_left(page, server)


def test_files_find_their_page_whatever_they_are_called(new_page: Any, tmp_path: Path, server: Server) -> None:
    """A browser goes by the name of a file, the server by what is in it."""
    new_page.expected += ["422"]
    (tmp_path / "screen.gif").write_bytes(animation("GIF", [600] * 4, width=160))
    (tmp_path / "photo.mp4").write_bytes(encoded(small(200), "JPEG")[:-2])
    page = new_page()
    choose(page, tmp_path / "screen.gif")
    expect(page.get_by_role("slider", name="Time in the recording")).to_be_visible()
    assert page.url.endswith("#recording")
    page.get_by_role("button", name="Delete from this machine").click()
    expect_none_left(page, server)
    choose(page, tmp_path / "photo.mp4")
    expect(page.get_by_text("The end mark of the file is missing")).to_be_visible()
    assert page.url.endswith("#photo")
    page.get_by_role("button", name="Remove all photos").click()
    expect(page.get_by_text("The end mark of the file is missing")).to_be_hidden()


def test_what_is_no_video_is_said(new_page: Any, tmp_path: Path, server: Server) -> None:
    (tmp_path / "notes.mp4").write_text("no video", encoding="utf-8")
    page = new_page("#recording")
    choose(page, tmp_path / "notes.mp4")
    expect(page.get_by_role("alert")).to_contain_text("notes.mp4 is no video")
    assert sum(server.get("health")[1]["recordings"].values()) == 0


@pytest.mark.parametrize("source", ["Camera", "Screen or window"])
def test_a_live_lesson_from_start_to_summary(new_page: Any, source: str) -> None:
    page = new_page("#live")
    page.get_by_role("button", name=source).click()
    expect(page.locator(".live-status")).to_contain_text(re.compile(r"\d:\d\d · \d+ faces? · \d+ ms behind"))
    if source == "Camera":
        expect(page.locator(".face")).to_have_count(9)
        expect(page.locator(".share").first).to_be_visible()
        expect(page.locator(".timeline .mean")).to_have_count(5)
        page.locator(".face").first.hover()
        expect(page.locator(".face-card .facts")).to_be_visible()
    page.get_by_label("Note for the marked time").fill("group work begins")
    page.get_by_role("button", name="Mark this time").click()
    expect(page.locator(".moments").get_by_text("group work begins")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".live-status")).to_have_text("Paused")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    expect(page.get_by_text("group work begins")).to_be_visible()
    report = save(page, "Report")
    assert b"marked: group work begins" in report and b"data:image" not in report
    assert json.loads(save(page, "JSON"))["kind"] == "recording"
    page.get_by_role("button", name="Forget this session").click()
    expect(page.get_by_text("What should be analyzed?")).to_be_visible()


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
    moment.write_bytes(save(page, "1 picture of marked times"))
    assert is_signed(moment) and read_photo(moment).ndim == 3
    assert faces_found(tmp_path, moment.read_bytes()) == 0


def test_leaving_the_live_page_ends_it_and_keeps_its_summary(new_page: Any) -> None:
    page = new_page("#live")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".face")).to_have_count(9)
    until_shown(page, lambda: seconds_seen(new_page.received) > 2)  # one picture in two seconds is kept
    page.get_by_role("link", name="Photo").click()
    page.get_by_role("link", name="Live").click()
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    assert json.loads(save(page, "JSON"))["faces"]


def test_the_model_page(new_page: Any) -> None:
    page = new_page("#model")
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    words = page.locator("main").inner_text()
    for part in ("AI Act", "24,954 pictures", "71 %", "What it cannot tell", "Calibration: do its probabilities hold?"):
        assert part in words, part
    rows = [re.findall(r"(\d+) %", row) for row in page.locator(".matrix tbody tr").all_inner_texts()]
    assert all(sum(map(int, row)) in range(98, 103) for row in rows) and len(rows) == 5


def test_the_theme_can_be_chosen(new_page: Any) -> None:
    page = new_page()
    colour = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    theme = page.locator(".theme")
    theme.click()
    theme.click()
    assert page.evaluate(colour) != light
    page.reload()
    expect(page.get_by_role("heading", name="Photos")).to_be_visible()
    assert page.evaluate(colour) != light


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_screen_and_nothing_jumps(new_page: Any, samples: Path, size: str) -> None:
    page = new_page(size=size)
    page.evaluate("""() => { window.jumps = 0; new PerformanceObserver((list) => { for (const shift of list.getEntries())
      if (!shift.hadRecentInput) window.jumps += shift.value; }).observe({ type: "layout-shift", buffered: true }); }""")
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    for i in range(9):
        page.locator(".face").nth(i).dispatch_event("pointerenter")
    assert page.evaluate("() => window.jumps") < 0.1
    for tab in ("Recording", "Live", "Model", "Photo"):
        page.get_by_role("link", name=tab).click()
        painted(page)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), tab


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(new_page: Any, samples: Path, scheme: str) -> None:
    """axe-core finds nothing on any page in any of its states."""
    axe = need_package("axe_playwright_python.sync_playwright").Axe()

    def check(page: Any, where: str) -> None:
        found = axe.run(page, options=AXE if scheme == "light" else AXE_COLOURS).response["violations"]
        assert not found, (where, [(v["id"], v["nodes"][0]["html"][:120]) for v in found])

    page = new_page(agree=False, scheme=scheme)
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "consent")
    for size in ("laptop", "phone"):
        page = new_page(scheme=scheme, size=size)
        check(page, "empty photo page")
        choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
        expect(page.locator(".face")).to_have_count(9)
        page.locator(".face").first.dispatch_event("pointerenter")
        check(page, "photo")
        page.get_by_role("link", name="Recording").click()
        check(page, "empty recording page")
        choose(page, samples / "meeting.mp4")
        expect(page.locator(".face")).to_have_count(9)
        check(page, "recording")
        page.get_by_role("button", name="Delete from this machine").click()
        page.get_by_role("link", name="Live").click()
        check(page, "empty live page")
        page.get_by_role("button", name="Camera").click()
        expect(page.locator(".live-status")).to_contain_text("ms behind")
        check(page, "live")
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
        check(page, "live summary")
        page.get_by_role("link", name="Model").click()
        check(page, "model")
        page = new_page("docs", scheme=scheme, size=size)
        expect(page.get_by_role("heading", name="The API")).to_be_visible()
        check(page, "the API's page")


def test_the_focus_never_falls_off_the_page(new_page: Any, samples: Path) -> None:
    page = new_page(agree=False)
    expect(page.locator("dialog").get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Photos")).to_be_focused()
    choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
    expect(page.locator(".strip").get_by_text("9 faces")).to_have_count(2)
    page.locator(".strip button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".strip button").nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator(".strip button").nth(1)).to_be_focused()
    page.get_by_role("link", name="Recording").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recordings")).to_be_focused()
    choose(page, samples / "meeting.mp4")
    expect(page.locator(".face")).to_have_count(9)
    for button in (page.locator(".track").nth(2), page.locator(".legend button").nth(5)):
        button.focus()
        page.keyboard.press("Enter")
        painted(page)
        expect(button).to_be_focused()
    page.get_by_role("button", name="Delete from this machine").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recordings")).to_be_focused()


def test_the_focus_in_a_live_lesson_stays_with_the_same_face(new_page: Any) -> None:
    page = new_page("#live")
    page.get_by_role("button", name="Camera").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Live picture")).to_be_focused()
    expect(page.locator(".face")).to_have_count(9)
    page.evaluate("""() => {
      window.said = [];
      const place = document.getElementById("announcer");
      new MutationObserver(() => said.push(place.textContent)).observe(place, { childList: true });
      const face = document.querySelectorAll(".face")[4];
      face.focus();
      window.face = face;
    }""")
    before = len(new_page.received)
    until_shown(page, lambda: len(new_page.received) > before + 5)
    assert page.evaluate("() => document.activeElement === face || !face.isConnected")
    assert page.evaluate("() => said") == [], "nothing is said while nothing changes"
    page.get_by_role("button", name="Pause").click()
    assert page.evaluate("() => document.querySelector('video').paused")
    page.wait_for_function("() => said.includes('Paused')")
    painted(page, 30)
    page.evaluate(
        "() => { window.drawn = 0; new MutationObserver(() => (drawn += 1)).observe(document.querySelector('.timeline'), "
        "{ childList: true }); }"
    )
    painted(page, 60)
    assert page.evaluate("() => drawn") == 0, "nothing is looked at meanwhile"
    page.get_by_role("button", name="Go on").click()
    assert page.evaluate("() => said") == ["Paused", "Running."]
    page.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The session is over")).to_be_focused()


def test_a_face_can_be_held_on_to(new_page: Any, samples: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(gallery(2, 2)).save(tmp_path / "four.jpg")
    page = new_page()
    choose(page, samples / "gallery.jpg", tmp_path / "four.jpg")
    expect(page.locator(".face")).to_have_count(9)
    card = page.locator(".face-card")
    expect(card).to_be_hidden()
    face = page.locator(".face").nth(3)
    face.click()
    page.mouse.move(2, 2)
    expect(face).to_have_attribute("aria-pressed", "true")
    expect(card).to_be_in_viewport(ratio=0.9)
    page.locator(".face").nth(5).hover()
    page.mouse.move(2, 2)
    expect(card.get_by_role("button", name="Deselect")).to_be_visible()
    page.locator(".strip button").nth(1).click()
    expect(page.locator(".face")).to_have_count(4)
    expect(card).to_be_hidden()  # not what is known of somebody else
    page.locator(".face").nth(1).click()
    page.locator(".face").nth(1).click()
    page.mouse.move(2, 2)
    expect(card).to_be_hidden()
    page.locator(".face").nth(1).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_known_of_a_face_is_on_the_screen(new_page: Any, samples: Path, size: str) -> None:
    page = new_page(size=size)
    choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    page.locator(".face").nth(1).hover()
    expect(page.locator(".face-card b").first).to_be_in_viewport()


def test_a_face_of_a_live_lesson_is_let_go_by_a_second_press(new_page: Any) -> None:
    page = new_page("#live")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".face")).to_have_count(9)
    pinned = page.locator('.face[aria-pressed="true"]')
    page.locator(".face").nth(4).dispatch_event("click")
    before = len(new_page.received)
    until_shown(page, lambda: len(new_page.received) > before + 2)
    expect(pinned).to_have_count(1)
    pinned.dispatch_event("click")
    before = len(new_page.received)
    until_shown(page, lambda: len(new_page.received) > before + 2)
    expect(pinned).to_have_count(0)


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
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    expect(page.get_by_role("heading", name="The whole session")).to_be_visible()
    expect(page.get_by_role("slider", name="Time in the recording")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON").click()
    assert re.fullmatch(r"live \d{4}-\d\d-\d\d \d\d\.\d\d\.json", waiting.value.suggested_filename)


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
    sockets[0].close()
    expect(page.locator(".live-status")).to_have_text("Connecting …")
    expect(page.locator(".live-status")).to_contain_text("Paused")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()


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
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    assert len(pictures) == 2 and pictures[0] > 0 and pictures[1] == 0


def test_several_recordings_and_none_is_lost(new_page: Any, samples: Path, tmp_path: Path, server: Server) -> None:
    (tmp_path / "notes.mp4").write_text("no video", encoding="utf-8")
    (tmp_path / "second.mp4").write_bytes((samples / "meeting.mp4").read_bytes())
    page = new_page("#recording")
    choose(page, samples / "meeting.mp4", tmp_path / "notes.mp4", tmp_path / "second.mp4")
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


def test_a_recording_is_off_the_list_when_the_server_has_deleted_it(
    new_page: Any, samples: Path, tmp_path: Path, server: Server
) -> None:
    (tmp_path / "second.mp4").write_bytes((samples / "meeting.mp4").read_bytes())
    page = new_page("#recording")
    choose(page, samples / "meeting.mp4", tmp_path / "second.mp4")
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


def test_a_recording_that_cannot_be_deleted_stays_on_the_list(new_page: Any, samples: Path) -> None:
    page = new_page("#recording")
    new_page.expected.append("500 (Internal Server Error)")
    choose(page, samples / "meeting.mp4")
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
    page.get_by_role("button", name="Take it off the list").click()
    expect(page.locator(".strip button")).to_have_count(0)
    page.wait_for_function("fetch('health').then((answer) => answer.json()).then((health) => !health.recordings.done)")


def test_a_result_that_does_not_come_now_is_asked_for_again(new_page: Any, samples: Path, server: Server) -> None:
    page = new_page("#recording")
    new_page.expected.append("503")
    busy = {"status": 503, "json": {"error": {"code": "too_many_requests", "message": "Too many pictures wait."}}}
    page.route("**/summary*", lambda route: route.fulfill(**busy))
    choose(page, samples / "meeting.mp4")
    expect(page.get_by_role("alert").get_by_text("Too many pictures wait.")).to_be_visible()
    page.unroute("**/summary*")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Delete from this machine").click()
    expect_none_left(page, server)


def test_an_upload_is_cancelled_when_it_was_sent_whole(new_page: Any, samples: Path, server: Server) -> None:
    page = new_page("#recording")
    page.evaluate("""() => {
      const send = XMLHttpRequest.prototype.send;
      XMLHttpRequest.prototype.send = function (form) {
        const { onload } = this; // the server has it, the page does not know yet
        this.onload = () => setTimeout(onload, 3000);
        return send.call(this, form);
      };
    }""")
    choose(page, samples / "meeting.mp4")
    until_shown(page, lambda: sum(server.get("health")[1]["recordings"].values()) == 1)
    page.get_by_role("button", name="Cancel").click()
    expect_none_left(page, server)


def test_a_recording_that_the_server_forgot_is_said(new_page: Any, lesson: Path, server: Server) -> None:
    page = new_page("#recording")
    choose(page, lesson)
    expect(page.get_by_text(re.compile(r"about \d+ (seconds?|minutes?) left"))).to_be_visible()
    page.route("**/api/recordings/*", lambda route: route.abort())
    expect(page.get_by_text("The server does not answer")).to_be_visible()
    expect(page.get_by_text(re.compile(r"about \d+ (seconds?|minutes?) left"))).to_be_hidden()
    page.unroute("**/api/recordings/*")
    expect(page.get_by_text("The server does not answer")).to_be_hidden()
    [kept] = page.evaluate("() => JSON.parse(localStorage.aiducation).recordings")
    page.evaluate("(address) => fetch(address, { method: 'DELETE' })", f"api/recordings/{kept['id']}")
    expect(page.get_by_text("This recording is gone")).to_be_visible()
    page.get_by_role("button", name="Take it off the list").click()
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    new_page.expected += ["ERR_FAILED", "404"]


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
    expect(page.get_by_text("this is the annotated one")).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    page.get_by_role("button", name="Delete from this machine").click()
    expect(page.get_by_role("button", name="Delete from this machine")).to_have_count(0)


def test_covered_faces_are_covered_in_the_strip(new_page: Any, samples: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
    expect(page.locator(".strip").get_by_text("9 faces")).to_have_count(2)
    page.get_by_label("Anonymize faces").check()
    for i in range(2):
        expect(page.locator(".strip img").nth(i)).to_have_attribute("src", re.compile("^data:image/jpeg"))


def test_a_thumbnail_that_the_browser_cannot_show_is_blank_not_broken(
    new_page: Any, samples: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "scan.tiff"
    Image.open(samples / "gallery.jpg").save(picture)
    page = new_page()
    choose(page, picture, samples / "gallery.jpg")
    expect(page.locator(".strip").get_by_text("9 faces")).to_have_count(2)
    for i, start in enumerate(("data:image/svg", "blob:")):
        thumbnail = page.locator(".strip img").nth(i)
        expect(thumbnail).to_have_attribute("src", re.compile(f"^{start}"))
        page.wait_for_function("(img) => img.complete && img.naturalWidth > 0", arg=thumbnail.element_handle())


def test_a_photo_that_is_dropped_on_the_model_is_looked_at(new_page: Any, samples: Path) -> None:
    page = new_page("#model")
    expect(page.get_by_role("heading", name="The model")).to_be_visible()
    page.evaluate(
        """(bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "image.jpg", { type: "image/jpeg" }));
          window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }""",
        list((samples / "gallery.jpg").read_bytes()),
    )
    expect(page.locator(".face")).to_have_count(9)


def test_what_the_page_says_is_true_of_the_server(browser: Any, tmp_path: Path) -> None:
    """Texts follow the options of the server, and of the model that it was started with."""
    from aiducation.web.settings import Limits, ServeSettings

    settings = ServeSettings(min_group=10, limits=Limits(keep_s=300, seconds=5400))
    with serving(settings) as address:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(re.compile(r"On test pictures, \d+ of 100 answers were wrong"))
        page.keyboard.press("Space")
        page.get_by_role("button", name="Begin").click()
        page.get_by_role("link", name="Recording").click()
        expect(page.get_by_text("up to 1.5 hours each")).to_be_visible()
        page.get_by_role("link", name="Live").click()
        page.get_by_label("Keep a picture").check()
        page.get_by_role("button", name="Camera").click()
        expect(page.get_by_text("for 5 minutes at most after the end")).to_be_visible()
        expect(page.get_by_text("Pictures of marked times are kept by this page")).to_be_visible()
        expect(page.locator('.face[data-state="withheld"]')).not_to_have_count(0)
        page.get_by_label("Show the states of these 9 people").check()
        expect(page.locator('.face[data-state="withheld"]')).to_have_count(0)
        page.close(run_before_unload=False)


def test_the_api_page_follows_the_theme(new_page: Any) -> None:
    page = new_page()
    page.locator(".theme").click()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    page.get_by_role("button", name="Theme: light").click()
    page.goto(page.url.split("#")[0] + "docs")
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"


def test_the_api_page_shows_every_address(new_page: Any, server: Server) -> None:
    page = new_page("docs")
    expect(page.get_by_role("heading", name="The API")).to_be_visible()
    words = page.locator("main").inner_text()
    for path in server.get("openapi.json")[1]["paths"]:
        assert path in words


def test_a_server_that_is_gone_is_said(new_page: Any, samples: Path) -> None:
    page = new_page()
    page.route("**/api/photo*", lambda route: route.abort())
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".stage").get_by_text("The server cannot be reached")).to_be_visible()
    new_page.expected += ["ERR_FAILED"]
