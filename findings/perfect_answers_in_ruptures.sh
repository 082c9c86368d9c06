#!/usr/bin/env bash
# Believed: precision_recall of ruptures gives 1 and 1 to an answer that is the truth, and a wider margin finds no less.
# Happens: each true change takes every answer within the margin, also those that belong to the changes after it, which then count as not found. With
#   changes at 100 and 108 the answer [100, 108] has precision and recall 0.5 at the margin of 10 that is the default, and 1 at a margin of 8; of the
#   changes of a lesson, copied exactly, 0.70 are "found" with a margin of 10 and all with a margin of 1. Its documentation says that a true change
#   is found "if there is at least one computed change point at less than 'margin' points from it".
# Matters: states change in pairs (somebody looks bored for eight seconds), so finders of changes look worse the more they find. Here onsets are
#   paired one to one, as many as there can be (tests/evaluation/test_agreement.py).
# Date: 2026-11-30. Source: run here (1.1.10); its page "Precision and recall".
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ruptures==1.1.10
venv/bin/python - <<'PY'
from importlib.metadata import version

import numpy as np
from ruptures.metrics import precision_recall

pair = [100, 108, 200]
lengths = np.random.default_rng(0).exponential(15, 200)  # how long a state lasts, in seconds
lesson = np.cumsum(np.maximum(np.round(lengths), 1)).astype(int).tolist()
found = {
    "pair": {margin: precision_recall(pair, pair, margin=margin) for margin in (8, 10)},
    "lesson": {margin: tuple(round(one, 2) for one in precision_recall(lesson, lesson, margin=margin)) for margin in (1, 5, 10)},
}
print("ruptures", version("ruptures"), "precision and recall of the truth itself, by margin:", found)
assert found["pair"] == {8: (1.0, 1.0), 10: (0.5, 0.5)}, "the behaviour has changed"
assert found["lesson"] == {1: (1.0, 1.0), 5: (0.81, 0.81), 10: (0.7, 0.7)}, "the behaviour has changed"
PY
