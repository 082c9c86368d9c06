#!/usr/bin/env bash
# Believed: weighted_alpha of PyCM is Krippendorff's alpha with steps: with squared steps that of interval data, 0 for people who guess.
# Happens: what chance would agree on is reckoned with the square of the mean of two shares where their product belongs. With weights that are
#   "equal or not" it is right, and nearly so where all values are equally frequent. Where one is most of them, two people who guess have 2.00, and
#   two who agree on 85 % of the faces 1.49 instead of 0.53: no alpha is above 1. Nothing is said.
# Matters: apparent ages of a class are nearly all of one group, so that annotators who guess look best. Here alpha of ordered values is compared
#   with the package krippendorff (tests/reference/test_agreement_reference.py: test_ordinal_alpha). PyCM's weighted_kappa is right.
# Date: 2026-12-01. Source: run here (4.6); K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections C and E.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pycm==4.6 krippendorff==0.9.0 numpy==1.26.4
venv/bin/python - <<'PY'
from importlib.metadata import version

import krippendorff
import numpy as np
from pycm import ConfusionMatrix

SQUARES = {i: {j: (i - j) ** 2 for j in range(3)} for i in range(3)}
SAME = {i: {j: int(i != j) for j in range(3)} for i in range(3)}
GUESSED = np.outer([20, 2, 1], [20, 2, 1]) * 2  # two people who know nothing of each other
GOOD = np.array([[320, 20, 4], [20, 15, 4], [4, 8, 5]])
EVEN = np.array([[100, 20, 5], [20, 100, 20], [5, 20, 100]])


def alphas(table, weight, level):
    first, second = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices(table.shape))
    theirs = ConfusionMatrix(first.tolist(), second.tolist()).weighted_alpha(weight=weight)
    return theirs, krippendorff.alpha(np.array([first, second]), level_of_measurement=level)


print("PyCM", version("pycm"), "krippendorff", version("krippendorff"))
found = {}
for name, table in (("guessed", GUESSED), ("good", GOOD), ("all equally many", EVEN)):
    found[name] = alphas(table, SQUARES, "interval")
    plain = alphas(table, SAME, "nominal")
    print(f"{name:17} squared steps: PyCM {found[name][0]:.3f}, alpha {found[name][1]:.3f}; equal or not: {plain[0]:.3f}, {plain[1]:.3f}")
    assert abs(plain[0] - plain[1]) < 0.002
assert np.trace(GOOD) / GOOD.sum() == 0.85 and abs(found["guessed"][1]) < 0.001
assert found["guessed"][0] > 1.9 and found["good"][0] > 1.4 and abs(np.diff(found["all equally many"])) < 0.002, "the behaviour has changed"
PY
