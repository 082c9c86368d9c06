"""A model compared with annotations: whether its probabilities are right here, and from which threshold on its answers
are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aiducation.errors import ShapeError
from aiducation.evaluation.agreement import FEWEST_CLUSTERS
from aiducation.evaluation.calibration import Reliability, RiskCoverage, reliability, risk_coverage
from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    check_options,
    error_interval,
    percentile_interval,
    resample_sums,
)
from aiducation.evaluation.metrics import BINS, calibration_gaps, expected_calibration_error

#: Share of right answers that a threshold is sought for.
TARGET = 0.8

#: Parts of the people for the check of the threshold.
_FOLDS = 5

#: A threshold is found only if at least so many faces are answered with it.
_FEWEST_ANSWERS = 10


@dataclass(frozen=True, kw_only=True)
class ModelCheck:
    """How a model does on labelled faces.

    Attributes:
        units, clusters: faces or moments with a label that the model was asked about, and people among them.
        accuracy: share of which the most probable state is the label, whether the model is sure or not.
        calibration_error: mean gap between confidence and accuracy, of the faces of the four states; 0 is best.
        bins: the gaps in bins of confidence.
        curve: coverage and accuracy at every threshold.
        default: the model's own threshold, NaN where not all faces have the same; ``answered``: share that it answers; ``right``:
            share of these that are right.
        target: share of right answers that is asked for.
        threshold: lowest threshold that reaches it on these faces; NaN if none does.
        coverage: share that is answered with it.
        held_out: right among the answers when the threshold is chosen on other people; NaN if there are too few people.
        held_out_coverage: share that is answered then.
    """

    units: int
    clusters: int
    accuracy: Interval
    calibration_error: Interval
    bins: Reliability
    curve: RiskCoverage
    default: float
    answered: Interval
    right: Interval
    target: float
    threshold: float
    coverage: float
    held_out: Interval
    held_out_coverage: float

    @property
    def option(self) -> str:
        """The threshold with as few decimals, two or more, as answer the same faces: what a command can be given."""
        lower = self.curve.threshold[self.curve.threshold < self.threshold].max(initial=-math.inf)
        tries = (f"{math.floor(self.threshold * 10**n) / 10**n:.{n}f}" for n in range(2, 17))
        return next((text for text in tries if lower < float(text) <= self.threshold), repr(float(self.threshold)))


def check_model(
    probs: np.ndarray,
    y_true: np.ndarray,
    clusters: np.ndarray,
    *,
    confidence: np.ndarray | None = None,
    beyond: np.ndarray | None = None,
    other: int | None = None,
    threshold: float | np.ndarray = 0.0,
    target: float = TARGET,
    confidence_level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> ModelCheck:
    """All figures of a model on labelled faces; intervals resample clusters.

    Args:
        probs: (N, K), rows sum to 1.
        y_true: (N,) index of the label.
        clusters: (N,) anything that tells people apart.
        confidence: (N,) what thresholds are about, where that is not the largest of ``probs``.
        beyond: (N,) bool, where the most probable outcome of all is none of the K: an answer that is given there is wrong.
        other: column of no state: faces with this label are left out of the calibration error, and the others' probabilities
            are those given that it is one of the states.
        threshold: below this probability nothing is answered; one for all faces, or (N,).
        target: share of right answers that is asked for, 0..1.

    Raises:
        ShapeError: there are no faces.
    """
    check_options(confidence_level, n_resamples)
    if not len(probs):
        raise ShapeError("There are no faces with a label that the model was asked about.")
    names, group = np.unique(clusters, return_inverse=True)
    largest, correct = probs.max(axis=1), probs.argmax(axis=1) == y_true
    sure = largest if confidence is None else confidence
    thresholds = np.broadcast_to(threshold, len(probs))
    answered = sure >= thresholds
    correct_answer = correct if beyond is None else correct & ~beyond
    given, label, among = _of_states(probs, y_true, other)
    bins, each = calibration_gaps(given, label)
    gaps = np.zeros((len(names), BINS))
    np.add.at(gaps, (group[among], bins), each)

    def sums(*columns: np.ndarray) -> np.ndarray:
        return np.stack([np.bincount(group, weights=column, minlength=len(names)) for column in columns], axis=1)

    def interval(estimate: float, parts: np.ndarray, *, of_gaps: bool = False) -> Interval:
        if len(names) < FEWEST_CLUSTERS or np.isnan(estimate):
            return Interval(estimate=estimate, confidence_level=confidence_level)
        drawn = resample_sums(parts, n_resamples, seed)
        with np.errstate(invalid="ignore", divide="ignore"):
            samples = np.abs(drawn[:, :BINS]).sum(axis=1) / drawn[:, BINS] if of_gaps else drawn[:, 0] / drawn[:, 1]
        of = error_interval if of_gaps else percentile_interval
        return of(estimate, samples[np.isfinite(samples)], confidence_level, len(names))

    ones = np.ones(len(probs))
    curve = _curve(sure, correct_answer)
    found = _threshold(curve, target, len(probs))
    held = _held_out(sure, correct_answer, group, target, seed)
    held_right = (
        interval(float(correct_answer[held].mean()), sums(correct_answer & held, held))
        if held is not None and held.any()
        else None
    )
    return ModelCheck(
        units=len(probs),
        clusters=len(names),
        accuracy=interval(float(correct.mean()), sums(correct, ones)),
        calibration_error=interval(
            expected_calibration_error(given, label), np.column_stack([gaps, sums(among)]), of_gaps=True
        ),
        bins=reliability(given, label),
        curve=curve,
        default=float(thresholds[0]) if (thresholds == thresholds[0]).all() else float("nan"),
        answered=interval(float(answered.mean()), sums(answered, ones)),
        right=interval(
            float(correct_answer[answered].mean()) if answered.any() else float("nan"),
            sums(correct_answer & answered, answered),
        ),
        target=target,
        threshold=found,
        coverage=curve.at(found)[0] if not np.isnan(found) else 0.0,
        held_out=held_right or interval(float("nan"), np.zeros((1, 2))),
        held_out_coverage=float(held.mean()) if held is not None else float("nan"),
    )


def _of_states(probs: np.ndarray, y_true: np.ndarray, other: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities and labels of the faces that show a state, given that it is one; and (N,) bool, which faces these are."""
    if other is None:
        return probs, y_true, np.ones(len(probs), dtype=bool)
    among = y_true != other
    some = np.delete(probs[among], other, axis=1)
    label = y_true[among] - (y_true[among] > other)
    return some / np.maximum(some.sum(axis=1, keepdims=True), 1e-12), label, among


def _threshold(curve: RiskCoverage, target: float, n: int) -> float:
    """The lowest threshold whose answers are right often enough, and are not too few; NaN if there is none."""
    reached = np.flatnonzero((curve.accuracy >= target) & (curve.coverage * n >= min(_FEWEST_ANSWERS, n)))
    return float(curve.threshold[reached[-1]]) if len(reached) else float("nan")


def _curve(confidence: np.ndarray, correct: np.ndarray) -> RiskCoverage:
    """Coverage and accuracy at every threshold of a confidence that need not be a probability of the answer."""
    return risk_coverage(np.stack([confidence, np.full(len(confidence), -1.0)], axis=1), np.where(correct, 0, 1))


def _held_out(
    confidence: np.ndarray, correct: np.ndarray, group: np.ndarray, target: float, seed: int
) -> np.ndarray | None:
    """(N,) bool, which faces are answered when the threshold is chosen on other people; None with too few people."""
    people = int(group.max()) + 1
    if people < _FOLDS:
        return None
    fold = np.random.default_rng(seed).permutation(people)[group] % _FOLDS
    answered = np.zeros(len(confidence), dtype=bool)
    for k in range(_FOLDS):
        others, these = fold != k, fold == k
        found = _threshold(_curve(confidence[others], correct[others]), target, int(others.sum()))
        answered[these] = confidence[these] >= found  # NaN answers nothing
    return answered
