"""Two models on the same faces of people who were held out: the scores of each, the difference, and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    mean_of_each,
    percentile_interval,
    resample_sums,
    share_interval,
    tail,
)
from aiducation.evaluation.metrics import expected_calibration_error
from aiducation.states import OTHER, OUTCOMES, STATES

#: How sure it must be that the log loss is lower.
SURE = 0.95


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Scores before and after, on the same faces; the answer is the most probable of the states (and of "other", where faces are
    labelled so).

    Attributes:
        balanced: balanced accuracy (mean recall of the labelled outcomes) before and after, and the difference.
        accuracy: the same for the share of right answers.
        calibration_error: the same for the calibration error.
        log_loss_gain: how much lower the log loss is, each outcome counted alike; nats.
        sure: share of resamples of people in which the log loss is lower.
        recall: outcome -> recall before and after.
        faces, people: how many faces and people were evaluated.
    """

    balanced: tuple[Interval, Interval, Interval]
    accuracy: tuple[Interval, Interval, Interval]
    calibration_error: tuple[float, float]
    log_loss_gain: Interval
    sure: float
    recall: dict[str, tuple[float, float]]
    faces: int
    people: int

    @property
    def needed(self) -> float:
        """Share of the resamples in which the log loss must be lower: ``SURE`` where people are many, more where they are few,
        because resamples of few people differ less than other people would."""
        return 1 - tail(2 * SURE - 1, self.people)

    @property
    def better(self) -> bool:
        """Whether the new model may replace the other one: its probabilities are reliably better, and its answers are
        not worse."""
        return self.sure >= self.needed and self.balanced[2].estimate >= 0

    def to_json(self) -> dict[str, Any]:
        """JSON values, rounded."""

        def pair(one: tuple[Interval, Interval, Interval]) -> dict[str, Any]:
            return {
                name: {end: round(getattr(value, end), 4) for end in ("estimate", "low", "high")}
                for name, value in zip(("before", "after", "difference"), one, strict=True)
            }

        return {
            "faces": self.faces,
            "people": self.people,
            "balanced_accuracy": pair(self.balanced),
            "accuracy": pair(self.accuracy),
            "calibration_error": {
                name: round(value, 4) for name, value in zip(("before", "after"), self.calibration_error, strict=True)
            },
            "recall": {name: [round(value, 4) for value in both] for name, both in self.recall.items()},
            "log_loss_gain": round(self.log_loss_gain.estimate, 4),
            "sure": round(self.sure, 3),
        }


def held_out(before: np.ndarray, after: np.ndarray, truth: np.ndarray, groups: np.ndarray, *, seed: int = 0) -> HeldOut:
    """Compare two models.

    Args:
        before, after: (N, K) probabilities of the same faces.
        truth: (N,) index of the outcome.
        groups: (N,) integers; faces of one person share a number and are resampled together.
    """
    before, after = (_among(probs, truth) for probs in (before, after))
    k, n = before.shape[1], len(truth)
    people, person = np.unique(groups, return_inverse=True)
    answers = [probs.argmax(axis=1) for probs in (before, after)]
    losses = [-np.log(np.maximum(probs[np.arange(n), truth], 1e-9)) for probs in (before, after)]
    columns = [np.ones(n), *(answer == truth for answer in answers), losses[0] - losses[1]]
    values = np.zeros((len(people), len(columns), k))  # of each person, by true outcome
    for i, column in enumerate(columns):
        np.add.at(values[:, i], (person, truth), column)
    drawn = np.concatenate([values.sum(axis=0)[None], resample_sums(values, RESAMPLES, seed)])
    present = np.flatnonzero(drawn[0, 0])
    counts = drawn[:, 0][:, present]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = drawn[:, 1:][:, :, present] / counts[:, None]
        balanced = np.nanmean(shares, axis=2)  # (1 + R, 3)
    shown = (values[:, 0][:, present] > 0).sum(axis=0)
    recalls = [
        [_recall(shares[:, model, j], len(people), int(shown[j])) for j in range(len(present))] for model in (0, 1)
    ]
    old, new, difference = _three(balanced[:, 0], balanced[:, 1], len(people))
    accuracy = drawn[:, 1:3].sum(axis=2) / drawn[:, 0].sum(axis=1)[:, None]
    return HeldOut(
        balanced=(mean_of_each(old, recalls[0]), mean_of_each(new, recalls[1]), difference),
        accuracy=_three(accuracy[:, 0], accuracy[:, 1], len(people)),
        calibration_error=(expected_calibration_error(before, truth), expected_calibration_error(after, truth)),
        log_loss_gain=_interval(balanced[:, 2], len(people)),
        sure=float((balanced[1:, 2] > 0).mean()),
        recall={OUTCOMES[i]: (float(shares[0, 0, j]), float(shares[0, 1, j])) for j, i in enumerate(present)},
        faces=n,
        people=len(people),
    )


def _among(probs: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The four states alone, where no face is labelled "other"."""
    four = len(STATES)
    some = probs if (truth == OUTCOMES.index(OTHER)).any() else probs[:, :four]
    return np.asarray(some / some.sum(axis=1, keepdims=True))


def _interval(samples: np.ndarray, people: int) -> Interval:
    """Of what was measured (the first) and its resamples."""
    return percentile_interval(float(samples[0]), samples[1:], LEVEL, people)


def _recall(samples: np.ndarray, people: int, shown: int) -> Interval:
    """Of what was measured (the first) and its resamples, but for those in which nobody shows it."""
    known = samples[1:][~np.isnan(samples[1:])]
    return share_interval(float(samples[0]), known, LEVEL, people, shown)


def _three(before: np.ndarray, after: np.ndarray, people: int) -> tuple[Interval, Interval, Interval]:
    return _interval(before, people), _interval(after, people), _interval(after - before, people)
