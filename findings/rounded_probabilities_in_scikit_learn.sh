#!/usr/bin/env bash
# Believed: scikit-learn's temperature scaling (CalibratedClassifierCV, method="temperature") understands probabilities of four digits.
# Happens: it guesses what it got. If all rows add up to 1 within 0.00001 they are probabilities; otherwise all are logits. Rounded to four digits, or
#   kept as 16-bit floats, they are "logits": a network that is too sure (right temperature: 1.5) gets 0.3, and its log loss is worse. Each prediction
#   is guessed anew: a face asked for alone, whose row happens to add up to 1, has 0.99 where it has 0.62 beside others, and should have 0.50.
# Matters: whoever calibrates a model on faces of a school does so from saved tables, and ours were such. Now the written probabilities of a face add
#   up to 1 (tests/reference/test_calibration_reference.py, tests/observations/test_rows.py).
# Date: 2026-11-30. Source: run here (1.9.1); its documentation names the guess, not how near to 1; scikit-learn's pull request 34313 would end it.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check scikit-learn==1.9.1
venv/bin/python - <<'PY'
from importlib.metadata import version

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator


class Given(ClassifierMixin, BaseEstimator):
    """A classifier whose answers were written down: its input is its probabilities."""

    def fit(self, X, y):
        self.classes_ = np.arange(X.shape[1])
        return self

    def predict_proba(self, X):
        return X

    def predict(self, X):
        return X.argmax(axis=1)


def softmax(logits):
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


rng = np.random.default_rng(0)
logits = rng.normal(0, 2, (2000, 5))
truth = np.array([rng.choice(5, p=row) for row in softmax(logits)])
said = softmax(1.5 * logits)  # too sure: the right temperature is 1.5
ways = {"whole": said, "six digits": said.round(6), "four digits": said.round(4), "16-bit": said.astype(np.float16)}
ways["four digits, divided by their sum"] = ways["four digits"] / ways["four digits"].sum(axis=1, keepdims=True)
found = {}
for name, given in ways.items():
    made = CalibratedClassifierCV(FrozenEstimator(Given().fit(given, truth)), method="temperature").fit(given, truth)
    together, alone = made.predict_proba(given), np.vstack([made.predict_proba(row[None]) for row in given[:200]])
    temperature = 1 / float(made.calibrated_classifiers_[0].calibrators[0].beta_)
    loss = -np.log(together[np.arange(2000), truth]).mean()
    others = int((np.abs(alone - together[:200]).max(axis=1) > 0.01).sum())
    found[name] = (round(temperature, 1), round(float(loss), 2), others > 0)
    print(f"{name:33}: temperature {temperature:.2f}, log loss {loss:.3f}, of 200 faces other answers alone: {others}; the first face: "
          f"{float(given[0].max()):.2f} -> {together[0].max():.2f} together, {alone[0].max():.2f} alone")
print("scikit-learn", version("scikit-learn"))
right, wrong = (1.5, 0.9, False), (0.3, 0.98, True)
assert [found[name] == right for name in ways] == [True, True, False, False, True], "the behaviour has changed"
assert found["four digits"] == found["16-bit"] == wrong, "the behaviour has changed"
PY
