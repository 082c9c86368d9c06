"""The modules of the page without a browser: each can be parsed, and what is computed in them is right."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aiducation.states import OUTCOMES
from aiducation.web.app import STATIC
from needs import NODE as NODE_JS

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
        ("percent(0.256)", "26\u00a0%"),
        ("percent(null)", "–"),
    ],
    "texts.js": [
        ("duration(60)", "60 seconds"),
        ("duration(300)", "5 minutes"),
        ("duration(3600)", "1 hour"),
        ("duration(5400)", "1.5 hours"),
        ("t.consent.list({ scores: {} })[1]", "How often this model is wrong was not measured."),
        ("t.few.show(3)", "Show the states of these 3 people"),
        ("t.few.show(1)", "Show the state of this person"),
    ],
    "few.js": [
        (
            "shownFaces([{ p_neutral: 1, state: 'bored', left: 3 }, { p_neutral: null, state: 'unclear' }], "
            "{ states_withheld: 'so few' })",
            [
                {"state": "withheld", "left": 3, "reason": None, "confidence": None, **dict.fromkeys(P, None)},
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
    "cover.js": [
        (
            "heads([{ left: 0, right: 10, top: 0, bottom: 10 }, { left: 90, right: 91, top: 300, bottom: 301 }], 100, 100)",
            [{"left": 0, "right": 13, "top": 0, "bottom": 12}],
        )
    ],
    "look.js": [("inkOn('#ffffff')", "#06090d"), ("inkOn('#0b5a8f')", "#ffffff")],
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
    "recording.js": [
        ("progressOf(undefined, undefined)[0]", None),
        ("progressOf(undefined, 0.5)[0]", 0.5),
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


def node(*arguments: str, folder: Path) -> str:
    done = subprocess.run([str(NODE), *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_parsed(name: str, modules: Path) -> None:
    node("--check", name, folder=modules)


@pytest.mark.parametrize("name", CASES)
def test_what_a_module_computes(name: str, modules: Path) -> None:
    expressions = ", ".join(expression for expression, _ in CASES[name])
    script = f"""import * as module from "./{name}";
      import {{ learn }} from "./look.js";
      learn({{ looks: {{ bored: {{ color: "#cc79a7", mark: "B" }} }}, reasons: {{}} }});
      Object.assign(globalThis, module);
      const box = ([left, top, right, bottom]) => ({{ left, top, right, bottom }});
      console.log(JSON.stringify([{expressions}]));"""
    found = json.loads(node("--input-type=module", "--eval", script, folder=modules))
    for (expression, wanted), value in zip(CASES[name], found, strict=True):
        assert value == wanted, expression


def test_every_word_is_in_one_place() -> None:
    """No module but texts.js has a sentence to show."""
    for name in MODULES:
        if name == "texts.js":
            continue
        code = (STATIC / name).read_text(encoding="utf-8")
        lines = [line.split("//")[0] for line in code.splitlines() if not line.strip().startswith(("*", "/*", "//"))]
        strings = [part for line in lines for part in line.split('"')[1::2]]
        assert not [words for words in strings if re.match("[A-Z][a-z]* [a-z]", words)], name
