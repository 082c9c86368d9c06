"""Put what was chosen and measured on foreign faces where it is used: into the packaged models, the model card and the README.

python tools/foreign_section.py --choices results/foreign_tried.json  writes priors, temperatures and thresholds into the models
python tools/foreign_section.py results/foreign_faces.json            prints the section
python tools/foreign_section.py results/foreign_faces.json --write    also writes it into the models and MODEL_CARD.md, and a
                                                                      short table into README.md

``benchmarks/foreign_tried.py`` and ``benchmarks/foreign_faces.py`` write these files, in this order. In the two documents the
section stands between the lines
"<!-- foreign faces: begin -->" and "<!-- foreign faces: end -->"; where they are missing it is added at the end. Page and
report read it from the model.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiducation.files import write_text
from aiducation.observations.elsewhere import compact, section
from aiducation.records import read_record
from aiducation.training.onnx_model import describe
from aiducation.vision.classifier import Classifier, default_model_path

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- foreign faces: begin -->", "<!-- foreign faces: end -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", type=Path, nargs="?")
    parser.add_argument("--choices", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.choices:
        chosen = read_record(options.choices)
        _describe(assumed_priors=chosen["priors"]["chosen"], camera=chosen["camera"])
    if not options.measured:
        return
    elsewhere = compact(read_record(options.measured))
    made = section(elsewhere)
    assert made is not None, "the file names no set"
    print(made.markdown())
    if not options.write:
        return
    _describe(elsewhere=elsewhere)
    for name, words in (("MODEL_CARD.md", made.markdown()), ("README.md", short_table(elsewhere))):
        write_text(ROOT / name, with_section((ROOT / name).read_text(encoding="utf-8"), words))


def short_table(elsewhere: Mapping[str, Any]) -> str:
    """The most important columns as a Markdown table: a row for each set, four states and the view calm."""
    lines = [
        '| faces | right, four states | right, view calm | answered; right of these, "other" included |',
        "|---|---|---|---|",
    ]
    for one in elsewhere["sets"]:
        scores = [f"{one[key]['estimate']:.2f}" for key in ("accuracy", "calm_accuracy")]
        answered = f"{one['calm_coverage']:.0%}, {one['calm_accuracy_when_answered']['estimate']:.0%}"
        cells = [re.split(r"[,(]| of 48", one["what"])[0].strip(), *scores, answered.replace("%", " %")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _describe(**fields: Any) -> None:
    """Give the packaged models other values of some fields of their description."""
    for path in sorted(default_model_path().parent.glob("flagship*.onnx")):
        describe(path, replace(Classifier(path).info, **fields))


def with_section(document: str, words: str) -> str:
    """A document with the section between its two marks."""
    before, begin, rest = document.partition(BEGIN)
    after = rest.partition(END)[2] if begin else "\n"
    if not begin:
        before = before.rstrip() + "\n\n"
    return f"{before}{BEGIN}\n{words}{END}{after}"


if __name__ == "__main__":
    main()
