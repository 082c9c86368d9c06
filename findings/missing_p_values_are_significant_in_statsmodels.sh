#!/usr/bin/env bash
# Believed: multipletests of statsmodels, which adjusts p-values for testing several things, leaves out one that is missing, or calls it missing.
# Happens: by default (Holm-Sidak) and with Holm, a missing p-value (NaN) is "rejected", that is significant, if all the others are. With those of
#   Benjamini, Hochberg and Hommel every adjusted p-value becomes NaN. statsmodels' own test of two shares gives NaN where nobody is wrong on either
#   side: two groups in which all faces are judged rightly differ "significantly".
# Matters: a rare state, or a network without errors on it, is such a comparison, and the table reads as a finding of unfairness. Here a comparison
#   without a p-value keeps none and changes no other, as in R's p.adjust (tests/reference/test_comparisons_reference.py).
# Date: 2026-11-30. Source: run here (0.15.0); https://github.com/statsmodels/statsmodels/issues/2899 has the NaN of Benjamini-Hochberg alone.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check statsmodels==0.15.0 pandas==3.1.1
venv/bin/python -W ignore - <<'PY'
from importlib.metadata import version

import numpy as np
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

# Wrong answers among 60 faces of each of two groups, for each state.
wrong = {"neutral": (4, 25), "angry": (0, 0), "focused": (10, 34), "bored": (6, 24)}
p_values = np.array([proportions_ztest(pair, (60, 60))[1] for pair in wrong.values()])
print("p-values of", ", ".join(f"{state} {p:.2g}" for state, p in zip(wrong, p_values)))
found = {}
for method in ("hs", "holm", "bonferroni", "simes-hochberg", "hommel", "fdr_bh", "fdr_by"):
    significant, adjusted, *_ = multipletests(p_values, method=method)
    found[method] = (bool(significant[1]), int(np.isnan(adjusted).sum()), int(significant.sum()))
    print(f"{method:15} angry is {'' if significant[1] else 'not '}significant; significant: {significant.sum()} of 4;", end=" ")
    print("adjusted:", ", ".join(f"{p:.2g}" for p in adjusted))
print("statsmodels", version("statsmodels"), "default:", multipletests(p_values)[0].tolist())
assert np.isnan(p_values).tolist() == [False, True, False, False], "the test of shares has changed"
assert multipletests(p_values)[0].all() and found["hs"] == found["holm"] == (True, 1, 4), "the behaviour has changed"
assert found["bonferroni"] == (False, 1, 3) and found["hommel"] == (False, 4, 0), "the behaviour has changed"
assert all(found[name] == (False, 4, 3) for name in ("simes-hochberg", "fdr_bh", "fdr_by")), "the behaviour has changed"
PY
