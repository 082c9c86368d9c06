#!/usr/bin/env bash
# Believed: f1_score(..., average="macro") of the package confidenceinterval gives the interval of the article that it names; answers that are the
#   truth, of which precision_score and recall_score say 1 to 1, have no width.
# Happens: two factors of the article's variance are added. 20 perfect answers for four states have 0.78 to 1.22, and 2,000 still go beyond 1.
#   Where answers are wrong, the interval is 40 % too wide if the states are equally many, and a fifth too narrow if one state is most of them.
# Matters: macro F1 with its interval is the usual figure of such networks, and rare states are the rule in classes. Here intervals resample people
#   (src/aiducation/evaluation/intervals.py), and the percentiles of a share cannot leave 0 to 1.
# Date: 2026-12-01. Source: run here (1.0.5); K. Takahashi et al., Applied Intelligence 52 (2022), section 3.2 (variance of macro F1).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check confidenceinterval==1.0.5 scikit-learn==1.6.1 numpy==1.26.4 scipy==1.12.0
venv/bin/python - <<'PY'
from importlib.metadata import version

import numpy as np
from confidenceinterval import f1_score, precision_score, recall_score
from sklearn.metrics import confusion_matrix


def half_width(truth, answers):
    low, high = f1_score(truth, answers, average="macro")[1]
    return (high - low) / 2


def by_article(truth, answers):
    """Half the width of the 95 % interval, from the delta method of the article."""
    share = confusion_matrix(truth, answers) / len(truth)
    k, right, both = len(share), np.diag(share), share.sum(0) + share.sum(1)
    f1, wrong = 2 * right / both, both - 2 * right
    variance = (f1 * wrong / both**2 * (f1 / 2 + wrong / both)).sum()
    variance += sum(share[j, i] * f1[i] * f1[j] / (both[i] * both[j]) for i in range(k) for j in range(k) if i != j)
    return 1.96 * np.sqrt(2 * variance / k**2 / len(truth))


def resampled(truth, answers):
    """The same from 1,000 resamples of the faces."""
    rng, found = np.random.default_rng(0), []
    for _ in range(1000):
        draw = rng.integers(len(truth), size=len(truth))
        counts = np.bincount(4 * truth[draw] + answers[draw], minlength=16).reshape(4, 4)
        found.append((2 * np.diag(counts) / (counts.sum(0) + counts.sum(1))).mean())
    return 1.96 * np.std(found)


print("confidenceinterval", version("confidenceinterval"))
for faces in (20, 2000):
    states = [0, 1, 2, 3] * (faces // 4)
    low, high = f1_score(states, states, average="macro")[1]
    print(f"{faces:,} perfect answers: macro F1 {low:.3f} to {high:.3f}")
    assert high > 1.02, "the behaviour has changed"
    for other in (precision_score, recall_score):
        assert np.allclose(other(states, states, average="macro")[1], 1), "the behaviour has changed"
ratios = []
for numbers in ((50, 50, 50, 50), (170, 10, 10, 10)):
    truth = np.repeat(range(4), numbers)
    answers = np.concatenate([[s] * (n - n // 5) + [(s + 1 + i % 3) % 4 for i in range(n // 5)] for s, n in enumerate(numbers)])
    theirs, right, drawn = (f(truth, answers) for f in (half_width, by_article, resampled))
    print(f"faces of each state {numbers}: half width {theirs:.3f}, by the article {right:.3f}, resampled {drawn:.3f}")
    assert abs(right / drawn - 1) < 0.1
    ratios.append(theirs / right)
assert ratios[0] > 1.3 and ratios[1] < 0.9, "the behaviour has changed"
PY
