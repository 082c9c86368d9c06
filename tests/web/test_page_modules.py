"""The modules of the page without a browser: what is computed in them is right."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from aiducation.colors import PALETTE
from aiducation.exports.anonymize import _heads
from aiducation.observations.group import group_of
from aiducation.observations.result_json import face_entries
from aiducation.observations.views import for_views
from aiducation.states import OUTCOMES
from aiducation.web.app import STATIC
from aiducation.web.settings import ServeSettings
from aiducation.words import clock, percent
from makers import recording_of
from needs import NODE as NODE_JS
from waiting import PATIENCE_S
from web_makers import client_of

NODE = shutil.which("node")
pytestmark = NODE_JS.mark()

MODULES = sorted(path.name for path in STATIC.glob("*.js"))

P = [f"p_{outcome}" for outcome in OUTCOMES]

#: Module -> expressions with what they give.
CASES = {
    "ui.js": [
        ("clock(3723)", "1:02:03"),
        ("clock(75.9)", "1:15"),
        ("clock(-1)", "0:00"),
    ],
    "times.js": [("[0, 0.33, 1, 75].map(lengthOf)", ["0.1 seconds", "0.3 seconds", "0:01", "1:15"])],
    "language.js": [
        ("percent(0.256)", "26\u00a0%"),
        ("percent(null)", "–"),
        ("number(12345.67)", "12,345.7"),
        ("[-0.256, -0.004, 0, 0.004, 0.256].map((one) => points(one)[0])", ["-26", "-0.4", "0", "+0.4", "+26"]),
        ("points(0.006, 0.002, 0.012)", ["+0.6", "+0.2", "+1.2"]),  # an interval without 0 is told without 0
        ("points(-0.00001, 0.2, null)", ["0.00", "+20.00", "–"]),
        ("duration(0.5)", "0.5 seconds"),
        ("duration(60)", "60 seconds"),
        ("duration(300)", "5 minutes"),
        ("duration(3600)", "1 hour"),
        ("duration(5400)", "1.5 hours"),
        ("n_('{n} face', '{n} faces', 1)", "1 face"),
        ("n_('{n} face', '{n} faces', 1200)", "1,200 faces"),
        ("_('{name} is done, {not_given}', { name: 'a.mp4' })", "a.mp4 is done, {not_given}"),
    ],
    "annotations.js": [
        (  # who reads a file of their own labels has them once; the order of fields says nothing
            "(labels.add([{ state: 'bored', source: 'a' }]), "
            "labels.add([{ source: 'a', state: 'bored' }, { source: 'b' }]), labels.all().length)",
            2,
        ),
    ],
    "texts.js": [
        ("t.group.of(5.6, 6.3)", "5.6 of 6.3"),  # the parts add up to the whole, as in the report
        ("t.group.of(4, 9)", "4 of 9"),
        ("t.group.of(3.4, 31.6)", "3.4 of 32"),
        ("t.consent.list({ scores: {} })[1]", "How often this model is wrong was not measured."),
        (
            "t.consent.list({ scores: {}, test_accuracy: 0.835 })[1]",
            "On test pictures, 16 of 100 answers were wrong. On your pictures it can be more.",
        ),
        ("t.few.show(3)", "Show the states of these 3 people"),
        ("t.few.show(1)", "Show the state of this person"),
    ],
    "small_groups.js": [
        (
            "shownFaces([{ p_neutral: 1, state: 'bored', left: 3 }, { p_neutral: null, state: 'unclear' }], "
            "{ states_withheld: 'so few' })",
            [
                {"state": "withheld", "left": 3, **dict.fromkeys(["expression", "reason", "confidence", *P])},
                {"p_neutral": None, "state": "unclear"},
            ],
        ),
        (
            "shownFaces([{ p_neutral: 1, state: 'bored' }], { states_withheld: null })",
            [{"p_neutral": 1, "state": "bored"}],
        ),
        (
            "[4, 5, 9.9, 10].map((time) => shownFaces([{ p_neutral: 1, state: 'bored' }], "
            "{ states_withheld: 'then', withheld_s: [[5, 10]] }, time)[0].state)",
            ["bored", "withheld", "withheld", "bored"],
        ),
    ],
    "tracks.js": [
        ("stretches([[0, 0, 'a'], [1, 2, 'b'], [9, 9, 'a']], 1)", [[0, 1, "a"], [1, 3, "b"], [9, 10, "a"]]),
        ("stretches([], 1)", []),
    ],
    "timeline.js": [("runs([null, 1, 2, null, 3])", [[1, 2], [4, 4]]), ("runs([null])", [])],
    "player.js": [("[-1, 0, 0.99, 1, 7].map((time) => lastBefore([0, 1, 2], time))", [0, 0, 1, 1, 2])],
    "anonymizing.js": [
        (
            "heads([{ left: 0, right: 10, top: 0, bottom: 10 }, { left: 90, right: 91, top: 300, bottom: 301 }], 100, 100)",
            [{"left": 0, "right": 13, "top": 0, "bottom": 12}],
        )
    ],
    "looks.js": [
        ("order()", ["calm", "angry", "bored", "other", "unclear"]),
        ("outcomes()", ["calm", "angry", "bored", "other"]),
        ("reasonOf('blurred').hint", "Out of focus, in motion, or strongly compressed."),
        ("stayMs()", 300_000),
    ],
    "viewer.js": [
        ("keyOf({ track_id: 7 }, 0)", 7),
        ("keyOf({ track_id: null }, 3)", "#3"),
    ],
    "tags.js": [
        (
            "[20, 60, 120].map((w) => tagOf({ state: 'bored', confidence: 0.5 }, w, 'B', 'bored 50 %'))",
            ["B", "B 50\u00a0%", "bored 50 %"],
        ),
        (  # one at the top edge, one below whose upper edge another face begins, two whose tags would meet
            "hang([[0, 5, 50, 60], [100, 40, 150, 90], [100, 92, 150, 140]].map(box), ['B', 'B', 'B'], 160)",
            ["below", "above", "below"],
        ),
        ("hang([box([0, 5, 50, 155])], ['B'], 160)", ["inside"]),
        (  # among two narrow ones the wide one is silent, too
            "tagsOf([[0, 40, 8, 50], [20, 40, 28, 50], [50, 40, 80, 70]].map(box).map((b) => "
            "({ ...b, state: 'bored', confidence: 0.5 })), 2, 100).map(({ words, tag, tiny, thin, spot }) => "
            "[words, tag, tiny, thin, spot])",
            [["bored 50\u00a0%", "B", True, True, "above"]] * 2
            + [["bored 50\u00a0%", "B 50\u00a0%", True, False, "above"]],
        ),
        ("hang([[60, 16, 70, 26], [60, 60, 160, 150]].map(box), ['', 'F'], 160)", ["above", "above"]),
        ("hang([box([0, 50, 40, 90]), box([41, 50, 80, 90])], ['focused 50 %', 'B'], 160)", ["above", "below"]),
    ],
    "recording_progress.js": [
        ("progressOf(undefined, undefined)[0]", None),
        ("progressOf(undefined, 0.5)[0]", 0.5),
        ("progressOf({ state: 'running', done_s: 0, total_s: null, left_s: null })", [None, "", ""]),
        (
            "progressOf({ state: 'running', done_s: 30, total_s: 60, left_s: 8.2 })",
            [0.5, "0:30 of 1:00", "about 9 seconds left"],
        ),
    ],
    "summary.js": [("sessionName(new Date(2026, 2, 9, 14, 5))", "live 2026-03-09 14.05")],
}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that Node.js takes for modules, as browsers do."""
    folder = tmp_path_factory.mktemp("modules")
    for name in MODULES:
        shutil.copy(STATIC / name, folder)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def model() -> str:
    """What a server answers to ``/api/model``, as JSON."""
    with client_of(ServeSettings()) as client:
        return str(client.get("/api/model").text)


def node(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [str(NODE), *arguments], cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CASES)
def test_what_a_module_computes(name: str, modules: Path, model: str) -> None:
    expressions = ", ".join(expression for expression, _ in CASES[name])
    for (expression, wanted), value in zip(CASES[name], computed(name, expressions, modules, model), strict=True):
        assert value == wanted, expression


def computed(name: str, expressions: str, modules: Path, model: str) -> list[Any]:
    """What expressions with the names of a module give, once the page knows the server's model."""
    script = f"""import * as module from "./{name}";
      import {{ learn }} from "./looks.js";
      learn({model});
      Object.assign(globalThis, module);
      const box = ([left, top, right, bottom]) => ({{ left, top, right, bottom }});
      console.log(JSON.stringify([{expressions}]));"""
    (modules / "computed.mjs").write_text(script, encoding="utf-8")
    found: list[Any] = json.loads(node("computed.mjs", folder=modules))
    return found


def test_plural_forms_are_those_of_the_catalogue(modules: Path) -> None:
    """Browsers name the forms of a language in any order; Node.js has "many" before "one" for French."""
    messages = {"{n} face": ["{n} visage", "{n} visages"]}
    script = f"""globalThis.fetch = async () => Response.json({{ language: "fr", messages: {json.dumps(messages)} }});
      const {{ n_ }} = await import("./language.js");
      console.log(JSON.stringify([0, 1, 2, 1e6].map((n) => n_("{{n}} face", "{{n}} faces", n).split(/\\s/).at(-1))));"""
    (modules / "plural.mjs").write_text(script, encoding="utf-8")
    assert json.loads(node("plural.mjs", folder=modules)) == ["visage", "visage", "visages", "visages"]


# --- what the page computes as the package does ------------------------------------------------------------------------


def test_heads_are_anonymized_where_saved_pictures_have_it(modules: Path, model: str) -> None:
    random = Random(1)
    boxes = [
        [random.uniform(-40, 640) for _ in range(2)] + [random.uniform(0, 200) for _ in range(2)] for _ in range(200)
    ]
    boxes = [[left, top, left + wide, top + high] for left, top, wide, high in boxes]
    expression = f"heads({json.dumps(boxes)}.map(box), 640, 360).map((b) => [b.left, b.top, b.right, b.bottom])"
    [found] = computed("anonymizing.js", expression, modules, model)
    wanted = _heads(np.array(boxes), 640, 360)
    assert len(found) == len(wanted) > 100
    # A half is rounded up in browsers, to the even number by NumPy.
    assert np.abs(np.array(found) - np.array(wanted)).max() <= 1


def test_times_are_written_as_reports_have_them(modules: Path, model: str) -> None:
    times = [0, 0.7 * 90, 59.99, 60, 3599.9999999, 3600, 86_399.5, *(number * 0.1 for number in range(0, 40_000, 7))]
    found = computed("ui.js", f"...{json.dumps(times)}.map(clock)", modules, model)
    assert found == [clock(time) for time in times]


def test_shares_are_written_as_reports_have_them(modules: Path, model: str) -> None:
    shares = [number / 2000 for number in range(2001)]
    found = computed("language.js", f"...{json.dumps(shares)}.map(percent)", modules, model)
    assert [one.replace("\u00a0", " ") for one in found] == [percent(share) for share in shares]


def test_states_of_few_people_are_hidden_as_in_reports(modules: Path, model: str) -> None:
    neutral, unseen = np.eye(5)[0], np.full(5, np.nan)
    recording = recording_of([[neutral] * 3 + [neutral if time < 30 else unseen] * 3 for time in range(60)])
    group = group_of(recording, 5)
    assert group.withheld_s, "or else nothing is compared"
    frames = [{"time": frame.time_s, "faces": list(face_entries(frame))} for frame in recording.frames]
    expression = (
        f"...{json.dumps(frames)}.map(({{ time, faces }}) => "
        f"shownFaces(faces, {json.dumps(group.entry())}, time).map((face) => face.state))"
    )
    found = computed("small_groups.js", expression, modules, model)
    assert found == [list(frame.states) for frame in for_views(recording, group).frames]


#: A browser's storage and a server that has the edits of one recording; both are asked at once, and answer when they are let.
EDITS = """
  globalThis.localStorage = { getItem: (name) => localStorage[name] ?? null, setItem(name, text) { localStorage[name] = text; } };
  const { editsOf, keepEdits } = await import("./annotations.js");
  const there = { edition: 0, annotations: [], notes: [], media: [] };
  let away = false, mute = false;
  globalThis.fetch = async (address, { method, body }) => {
    await null;
    if (away) throw new TypeError("away");
    if (method === "PUT") {
      const old = !address.includes(`edition=${there.edition}&`);
      if (old) return Response.json({ error: { code: "changed", message: "!" } }, { status: 412 });
      Object.assign(there, { annotations: JSON.parse(body).annotations, edition: there.edition + 1 });
      if (mute) throw new TypeError("the answer is lost");
    }
    return new Response(JSON.stringify(there));
  };
  const said = (note) => ({ kind: "event", source: "a.mp4", note });
  const say = (tab, note) => tab.change([...tab.list(), said(note)]);
  const notes = () => editsOf("a").map(({ note }) => note);
"""


def test_a_change_made_while_another_is_sent_is_not_lost(modules: Path, model: str) -> None:
    """The server gets the first change, then is away; who opens the result later still has the second one."""
    expression = f"""...await (async () => {{
      {EDITS}
      const tab = sharedEdits("api/recordings/a", "a");
      await tab.open();
      say(tab, "first");
      const going = tab.tell();
      say(tab, "second");
      await going;
      away = true;
      await tab.tell().catch(() => {{}});
      away = false;
      const later = sharedEdits("api/recordings/a", "a");
      await later.open();
      return [notes(), there.annotations.map(({{ note }}) => note)];
    }})()"""
    assert computed("shared_edits.js", expression, modules, model) == [["first", "second"]] * 2


def test_a_change_whose_answer_was_lost_can_be_taken_back(modules: Path, model: str) -> None:
    expression = f"""...await (async () => {{
      {EDITS}
      const tab = sharedEdits("api/recordings/a", "a");
      await tab.open();
      say(tab, "first");
      mute = true;
      await tab.tell().catch(() => {{}});
      mute = false;
      tab.change([]);
      say(tab, "second");
      await tab.tell();
      return [notes(), there.annotations.map(({{ note }}) => note)];
    }})()"""
    assert computed("shared_edits.js", expression, modules, model) == [["second"]] * 2


@pytest.mark.parametrize("told", ["not yet", "is sent", "is known"])
def test_what_another_tab_overwrites_is_not_lost(modules: Path, model: str, told: str) -> None:
    """Tabs run in different processes: one may not have heard yet what the other has just written, and told the server."""
    expression = f"""...await (async () => {{
      {EDITS}
      const [tab, other] = [sharedEdits("api/recordings/a", "a"), sharedEdits("api/recordings/a", "a")];
      await tab.open();
      await other.open();
      say(tab, "first");
      await tab.tell();
      const old = editsOf("a");
      say(tab, "second");
      const going = {json.dumps(told)} === "not yet" ? null : tab.tell();
      if ({json.dumps(told)} === "is known") await going;
      keepEdits("a", old);
      await going;
      say(other, "third");
      await other.tell();
      await tab.tell();
      return [notes(), there.annotations.map(({{ note }}) => note)].map((all) => all.sort());
    }})()"""
    assert computed("shared_edits.js", expression, modules, model) == [["first", "second", "third"]] * 2


#: What a browser keeps for all of its tabs, and a script that is one of them. Each import of a module makes a tab's own state.
TABS = """
  const kept = {}, own = {};
  let parsed = 0;
  const keeper = (texts) => ({
    getItem: (name) => texts[name] ?? null,
    setItem(name, text) { texts[name] = text; },
    removeItem(name) { delete texts[name]; },
    key: (i) => Object.keys(texts)[i],
    get length() { return Object.keys(texts).length; },
  });
  Object.defineProperty(globalThis, "localStorage", { value: keeper(kept), configurable: true });
  Object.defineProperty(globalThis, "sessionStorage", { value: keeper(own), configurable: true });
  const parse = JSON.parse;
  JSON.parse = (text) => { parsed += 1; return parse(text); };
  const opened = async (name, number) => import(`./${name}?${number}`);
"""


def in_tabs(script: str, modules: Path) -> Any:
    """What a script gives, in which `opened(module, number)` opens a module in a tab of that number."""
    (modules / "tabs.mjs").write_text(
        f"{TABS}console.log(JSON.stringify(await (async () => {{ {script} }})()));", encoding="utf-8"
    )
    return json.loads(node("tabs.mjs", folder=modules))


def test_what_one_tab_keeps_is_there_in_another_one_at_once(modules: Path) -> None:
    """Also before the browser has told it: names of tracks, edits and labels are read again before they are written."""
    script = """
      const [one, other] = [await opened("annotations.js", 1), await opened("annotations.js", 2)];
      one.keepNames("a", { 1: "Ada" });
      other.keepNames("a", { ...other.namesOf("a"), 2: "Grace" });
      await null;
      one.keepNames("b", { 7: "Alan" });
      await null;
      one.labels.add([{ source: "a.jpg", state: "bored" }]);
      await null;
      return [one.namesOf("a"), other.namesOf("b"), other.labels.all().length, other.editedKeys()];
    """
    assert in_tabs(script, modules) == [{"1": "Ada", "2": "Grace"}, {"7": "Alan"}, 1, ["a", "b"]]


def test_who_labels_in_a_tab_stays_who_it_is(modules: Path) -> None:
    script = """
      const one = await opened("annotations.js", 1);
      one.person.name = "Ada";
      one.person.session = { id: "a" };
      const [before, other] = [{ ...own }, await opened("annotations.js", 2)];
      delete own[Object.keys(own)[0]]; // the other tab has its own
      other.person.name = "Grace";
      other.person.session = null;
      await null;
      const said = [one, other].map((tab) => tab.madeNow("a.jpg").annotator);
      Object.assign(own, before);
      const again = await opened("annotations.js", 3); // the first tab is loaded anew
      for (const name of Object.keys(own)) delete own[name];
      const last = await opened("annotations.js", 4);
      return [said, one.person.session, again.person.name, again.person.session, last.person.name];
    """
    assert in_tabs(script, modules) == [["Ada", "Grace"], {"id": "a"}, "Ada", {"id": "a"}, "Grace"]


def test_a_recording_that_is_deleted_leaves_its_name_nowhere(modules: Path) -> None:
    script = """
      const [one, other] = [await opened("annotations.js", 1), await opened("annotations.js", 2)];
      const all = () => JSON.stringify([kept, own]);
      const left = [];
      for (const [begins, ends] of [[one, one], [other, one]]) {
        begins.person.session = { id: "a", name: "lesson.mp4" };
        if (begins !== ends) delete own[Object.keys(own)[0]]; // that tab has its own
        await null;
        ends.forgetEdits("a");
        left.push(all().includes("lesson.mp4"));
        begins.person.session = null;
        await null;
      }
      one.person.session = { id: "b", name: "other.mp4" };
      await null;
      one.forgetEdits("a");
      return [left, one.person.session.id];
    """
    assert in_tabs(script, modules) == [[False, False], "b"]


def test_what_is_kept_is_parsed_once_however_often_it_is_asked_for(modules: Path) -> None:
    script = """
      const [one, other] = [await opened("annotations.js", 1), await opened("annotations.js", 2)];
      const say = (tab, note) => tab.keepEdits("a", [...tab.editsOf("a"), { kind: "event", source: "a.mp4", note }]);
      say(one, "first");
      await null;
      const before = parsed;
      for (let i = 0; i < 50; i++) { one.editsOf("a"); await null; }
      const own = parsed - before;
      for (let i = 0; i < 50; i++) { other.editsOf(`photo ${i}`); await null; }
      const others = parsed - before;
      say(other, "second");
      await null;
      say(one, "third");
      await null;
      return [own, others, ...[one, other].map((tab) => tab.editsOf("a").map(({ note }) => note))];
    """
    own, others, *notes = in_tabs(script, modules)
    assert (own, others) == (0, 1) and notes == [["first", "second", "third"]] * 2


def test_a_session_that_is_over_ends_no_other_one(modules: Path) -> None:
    script = """
      const [one, other] = [await opened("settings.js", 1), await opened("settings.js", 2)];
      for (const [tab, id] of [[one, "a"], [other, "b"]]) {
        tab.settings.keepSession(id);
        tab.settings.keepClass(id);
      }
      const both = other.settings.sessions();
      one.settings.endSession("a");
      one.settings.endClass("a");
      const left = [other.settings.sessions(), other.settings.class];
      other.settings.endSession("b");
      other.settings.endClass("b");
      localStorage.setItem = () => { throw new Error("private mode"); };
      one.settings.keepRecording("c", "lesson.mp4");
      one.settings.keepSession("d");
      return [both, left, one.settings.class, one.settings.recordings().map(({ id }) => id), one.settings.sessions()];
    """
    assert in_tabs(script, modules) == [["b", "a"], [["b"], "b"], None, ["c"], ["d"]]


def test_two_tabs_that_send_recordings_at_the_same_moment_lose_the_id_of_none(modules: Path) -> None:
    """Tabs are processes: what one of them keeps, another one hears a moment late. Who has no id can delete nothing."""
    script = """
      const [one, other] = [await opened("settings.js", 1), await opened("settings.js", 2)];
      const { getItem } = localStorage;
      const old = { ...kept };
      one.settings.keepRecording("a", "a.mp4");
      localStorage.getItem = (name) => old[name] ?? null;
      other.settings.keepRecording("b", "b.mp4");
      other.settings.theme = "dark";
      localStorage.getItem = getItem;
      return [one.settings.recordings().map(({ id, name }) => [id, name]), JSON.parse(kept.aiducation)];
    """
    assert in_tabs(script, modules) == [[["a", "a.mp4"], ["b", "b.mp4"]], {"theme": "dark"}]


@pytest.mark.parametrize("agreed", [{"edition": 1, "waiting": False}, {"edition": 0, "waiting": True}])
def test_an_answer_that_says_nothing_new_writes_no_list_of_edits(modules: Path, agreed: dict[str, Any]) -> None:
    """Another tab has just changed it, and this one hears of that a moment late."""
    script = """
      const { keepEdits } = await import("./annotations.js");
      const { sharedEdits } = await import("./shared_edits.js");
      const first = { kind: "event", source: "a.mp4", note: "first" }, second = { ...first, note: "second" };
      keepEdits("a", [first]);
      const [key] = Object.keys(kept), { getItem } = localStorage, before = kept[key];
      kept["aiducation-agreed"] = JSON.stringify({ a: AGREED });
      globalThis.fetch = async () => {
        if (localStorage.getItem === getItem) {
          localStorage.getItem = (name) => (name === key ? before : getItem(name));
          kept[key] = JSON.stringify({ ...JSON.parse(before), edits: { a: [first, second] } });
        }
        return Response.json({ edition: 1, annotations: [first], notes: [], media: [] });
      };
      await sharedEdits("api/recordings/a", "a").open();
      return JSON.parse(kept[key]).edits.a.map(({ note }) => note);
    """
    assert in_tabs(script.replace("AGREED", json.dumps(agreed)), modules) == ["first", "second"]


def test_every_word_is_in_one_place() -> None:
    """No module but those of texts has a sentence to show."""
    for name in MODULES:
        if name.endswith("texts.js") or name == "aiducation-live.js":  # one file without any other, for pages of others
            continue
        code = (STATIC / name).read_text(encoding="utf-8")
        lines = [line.split("//")[0] for line in code.splitlines() if not line.strip().startswith(("*", "/*", "//"))]
        strings = [part for line in lines for part in line.split('"')[1::2]]
        assert not [words for words in strings if re.match("[A-Z][a-z]* [a-z]", words)], name


def test_lines_for_nginx_are_those_of_the_settings_that_are_shipped() -> None:
    said = set(
        re.findall(r"\b(?:client|proxy)_\w+ [^;\"]+;", (STATIC / "problem_texts.js").read_text(encoding="utf-8"))
    )
    shipped = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert len(said) >= 4 and not [line for line in said if line not in shipped]


def test_the_page_has_the_palette_of_all_pages() -> None:
    css = (STATIC / "style.css").read_text(encoding="utf-8")
    own = {name: tuple(colors) for name, *colors in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", css)}
    shared = own.keys() & PALETTE.keys()
    assert len(shared) >= 10
    assert {name: own[name] for name in shared} == {name: PALETTE[name] for name in shared}
