"""Scores of a classifier, computed from its confusion matrix; any number of matrices at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aiducation.errors import ShapeError
from aiducation.states import STATES

#: Equal bins of confidence in which it is compared with accuracy.
BINS = 15


def confusion_matrix(y_true: np.ndarray, y_pred: np.ndarray, n_states: int) -> np.ndarray:
    """Count the images of each true and predicted state.

    Args:
        y_true, y_pred: (N,) integers, 0..n_states - 1.

    Returns:
        (n_states, n_states) int64 counts, rows true, columns predicted.

    Raises:
        ShapeError: the two differ in shape, or hold a value outside the range.
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.ndim != 1 or y_true.shape != y_pred.shape:
        raise ShapeError(f"y_true and y_pred must be (N,) and alike, got {y_true.shape} and {y_pred.shape}.")
    for name, values in (("y_true", y_true), ("y_pred", y_pred)):
        if len(values) and (values.min() < 0 or values.max() >= n_states):
            raise ShapeError(f"{name}: expected values 0..{n_states - 1}, got {values.min()}..{values.max()}.")
    counts = np.bincount(y_true.astype(np.int64) * n_states + y_pred.astype(np.int64), minlength=n_states**2)
    return counts.reshape(n_states, n_states)


def scores(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, precision, recall and F1, equal to scikit-learn's over all K states.

    A score without any image to count (0 / 0) is 0, as scikit-learn gives it.

    Args:
        confusion: (..., K, K) counts, rows true, columns predicted; leading axes are resamples, models or both.

    Returns:
        ``accuracy`` and ``precision``, ``recall``, ``f1`` with ``_macro`` and ``_micro``: each (...);
        ``precision``, ``recall``, ``f1`` and ``support`` of every state: each (..., K). All float64, scores in 0..1.

    Raises:
        ShapeError: the last two axes differ.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2]:
        raise ShapeError(f"A confusion matrix has shape (..., K, K), got {counts.shape}.")
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    support, predicted = counts.sum(axis=-1), counts.sum(axis=-2)
    each = {
        "precision": _ratio(hits, predicted),
        "recall": _ratio(hits, support),
        "f1": _ratio(2 * hits, support + predicted),
    }
    # Micro scores pool hits, predictions and truths over all states.
    hit, truth, guess = (values.sum(axis=-1) for values in (hits, support, predicted))
    return {
        "accuracy": _ratio(hit, truth),
        **{f"{name}_macro": values.mean(axis=-1) for name, values in each.items()},
        "precision_micro": _ratio(hit, guess),
        "recall_micro": _ratio(hit, truth),
        "f1_micro": _ratio(2 * hit, truth + guess),
        **each,
        "support": support,
    }


def flatten_scores(values: Mapping[str, np.ndarray], states: Sequence[str] = STATES) -> dict[str, np.ndarray]:
    """What ``scores`` gave, with one entry for each state (``recall_angry``) in the order of the training log."""
    flat = {"accuracy": values["accuracy"]}
    for metric in ("precision", "recall", "f1"):
        flat[f"{metric}_macro"] = values[f"{metric}_macro"]
        flat[f"{metric}_micro"] = values[f"{metric}_micro"]
        flat |= {f"{metric}_{state}": values[metric][..., i] for i, state in enumerate(states)}
    return flat


def flat_scores(confusion: np.ndarray) -> dict[str, float]:
    """Every score of one (K, K) confusion matrix by name, as ``runs.METRICS`` names them, without the loss."""
    return {name: float(value) for name, value in flatten_scores(scores(confusion)).items()}


def expected_calibration_error(probs: np.ndarray, y_true: np.ndarray) -> float:
    """Mean difference between confidence and accuracy over images, in equal bins of confidence; 0..1, 0 is best.

    Args:
        probs: (N, K), rows sum to 1.
        y_true: (N,) index of the true state.

    Source: C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, equation 3.
    """
    if not len(probs):
        return float("nan")
    bins, gaps = calibration_gaps(probs, y_true)
    return float(np.abs(np.bincount(bins, weights=gaps)).sum() / len(probs))


def calibration_gaps(probs: np.ndarray, y_true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) int64, the bin of each image's confidence, and (N,) float64, how far its answer (1 right, 0 wrong) is from it."""
    confidence = np.asarray(probs, dtype=np.float64).max(axis=1)
    correct = probs.argmax(axis=1) == y_true
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)  # bins (low, high]
    return bins, correct - confidence


def balanced_words(with_other: bool) -> str:
    """The name of balanced accuracy, which says whether "other" counts as one of the outcomes."""
    return f"balanced accuracy ({'with' if with_other else 'without'} other)"


def log_loss(probs: np.ndarray, y_true: np.ndarray) -> float:
    """Mean negative log-probability of the true state, in nats; a probability of 0 counts as float32's epsilon."""
    chosen = np.asarray(probs, dtype=np.float64)[np.arange(len(y_true)), y_true]
    return float(-np.log(np.maximum(chosen, np.finfo(np.float32).eps)).mean()) if len(y_true) else float("nan")


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """``top / bottom``, and 0 where ``bottom`` is 0."""
    return np.asarray(np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0))


def area_under_roc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a positive has a higher score than a negative, ties counted half; NaN if one of the two is missing.

    Args:
        scores: (N,) numbers.
        positive: (N,) bool.
    """
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # the mean rank of equals
    return float((ranks[inverse][positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))
