"""Temperature, reliability, risk and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.evaluation.calibration import fit_scaling, reliability, risk_coverage, softmax
from aiducation.evaluation.metrics import area_under_roc, expected_calibration_error
from needs import need_package


def drawn(n: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and truths drawn from their softmax at a temperature."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, 5))
    probs = softmax(logits, temperature)
    return logits, (probs.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_scaling_that_drew_the_truths_is_found(temperature: float) -> None:
    logits, truth = drawn(20_000, temperature)
    bias = np.array([0.8, -0.4, 0.1, 0.0, -0.5])
    found, found_bias = fit_scaling(logits - bias, truth)
    assert found == pytest.approx(temperature, rel=0.05)
    np.testing.assert_allclose(found_bias, bias, atol=0.15)


def test_a_fitted_scaling_calibrates() -> None:
    logits, truth = drawn(20_000, 2.5)
    before = expected_calibration_error(softmax(logits), truth)
    temperature, bias = fit_scaling(logits, truth)
    after = expected_calibration_error(softmax(logits + bias, temperature), truth)
    assert after < 0.02 < 0.1 < before


def test_reliability_bins_give_the_calibration_error() -> None:
    logits, truth = drawn(3_000, 1.7)
    probs = softmax(logits)
    bins = reliability(probs, truth)
    assert bins.count.sum() == len(truth)
    gaps = np.nan_to_num(np.abs(bins.confidence - bins.accuracy))
    assert (gaps * bins.count).sum() / len(truth) == pytest.approx(expected_calibration_error(probs, truth))


def test_risk_falls_with_coverage() -> None:
    logits, truth = drawn(5_000, 1.0)
    probs = softmax(logits)
    curve = risk_coverage(probs, truth)
    right = probs.argmax(axis=1) == truth
    assert curve.coverage[-1] == 1 and curve.accuracy[-1] == pytest.approx(right.mean())
    for threshold in (0.3, 0.5, 0.8):
        answered = probs.max(axis=1) >= threshold
        assert curve.at(threshold) == pytest.approx((answered.mean(), right[answered].mean()))
    wanted = 0.9
    threshold = curve.threshold_for(wanted)
    assert curve.at(threshold)[1] >= wanted
    assert curve.at(threshold - 0.1)[1] < wanted


def test_equal_confidences_are_answered_together() -> None:
    probs = np.array([[0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])
    curve = risk_coverage(probs, np.array([0, 0, 1]))
    assert curve.coverage.tolist() == pytest.approx([1 / 3, 1])
    assert curve.accuracy.tolist() == pytest.approx([1, 2 / 3])
    assert curve.at(0.95)[0] == 0


def test_area_under_the_curve_agrees_with_scikit_learn() -> None:
    metrics = need_package("sklearn.metrics")
    rng = np.random.default_rng(1)
    positive = rng.random(500) < 0.4
    scores = np.round(rng.normal(positive, 1.0), 1)  # with ties
    assert area_under_roc(scores, positive) == pytest.approx(metrics.roc_auc_score(positive, scores))
    assert np.isnan(area_under_roc(scores, np.ones(500, bool)))
