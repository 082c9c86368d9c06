"""Reviewing on the page, in a real browser: recordings and photos are corrected, and everything follows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aiducation.media.samples import gallery
from needs import BROWSER, need_package
from page_makers import analyzed, choose, delete, expect, ids_kept, reviewed, save, says, to_tab, told
from waiting import painted, until_shown

pytestmark = BROWSER.mark()


def test_a_recording_is_corrected_and_everything_follows(new_page: Any, clip: Path) -> None:
    page = new_page("#recording")
    analyzed(page, clip)
    page.get_by_role("button", name="Review and correct").click()
    expect(page.get_by_role("heading", name="Review results")).to_be_visible()
    expect(page.locator(".review .face")).to_have_count(9)
    expect(page.get_by_text("Nothing was changed yet.")).to_be_visible()

    page.locator(".review .track").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("2")  # angry, with the keyboard alone
    edits = page.locator(".edits li")
    expect(edits).to_have_count(1)
    expect(edits.first).to_contain_text(re.compile(r"Track \d+: angry, from 0:00 to 0:0\d"))
    expect(page.locator('.review .face[data-state="angry"]')).to_have_count(1)
    expect(page.get_by_text(re.compile("Changed by hand: states of"))).to_be_visible()

    page.locator(".review").get_by_label("Name", exact=True).fill("Grace")
    page.keyboard.press("Tab")
    expect(page.locator(".review .track").first).to_contain_text("Grace")
    assert b"Grace" not in save(page, "Report")
    page.get_by_label("Put the names into the report").check()
    painted(page)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.review a')].some((a) => a.href.includes('names=true'))"
    )
    assert b"Grace" in save(page, "Report") and b"Grace" not in save(page, "JSON")
    named = page.evaluate(
        "() => [...document.querySelectorAll('.review a')].find((a) => a.href.includes('names=true')).href"
    )

    page.get_by_role("button", name="Not a participant: hide the track").click()
    expect(page.locator(".review .face")).to_have_count(8)
    page.keyboard.press("Control+z")
    expect(page.locator(".review .face")).to_have_count(9)

    page.get_by_label("What happened").fill("group work")
    page.get_by_role("button", name="Mark this time").click()
    expect(page.locator(".timeline .moment")).to_have_count(1)
    times = page.locator(".card", has_text="Exclude this span")
    times.get_by_label("From").fill("0:01")
    times.get_by_label("to", exact=True).fill("0:00")
    page.get_by_role("button", name="Exclude this span").click()
    expect(page.get_by_role("alert")).to_contain_text("a later end")
    times.get_by_label("to", exact=True).fill("0:02")
    page.get_by_role("button", name="Exclude this span").click()
    expect(edits).to_have_count(3)

    told(page)
    page.reload()
    expect(edits).to_have_count(3)
    expect(page.get_by_label("Put the names into the report")).not_to_be_checked()
    until_shown(
        page, lambda: (said := page.request.get(named)).ok and "Grace" not in said.text()
    )  # nor does the server
    edits.nth(2).get_by_role("button").click()
    expect(edits).to_have_count(2)
    file = json.loads(save(page, "Download"))
    assert [one["kind"] for one in file["annotations"]] == ["state", "event"]
    assert file["annotations"][0]["answer_shown"] is True, "these labels measure no model"

    told(page)  # or the result would be shown a second time, perhaps while its file is being saved
    to_tab(page, "Recording")
    expect(page.get_by_text(re.compile("Changed by hand: states of"))).to_be_visible()
    assert json.loads(save(page, "JSON"))["notes"][0] == "0:00 marked: group work."
    to_tab(page, "Review")
    page.get_by_role("button", name="Take back all changes").click()
    expect(page.get_by_text("Nothing was changed yet.")).to_be_visible()
    to_tab(page, "Recording")
    expect(page.get_by_text("Changed by hand")).to_have_count(0)
    delete(page)


@pytest.mark.slow
def test_tracks_are_split_and_merged(new_page: Any, clip: Path) -> None:
    page = reviewed(new_page, clip)
    page.get_by_role("slider", name="Time in the recording").focus()
    page.keyboard.press("ArrowRight")
    page.locator(".review .track").first.click()
    page.get_by_role("button", name="From here on it is another person").click()
    expect(page.locator(".review .track")).to_have_count(10)
    new = page.locator(".edits li").first.inner_text()
    assert "split at" in new
    page.get_by_role("combobox", name="Is the same person as").select_option(index=8)
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator(".edits li")).to_have_count(2)
    delete(page)


@pytest.mark.slow
def test_a_photo_is_corrected_and_why_it_got_its_answer(new_page: Any, samples: Path) -> None:
    page = new_page()
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".face")).to_have_count(9)
    page.locator('.face:not([data-state="unclear"])').first.click()
    page.get_by_role("button", name="Why this answer?").click()
    picture = page.get_by_role("img", name=re.compile("The face with what spoke for"))
    expect(picture).to_be_visible()
    expect(page.get_by_text("allows no fine claims")).to_be_visible()
    page.get_by_role("combobox", name=re.compile("^How")).select_option("occlusion")
    expect(picture).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Anonymize faces").check()
    page.locator('.face:not([data-state="unclear"])').first.click()
    expect(page.get_by_role("button", name="Why this answer?")).to_have_count(0)
    page.get_by_label("Anonymize faces").uncheck()

    page.get_by_role("button", name="Review and correct").click()
    expect(page.locator(".review .face")).to_have_count(9)
    page.locator(".review .face").nth(3).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("4")
    expect(page.locator('.review .face[data-state="bored"]').nth(0)).to_be_visible()
    expect(page.locator(".edits li")).to_have_count(1)
    page.get_by_role("button", name="Not a participant: hide the face").click()
    expect(page.locator(".review .face")).to_have_count(8)
    page.get_by_role("button", name="Take back the last change").click()
    expect(page.locator(".review .face")).to_have_count(9)
    assert "Changed by hand: the state of 1 face." in json.loads(save(page, "JSON"))["notes"]
    to_tab(page, "Photo")
    expect(page.get_by_text("Changed by hand: the state of 1 face.")).to_be_visible()


@pytest.mark.slow
def test_two_recordings_in_one_figure(new_page: Any, clip: Path, tmp_path: Path) -> None:
    page = new_page("#recording")
    second = tmp_path / "friday.mp4"
    second.write_bytes(clip.read_bytes())
    analyzed(page, clip)
    expect(page.get_by_role("heading", name="Compare two recordings")).to_have_count(0)
    choose(page, second)
    expect(page.get_by_role("heading", name="friday.mp4")).to_be_visible()
    expect(page.get_by_role("heading", name="Compare two recordings")).to_be_visible()
    page.get_by_label("Compare with").select_option("clip.mp4")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("img", name="Shares of each state over time")).to_be_visible()
    expect(page.get_by_text("clip.mp4: 9 people")).to_be_visible()
    expect(page.locator(".chart.wide polyline")).to_have_count(10)
    for _ in range(2):
        page.get_by_role("button", name="Delete from this machine").click()
        painted(page)
    expect(page.get_by_role("button", name="Delete from this machine")).to_have_count(0)


@pytest.mark.slow
@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_the_page_is_for_everyone(new_page: Any, samples: Path, clip: Path, size: str) -> None:
    axe = need_package("axe_playwright_python.sync_playwright").Axe()
    options = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    page = new_page("#review", size=size)

    def check(where: str) -> None:
        painted(page)
        found = axe.run(page, options=options).response["violations"]
        assert not found, (where, [(v["id"], v["nodes"][0]["html"][:120]) for v in found])
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), where

    expect(page.get_by_role("heading", name="Review results")).to_be_visible()
    check("nothing")
    choose(page, samples / "gallery.jpg")
    expect(page.locator(".review .face")).to_have_count(9)
    page.locator(".review .face").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    expect(page.locator(".edits li")).to_have_count(1)
    expect(page.get_by_text("Changed by hand: the state of 1 face.")).to_be_visible()
    check("a photo")
    to_tab(page, "Recording")
    expect(page.get_by_role("heading", name="Recordings")).to_be_visible()
    analyzed(page, clip)
    page.get_by_role("button", name="Review and correct").click()
    expect(page.locator(".review .track")).to_have_count(9)
    page.locator(".review .track").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    expect(page.locator(".edits li")).to_have_count(1)
    expect(page.get_by_text(re.compile("Changed by hand: states of"))).to_be_visible()
    check("a recording")
    delete(page)


@pytest.mark.slow
def test_changes_of_what_is_gone_can_be_saved_and_deleted(new_page: Any) -> None:
    page = new_page("#review")
    kept = {"edits": {"gone": [{"kind": "event", "source": "lesson.mp4", "from_s": 1, "note": "quiz"}]}}
    page.evaluate("(kept) => localStorage.setItem('aiducation-labels', JSON.stringify(kept))", kept)
    page.reload()
    expect(page.get_by_text("lesson.mp4: 1 change")).to_be_visible()
    assert json.loads(save(page, "Download"))["annotations"][0]["note"] == "quiz"
    page.get_by_role("button", name="Delete the changes of lesson.mp4").click()
    expect(page.get_by_text("Changes of earlier recordings")).to_be_hidden()
    expect(page.get_by_role("heading", name="Review results")).to_be_focused()  # nobody who works with keys is lost
    leaving = """async () => {
      const { labels } = await import("/static/annotations.js");
      labels.add([{ kind: "state", source: "a.jpg", state: "bored" }]);
      const leaving = new Event("beforeunload", { cancelable: true });
      dispatchEvent(leaving);
      return leaving.defaultPrevented;
    }"""
    assert page.evaluate(leaving) is False
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    assert page.evaluate(leaving) is True, "what the browser does not keep would be lost"


def test_a_mark_is_written_until_the_server_has_it(new_page: Any) -> None:
    page = new_page("#review")
    expect(page.get_by_role("heading", name="Review results")).to_be_visible()
    seen = page.evaluate(
        """async () => {
          const { liveMarks } = await import("/static/live_marks.js");
          const { fetch } = window;
          let away = true, marks = [];
          window.fetch = async (address, options) => {
            if (!address.startsWith("api/live/")) return fetch(address, options);
            await null;
            if (away) throw new TypeError("away");
            marks = JSON.parse(options.body).marks;
            return Response.json({ marks });
          };
          const tools = liveMarks("api/live/a", { source: "camera:live", marks: [] }, () => {});
          const field = tools.element.querySelector("input");
          const say = (words, time) => {
            tools.move(time);
            field.value = words;
            field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
          };
          const quiet = () => new Promise((done) => setTimeout(done, 50));
          say("group work", 1);
          await quiet();
          const kept = field.value;
          away = false;
          for (const [words, time] of [["group work", 1], ["a quiz", 2], ["a quiz", 2]]) say(words, time);
          for (let i = 0; i < 3600 && (marks.length < 2 || field.value); i++) await quiet(); // what was said twice is sent twice
          window.fetch = fetch;
          return [kept, marks.map(({ note }) => note), field.value];
        }"""
    )
    assert seen == ["group work", ["group work", "a quiz"], ""]


@pytest.mark.slow
def test_a_photo_of_few_people_and_a_file_about_all_photos(new_page: Any, tmp_path: Path) -> None:
    page = new_page("#review")
    Image.fromarray(gallery(2, 1, width=640, height=360)).save(tmp_path / "two.png")
    choose(page, tmp_path / "two.png")
    expect(page.locator(".review .face")).to_have_count(2)
    page.locator(".review .face").first.focus()
    page.keyboard.press("Enter")
    for _ in range(3):  # a key that is held
        page.keyboard.down("2")
    page.keyboard.up("2")
    expect(page.locator(".edits li")).to_have_count(1)
    rows = ["source,person,state", "one.png,anna,bored", "two.png,anna,bored", "three.png,anna,bored"]
    (tmp_path / "all.csv").write_text("\n".join(rows))
    page.locator(".review input[type=file]").set_input_files(str(tmp_path / "all.csv"))
    expect(page.get_by_text("Annotations about other sources that were left out: 2")).to_be_visible()
    expect(page.locator(".edits li")).to_have_count(2)

    new_page.expected.append("net::ERR_FAILED")
    page.route("**/api/photo?*", lambda route: route.abort())
    switch = page.get_by_label("Show the states of these 2 people")
    switch.check()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(switch).not_to_be_checked()
    page.unroute("**/api/photo?*")
    switch.check()
    expect(page.locator('.review .face[data-state="withheld"]')).to_have_count(0)


@pytest.mark.slow
def test_two_tabs_that_review_a_recording_lose_nothing(new_page: Any, clip: Path) -> None:
    page = reviewed(new_page, clip)
    new_page.expected.append("412")  # both tabs tell the server at the same time
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".review .face")).to_have_count(9)
    for one, words in ((page, "group work"), (other, "a break"), (page, "a quiz")):
        one.get_by_label("What happened").fill(words)
        one.keyboard.press("Enter")
        expect(one.locator(".edits li").filter(has_text=words)).to_be_visible()
    expect(page.locator(".edits li")).to_have_count(3)
    page.locator(".edits li").filter(has_text="a break").get_by_role("button").click()
    expect(page.locator(".edits li")).to_have_count(2)
    other.close()
    delete(page)


def _program(page: Any, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Another client of the server changes the edits of the recording that a page shows."""
    [known] = ids_kept(page, "recording")
    address = f"{page.url.partition('#')[0]}api/recordings/{known}/annotations"
    there = page.request.get(address).json()
    body = {"annotations_version": 1, "annotations": change(there["annotations"])}
    assert page.request.put(f"{address}?edition={there['edition']}", data=body).ok


def _event(words: str) -> dict[str, Any]:
    return {"source": "clip.mp4", "kind": "event", "from_s": 0.5, "note": words}


def _lists(page: Any, *words: str) -> None:
    expect(page.locator(".edits li")).to_have_text([re.compile(one) for one in words])


@pytest.mark.slow
def test_page_and_program_that_change_a_result_lose_nothing(new_page: Any, clip: Path) -> None:
    page = reviewed(new_page, clip)
    says(page, "group work")
    expect(page.get_by_text("0:00 marked: group work.")).to_be_visible()  # the server knows it
    _program(page, lambda there: [*there, _event("a break")])
    new_page.expected.append("412")  # the page is told that its list is an old one
    says(page, "a quiz")
    expect(page.get_by_text("Somebody else changed this result meanwhile")).to_be_visible()
    _lists(page, "group work", "a break", "a quiz")
    _program(page, lambda there: there[1:])
    page.reload()
    _lists(page, "a break", "a quiz")
    delete(page)


@pytest.mark.slow
def test_a_change_that_did_not_reach_the_server_is_joined_with_those_of_others(new_page: Any, clip: Path) -> None:
    page = reviewed(new_page, clip)
    new_page.expected.append("503")
    page.route("**/annotations*", lambda route: route.fulfill(status=503, json={}))
    says(page, "group work")
    expect(page.get_by_text("A proxy answers")).to_be_visible()
    page.unroute("**/annotations*")
    _program(page, lambda there: [*there, _event("a break")])
    for _ in range(2):
        page.reload()
        _lists(page, "a break", "group work")
        told(page)
    delete(page)


@pytest.mark.slow
def test_a_track_that_is_being_pressed_stays_when_an_answer_comes(new_page: Any, clip: Path) -> None:
    """A press is lost whose button was exchanged before the finger is lifted."""
    page = reviewed(new_page, clip)
    track = page.locator(".review .track").nth(3).element_handle()
    says(page, "group work")
    expect(page.get_by_text("0:00 marked: group work.")).to_be_visible()
    track.click()
    expect(page.locator('.review .track[aria-pressed="true"]')).to_have_count(1)
    delete(page)


@pytest.mark.slow
def test_a_state_holds_for_every_picture_of_its_stretch(new_page: Any) -> None:
    """The fields show tenths of a second; the first picture of the stretch comes 0.04 s before the tenth that is shown."""
    page = new_page("#review")
    expect(page.get_by_role("heading", name="Review results")).to_be_visible()
    said = page.evaluate(
        """async () => {
          const { editTools } = await import("/static/edit_tools.js");
          const said = [];
          const names = { nameOf: String, ownName: () => "", onname: () => {} };
          const tools = editTools("a.mp4", { ...names, onedit: (entry) => said.push([entry.from_s, entry.to_s]) });
          document.body.append(tools.element);
          const summary = {
            every_s: 0.5,
            times_s: [0.56, 1.0667, 1.56, 2.0667],
            tracks: [7, 8, 9].map((track_id) => ({ track_id, spans: [[0.56, 1.0667, "bored"], [1.56, 2.0667, "angry"]] })),
          };
          tools.update(summary);
          tools.choose(7);
          const key = new KeyboardEvent("keydown", { key: "3" });
          tools.onKey(key);
          tools.element.querySelector(".time-field").value = "0:00.8";
          tools.onKey(key);
          const [who, name] = [tools.element.querySelector("select"), tools.element.querySelector("input[maxlength='100']")];
          who.value = "9";
          name.value = "Grace"; // a field that is still being written into has told nobody
          tools.update(structuredClone(summary)); // an earlier change has arrived, and everything is painted again
          tools.onKey(key);
          said.push([who.value, name.value]);
          tools.choose(8);
          tools.onKey(key);
          said.push([who.value, name.value]);
          tools.element.remove();
          return said;
        }"""
    )
    assert said == [[0.56, 1.56], [0.8, 1.56], [0.8, 1.56], ["9", "Grace"], [0.56, 1.56], ["7", ""]]


@pytest.mark.slow
def test_what_a_file_of_labels_does_not_give_is_told_and_stays_told(new_page: Any, clip: Path, tmp_path: Path) -> None:
    page = reviewed(new_page, clip)
    rows = ["source,person,from_s,to_s,state", "clip.mp4,track 1,0,1,bored", "other.mp4,track 1,0,1,bored"]
    (tmp_path / "anna.csv").write_text("\n".join([*rows, "clip.mp4,track 1,1,2,"]))
    page.locator(".review input[type=file]").set_input_files(str(tmp_path / "anna.csv"))
    for _ in range(2):
        expect(page.locator(".edits li")).to_have_count(1)
        expect(page.get_by_text("rows without a state that were left out: 1")).to_be_visible()
        expect(page.get_by_text("Annotations about other sources that were left out: 1")).to_be_visible()
        painted(page)
        expect(page.get_by_text("rows without a state that were left out: 1")).to_be_visible()
        with page.expect_response("**/annotations?edition=*"):  # once more: it says nothing new
            page.locator(".review input[type=file]").set_input_files(str(tmp_path / "anna.csv"))
    expect(page.locator(".edits li")).to_have_count(1)
    delete(page)


@pytest.mark.slow
def test_changes_reach_the_server_in_their_order(new_page: Any, clip: Path) -> None:
    page = reviewed(new_page, clip)
    held, going = list[Any](), list[bool]()

    def hold(route: Any) -> None:
        held.append(route) if route.request.method == "PUT" and not going else route.continue_()

    page.route("**/annotations*", hold)
    field = page.get_by_label("What happened")
    for words in ("group work", "a quiz", "a break", "the end"):
        field.fill(words)
        field.press("Enter")
    _lists(page, "group work", "a quiz", "a break", "the end")
    page.get_by_role("slider", name="Time in the recording").focus()
    for _ in range(2):
        page.keyboard.press("Control+z")
    _lists(page, "group work", "a quiz")
    until_shown(page, lambda: len(held) > 0)
    painted(page)
    assert len(held) == 1, "the second list waits until the first has arrived"
    going.append(True)
    held[0].continue_()
    expect(page.locator(".edits li")).to_have_count(2)
    address = held[0].request.url.partition("?")[0]
    until_shown(page, lambda: len(page.request.get(address).json()["annotations"]) == 2)
    delete(page)
