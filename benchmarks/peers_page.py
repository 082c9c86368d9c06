"""The page about peers: docs/peers.md from results/peers.json; and the short table of README.md.

python benchmarks/peers_page.py results/peers.json docs/peers.md [README.md]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from aiducation.files import write_text

OURS = "this project"

BEGIN, END = "<!-- other tools: begin -->", "<!-- other tools: end -->"

#: What the sets are called in the short table.
SHORT = {
    "test": "official test of FER2013",
    "ainet_b": "colour pictures from the web",
    "ckplus48": "posed faces",
    "muxspace": "gray press photos",
}

_HEAD = """# Beside other tools

*Written by `python benchmarks/peers.py` (or, from its numbers, by
`python benchmarks/peers_page.py results/peers.json docs/peers.md README.md`); every number is in
[results/peers.json](../results/peers.json).*

This project and public tools that arrive with their weights from PyPI or npm, on the same faces. Every tool answers one of
seven emotions, so all are compared on three merged states: *angry* (anger), *calm* (neutral; here neutral and focused together)
and *bored* (sadness), given that the face shows one of them. Each tool gets squares around each face in four sizes (0.8, 0.9,
1 and 1.15 times as high as the face's box; pictures of 48 x 48 pixels as they are) and prepares them in its own way. Of these the
size counts that suits the tool best on these very faces, which is in its favour. This project gets the face as it aligns it by
itself. Tools that find faces by themselves do not do so here. PyEmotion gives seven independent numbers (sigmoids); they are
divided by their sum.

The official test is this project's home ground: it learned from the same votes, on other pictures. Tools that learned from
FER2013 may have seen its test pictures, with other labels. Whether tools that do not name their training data have seen pictures
of the foreign sets is not known; CK+ is among the most used sets of all. This project was not trained on the foreign sets, but
they chose some of its settings: the width of its squares, that all states count as equally frequent, and a temperature and a
threshold for each view ([what was tried](../results/foreign_tried.md)). No other tool had such a choice. Its calibration error on
these sets may therefore be too good; with a temperature that was chosen without the set in question it is LEFT_OUT.

What this comparison cannot show: the labels of the foreign sets were made by few people each, "sad" stands for *bored* where a
set has no better label, and no other tool was made for these three states. Balanced accuracy is the mean recall of the states
that a set has; the tools stand in its order. *Ahead by* is this project's balanced accuracy minus the tool's on the same faces,
with an interval that holds for all tools of a table together: where it does not contain 0, the difference is significant
(5 % for the whole table). Calibration error is the mean distance between probabilities and how often they are right (0 is best);
in brackets after it what chance alone would give if every probability were true. Other brackets: 95 % intervals over persons, or
over pictures where persons are not known.
"""


def page(value: dict[str, Any]) -> str:
    """The page as Markdown."""
    return "\n".join(
        [
            _HEAD.replace("LEFT_OUT", _left_out()),
            _tools(value),
            *(_set(name, value) for name in value["sets"]),
            _again(),
        ]
    )


def write_page(value: dict[str, Any], path: Path) -> None:
    """Write it."""
    write_text(path, page(value))


def short_table(value: dict[str, Any]) -> str:
    """Balanced accuracy on every set, of this project and of the tool that is best there, for README.md."""
    lines = ["| faces | this project | best other tool |", "|---|---|---|"]
    for name, one in value["sets"].items():
        scores = {tool: found["balanced_accuracy"]["estimate"] for tool, found in one["tools"].items()}
        ours = scores.pop(OURS)
        best = max(scores, key=lambda tool: scores[tool])
        lines.append(f"| {SHORT[name]} | {ours:.2f} | {scores[best]:.2f} ({best}) |")
    return "\n".join(lines) + "\n"


def write_section(value: dict[str, Any], path: Path) -> None:
    """Put the short table between its two marks."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)
    if not begin or not after[1]:
        sys.exit(f"{path} has no place for the table: {BEGIN} and {END}.")
    write_text(path, f"{before}{BEGIN}\n{short_table(value)}{END}{after[2]}")


def _left_out() -> str:
    """Calibration errors of the view calm with a temperature that other sets chose: "0.085 (ainet_b), ..."."""
    tried = json.loads((Path(__file__).parents[1] / "results" / "foreign_tried.json").read_text(encoding="utf-8"))
    errors = tried["calm_calibration"]["ways"]["one temperature"]["left_out"]
    named = [f"{error:.3f} ({name})" for name, error in errors.items()]
    return f"{', '.join(named[:-1])} and {named[-1]}"


def _tools(value: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {about['name']} | {about['trained_on']} | {value['milliseconds'][tool]:.2f} |"
        for tool, about in value["tools"].items()
    )
    return f"""## The tools

Milliseconds are the median processor time of single faces on one thread
({value["environment"]["processor"]}), all tools in one run. The npm tools run on WebAssembly.

| tool | trained on | milliseconds a face |
|---|---|---|
{rows}
"""


def _set(name: str, value: dict[str, Any]) -> str:
    one = value["sets"][name]
    ranked = sorted(one["tools"], key=lambda tool: -one["tools"][tool]["balanced_accuracy"]["estimate"])
    rows = "\n".join(_row(value["tools"][tool]["name"], one["tools"][tool]) for tool in ranked)
    return f"""## {name}

{one["what"][:1].upper()}{one["what"][1:]}; {one["faces"]:,} faces of the four states. {_place(one["tools"])}

| tool | accuracy | balanced accuracy | this project is ahead by | recall of angry, calm, bored | calibration error |
|---|---|---|---|---|---|
{rows}
"""


def _row(name: str, scores: dict[str, Any]) -> str:
    recall = ", ".join(
        f"{scores['recall'][state]['estimate']:.2f}" if state in scores["recall"] else "–"
        for state in ("angry", "calm", "bored")
    )
    cells = [_interval(scores[key]) for key in ("accuracy", "balanced_accuracy")]
    lead = _interval(scores["our_lead"]) if "our_lead" in scores else "–"
    calibration = f"{scores['calibration_error']['estimate']:.3f} (chance: {scores['calibration_error_by_chance']:.3f})"
    return f"| {name} | {cells[0]} | {cells[1]} | {lead} | {recall} | {calibration} |"


def _interval(score: dict[str, float]) -> str:
    return f"{score['estimate']:.3f} ({score['low']:.3f} to {score['high']:.3f})"


def _place(tools: dict[str, Any]) -> str:
    """How this project does: losses as plainly as wins, and only what is significant as a win or a loss."""
    leads = {tool: scores["our_lead"] for tool, scores in tools.items() if "our_lead" in scores}
    parts = {
        "significantly ahead of": [tool for tool, lead in leads.items() if lead["low"] > 0],
        "not to be told apart from": [tool for tool, lead in leads.items() if lead["low"] <= 0 <= lead["high"]],
        "significantly behind": [tool for tool, lead in leads.items() if lead["high"] < 0],
    }
    balanced = "; ".join(f"{words} {_and(some)}" for words, some in parts.items() if some)
    places = []
    for key, words, best in (("accuracy", "accuracy", max), ("calibration_error", "calibration", min)):
        values = {tool: scores[key]["estimate"] for tool, scores in tools.items()}
        first = best(values, key=lambda tool: values[tool])
        place = 1 + sum((score > values[OURS]) if best is max else (score < values[OURS]) for score in values.values())
        rival = "" if first == OURS else f" (first: {first}, {values[first]:.3f} against {values[OURS]:.3f})"
        places.append(f"number {place} of {len(values)} in {words}{rival}")
    return f"This project, by balanced accuracy: {balanced}. By the estimates alone it is {' and '.join(places)}."


def _and(names: list[str]) -> str:
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def _again() -> str:
    return """## Measure it again

```
python -m venv VENV && VENV/bin/pip install -r benchmarks/peers/requirements.txt
npm install --prefix FOLDER $(cat benchmarks/peers/packages.txt)
python benchmarks/peers.py SETS --data data --cache CACHE --python VENV/bin/python --node FOLDER \\
    --json results/peers.json --page docs/peers.md --readme README.md
```

SETS holds the foreign sets as [results](../results/README.md) describes them; their pictures are not published here.
"""


if __name__ == "__main__":
    measured = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    write_page(measured, Path(sys.argv[2]))
    for name in sys.argv[3:]:
        write_section(measured, Path(name))
