"""The page about peers: docs/peers.md from results/peers.json.

python benchmarks/peers_page.py results/peers.json docs/peers.md
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from aiducation.files import write_text

OURS = "this project"

_HEAD = """# Beside other tools

*Written by `python benchmarks/peers.py` (or `python benchmarks/peers_page.py results/peers.json docs/peers.md`); every number
is in [results/peers.json](../results/peers.json).*

This project and public tools that arrive with their weights from PyPI or npm, on the same faces. Every tool answers one of
seven emotions, so all are compared on three merged states: *angry* (anger), *calm* (neutral; here neutral and focused together)
and *bored* (sadness), given that the face shows one of them. Each tool gets the same square around each face and prepares it in
its own way; this project gets the face as it aligns it by itself. Tools that find faces by themselves do not do so here.

The official test is this project's home ground: it learned from the same votes, on other pictures. Tools that learned from
FER2013 may have seen its test pictures, with other labels. Whether tools that do not name their training data have seen pictures
of the foreign sets is not known; CK+ is among the most used sets of all. This project was not trained on the foreign sets, but
they chose some of its numbers: the width of its squares, and a temperature and a threshold for each view ([what was
tried](../results/foreign_tried.md)).

What this comparison cannot show: the labels of the foreign sets were made by few people each, "sad" stands for *bored* where a
set has no better label, and no other tool was made for these three states. Balanced accuracy is the mean recall of the states
that a set has. Calibration error is the mean distance between probabilities and how often they are right (0 is best). In
brackets: 95 % intervals over persons, or over pictures where persons are not known. "First" and "better" go by the estimates
alone: where intervals overlap, the order may be chance.
"""


def page(value: dict[str, Any]) -> str:
    """The page as Markdown."""
    return "\n".join([_HEAD, _tools(value), *(_set(name, value) for name in value["sets"]), _again()])


def write_page(value: dict[str, Any], path: Path) -> None:
    """Write it."""
    write_text(path, page(value))


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

| tool | accuracy | balanced accuracy | recall of angry, calm, bored | calibration error |
|---|---|---|---|---|
{rows}
"""


def _row(name: str, scores: dict[str, Any]) -> str:
    recall = ", ".join(
        f"{scores['recall'][state]['estimate']:.2f}" if state in scores["recall"] else "–"
        for state in ("angry", "calm", "bored")
    )
    cells = [_interval(scores[key]) for key in ("accuracy", "balanced_accuracy")]
    return f"| {name} | {cells[0]} | {cells[1]} | {recall} | {_interval(scores['calibration_error'])} |"


def _interval(score: dict[str, float]) -> str:
    return f"{score['estimate']:.3f} ({score['low']:.3f} to {score['high']:.3f})"


def _place(tools: dict[str, Any]) -> str:
    """How this project does, in a sentence a measure: losses as plainly as wins."""
    words = []
    for key, name, best in (
        ("accuracy", "accuracy", max),
        ("balanced_accuracy", "balanced accuracy", max),
        ("calibration_error", "calibration", min),
    ):
        values = {tool: scores[key]["estimate"] for tool, scores in tools.items()}
        first = best(values, key=lambda tool: values[tool])
        others = {tool: score for tool, score in values.items() if tool != OURS}
        if first == OURS:
            rival = best(others, key=lambda tool: others[tool])
            words.append(f"it is first in {name} ({values[OURS]:.3f}; next: {rival}, {values[rival]:.3f})")
        else:
            place = 1 + sum(
                (score > values[OURS]) == (best is max) and score != values[OURS] for score in others.values()
            )
            words.append(
                f"{first} is better in {name} ({values[first]:.3f} against {values[OURS]:.3f}, place {place} of {len(values)})"
            )
    return f"This project: {'; '.join(words)}."


def _again() -> str:
    return """## Measure it again

```
python -m venv VENV && VENV/bin/pip install -r benchmarks/peers/requirements.txt
npm install --prefix FOLDER $(cat benchmarks/peers/packages.txt)
python benchmarks/peers.py SETS --data data --cache CACHE --python VENV/bin/python --node FOLDER \\
    --json results/peers.json --page docs/peers.md
```

SETS holds the foreign sets as [results](../results/README.md) describes them; their pictures are not published here.
"""


if __name__ == "__main__":
    write_page(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
