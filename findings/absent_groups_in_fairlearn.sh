#!/usr/bin/env bash
# Believed: fairlearn's bootstrapped interval of the difference between groups (MetricFrame with n_boot) says how sure the difference is.
# Happens: a resample that has no face of a group counts with a difference of 0, as if the groups were alike, and without a word. Of a group of
#   three faces 5 % of the resamples are such, more than the 2.5 % below the lower limit: whatever was measured, its interval begins at 0. With
#   57 faces all judged rightly and three all wrongly, the difference is 1 in every resample that has both, and the interval is 0 to 1.
# Matters: whoever checks a rare group this way finds "no difference shown" for ever. Here groups below a number of people are withheld, and
#   resamples without a group are left out of its interval (src/aiducation/evaluation/group_gaps.py, tests/evaluation/test_group_gaps.py).
# Date: 2026-11-29. Source: run here.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check fairlearn==0.15.0
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from fairlearn.metrics import MetricFrame
from sklearn.metrics import accuracy_score

print("fairlearn", version("fairlearn"))
group = np.repeat(["many", "few"], [57, 3])
truth = np.ones(60)
answer = np.where(group == "many", 1, 0)
frame = MetricFrame(
    metrics=accuracy_score, y_true=truth, y_pred=answer, sensitive_features=group,
    n_boot=1000, ci_quantiles=[0.025, 0.975], random_state=0,
)  # fmt: skip
measured, (low, high) = frame.difference(), frame.difference_ci()
print("difference", measured, "interval", low, "to", high)
groups = [one.to_dict() for one in frame.by_group_ci]
print("accuracy of the groups at both limits", groups)
assert (measured, low, high) == (1.0, 0.0, 1.0), "the behaviour has changed"
assert groups == [{"few": 0.0, "many": 1.0}] * 2, "the behaviour has changed"
PYTHON
