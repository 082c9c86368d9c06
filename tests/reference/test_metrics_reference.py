"""Our scores against scikit-learn's, torchmetrics' and scipy's."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.evaluation.intervals import score_intervals
from aiducation.evaluation.metrics import confusion_matrix, expected_calibration_error, log_loss, scores
from aiducation.predictions import Predictions
from needs import need_package

metrics = need_package("sklearn.metrics")

CASES = {
    "random": (4, 4),
    "a state that never occurs": (3, 4),
    "a state that is never predicted": (4, 3),
    "one state only": (1, 1),
}


@pytest.mark.parametrize("case", CASES)
def test_scores_equal_scikit_learn(case: str) -> None:
    rng = np.random.default_rng(1)
    y_true, y_pred = (rng.integers(high, size=300) for high in CASES[case])
    ours = scores(confusion_matrix(y_true, y_pred, 4))
    labels = range(4)
    np.testing.assert_array_equal(
        confusion_matrix(y_true, y_pred, 4), metrics.confusion_matrix(y_true, y_pred, labels=labels)
    )
    assert ours["accuracy"] == pytest.approx(metrics.accuracy_score(y_true, y_pred), abs=1e-12)
    for average in (None, "macro", "micro"):
        theirs = metrics.precision_recall_fscore_support(
            y_true, y_pred, labels=labels, average=average, zero_division=0
        )
        for name, value in zip(("precision", "recall", "f1"), theirs, strict=False):
            key = f"{name}_{average}" if average else name
            np.testing.assert_allclose(ours[key], value, atol=1e-12, err_msg=key)
        if average is None:
            np.testing.assert_array_equal(ours["support"], theirs[3])


def test_log_loss_equals_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    probs = rng.dirichlet(np.ones(4), size=200)
    y_true = rng.integers(4, size=200)
    assert log_loss(probs, y_true) == pytest.approx(metrics.log_loss(y_true, probs, labels=range(4)), rel=1e-9)


def test_calibration_error_equals_torchmetrics() -> None:
    torch = need_package("torch")
    functional = need_package("torchmetrics.functional.classification")
    rng = np.random.default_rng(3)
    probs = rng.dirichlet(np.full(4, 0.4), size=500).astype(np.float32)
    y_true = rng.integers(4, size=500)
    theirs = functional.multiclass_calibration_error(torch.tensor(probs), torch.tensor(y_true), 4, n_bins=15, norm="l1")
    assert expected_calibration_error(probs, y_true) == pytest.approx(float(theirs), abs=1e-6)


def test_bootstrap_of_single_photos_equals_scipy() -> None:
    stats = need_package("scipy.stats")
    rng = np.random.default_rng(4)
    y_true, probs = rng.integers(4, size=600), rng.dirichlet(np.ones(4), size=600)
    probs[np.arange(600), y_true] += 0.3
    probs /= probs.sum(axis=1, keepdims=True)
    predictions = Predictions(ids=np.arange(600), y_true=y_true, probs=probs, groups=np.arange(600))
    ours = score_intervals(predictions, n_resamples=20_000)["accuracy"]
    theirs = stats.bootstrap(
        (predictions.correct.astype(float),), np.mean, n_resamples=20_000, method="percentile", rng=5
    ).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.003)
    assert ours.high == pytest.approx(theirs.high, abs=0.003)
