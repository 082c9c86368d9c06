"""The page in a real browser: what a teacher does, from the first visit to the saved files."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aiducation.vision.samples import gallery
from aiducation.vision.videos import VideoWriter
from web_makers import Server, camera_file, launch_browser

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=20_000)

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium to open the page in")

SIZES = {"laptop": (1280, 800), "phone": (390, 844), "projector": (1920, 1080)}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with launch_browser(CHROMIUM or "", camera_file(tmp_path_factory.mktemp("camera") / "camera.mjpeg")) as browser:
        yield browser


@pytest.fixture
def new_page(browser: Any, server: Server) -> Iterator[Any]:
    """Opens the page as a new visitor; in the end nothing may have gone wrong in it, nor any request elsewhere."""
    contexts, wrong = [], []

    def open_(where: str = "", *, size: str = "laptop", scheme: str = "light", agree: bool = True) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        if agree:
            context.add_init_script("localStorage.aiducation ??= JSON.stringify({ agreed: 'in a test' })")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: _own(request.url, server) or wrong.append(request.url))
        page.goto(server.address + where)
        return page

    open_.wrong = wrong  # type: ignore[attr-defined]
    yield open_
    for context in contexts:
        context.close()
    assert not wrong


def _own(url: str, server: Server) -> bool:
    return url.startswith((server.address, server.address.replace("http", "ws", 1), "blob:", "data:"))


def choose(page: Any, *files: Path) -> None:
    page.locator("main input[type=file]").first.set_input_files([str(file) for file in files])


def save(page: Any, words: str) -> bytes:
    """What a click on a download button gives."""
    with page.expect_download() as waiting:
        page.locator("main").get_by_text(words, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


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
    assert len(shares) == 5 and sum(int(share.removesuffix(" %")) for share in shares) in range(98, 103)
    page.locator('.face:not([data-state="unclear"])').first.hover()
    expect(page.get_by_text(re.compile(r"looks \w+ \(\d+ %\)"))).to_be_visible()
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


def test_covered_faces_are_covered_everywhere(new_page: Any, samples: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    page.get_by_label("Cover faces").check()
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
    assert colours <= 36
    assert save(page, "Picture").startswith(b"\xff\xd8\xff")


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
    new_page.wrong[:] = [words for words in new_page.wrong if "422" not in words]  # the browser notes each


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
    page.get_by_label("Also show figures").check()
    expect(page.get_by_text("Group figures are withheld")).to_be_hidden()
    expect(page.locator(".range").first).to_be_visible()


def test_small_groups_of_recordings_and_lessons(new_page: Any, samples: Path, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "two.mp4", 640, 360) as writer:
        for i in range(8):
            writer.write(gallery(2, 1, width=640, height=360, shift=i / 10), i / 2)
    page = new_page("#recording")
    choose(page, tmp_path / "two.mp4")
    expect(page.get_by_text("Group figures are withheld")).to_be_visible()
    assert json.loads(save(page, "JSON"))["group"]["shares"] is None
    page.get_by_label("Also show figures").check()
    expect(page.get_by_text("Group figures are withheld")).to_be_hidden()
    expect(page.locator(".range").first).to_be_visible()
    assert json.loads(save(page, "JSON"))["group"]["shares"] is not None
    assert b"Group figures are withheld" not in save(page, "Report")
    page.get_by_role("button", name="Delete from this machine").click()


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
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    assert server.get("health")[1]["recordings"]["done"] == 0
    page.reload()
    expect(page.get_by_text("Drop videos here")).to_be_visible()


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
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    assert sum(server.get("health")[1]["recordings"].values()) == 0


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
    page.get_by_label("Note for the marked moment").fill("group work begins")
    page.get_by_role("button", name="Mark this moment").click()
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
    expect(page.get_by_text("What should be looked at?")).to_be_visible()


def test_live_pictures_are_covered_and_kept_only_when_asked(new_page: Any) -> None:
    page = new_page("#live")
    page.get_by_label("Cover faces").check()
    page.get_by_label("Keep a picture").check()
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".face")).to_have_count(9)
    assert page.locator(".stage video").evaluate("(video) => getComputedStyle(video).opacity") == "0"
    expect(page.locator(".stage canvas")).to_be_visible()
    page.get_by_role("button", name="Mark this moment").click()
    expect(page.locator(".moments li")).to_have_count(1)
    page.get_by_role("button", name="Stop").click()
    assert save(page, "1 picture of moments").startswith(b"\xff\xd8\xff")


def test_leaving_the_live_page_ends_it_and_keeps_its_summary(new_page: Any) -> None:
    page = new_page("#live")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".live-status")).to_contain_text("ms behind")
    page.get_by_role("link", name="Photo").click()
    page.get_by_role("link", name="Live").click()
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    assert json.loads(save(page, "JSON"))["faces"]


def test_the_model_page(new_page: Any) -> None:
    page = new_page("#model")
    expect(page.get_by_role("heading", name="What is taken for what")).to_be_visible()
    words = page.locator("main").inner_text()
    for part in ("AI Act", "24,954 pictures", "71 %", "What it cannot tell", "Can its probabilities be believed?"):
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
        page.wait_for_timeout(100)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), tab


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(new_page: Any, samples: Path, scheme: str) -> None:
    """axe-core finds nothing on any page in any of its states."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed").Axe()

    def check(page: Any, where: str) -> None:
        found = axe.run(page).response["violations"]
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
    new_page.wrong[:] = [words for words in new_page.wrong if "ERR_FAILED" not in words]
