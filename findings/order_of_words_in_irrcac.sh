#!/usr/bin/env bash
# Believed: weighted agreement of ordered categories, such as apparent ages or "low, medium, high", follows the order that a pandas column
#   of ordered categories has; or the package refuses words whose order it cannot know.
# Happens: irrCAC sorts the words by the alphabet (middle-aged, older, young adult; high, low, medium) and weighs by that order, without a word. Two
#   people who never differ by more than one step have a weighted alpha of -0.02 instead of 0.36; other words for the same answers, another number.
# Matters: apparent ages that several people gave are words. Here attributes have their order and alpha is computed in it
#   (src/aiducation/observations/group_attributes.py, tests/reference/test_agreement_reference.py); in irrCAC name the order: categories=[...].
# Date: 2026-11-30. Source: run here; irrCAC 0.4.4 describes categories as optional and says nothing of their order.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check irrCAC==0.4.4 pandas==2.3.3 numpy==1.26.4
venv/bin/python - <<'PY'
import warnings
from importlib.metadata import version

import pandas as pd
from irrCAC.raw import CAC

warnings.simplefilter("ignore")
STEPS = [(0, 0), (0, 1), (1, 1), (2, 1), (1, 2), (0, 0), (2, 1), (1, 1)]
NAMES = {"ages": ["young adult", "middle-aged adult", "older adult"], "levels": ["low", "medium", "high"], "in their order": ["a", "b", "c"]}


def alpha(names, **options):
    """Linearly weighted alpha of the same answers under other names, as a table of ordered categories."""
    columns = zip(*STEPS, strict=True)
    order = pd.CategoricalDtype(names, ordered=True)
    table = pd.DataFrame({who: pd.Series([names[i] for i in column], dtype=order) for who, column in zip("xy", columns)})
    made = CAC(table, weights="linear", **options)
    return made.krippendorff()["est"]["coefficient_value"], list(made.categories)


found = {what: alpha(names) for what, names in NAMES.items()}
told = {what: alpha(names, categories=names) for what, names in NAMES.items()}
print("irrCAC", version("irrCAC"))
for what, (value, order) in found.items():
    print(f"{what:15} {value:8} by {order}; told the order: {told[what][0]}")
assert {value for value, _ in told.values()} == {found["in their order"][0]}, "told the order, the names do not matter"
assert all(found[what][1] == sorted(NAMES[what]) for what in NAMES), "the behaviour has changed"
assert (found["levels"][0], told["levels"][0]) == (-0.01942, 0.3617) and found["ages"][0] == 0.36975, "the behaviour has changed"
PY
