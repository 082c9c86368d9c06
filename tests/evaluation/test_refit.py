"""The refit against scikit-learn, and how its choices are made."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.evaluation.adaptation import NEVER, Labelled, adapt, folds, held_out_logits
from aiducation.evaluation.calibration import softmax
from aiducation.evaluation.held_out import held_out
from aiducation.evaluation.refit import Shrinkage, refit
from aiducation.states import OUTCOMES
from needs import need_package


def problem(n: int = 80, *, seed: int = 0, gain: float = 1.0) -> Labelled:
    """Faces whose features tell the outcome, and a network that looks at others; four people in ten faces."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 4
    features = rng.normal(size=(1, n, 12))
    features[0, np.arange(n), truth] += 2.0
    logits = rng.normal(size=(1, n, 5)) + gain * np.eye(5)[truth]
    return Labelled(logits=logits, features=features, truth=truth, groups=np.arange(n) // 3)


def test_without_a_network_it_is_scikit_learns_logistic_regression() -> None:
    need_package("sklearn")
    from sklearn.linear_model import LogisticRegression

    one = problem()
    kept = Shrinkage(scale=0.0, scale_deviation=1e-6, bias_deviation=1e6, ridge=2.0)
    x = one.features[0] - one.features[0].mean(axis=0)
    x /= np.sqrt((x**2).sum(axis=1).mean())
    weight = np.random.default_rng(1).uniform(0.5, 2, len(one))
    x = one.features[0] - np.average(one.features[0], axis=0, weights=weight)
    unit = np.sqrt(np.average((x**2).sum(axis=1), weights=weight))
    made = refit(np.zeros((len(one), 4)), one.features[0], one.truth, weight, kept)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=5000).fit(x / unit, one.truth, sample_weight=weight)
    ours = softmax(made.logits(np.zeros((len(one), 4)), one.features[0]))
    np.testing.assert_allclose(ours, theirs.predict_proba(x / unit), atol=1e-4)


def test_strong_shrinkage_leaves_the_network_as_it_is() -> None:
    one = problem()
    held = Shrinkage(scale=1.0, scale_deviation=1e-6, bias_deviation=1e-6, ridge=1e9)
    made = refit(one.logits[0], one.features[0], one.truth, np.ones(len(one)), held)
    assert made.scale == pytest.approx(1.0, abs=1e-4)
    np.testing.assert_allclose(made.logits(one.logits[0], one.features[0]), one.logits[0], atol=1e-3)


def test_one_layer_does_what_the_refit_does() -> None:
    one, rng = problem(), np.random.default_rng(2)
    weights, bias = rng.normal(size=(5, 12)), rng.normal(size=5)
    logits = one.features[0] @ weights.T + bias
    made = refit(logits, one.features[0], one.truth, np.ones(len(one)), Shrinkage(ridge=1.0))
    new, shift = made.layer(weights, bias)
    np.testing.assert_allclose(one.features[0] @ new.T + shift, made.logits(logits, one.features[0]), atol=1e-9)


def test_folds_keep_people_together_and_states_apart() -> None:
    one = problem(120)
    parts = folds(one.truth, one.groups, 5, 0)
    assert all(len(set(parts[one.groups == who])) == 1 for who in set(one.groups.tolist()))
    counts = np.array([np.bincount(one.truth[parts == k], minlength=4) for k in range(5)])
    assert counts.min() >= 4 and counts.max() <= 8


def test_adapting_gains_on_people_who_were_held_out() -> None:
    one = problem(100, gain=0.3)
    after = held_out_logits(one)
    found = held_out(softmax(one.logits[0]), softmax(after), one.truth, one.groups)
    assert found.better and found.balanced[2].low > 0.1 and found.people == len(set(one.groups.tolist()))
    assert adapt(one).method == "last layer"


@pytest.mark.slow
def test_noise_is_no_reason_to_replace_a_good_model() -> None:
    replaced = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        logits = 2 * rng.normal(size=(1, 80, 5)) - [0, 0, 0, 0, 50]
        truth = np.array([rng.choice(5, p=p) for p in softmax(logits[0])])  # the model's probabilities are true
        one = Labelled(logits=logits, features=rng.normal(size=(1, 80, 12)), truth=truth, groups=np.arange(80))
        replaced += held_out(softmax(logits[0]), softmax(held_out_logits(one)), truth, one.groups).better
    assert replaced <= 1


def test_what_cannot_occur_is_never_answered_and_other_keeps_its_share() -> None:
    one = problem(60)
    rows = one.truth < 2
    some = one.at(rows)
    made = adapt(some, ("neutral", "angry", "other")).refit
    probs = softmax(made.logits(some.logits[0], some.features[0]))
    assert made.bias[OUTCOMES.index("bored")] == NEVER and probs[:, 2:4].max() < 1e-6
    assert probs[:, 4].mean() == pytest.approx(softmax(some.logits[0])[:, 4].mean(), abs=1e-3)
