"""Scores of labelled faces, also of sets in which some states have no face: accuracy, recall, calibration, what is answered."""

from __future__ import annotations

from typing import Any

import numpy as np

from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    error_interval,
    mean_of_each,
    percentile_interval,
    resample_sums,
    share_interval,
)
from aiducation.evaluation.metrics import BINS, calibration_gaps, expected_calibration_error
from aiducation.states import OUTCOMES, STATES, VIEWS

#: Draws of the truth from the probabilities themselves.
_DRAWN = 200


def face_scores(
    probs: np.ndarray, truth: np.ndarray, groups: np.ndarray, *, threshold: float, seed: int = 0
) -> dict[str, Any]:
    """Every score of labelled faces as JSON values, each with a 95 % bootstrap interval over groups.

    Accuracy, balanced accuracy (the mean recall of the states that the set has) and recall are those of the four states: faces
    labelled "other" are left out, and the answer is the most probable of the four. "calm" is the same with neutral and focused
    merged. "answered" is about all faces and five outcomes.

    Args:
        probs: (N, 5), columns as ``OUTCOMES``.
        truth: (N,) index into ``OUTCOMES``.
        groups: (N,) integers; faces of one subject or photo share a number and are resampled together.
        threshold: faces whose most probable outcome is below it get no answer.
    """
    probs = np.asarray(probs, dtype=np.float64)
    labelled = truth < len(STATES)
    four = _given(probs[labelled], [[k] for k in range(len(STATES))])
    merged = [[OUTCOMES.index(name) for name in names] for names in VIEWS["calm"].values() if names != ("other",)]
    names = [name for name in VIEWS["calm"] if name != "other"]
    of = np.array([next(i for i, some in enumerate(merged) if k in some) for k in range(len(STATES))])
    who = groups[labelled]
    calm = _scores(_given(probs[labelled], merged), of[truth[labelled]], who, names, seed)
    return {
        **_renamed(_scores(four, truth[labelled], who, list(STATES), seed)),
        "faces_of_four_states": int(labelled.sum()),
        "calm": calm,
        "neutral_against_focused": _pair(four, truth[labelled], who, seed),
        "answered": _answered(probs, truth, groups, threshold, seed),
        "answered_calm": _answered(*_five_merged(probs, truth), groups, threshold, seed),
    }


def _given(probs: np.ndarray, columns: list[list[int]]) -> np.ndarray:
    """(N, len(columns)) probabilities of merged outcomes, given that it is one of them."""
    some = np.stack([probs[:, one].sum(axis=1) for one in columns], axis=1)
    return np.asarray(some / np.maximum(some.sum(axis=1, keepdims=True), 1e-12))


def _five_merged(probs: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and truth over the outcomes of the view "calm", "other" included."""
    parts = [[OUTCOMES.index(name) for name in names] for names in VIEWS["calm"].values()]
    of = np.array([next(i for i, some in enumerate(parts) if k in some) for k in range(len(OUTCOMES))])
    return np.stack([probs[:, one].sum(axis=1) for one in parts], axis=1), of[truth]


def _scores(probs: np.ndarray, truth: np.ndarray, groups: np.ndarray, names: list[str], seed: int) -> dict[str, Any]:
    if not len(truth):
        return {"accuracy": None, "balanced_accuracy": None, "recall": {}, "calibration_error": None, "confusion": []}
    k, answer = len(names), probs.argmax(axis=1)
    known, group = np.unique(groups, return_inverse=True)
    confusion = np.zeros((len(known), k, k))
    np.add.at(confusion, (group, truth, answer), 1)
    bins, each = calibration_gaps(probs, truth)
    gaps = np.zeros((len(known), BINS))
    np.add.at(gaps, (group, bins), each)
    counts, drawn = confusion.sum(axis=0), resample_sums(confusion, RESAMPLES, seed)
    sizes = drawn.sum(axis=(1, 2))
    present = np.flatnonzero(counts.sum(axis=1))
    errors = np.abs(resample_sums(gaps, RESAMPLES, seed)).sum(axis=1) / sizes
    hits = np.diagonal(drawn, axis1=1, axis2=2)
    with np.errstate(invalid="ignore"):
        recalls = hits / drawn.sum(axis=2)
    people, showing = len(known), (confusion.sum(axis=2) > 0).sum(axis=0)
    recall = {
        i: share_interval(counts[i, i] / counts[i].sum(), _known(recalls[:, i]), LEVEL, people, int(showing[i]))
        for i in present
    }
    mean = float(np.mean([one.estimate for one in recall.values()]))
    balanced = percentile_interval(mean, _known(np.nanmean(recalls[:, present], axis=1)), LEVEL, people)
    accuracy = percentile_interval(float(np.trace(counts) / counts.sum()), hits.sum(axis=1) / sizes, LEVEL, people)
    return {
        "accuracy": _entry(accuracy),
        "balanced_accuracy": _entry(mean_of_each(balanced, list(recall.values()))),
        "recall": {names[i]: _entry(one) for i, one in recall.items()},
        "calibration_error": _entry(
            error_interval(float(np.abs(gaps.sum(axis=0)).sum() / len(truth)), errors, LEVEL, people)
        ),
        "calibration_error_by_chance": round(_by_chance(probs, seed), 4),
        "mean_confidence": round(float(probs.max(axis=1).mean()), 4),
        "confusion": counts.astype(int).tolist(),
    }


def _by_chance(probs: np.ndarray, seed: int) -> float:
    """The calibration error that so many faces show on average if every probability is true: few faces have a large one."""
    random, errors, edges = np.random.default_rng(seed), [], probs.cumsum(axis=1)
    for _ in range(_DRAWN):
        truth = (edges < random.random(len(probs))[:, None]).sum(axis=1).clip(max=probs.shape[1] - 1)
        errors.append(expected_calibration_error(probs, truth))
    return float(np.mean(errors))


def _renamed(scores: dict[str, Any]) -> dict[str, Any]:
    """With the name that the calibration error of the four states has in ``ModelInfo.scores``."""
    return {("calibration_error_four" if name == "calibration_error" else name): one for name, one in scores.items()}


def _pair(four: np.ndarray, truth: np.ndarray, groups: np.ndarray, seed: int) -> dict[str, Any] | None:
    """Balanced accuracy of neutral against focused among faces that are one of the two; None where the set lacks one."""
    pair = [STATES.index("neutral"), STATES.index("focused")]
    rows = np.isin(truth, pair)
    if len(np.unique(truth[rows])) < len(pair):
        return None
    split = _given(four[rows], [[k] for k in pair])
    scores = _scores(split, (truth[rows] == pair[1]).astype(int), groups[rows], ["neutral", "focused"], seed)
    return {"faces": int(rows.sum()), "balanced_accuracy": scores["balanced_accuracy"]}


def _answered(probs: np.ndarray, truth: np.ndarray, groups: np.ndarray, threshold: float, seed: int) -> dict[str, Any]:
    """Share of faces that are answered, and how many answers are right."""
    answered = probs.max(axis=1) >= threshold
    right = answered & (probs.argmax(axis=1) == truth)
    known, group = np.unique(groups, return_inverse=True)
    sums = np.zeros((len(known), 2))
    np.add.at(sums, group, np.stack([answered, right], axis=1))
    drawn = resample_sums(sums, RESAMPLES, seed)
    accuracy = Interval(estimate=float("nan"))
    if answered.any():
        with np.errstate(invalid="ignore"):
            samples = _known(drawn[:, 1] / drawn[:, 0])
        accuracy = percentile_interval(float(right.sum() / answered.sum()), samples, LEVEL, len(known))
    return {
        "threshold": round(float(threshold), 4),
        "coverage": round(float(answered.mean()), 4),
        "accuracy": _entry(accuracy),
    }


def _known(samples: np.ndarray) -> np.ndarray:
    """The resamples that have something to count."""
    return samples[~np.isnan(samples)]


def _entry(made: Interval) -> dict[str, float | None]:
    ends = ("estimate", "low", "high")
    return {name: None if np.isnan(made.estimate) else round(getattr(made, name), 6) for name in ends}
