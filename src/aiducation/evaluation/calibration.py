"""Calibration: whether probabilities are right, and when it is better to give no answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiducation.evaluation.metrics import BINS, calibration_gaps


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """(N, K) float64 probabilities of (N, K) logits divided by the temperature."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def fit_scaling(logits: np.ndarray, y_true: np.ndarray) -> tuple[float, np.ndarray]:
    """Temperature T and (K,) bias b with the lowest log loss of softmax((logits + b) / T).

    The bias corrects how often each class is expected; a network that learned from soft targets, or from its own answers, expects
    rare classes too seldom.

    Args:
        logits: (N, K) of images that were not trained on.
        y_true: (N,) index of the truth.

    Source: bias-corrected temperature scaling, A. Alexandari et al., "Maximum Likelihood with Bias-Corrected Calibration is
    Hard-To-Beat at Label Shift Adaptation", ICML 2020.
    """
    from scipy.optimize import minimize

    k = logits.shape[1]
    truth = np.eye(k)[y_true]

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        scale, bias = np.exp(values[0]), values[1:]
        probs = softmax(logits * scale + bias)
        error = (probs - truth) / len(truth)
        gradient = np.concatenate([[(error * logits).sum() * scale], error.sum(axis=0)])
        return float(-np.log(np.maximum(probs[truth > 0], 1e-12)).mean()), gradient

    found = minimize(loss, np.zeros(k + 1), jac=True, method="L-BFGS-B").x
    temperature = float(np.exp(-found[0]))
    bias = found[1:] - found[1:].mean()  # what all classes share changes nothing
    return temperature, bias * temperature


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Confidence against accuracy in equal bins of confidence.

    Attributes:
        low, high: (B,) edges of the bins.
        confidence, accuracy: (B,) means in each bin, NaN where it is empty.
        count: (B,) images.
    """

    low: np.ndarray
    high: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray


def reliability(probs: np.ndarray, y_true: np.ndarray) -> Reliability:
    """The bins whose gaps ``metrics.expected_calibration_error`` averages."""
    confidence = np.asarray(probs, dtype=np.float64).max(axis=1)
    correct = probs.argmax(axis=1) == y_true
    bins, _ = calibration_gaps(probs, y_true)
    count = np.bincount(bins, minlength=BINS)
    some = np.where(count > 0, count, np.nan)
    edges = np.linspace(0, 1, BINS + 1)
    return Reliability(
        low=edges[:-1],
        high=edges[1:],
        confidence=np.bincount(bins, weights=confidence, minlength=BINS) / some,
        accuracy=np.bincount(bins, weights=correct, minlength=BINS) / some,
        count=count,
    )


@dataclass(frozen=True, kw_only=True)
class RiskCoverage:
    """Coverage and accuracy when uncertain faces get no answer; one entry for each possible threshold, the strictest
    first.

    Attributes:
        threshold: (M,) lowest confidence that is answered.
        coverage: (M,) share of images answered.
        accuracy: (M,) share of those that are right.
    """

    threshold: np.ndarray
    coverage: np.ndarray
    accuracy: np.ndarray

    def at(self, threshold: float) -> tuple[float, float]:
        """Coverage and accuracy if faces below a threshold get no answer; accuracy is NaN if no face gets one."""
        n = int((self.threshold >= threshold).sum())
        return (float(self.coverage[n - 1]), float(self.accuracy[n - 1])) if n else (0.0, float("nan"))

    def threshold_for(self, accuracy: float) -> float:
        """The lowest threshold from which on, at every stricter one with 5 % coverage, this accuracy is reached."""
        worst = np.minimum.accumulate(np.where(self.coverage < 0.05, 1.0, self.accuracy))
        reached = np.flatnonzero(worst >= accuracy)
        return float(self.threshold[reached[-1]]) if len(reached) else float(self.threshold[0])


def risk_coverage(probs: np.ndarray, y_true: np.ndarray) -> RiskCoverage:
    """Coverage and accuracy at every threshold that makes a difference.

    Source: Y. Geifman and R. El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017.
    """
    confidence = probs.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    correct = (probs.argmax(axis=1) == y_true)[order]
    answered = np.arange(1, len(order) + 1)
    last = np.append(np.diff(confidence[order]) != 0, True)  # equal confidences are answered together
    return RiskCoverage(
        threshold=confidence[order][last],
        coverage=answered[last] / len(order),
        accuracy=(np.cumsum(correct) / answered)[last],
    )
