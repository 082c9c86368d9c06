"""Labelling on the page, in a real browser: by keyboard, without losing anything, on a phone."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from needs import BROWSER, need_package
from page_makers import SIZES, choose, expect, save, to_tab
from waiting import painted
from web_makers import Server

pytestmark = BROWSER.mark()

#: The labels that the browser keeps.
KEPT = "() => JSON.parse(localStorage.getItem('aiducation-labels') ?? '{}').labels ?? []"


def begin(page: Any, name: str, *files: Path) -> None:
    """Start to label the faces of photos."""
    page.get_by_label("Your name or a short code").fill(name)
    choose(page, *files)
    expect(page.get_by_role("button", name="neutral")).to_be_visible()
    page.wait_for_selector(".label-stage[data-face]")


def test_faces_are_labelled_by_keyboard_and_nothing_is_lost(new_page: Any, samples: Path) -> None:
    page = new_page("#label")
    choose(page, samples / "gallery.jpg")
    expect(page.get_by_role("alert")).to_contain_text("Enter a name")
    begin(page, "anna", samples / "gallery.jpg")
    expect(page.get_by_text("0 of 8 faces labelled")).to_be_visible()
    expect(page.get_by_text("The model says")).to_be_hidden()
    for key in ("1", "u", "4"):
        page.keyboard.press(key)
    expect(page.get_by_text("3 of 8 faces labelled")).to_be_visible()
    page.keyboard.press("s")
    page.keyboard.press("5")
    page.keyboard.press("Backspace")
    expect(page.get_by_text("3 of 8 faces labelled")).to_be_visible()
    page.get_by_label("Note (optional)").fill("looks 2 ways")
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    kept = page.evaluate(KEPT)
    assert [one["state"] for one in kept] == ["neutral", "cannot_tell", "bored", "angry"]
    assert all(one["annotator"] == "anna" and one["source"] == "gallery.jpg" and one["chosen"] for one in kept)
    assert kept[3]["note"] == "looks 2 ways" and "answer_shown" not in kept[0]
    assert len({one["face"] for one in kept}) == 4

    page.reload()
    expect(page.get_by_text("4 labels are kept in this browser")).to_be_visible()
    begin(page, "anna", samples / "gallery.jpg")
    expect(page.get_by_text("4 of 8 faces labelled")).to_be_visible()
    page.keyboard.press("z")  # also what was said before the reload
    expect(page.get_by_text("3 of 8 faces labelled")).to_be_visible()
    for _ in range(5):
        page.keyboard.press("3")
    expect(page.get_by_role("heading", name="All these faces are labelled")).to_be_visible()

    file = json.loads(save(page, "Download"))
    assert len(file["annotations"]) == 8
    page.get_by_label("File").select_option("csv")
    assert save(page, "Download").startswith(b"kind,source,")
    page.get_by_role("button", name="Delete all labels").click()
    page.get_by_role("button", name="Delete all labels").last.click()
    assert page.evaluate(KEPT) == []


@pytest.mark.slow
def test_a_file_that_cannot_be_labelled_is_named_once(new_page: Any, tmp_path: Path) -> None:
    new_page.expected += ["422"]
    (tmp_path / "letter.json").write_text("{}", encoding="utf-8")
    page = new_page("#label")
    page.get_by_label("Your name or a short code").fill("anna")
    choose(page, tmp_path / "letter.json")
    expect(page.locator("main [role=alert]:has-text('letter.json')").first).to_contain_text("is not a picture")
    assert page.locator("main").inner_text().count("letter.json") == 1


@pytest.mark.slow
def test_two_annotators_are_compared_and_a_file_is_read(new_page: Any, samples: Path, tmp_path: Path) -> None:
    page = new_page("#label")
    begin(page, "anna", samples / "gallery.jpg")
    for key in "11223344":
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="All these faces are labelled")).to_be_visible()
    page.get_by_role("button", name="Undo").click()  # the last one, too, by mouse or finger
    expect(page.get_by_text("7 of 8 faces labelled")).to_be_visible()
    page.keyboard.press("4")
    (tmp_path / "anna.json").write_bytes(save(page, "Download"))
    page.locator(".card input[type=file]").set_input_files(str(tmp_path / "anna.json"))
    expect(page.get_by_text("8 labels were read.")).to_be_visible()
    assert len(page.evaluate(KEPT)) == 8, "those that are there already are not there twice"
    page.get_by_role("button", name="Delete all labels").click()
    page.get_by_role("button", name="Delete all labels").last.click()
    page.get_by_role("button", name="Choose other faces").click()
    page.locator(".card input[type=file]").set_input_files(str(tmp_path / "anna.json"))
    expect(page.get_by_text("8 labels were read.")).to_be_visible()
    begin(page, "ben", samples / "gallery.jpg")
    new_page.expected.append("503")
    page.route("**/api/agreement*", lambda route: route.fulfill(status=503, json={}))
    for key in "1122334":
        page.keyboard.press(key)
    expect(page.get_by_text("A proxy answers")).to_be_visible()
    page.unroute("**/api/agreement*")
    page.keyboard.press("5")
    expect(
        page.get_by_text(re.compile(r"Of 8 faces that anna labelled, too, 7 got the same state \(Cohen’s kappa 0\.\d+"))
    ).to_be_visible()
    expect(page.get_by_role("row", name="ben")).to_contain_text("8")


@pytest.mark.slow
def test_an_answer_that_is_shown_first_is_noted(new_page: Any, samples: Path) -> None:
    page = new_page("#label")
    page.get_by_label("Show the model’s answer first").check()
    begin(page, "anna", samples / "gallery.jpg")
    expect(page.get_by_text(re.compile("The model says"))).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_text("1 of 8 faces labelled")).to_be_visible()
    assert page.evaluate(KEPT)[0]["answer_shown"] is True


@pytest.mark.slow
def test_group_labels_are_off_until_a_project_asks_for_them(new_page: Any, samples: Path) -> None:
    page = new_page("#label")
    page.get_by_text("Group labels (only if you need them)").click()
    for name in ("Apparent age group", "Glasses", "Head cover", "Apparent skin tone (Monk scale)"):
        expect(page.get_by_label(name)).to_be_disabled()
    page.get_by_label("I have checked that this project may make such labels").check()
    for name in ("Glasses", "Apparent skin tone (Monk scale)"):
        page.get_by_label(name).check()
    begin(page, "anna", samples / "gallery.jpg")
    expect(page.get_by_text("1 of 3: Which state")).to_be_visible()
    page.keyboard.press("4")
    expect(page.get_by_text("2 of 3: Does this face wear glasses?")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Tone 10")).to_have_attribute("aria-keyshortcuts", "0")
    expect(page.locator(".tones .tone")).to_have_count(10)
    assert page.locator(".tones .tone").last.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(41, 36, 32)"
    expect(page.get_by_text("0 of 8 faces labelled")).to_be_visible()
    page.keyboard.press("0")
    expect(page.get_by_text("1 of 8 faces labelled")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("3 of 3: Which tone")).to_be_visible()
    page.keyboard.press("u")
    for key in ("1", "s", "7"):  # the second face: nothing is said of its glasses
        page.keyboard.press(key)
    expect(page.get_by_text("2 of 8 faces labelled")).to_be_visible()
    said = [(one["kind"], one.get("attribute"), one.get("value"), one.get("state")) for one in page.evaluate(KEPT)]
    assert said == [
        ("state", None, None, "bored"),
        ("group", "glasses", "glasses", None),
        ("group", "skin_tone", "cannot_tell", None),
        ("state", None, None, "neutral"),
        ("group", "skin_tone", "7", None),
    ]
    assert all(one["annotator"] == "anna" and one["made_at"] and one["box"] for one in page.evaluate(KEPT))
    file = json.loads(save(page, "Download"))
    assert [one.get("value") for one in file["annotations"]] == [value for _, _, value, _ in said]

    page.reload()
    choose(page, samples / "gallery.jpg")
    expect(page.get_by_text("2 of 3: Does this face wear glasses?")).to_be_visible()  # what was left out is asked again
    expect(page.get_by_text("1 of 8 faces labelled")).to_be_visible()
    page.get_by_role("button", name="no glasses").click()
    expect(page.get_by_text("2 of 8 faces labelled")).to_be_visible()
    page.get_by_role("button", name="Delete all labels").click()
    page.get_by_role("button", name="Delete all labels").last.click()
    page.get_by_role("button", name="Choose other faces").click()
    page.get_by_text("Group labels (only if you need them)").click()
    expect(page.get_by_label("Glasses")).to_be_disabled()  # with the labels, the project is over


@pytest.mark.slow
def test_only_group_labels_are_asked(new_page: Any, samples: Path) -> None:
    page = new_page("#label")
    page.get_by_text("Group labels (only if you need them)").click()
    page.get_by_label("I have checked that this project may make such labels").check()
    page.get_by_label("Apparent age group").check()
    page.get_by_label("Ask for the state, too").uncheck()
    page.get_by_label("Your name or a short code").fill("anna")
    choose(page, samples / "gallery.jpg")
    expect(page.get_by_role("button", name="teenager (13 to 19)")).to_be_visible()
    for n, key in enumerate("1234", start=1):
        page.keyboard.press(key)
        expect(page.get_by_text(f"{n} of 8 faces labelled")).to_be_visible()
    assert {one["kind"] for one in page.evaluate(KEPT)} == {"group"}
    expect(page.get_by_role("row", name="anna")).to_contain_text("4")


@pytest.mark.slow
def test_faces_of_a_recording_go_on_after_a_reload_and_adapt_the_model(
    new_page: Any, samples: Path, server: Server
) -> None:
    page = new_page("#recording")
    choose(page, samples / "meeting.mp4")
    expect(page.locator(".face")).to_have_count(9)
    to_tab(page, "Label")
    page.get_by_label("Your name or a short code").fill("anna")
    page.get_by_label("From", exact=True).fill("soon")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text("not a time")
    page.get_by_label("From", exact=True).fill("0:01")
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector(".label-stage[data-face]")
    page.keyboard.press("3")
    expect(page.get_by_text("1 of 60 faces labelled")).to_be_visible()
    page.reload()
    page.wait_for_selector(".label-stage[data-face]")
    expect(page.get_by_text("1 of 60 faces labelled")).to_be_visible()
    for k in range(19):
        page.keyboard.press("14"[k % 2])
    kept = page.evaluate(KEPT)
    assert len(kept) == 20 and all(one["from_s"] == one["to_s"] >= 1 for one in kept)
    page.get_by_label("File").select_option("cvat-video")  # it counts frames: the page knows how many a second
    assert save(page, "Download").count(b'outside="0"') == len({(one["track_id"], one["from_s"]) for one in kept})
    page.get_by_label("File").select_option("cvat-images")
    save(page, "Download")
    expect(page.get_by_text("labels of recordings that are left out: 20.")).to_be_visible()
    page.get_by_role("button", name="Adapt to these 20 faces").click()
    expect(page.get_by_text(re.compile("two labels|reliably better|is better on people|at least"))).to_be_visible()
    new_page.expected.append("422")
    page.get_by_role("button", name="Choose other faces").click()
    to_tab(page, "Recording")
    page.get_by_role("button", name="Delete from this machine").click()


@pytest.mark.slow
def test_a_key_is_enough_for_a_face(new_page: Any, samples: Path) -> None:
    """How many that are in a minute, benchmarks/labelling.py measures."""
    page = new_page("#recording")
    choose(page, samples / "meeting.mp4")
    expect(page.locator(".face")).to_have_count(9)
    to_tab(page, "Label")
    page.get_by_label("Your name or a short code").fill("anna")
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector(".label-stage[data-face]")
    shown = set()
    for n in range(1, 13):  # each face is seen before it is labelled
        page.wait_for_function("() => document.querySelector('.label-stage').ariaBusy === 'false'")
        shown.add(page.locator(".label-stage").get_attribute("data-face"))
        page.keyboard.press(str(1 + n % 5))
        expect(page.get_by_text(f"{n} of 60 faces labelled")).to_be_visible()
    assert len(shown) == 12
    to_tab(page, "Recording")
    page.get_by_role("button", name="Delete from this machine").click()


@pytest.mark.parametrize("size", [pytest.param("phone", marks=pytest.mark.slow), "laptop"])
def test_the_page_is_for_everyone(new_page: Any, samples: Path, size: str) -> None:
    axe = need_package("axe_playwright_python.sync_playwright").Axe()
    options = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    page = new_page("#label", size=size)

    def check(where: str) -> None:
        painted(page)
        found = axe.run(page, options=options).response["violations"]
        assert not found, (where, [(v["id"], v["nodes"][0]["html"][:120]) for v in found])
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), where

    expect(page.get_by_role("heading", name="Label faces")).to_be_visible()
    check("choosing")
    begin(page, "anna", samples / "gallery.jpg")
    check("labelling")
    if size == "phone":
        bottom = page.get_by_role("button", name="cannot tell").bounding_box()
        assert bottom["y"] + bottom["height"] <= SIZES["phone"][1], "face and buttons fit on the screen"
    page.keyboard.press("1")
    for key in "2345us":
        page.keyboard.press(key)
    check("nearly done")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()


@pytest.mark.slow
def test_of_two_choices_the_last_one_counts(new_page: Any, samples: Path) -> None:
    page = new_page("#label")
    expect(page.get_by_role("heading", name="Label faces")).to_be_visible()
    content = base64.b64encode((samples / "gallery.jpg").read_bytes()).decode()
    shown = page.evaluate(
        """async (content) => {
          const { person } = await import("/static/annotations.js");
          const { labelPage } = await import("/static/label.js");
          person.name = "anna";
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const file = (name) => new File([bytes], name, { type: "image/jpeg" });
          const { fetch } = window;
          const held = Promise.withResolvers();
          window.fetch = async (address, options) => {
            if (options?.body instanceof FormData && options.body.get("file").name === "old.jpg") await held.promise;
            return fetch(address, options);
          };
          const { element, take } = labelPage({ onvideos() {} });
          document.querySelector("main").append(element);
          const first = take([file("old.jpg")]);
          await take([file("new.jpg")]);
          held.resolve();
          await first;
          return [...element.querySelectorAll(".place p")].map((one) => one.textContent);
        }""",
        content,
    )
    assert shown == ["new.jpg"]


def test_large_photos_are_held_one_at_a_time(new_page: Any) -> None:
    """The bound counts pixels: one photo of 50 megapixels has those of a hundred pictures of a camera."""
    page = new_page("#label")
    expect(page.get_by_role("heading", name="Label faces")).to_be_visible()
    seen = page.evaluate(
        """async () => {
          const { closeAll, heldPicture } = await import("/static/held_pictures.js");
          const open = new Set();
          const opened = [];
          function make(name, width, height) {
            return heldPicture(name, [width, height], async () => {
              opened.push(name);
              open.add(name);
              return { name, close: () => open.delete(name) };
            });
          }
          const seen = {};
          const now = async (what) => {
            await new Promise((done) => setTimeout(done)); // whatever was to be closed is closed
            seen[what] = [...open].join(" ");
          };
          const large = ["a", "b", "c"].map((name) => make(name, 10_000, 5_000));
          for (const one of large) one.picture();
          large[0].ahead();
          await now("large");
          await large[2].picture();
          seen.opened = opened.join(" ");
          const small = [..."12345678"].map((name) => make(name, 4_000, 3_000));
          await small[0].picture();
          for (const one of small.slice(1)) one.ahead();
          await now("small");
          await large[0].picture();
          await now("large again");
          small[0].ahead();
          await now("beside");
          closeAll();
          await now("none");
          return seen;
        }"""
    )
    assert seen == {
        "large": "c",  # those that were shown before are closed, and the next one does not fit beside it
        "opened": "a b c",
        "small": "1 2 3 4 5",
        "large again": "5 a",
        "beside": "a 1",
        "none": "",
    }


@pytest.mark.slow
def test_few_of_many_photos_are_held_in_memory(new_page: Any, samples: Path) -> None:
    page = new_page("#label")
    expect(page.get_by_role("heading", name="Label faces")).to_be_visible()
    content = base64.b64encode((samples / "gallery.jpg").read_bytes()).decode()
    opened = page.evaluate(
        """async (content) => {
          const { photoItems } = await import("/static/label_items.js");
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const files = [...Array(3).keys()].map((i) => new File([bytes], `${i}.jpg`, { type: "image/jpeg" }));
          const fetchAs = window.fetch; // photos of 30 megapixels, as the server describes them
          window.fetch = async (address, options) => {
            const answer = await fetchAs(address, options);
            if (!address.startsWith("api/photo?")) return answer;
            return Response.json({ ...(await answer.json()), width: 6000, height: 5000 });
          };
          const { items } = await photoItems(files, 200, new AbortController().signal, () => {});
          let opened = 0;
          const { createImageBitmap } = window;
          window.createImageBitmap = (...given) => ((opened += 1), createImageBitmap(...given));
          const first = files.map(({ name }) => items.find(({ source }) => source === name));
          for (const item of [...first, first[2], first[0]]) await item.picture();
          const closed = await first[1].picture();
          await first[2].picture();
          await first[0].picture();
          return [opened, closed.width];
        }""",
        content,
    )
    assert opened == [7, 0], "two are held, the others are opened again"


def test_a_search_for_faces_can_be_cancelled(new_page: Any, samples: Path, tmp_path: Path) -> None:
    """Of many photos, or of one that takes long, and of a recording; the keyboard goes on at the heading."""
    page = new_page("#label")
    new_page.expected.append("503")
    asked, held = [], []
    page.route("**/api/photo?*", lambda route: (asked.append(route.request), held.append(route)))
    page.get_by_label("Your name or a short code").fill("anna")
    (tmp_path / "second.jpg").write_bytes((samples / "gallery.jpg").read_bytes())
    choose(page, samples / "gallery.jpg", tmp_path / "second.jpg")
    expect(page.get_by_text("photo 1 of 2")).to_be_visible()
    with page.expect_event("requestfailed", lambda request: request == asked[0]):  # the server need not go on
        page.get_by_role("button", name="Cancel").press("Enter")
    expect(page.get_by_text("Drop photos here")).to_be_visible()
    expect(page.get_by_role("heading", name="Who labels?")).to_be_focused()
    expect(page.get_by_label("Your name or a short code")).to_have_value("anna")
    page.unroute("**/api/photo?*")
    begin(page, "anna", samples / "gallery.jpg")
    assert len(asked) == 1 and page.get_by_role("alert").count() == 0

    session = {"id": "x", "name": "a.mp4", "n": 20, "from": 0, "to": None, "shown": False}
    kept = json.dumps({"annotator": "anna", "session": session})
    page.evaluate("(kept) => sessionStorage.setItem('aiducation-labels', kept)", kept)
    page.route("**/api/recordings/x/**", lambda route: held.append(route))
    page.reload()
    expect(page.get_by_text("Faces are being found: a.mp4")).to_be_visible()
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(page.get_by_text("Drop photos here")).to_be_visible()
    assert page.evaluate("JSON.parse(sessionStorage.getItem('aiducation-labels')).session") is None


@pytest.mark.slow
def test_labels_that_are_deleted_end_the_project(new_page: Any) -> None:
    """The keyboard goes on at the card's heading: its button is gone."""
    page = new_page("#label")
    label = {"kind": "state", "source": "a.jpg", "face": 0, "state": "bored", "box": [0, 0, 9, 9], "annotator": "anna"}
    kept = {"labels": [label], "groups": {"agreed": True, "attributes": ["glasses"], "states": True}}
    page.evaluate("(kept) => localStorage.setItem('aiducation-labels', JSON.stringify(kept))", kept)
    page.reload()
    expect(page.get_by_label("Glasses")).to_be_checked()
    page.get_by_role("button", name="Delete all labels").press("Enter")
    page.get_by_role("button", name="Delete all labels").last.press("Enter")
    expect(page.get_by_label("Glasses")).not_to_be_checked()
    expect(page.get_by_role("heading", name="Labels", exact=True)).to_be_focused()


@pytest.mark.slow
def test_a_server_that_is_away_for_a_while_ends_no_session(new_page: Any) -> None:
    page = new_page("#label")
    expect(page.get_by_text("No labels yet.")).to_be_visible()  # it has read what was kept
    session = {"id": "x", "name": "a.mp4", "n": 20, "from": 0, "to": None, "shown": False}
    kept = {"annotator": "anna", "session": session}
    page.evaluate("(kept) => localStorage.setItem('aiducation-labels', JSON.stringify(kept))", kept)
    page.evaluate("sessionStorage.clear()")  # of this tab, which had no session
    new_page.expected.append("503")
    page.route("**/api/recordings/x/**", lambda route: route.fulfill(status=503, json={}))
    for _ in range(2):
        page.reload()
        expect(page.get_by_text("A proxy answers")).to_be_visible()
        assert page.evaluate("JSON.parse(localStorage.getItem('aiducation-labels')).session") == session
