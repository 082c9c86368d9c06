#!/usr/bin/env bash
# Believed: Fleiss' kappa of torchmetrics takes faces on which some annotators said nothing, as its own example has rows of different sums.
# Happens: it reckons with the largest number of votes for every face, so each vote that is missing is a disagreement. Annotators who always
#   agree have 1 where three rate each face, 0.92 if of twenty faces one has two votes, and 0.36 if half of them have. Nothing is said.
# Matters: of FER+ the votes "unknown" and "not a face" are left out first: the eight emotions have a kappa of 0.55, and torchmetrics says 0.50.
#   Here Fleiss' kappa is of what all have rated, and alpha of every pair (tests/reference/test_agreement_reference.py: test_all_figures).
# Date: 2026-11-30. Source: run here (1.9.0); its documentation asks for "the number of raters that chose each category", not for equal sums;
#   statsmodels has the same assumption and stops (https://github.com/statsmodels/statsmodels/issues/7781).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 torchmetrics==1.9.0
venv/bin/python - <<'PY'
import torch
import torchmetrics
from torchmetrics.functional.nominal import fleiss_kappa


def by_definition(counts):
    """With each face's own number of votes (J. L. Fleiss, 1971, for equal ones)."""
    counts = counts.double()
    votes = counts.sum(1)
    observed = (((counts**2).sum(1) - votes) / (votes * (votes - 1))).mean()
    chance = ((counts.sum(0) / counts.sum()) ** 2).sum()
    return round(float((observed - chance) / (1 - chance)), 2)


three = torch.tensor([[3, 0], [0, 3]] * 10)  # bored, angry
one_less = three.clone()
one_less[0, 0] = 2
half_less = torch.tensor([[3, 0], [0, 3], [2, 0], [0, 2]] * 5)
found = {}
for name, counts in {"all vote": three, "one vote is missing": one_less, "a vote of half of the faces is": half_less}.items():
    found[name] = (round(float(fleiss_kappa(counts)), 2), by_definition(counts))
print("torchmetrics", torchmetrics.__version__, "all agree; torchmetrics, by definition:", found)
assert list(found.values()) == [(1, 1), (0.92, 1), (0.36, 1)], "the behaviour has changed"
PY
