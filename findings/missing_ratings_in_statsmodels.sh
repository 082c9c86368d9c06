#!/usr/bin/env bash
# Believed: aggregate_raters of statsmodels, which prepares ratings for fleiss_kappa, leaves missing ratings out or refuses them.
# Happens: NaN, the -1 that pandas' codes of categories have for a missing value, and an empty text each become one more category, on which raters
#   "agree". Three people who guess have a kappa of 0.04, and of 0.47 if for as many moments more the face was hidden and nobody said anything;
#   three who always agree have 1, and 0.57 if each leaves out a fifth of the moments by chance.
# Matters: annotators of a class leave out whoever turns away, all at the same time. units.csv of our comparison of annotators has empty cells;
#   Fleiss' kappa is taken here from what all rated, alpha from every pair (tests/reference/test_agreement_reference.py).
# Date: 2026-11-29. Source: run here; the description of aggregate_raters (0.15.0) says nothing of it, that of to_table says "no NaN handling".
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check statsmodels==0.15.0 pandas==3.1.1
venv/bin/python - <<'PY'
from importlib.metadata import version

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

STATES = pd.CategoricalDtype(["neutral", "angry", "focused", "bored"])
rng = np.random.default_rng(0)
guessed = pd.DataFrame(rng.choice(STATES.categories, (400, 3)), columns=["anna", "ben", "carla"])
hidden = guessed.copy()
hidden[200:] = None
alike = pd.DataFrame({name: guessed["anna"] for name in guessed})
scattered = alike.mask(rng.random(alike.shape) < 0.2)


def kappas(said):
    """Fleiss' kappa of three ways in which missing ratings are commonly written, and the categories of the second."""
    codes = said.apply(lambda column: column.astype(STATES).cat.codes)
    ways = [codes.where(codes >= 0).to_numpy(float), codes.to_numpy(), said.fillna("").to_numpy(str)]
    made = [aggregate_raters(one) for one in ways]
    return [round(float(fleiss_kappa(counts)), 2) for counts, _ in made], made[1][1].tolist()


found = {"guessed": kappas(guessed[:200]), "hidden": kappas(hidden), "alike": kappas(alike), "scattered": kappas(scattered)}
print("statsmodels", version("statsmodels"))
for name, (values, categories) in found.items():
    print(f"{name:10} NaN, -1, empty text: {values} categories: {categories}")
assert found["guessed"] == ([0.04] * 3, [0, 1, 2, 3]) and found["hidden"] == ([0.47] * 3, [-1, 0, 1, 2, 3]), "it has changed"
assert found["alike"][0] == [1.0] * 3 and found["scattered"] == ([0.57] * 3, [-1, 0, 1, 2, 3]), "the behaviour has changed"
PY
