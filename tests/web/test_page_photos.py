"""Photos on the page, in a real browser: chosen, dropped, pasted, covered, saved, pointed at."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aiducation.media.samples import gallery
from needs import BROWSER
from page_makers import SIZES, choose, expect, expect_no_states, faces_found, save, to_tab
from waiting import until_shown

pytestmark = BROWSER.mark()


def test_a_photo_from_choosing_to_saving(new_page: Any, samples: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    faces = page.locator(".face")
    expect(faces).to_have_count(9)
    expect(page.get_by_text("9 faces seen")).to_be_visible()
    shares = page.locator(".share:has(.range) .num").all_inner_texts()
    counted = page.locator(".counted .num").all_inner_texts()
    assert len(shares) == 4 and all(" of " in share for share in shares)
    assert sum(int(count.split()[0]) for count in counted) == int(counted[0].split()[2])  # each face once
    page.locator('.face:not([data-state="unclear"])').first.hover()
    expect(page.get_by_text(re.compile(r"has another expression: smiling \(9\d\s%\)"))).to_be_visible()
    page.locator('.face[data-state="unclear"]').first.hover()
    expect(page.get_by_text("cannot tell: ")).to_be_visible()
    assert save(page, "Picture").startswith(b"\xff\xd8\xff")
    assert b"<!doctype html>" in save(page, "Report")
    assert len(save(page, "Table (CSV)").splitlines()) == 10
    assert len(json.loads(save(page, "JSON"))["faces"]) == 9


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_everything_else_can_be_covered_too(new_page: Any, samples: Path, tmp_path: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    more = page.get_by_label("Also anonymize everything else")
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


@pytest.mark.slow
def test_what_may_be_a_face_is_covered_too(new_page: Any, samples: Path, tmp_path: Path) -> None:
    page = new_page()

    page.evaluate("""() => {
      const json = Response.prototype.json;
      Response.prototype.json = async function () {
        const value = await json.call(this);
        if (value.kind !== "photo") return value;
        const low_confidence = value.faces.map(({ left, top, right, bottom }) => [left, top, right, bottom]);
        return { ...value, faces: [], low_confidence };
      };
    }""")
    choose(page, samples / "gallery.jpg")
    page.get_by_label("Anonymize faces").check()
    expect(page.locator(".stage canvas")).to_be_visible()
    drawn = page.locator(".stage canvas").evaluate("(canvas) => canvas.toDataURL('image/png')")
    assert faces_found(tmp_path, base64.b64decode(drawn.partition(",")[2])) == 0


@pytest.mark.slow
def test_several_photos_some_of_which_cannot_be_read(new_page: Any, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes((samples / "gallery.jpg").read_bytes()[:3000])
    (tmp_path / "letter.png").write_text("Dear all", encoding="utf-8")
    page = new_page()
    choose(page, samples / "gallery.jpg", tmp_path / "broken.jpg", tmp_path / "letter.png")
    expect(page.locator(".strip button")).to_have_count(3)
    expect(page.locator(".strip").get_by_text("could not be read")).to_have_count(2)
    page.locator(".strip button").nth(2).click()
    expect(page.locator(".stage").get_by_text("letter.png is not a picture")).to_be_visible()
    assert len(save(page, "One table of all photos").splitlines()) == 10
    page.get_by_role("button", name="Remove all photos").click()
    expect(page.get_by_text("Drop photos here, or paste one")).to_be_visible()
    new_page.expected += ["422"]


@pytest.mark.slow
def test_a_table_of_all_photos_waits_for_every_one(new_page: Any, samples: Path, tmp_path: Path) -> None:
    page = new_page()
    held: list[Any] = []
    page.route("**/api/photo?*", lambda route: route.fallback() if held else held.append(route))
    shutil.copy(samples / "gallery.jpg", tmp_path / "second.jpg")
    choose(page, samples / "gallery.jpg", tmp_path / "second.jpg")
    expect(page.locator(".strip").get_by_text("9 faces")).to_have_count(1)
    table = page.get_by_role("button", name="One table of all photos")
    expect(table).to_be_disabled()
    held[0].fallback()
    expect(table).to_be_enabled()
    assert len(save(page, "One table of all photos").splitlines()) == 19
    expect(page.locator(".stage img")).to_have_count(1)
    page.get_by_role("button", name="Remove all photos").click()
    expect(page.locator(".stage img")).to_have_count(0)  # the memory holds no picture of anybody


@pytest.mark.slow
def test_a_photo_that_the_browser_cannot_show(new_page: Any, samples: Path, tmp_path: Path) -> None:
    Image.open(samples / "gallery.jpg").save(tmp_path / "scan.tiff")
    page = new_page()
    choose(page, tmp_path / "scan.tiff")
    expect(page.locator(".stage img")).to_be_visible()
    expect(page.get_by_text("9 faces seen")).to_be_visible()


@pytest.mark.slow
def test_a_pasted_and_a_dropped_photo(new_page: Any, samples: Path) -> None:
    page = new_page()
    content = base64.b64encode((samples / "gallery.jpg").read_bytes()).decode()
    expect(page.get_by_text("Drop photos here, or paste one")).to_be_visible()
    for event in ("paste", "drop"):
        page.evaluate(
            """([name, text]) => {
              const data = new DataTransfer();
              const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
              data.items.add(new File([bytes], "image.jpg", { type: "image/jpeg" }));
              const options = name === "paste" ? { clipboardData: data } : { dataTransfer: data, cancelable: true };
              window.dispatchEvent(new (name === "paste" ? ClipboardEvent : DragEvent)(name, options));
            }""",
            [event, content],
        )
        expect(page.locator(".face")).to_have_count(9)
    expect(page.locator(".strip button")).to_have_count(2)


@pytest.mark.slow
def test_a_photo_that_is_dropped_on_the_model_is_looked_at(new_page: Any, samples: Path) -> None:
    page = new_page("#model")
    expect(page.get_by_role("heading", name="The model", exact=True)).to_be_visible()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          data.items.add(new File([bytes], "image.jpg", { type: "image/jpeg" }));
          window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }""",
        base64.b64encode((samples / "gallery.jpg").read_bytes()).decode(),
    )
    expect(page.locator(".face")).to_have_count(9)


@pytest.mark.slow
def test_small_groups_are_withheld_until_asked_for(new_page: Any, tmp_path: Path) -> None:
    Image.fromarray(gallery(2, 1)).save(tmp_path / "two.jpg")
    page = new_page()
    choose(page, tmp_path / "two.jpg")
    expect(page.get_by_text("Group figures are withheld")).to_be_visible()
    expect_no_states(page, 2)
    page.locator(".face").first.hover()
    expect(page.locator(".face-card")).to_contain_text("The state of this face is not shown")
    said = page.locator(".split .side").inner_text() + page.locator(".stage").inner_text()
    assert not any(state in said for state in ("focused", "angry", "bored"))
    hidden = save(page, "Report")
    page.get_by_label("Show the states of these 2 people").check()
    expect(page.get_by_text("Group figures are withheld")).to_be_hidden()
    expect(page.locator(".range").first).to_be_visible()
    expect(page.locator('.face[data-state="withheld"]')).to_have_count(0)
    assert b"not shown" in hidden and b"not shown" not in save(page, "Report")
    page.get_by_label("Show the states of these 2 people").uncheck()
    expect_no_states(page, 2)


@pytest.mark.slow
def test_a_face_can_be_held_on_to(new_page: Any, samples: Path, tmp_path: Path) -> None:
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
    page.route("**/api/photo/aligned*", lambda route: route.fulfill(status=503, json={}))
    card.get_by_role("button", name="Why this answer?").click()
    expect(card.get_by_role("alert")).to_be_visible()
    page.unroute("**/api/photo/aligned*")
    card.get_by_role("button", name="Why this answer?").click()
    expect(card.locator(".map")).to_be_visible()  # the server answers again
    new_page.expected.append("503")
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


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_what_is_known_of_a_face_is_on_the_screen(new_page: Any, samples: Path, size: str) -> None:
    page = new_page(size=size)
    choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
    expect(page.locator(".strip").get_by_text("9 faces")).to_have_count(2)  # nothing moves any more
    page.locator(".face").nth(1).hover()
    expect(page.locator(".face-card b").first).to_be_in_viewport()


@pytest.mark.slow
def test_a_card_over_the_face_that_is_pointed_at_stays(new_page: Any, samples: Path) -> None:
    """In a narrow window the card covers the lower part of the screen, and with it perhaps that face."""
    page = new_page(size="phone")
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    page.set_viewport_size({"width": 390, "height": 560})
    spot = (
        page.locator(".face")
        .nth(8)
        .evaluate("""(face) => {
      face.scrollIntoView({ block: "end" });
      const { x, y, width, height } = face.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    }""")
    )
    page.mouse.move(*spot)
    card = page.locator(".face-card")
    expect(card).to_be_visible()
    assert card.evaluate("(card, y) => card.getBoundingClientRect().top < y", spot[1])
    card.evaluate("""(card) => {
      card.dataset.changes = "0";
      const count = () => (card.dataset.changes = String(Number(card.dataset.changes) + 1));
      new MutationObserver(count).observe(card, { attributeFilter: ["hidden"] });
    }""")
    for shift in (1, -1, 1):
        page.mouse.move(spot[0] + shift, spot[1])
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(card).to_have_attribute("data-changes", "0")


@pytest.mark.slow
def test_covered_faces_are_covered_in_the_strip(new_page: Any, samples: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg", samples / "gallery.jpg")
    expect(page.locator(".strip").get_by_text("9 faces")).to_have_count(2)
    page.get_by_label("Anonymize faces").check()
    for i in range(2):
        expect(page.locator(".strip img").nth(i)).to_have_attribute("src", re.compile("^data:image/jpeg"))


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_server_that_is_gone_is_said_and_asked_again(new_page: Any, samples: Path) -> None:
    page = new_page()
    new_page.expected += ["ERR_FAILED", "503"]
    page.route("**/api/photo?*", lambda route: route.abort())
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".stage").get_by_text("The server cannot be reached")).to_be_visible()
    page.unroute("**/api/photo?*")
    page.route("**/api/photo?*", lambda route: route.fulfill(status=503, json={}))
    again = page.get_by_role("button", name="Try again")
    again.click()
    expect(page.locator(".stage").get_by_text("(503)")).to_be_visible()
    page.unroute("**/api/photo?*")
    again.click()
    expect(page.locator(".face")).to_have_count(9)


@pytest.mark.slow
def test_a_photo_that_is_corrected_before_its_first_answer_keeps_the_correction(new_page: Any, samples: Path) -> None:
    page = new_page()
    held: list[Any] = []
    page.route("**/api/photo?*", lambda route: route.fallback() if held else held.append(route))
    choose(page, samples / "gallery.jpg")
    until_shown(page, lambda: len(held) > 0)
    page.get_by_role("button", name="Review and correct").click()
    page.locator(".review .face").first.press("Enter")
    page.locator(".review .labels button").nth(1).press("Enter")
    expect(page.locator('.review .face[data-state="angry"]')).to_have_count(1)
    to_tab(page, "Photo")
    corrected = page.locator('.face[data-state="angry"]')
    expect(corrected).to_have_count(1)
    with page.expect_response("**/api/photo?*"):
        held[0].fallback()
    page.evaluate("() => new Promise((done) => setTimeout(done))")  # the answer was read
    expect(corrected).to_have_count(1)
    expect(page.locator(".face")).to_have_count(9)
    rows = save(page, "Table (CSV)").decode().splitlines()
    state = rows[0].split(",").index("state")
    assert [row.split(",")[state] for row in rows[1:]].count("angry") == 1
