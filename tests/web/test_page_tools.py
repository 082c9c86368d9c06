"""Tools of the page in a browser, each without the rest of the page: numbers of tracks, switches, answers that come late."""

from __future__ import annotations

from typing import Any

import pytest

from needs import BROWSER
from page_makers import expect

pytestmark = BROWSER.mark()


@pytest.fixture
def page(new_page: Any) -> Any:
    page = new_page("#review")
    expect(page.get_by_role("heading", name="Review results")).to_be_visible()
    return page


@pytest.mark.slow
def test_a_track_that_is_split_off_has_a_number_of_its_own(page: Any) -> None:
    """Not that of a track that was hidden, nor that of one whose split has not arrived yet."""
    numbers = page.evaluate(
        """async () => {
          const { editTools } = await import("/static/edit_tools.js");
          const { keepEdits } = await import("/static/annotations.js");
          const made = [];
          const onedit = (entry) => made.push(entry);
          const names = { key: "a", nameOf: String, ownName: () => "", onname: () => {} };
          const tools = editTools("a.mp4", { ...names, onedit });
          const tracks = (...ids) => ({ every_s: 1, times_s: [0, 1], tracks: ids.map((track_id) => ({ track_id, spans: [] })) });
          const buttons = () => [...tools.element.querySelectorAll("button")];
          const split = () => buttons().find((one) => /another person/.test(one.textContent)).click();
          keepEdits("a", [{ kind: "hide", source: "a.mp4", track_id: 9 }]);
          tools.update(tracks(7, 8));
          tools.choose(7);
          split();
          keepEdits("a", [{ kind: "hide", source: "a.mp4", track_id: 9 }, made[0]]);
          split();
          keepEdits("a", []);
          tools.update(tracks(7, 8, 9, 14));
          tools.update(tracks(7, 8)); // the others are hidden by what another program said
          split();
          return made.map(({ into }) => into);
        }"""
    )
    assert numbers == [10, 11, 15]


@pytest.mark.slow
def test_all_switches_for_tables_say_the_same(page: Any) -> None:
    said = page.evaluate(
        """async () => {
          const { dialectToggle, dialectOf } = await import("/static/dialect.js");
          const followed = [];
          const [one, other] = ["one", "other"].map((name) => dialectToggle(() => followed.push([name, dialectOf("csv")])));
          const boxes = [one, other].map((label) => label.querySelector("input"));
          document.body.append(one, other);
          boxes[0].click();
          one.remove();
          other.remove();
          return [boxes.map(({ checked }) => checked), followed];
        }"""
    )
    excel = {"csv_dialect": "excel"}
    assert said == [[True, True], [["one", excel], ["other", excel]]]


@pytest.mark.slow
def test_changes_that_are_shown_anew_stay_the_same_elements(page: Any) -> None:
    """The server's answer shows them anew: a press is lost whose button was exchanged before the finger is lifted."""
    said = page.evaluate(
        """async () => {
          const { editList } = await import("/static/edit_list.js");
          const removed = [];
          const { element, paint } = editList({ nameOf: String, onremove: (entry) => removed.push(entry.note), onclear() {} });
          const entry = (note) => ({ kind: "event", source: "a.mp4", from_s: 1, note });
          const buttons = () => [...element.querySelectorAll("li button")];
          paint([entry("a"), entry("b")]);
          const before = buttons();
          const { kind, ...rest } = entry("b");
          paint([entry("a"), { ...rest, kind }]);
          const same = buttons().map((one, i) => one === before[i]);
          paint([entry("b"), entry("c")]);
          for (const one of buttons()) one.click();
          paint([]);
          return [same, removed, buttons().length, element.querySelector("p").hidden];
        }"""
    )
    assert said == [[True, True], ["b", "c"], 0, False]


@pytest.mark.slow
def test_of_two_comparisons_and_of_two_maps_the_last_one_is_shown(page: Any) -> None:
    shown = page.evaluate(
        """async () => {
          const { compareCard } = await import("/static/compare.js");
          const { fetch } = window;
          const answers = [];
          window.fetch = (address, options) =>
            address.startsWith("api/comparison") ? new Promise((done) => answers.push(done)) : fetch(address, options);
          const known = ["a", "b", "c"].map((id) => ({ id, name: id }));
          const card = compareCard("a", known, () => 5);
          const button = card.querySelector("button");
          button.click();
          button.click();
          const refused = (message) => Response.json({ error: { code: "x", message } }, { status: 400 });
          const quiet = () => new Promise((done) => setTimeout(done, 0));
          answers[1](refused("second"));
          while (!card.querySelector("[role=alert]")) await quiet();
          answers[0](refused("first"));
          for (let i = 0; i < 20; i++) await quiet();
          window.fetch = fetch;
          return card.querySelector("[role=alert]").textContent;
        }"""
    )
    assert shown == "second"
    maps = page.evaluate(
        """async () => {
          const { whyButton } = await import("/static/why.js");
          const { fetch } = window;
          const answers = [];
          window.fetch = (address, options) =>
            address.startsWith("api/explain") ? new Promise((done) => answers.push(done)) : fetch(address, options);
          const quiet = () => new Promise((done) => setTimeout(done, 0));
          const why = whyButton({ p_neutral: 1, state: "neutral" }, async () => "pixels");
          why.querySelector("button").click();
          while (answers.length < 1) await quiet();
          why.querySelector("select").dispatchEvent(new Event("change"));
          while (answers.length < 2) await quiet();
          const picture = () => new Response(new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"], { type: "image/svg+xml" }));
          answers[1](picture());
          while (!why.querySelector("img")) await quiet();
          const second = why.querySelector("img");
          answers[0](picture());
          for (let i = 0; i < 20; i++) await quiet();
          window.fetch = fetch;
          return why.querySelector("img") === second;
        }"""
    )
    assert maps


@pytest.mark.slow
def test_an_element_of_a_page_without_encryption_says_what_is_missing(page: Any) -> None:
    """Browsers give such a page no ``mediaDevices`` at all."""
    said = page.evaluate(
        """async () => {
          await import("/static/aiducation-live.js");
          const one = document.createElement("aiducation-live");
          document.body.append(one);
          Object.defineProperty(navigator, "mediaDevices", { value: undefined, configurable: true });
          const told = new Promise((done) => one.addEventListener("aiducation-error", ({ detail }) => done(detail)));
          one.start();
          const words = await told;
          delete navigator.mediaDevices;
          one.remove();
          return words;
        }"""
    )
    assert "its connection is not secure" in said


#: A server that greets a page once, if at all, and lets nobody in afterwards; timers are fast.
_CLOSED_DOOR = """async ([greets, code]) => {
  const later = setTimeout;
  window.setTimeout = (then, ms, ...rest) => later(then, ms / 100, ...rest);
  const said = [];
  let sockets = 0;
  window.WebSocket = class {
    static OPEN = 1;
    readyState = 1;
    constructor() {
      sockets += 1;
      const first = greets && sockets === 1;
      const words = first ? { type: "hello", session: "a" } : { type: "error", error: { code, message: "No." } };
      later(() => { this.onopen(); this.onmessage({ data: JSON.stringify(words) }); this.close(); });
    }
    send() {}
    close() { later(() => this.onclose?.()); }
  };
  const { connection } = await import("/static/connection.js");
  await new Promise((done) => {
    const tell = (...words) => said.push(words);
    connection("camera", {
      onready: () => tell("ready"),
      onmessage: ({ error }) => tell("heard", error.message),
      onbroken: () => {},
      onblocked: () => done(tell("blocked")),
      ongone: (words) => done(tell("gone", words)),
      onrefused: (why, words) => done(tell("refused", why, words)),
    });
  });
  return [said, sockets];
}"""


@pytest.mark.slow
def test_a_live_session_that_the_server_refuses_is_not_asked_for_again(page: Any) -> None:
    said, sockets = page.evaluate(_CLOSED_DOOR, [True, "not_found"])
    assert said == [["ready"], ["refused", "not_found", "No."]] and sockets == 2


@pytest.mark.slow
def test_where_there_is_no_room_the_server_says_so_in_the_end(page: Any) -> None:
    """Room may come: it is asked for again until patience is over, and then nobody says that the server is away."""
    said, sockets = page.evaluate(_CLOSED_DOOR, [False, "too_many_requests"])
    assert said[-1] == ["gone", "No."] and sockets == 6


#: A group of one step, which is longer than what was seen.
_GROUP = """const step = Object.fromEntries(["neutral", "angry", "focused", "bored", "other"].flatMap((name) => [
    [`n_${name}`, [1]], [name, [0.2]]]));
  const group = { view: "states", found: 5, judged: 5, withheld: "few", states_withheld: null, changes: [], conclusion: "",
    timeline: { step_s: 20, start_s: [0], faces: [5], ...step } };"""


@pytest.mark.slow
def test_a_timeline_goes_where_it_was_pressed_and_stays_there_and_one_with_a_pause_has_a_gap(page: Any) -> None:
    place, at, later, moments, asked = page.evaluate(
        """async () => {
          const { showSummary } = await import("/static/summary.js");
          GROUP
          const { fetch } = window;
          let asked = 0;
          window.fetch = async (address, options) => {
            if (!address.startsWith("api/live/b")) return fetch(address, options);
            if (options.method === "PUT") return Response.json(JSON.parse(options.body));
            asked += 1;
            return Response.json({ group, times_s: [0] });
          };
          const quiet = () => new Promise((done) => setTimeout(done, 0));
          const place = document.body.appendChild(document.createElement("div"));
          const session = { session: "b", source: "camera", seconds: 8, frames: 1, faces_at_a_time: 5, marks: [] };
          showSummary(place, session, [], () => {});
          while (!place.querySelector(".timeline")) await quiet();
          const line = () => place.querySelector(".timeline");
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done))); // its width is known
          line().setPointerCapture = () => {};
          const base = line().querySelector(".base").getBoundingClientRect();
          const middle = base.left + base.width / 2;
          line().dispatchEvent(new PointerEvent("pointerdown", { clientX: middle }));
          const now = line().querySelector(".now").getBoundingClientRect();
          const at = line().ariaValueNow;
          [...place.querySelectorAll("button")].find((one) => one.textContent === "Mark this time").click();
          for (let i = 0; i < 3600 && !place.querySelector(".moment"); i++) await quiet();
          for (let i = 0; i < 20; i++) await quiet();
          window.fetch = fetch;
          const said = [now.left + now.width / 2 - middle, at, line().ariaValueNow, place.querySelectorAll(".moment").length];
          place.remove();
          return [said[0], said[1], said[2], said[3], asked];
        }""".replace("GROUP", _GROUP)
    )
    assert abs(place) < 2 and at == "4", "where it was pressed"
    assert later == "4" and moments == 1 and asked == 1
    bands = page.evaluate(
        """async () => {
          const { liveTimeline } = await import("/static/timeline.js");
          GROUP
          const names = ["neutral", "angry", "focused", "bored", "other"];
          const of = (value) => Object.fromEntries(names.map((name) => [name, value]));
          const line = liveTimeline(300);
          const seen = { ...group, withheld: null, counts: of(1), shares: of({ share: 0.2 }) };
          for (const time of [0, 4, 8, 100, 104]) line.add(time, seen);
          return line.element.querySelectorAll(".band").length / names.length;
        }""".replace("GROUP", _GROUP)
    )
    assert bands == 2, "nothing is drawn for a pause, as in saved timelines"


@pytest.mark.slow
def test_the_group_of_a_session_that_could_not_be_deleted_is_asked_for_again(page: Any) -> None:
    """Deleting breaks off the question about the group."""
    said = page.evaluate(
        """async () => {
          const { showSummary } = await import("/static/summary.js");
          const { fetch } = window;
          const asked = [];
          const refused = (message) => Response.json({ error: { code: "internal", message } }, { status: 500 });
          const never = (signal) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason)));
          window.fetch = async (address, options) => {
            if (!address.startsWith("api/live/a")) return fetch(address, options);
            if (options.method === "DELETE") return refused("not deleted");
            asked.push(address);
            return asked.length > 1 ? refused("asked again") : never(options.signal);
          };
          const place = document.body.appendChild(document.createElement("div"));
          const session = { session: "a", source: "camera", seconds: 9, frames: 4, faces_at_a_time: 2, marks: [] };
          showSummary(place, session, [], () => {});
          const alerts = () => [...place.querySelectorAll("[role=alert]")].map((one) => one.textContent);
          [...place.querySelectorAll("button")].find((one) => one.textContent.startsWith("Delete this session")).click();
          while (alerts().length < 2) await new Promise((done) => setTimeout(done, 0));
          window.fetch = fetch;
          return [alerts(), asked.length];
        }"""
    )
    assert said == [["not deleted", "asked again"], 2]
