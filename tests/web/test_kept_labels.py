"""The labels that the browser keeps, without a browser: none is lost in another tab, on a full disk, or by an undo."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from aiducation.web.app import STATIC
from needs import NODE as NODE_JS
from waiting import PATIENCE_S

pytestmark = NODE_JS.mark()

#: A browser's memory that other tabs share, and that can be full; and two tabs with it.
_TABS = """
const memory = new Map();
let full = false;
const tabs = [];
globalThis.localStorage = {
  getItem: (key) => memory.get(key) ?? null,
  setItem(key, value) {
    if (full) throw new Error("QuotaExceededError");
    memory.set(key, value);
    for (const tell of tabs) tell({ key });
  },
};
globalThis.addEventListener = (name, tell) => tabs.push(tell);
const one = await import(`${MODULE}?1`), other = await import(`${MODULE}?2`);
const label = (source, state, more = {}) => ({ kind: "state", source, state, annotator: "anna", ...more });
const states = (tab) => tab.labels.all().map((one) => one.state);
"""


def _run(code: str) -> Any:
    node = shutil.which("node")
    assert node
    module = json.dumps((STATIC / "annotations.js").as_uri())
    program = f"const MODULE = {module};{_TABS}{code}"
    done = subprocess.run(
        [node, "--input-type=module", "-e", program], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_tabs_add_to_the_same_labels_and_edits() -> None:
    code = """
    const task = () => new Promise((done) => setTimeout(done));  // two tabs never share one
    one.labels.add([label("a.jpg", "bored")]);
    await task();
    other.labels.add([label("a.jpg", "angry")]);
    await task();
    one.keepEdits("job", [...one.editsOf("job"), label("b.mp4", "other")]);
    await task();
    other.keepEdits("job", [...other.editsOf("job"), label("b.mp4", "neutral")]);
    await task();
    console.log(JSON.stringify([states(one), states(other), one.editsOf("job").map(({ state }) => state)]));
    """
    assert _run(code) == [["bored", "angry"], ["bored", "angry"], ["other", "neutral"]]


def test_an_answer_of_the_server_writes_no_old_list_over_what_another_tab_has_just_said() -> None:
    """Chromium's tabs are processes: what one of them keeps, the others hear a moment later."""
    code = """
    const task = () => new Promise((done) => setTimeout(done));
    one.keepEdits("job", [label("b.mp4", "other")]);
    one.keepAgreed("job", { edition: 1, waiting: true });
    await task();
    const sent = one.editsOf("job");  // within this task, this tab does not hear of others
    other.keepEdits("job", [...other.editsOf("job"), label("b.mp4", "neutral")]);
    one.agreeOn("job", 2, sent);
    await task();
    console.log(JSON.stringify([one.editsOf("job").map(({ state }) => state), other.agreedOf("job").edition]));
    """
    assert _run(code) == [["other", "neutral"], 2]


def test_what_an_answer_tells_of_a_recording_is_written_over_no_label() -> None:
    code = """
    const task = () => new Promise((done) => setTimeout(done));
    one.labels.add([label("a.jpg", "bored")]);
    await task();
    one.labels.all();  // within this task, this tab does not hear of others
    other.labels.add([label("a.jpg", "angry")]);
    one.media.know([{ source: "a.jpg", width: 2, height: 1 }]);
    await task();
    console.log(JSON.stringify([states(one), other.media.of(other.labels.all())]));
    """
    assert _run(code) == [["bored", "angry"], [{"source": "a.jpg", "width": 2, "height": 1}]]


def test_another_tab_hears_that_the_server_knows_of_a_change() -> None:
    """Only then it can show what comes of that."""
    code = """
    one.keepEdits("job", [label("b.mp4", "other")]);
    one.keepAgreed("job", { edition: 1, waiting: true });
    let heard = 0;
    other.onOtherTab(() => { heard += 1; });
    one.agreeOn("job", 2, one.editsOf("job"));
    console.log(JSON.stringify([heard, other.agreedOf("job")]));
    """
    assert _run(code) == [1, {"edition": 2, "waiting": False}]


def test_what_a_full_disk_refuses_stays_for_this_visit() -> None:
    code = """
    one.labels.add([label("a.jpg", "bored")]);
    full = true;
    one.labels.add([label("a.jpg", "angry")]);
    one.labels.add([label("a.jpg", "focused")]);
    const lost = [one.isLost(), states(one)];
    for (const tell of tabs) tell({ key: [...memory.keys()][0] });  // another tab has kept something
    full = false;
    one.labels.add([label("a.jpg", "other")]);
    console.log(JSON.stringify([lost, one.isLost(), states(one), states(other)]));
    """
    lost, still, there, everywhere = _run(code)
    assert lost == [True, ["bored", "angry", "focused"]]
    assert still is False and there == everywhere == ["bored", "angry", "focused", "other"]


def test_an_undo_takes_back_one_label() -> None:
    """Labels that another tool wrote have no time at which they were made."""
    code = """
    one.labels.add([label("a.jpg", "bored", { face: 0 }), label("a.jpg", "bored", { face: 1 })]);
    one.labels.add([0, 1].map((face) => label("a.jpg", "bored", { face, annotator: "ben" })));
    one.labels.remove(label("a.jpg", "bored", { face: 1 }));
    const left = one.labels.all().map(({ face, annotator }) => [face, annotator]);
    const edits = [label("b.mp4", "other"), label("b.mp4", "angry")];
    console.log(JSON.stringify([left, one.without(edits, edits[0]).length, one.without(edits, undefined).length]));
    """
    assert _run(code) == [[[0, "anna"], [0, "ben"], [1, "ben"]], 1, 2]


def test_what_is_known_of_a_recording_is_kept_as_long_as_its_labels() -> None:
    code = """
    const known = { source: "a.mp4", width: 640, height: 360, fps: 25 };
    one.media.know([known]);  // nothing is said of it yet
    const before = one.media.of([label("a.mp4", "bored")]);
    one.labels.add([label("a.mp4", "bored"), label("a.mp4", "angry"), label("c.jpg", "angry")]);
    one.media.know([known, { source: "c.jpg", width: 1, height: 1 }]);
    const there = other.media.of(other.labels.all());
    one.labels.clear();
    console.log(JSON.stringify([before, there, [...memory.values()].join().includes("a.mp4")]));
    """
    known = {"source": "a.mp4", "width": 640, "height": 360, "fps": 25}
    assert _run(code) == [[], [known, {"source": "c.jpg", "width": 1, "height": 1}], False]


def test_labels_that_an_older_page_kept_are_read() -> None:
    code = """
    memory.set(KEY, JSON.stringify({ labels: [label("a.jpg", "bored")], edits: {}, names: {}, annotator: "anna" }));
    const late = await import(`${MODULE}?3`);
    late.media.know([{ source: "a.jpg", width: 2, height: 3 }]);
    console.log(JSON.stringify([states(late), late.media.of(late.labels.all())]));
    """
    assert _run(f'const KEY = "aiducation-labels";{code}') == [
        ["bored"],
        [{"source": "a.jpg", "width": 2, "height": 3}],
    ]
