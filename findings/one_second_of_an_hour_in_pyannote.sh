#!/usr/bin/env bash
# Believed: pyannote.metrics compares two annotations of a recording by segments and by boundaries: who finds little has a low coverage, and who
#   says that each state began five seconds early has a low precision and recall of boundaries.
# Happens: coverage and purity count only the time in which the answer said anything: one second of an hour has 1 and 1. Precision and recall look at
#   ends alone, and not at the last one: with gaps between states, beginnings may be anywhere, or the gaps filled, and both are 1 without a tolerance.
# Matters: these are figures with which coders of speech are compared; states have gaps, as faces turn away, and beginnings are what a teacher reacts
#   to. Here beginnings of the same state are matched (tests/evaluation/test_agreement.py: test_onsets_are_matched_once_and_as_often_as_possible).
# Date: 2026-12-01. Source: run here (4.2.0); https://github.com/pyannote/pyannote-metrics/issues/24 (open) has the empty answer.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyannote.metrics==4.2.0 pyannote.core==6.1.0 numpy==2.3.5
venv/bin/python - <<'PY'
import warnings
from importlib.metadata import version

from pyannote.core import Annotation, Segment
from pyannote.metrics.segmentation import SegmentationCoverage, SegmentationPrecision, SegmentationPurity, SegmentationRecall

warnings.simplefilter("ignore")


def annotation(*spans):
    made = Annotation()
    for start, end, state in spans:
        made[Segment(start, end)] = state
    return made


print("pyannote.metrics", version("pyannote.metrics"))
hour = annotation((0, 1800, "calm"), (1800, 3600, "bored"))
second = annotation((0, 1, "calm"))
found = [measure()(hour, second) for measure in (SegmentationCoverage, SegmentationPurity)]
print("one second of an hour: coverage and purity", *found)
assert found == [1, 1], "the behaviour has changed"

ENDS = (20, 50, 80, 110)
truth = annotation(*((end - 10, end, "bored") for end in ENDS))
answers = {
    "five seconds early": annotation(*((end - 15, end, "bored") for end in ENDS)),
    "gaps filled": annotation(*((a, b, "bored") for a, b in zip((0, *ENDS), ENDS))),
    "the last for ever": annotation(*((end - 10, end, "bored") for end in ENDS[:-1]), (100, 3600, "bored")),
}
for name, answer in answers.items():
    found = [measure(tolerance=0)(truth, answer) for measure in (SegmentationPrecision, SegmentationRecall)]
    print(f"{name}: precision and recall of boundaries", *found)
    assert found == [1, 1], "the behaviour has changed"
PY
