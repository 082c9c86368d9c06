"""Chance where it does not show: all people of a group, or all others, are judged alike in a state.

Resamples of twelve faces that are all judged wrongly are all wrong, so they have no spread, though the thirteenth may be judged
rightly. Then each state and side gets one person more who is judged rightly, and one who is not (``unseen``); and where nothing
at all has a spread, the p-value comes from shuffling people between the sides (``shuffled_p_value``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Shuffles; so many that a p-value can be below 0.05 after the correction for hundreds of comparisons.
_SHUFFLES = 9_999
_AT_A_TIME = 500

#: Rates that differ by less are the same, up to rounding.
_SAME = 1e-9


def unseen(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the recall of what has no spread moves with one right and one wrong person more, and its variance; 0 elsewhere.

    Args:
        people: (P, ..., 2 or more) faces and right answers of each person.

    Returns:
        Two arrays (...).

    Source: one right and one wrong answer on each side, A. Agresti and B. Caffo, "Simple and Effective Confidence Intervals for
    Proportions and Differences of Proportions Result from Adding Two Successes and Two Failures", The American Statistician 54
    (2000). Here in each state, which is more cautious.
    """
    faces, right = people[..., 0], people[..., 1]
    n, all_faces = (faces > 0).sum(axis=0), faces.sum(axis=0)
    rate = right.sum(axis=0) / np.maximum(all_faces, 1)
    alike = (np.abs(right - rate * faces) < _SAME).all(axis=0) & (n > 0)
    moved = (rate * n + 1) / (n + 2)
    return np.where(alike, moved - rate, 0.0), np.where(alike, moved * (1 - moved) / (n + 2), 0.0)


def shuffled_p_value(
    people: np.ndarray, measure: Callable[[np.ndarray], np.ndarray], estimate: float, *, seed: int
) -> float:
    """How often a difference as large comes about when people are dealt out anew between the sides, within states. Two-sided.

    A person's faces stay together; people are shuffled among those who mostly show the same state. Where somebody is on both
    sides, the two parts are dealt out like two people.

    Args:
        people: (P, 2, K, 3) faces, right answers and confidence by state of each person, inside and outside.
        measure: (..., 2, K, 3) sums -> differences, NaN where there is none.
        estimate: the difference that was measured.

    Source: permutation tests, E. Edgington and P. Onghena, "Randomization Tests" (2007), chapter 3.
    """
    person, side = np.nonzero(people[..., 0].sum(axis=-1))
    parts, inside = people[person, side], side == 0
    mostly = parts[..., 0].argmax(axis=-1)
    total, rng, larger, done = parts.sum(axis=0), np.random.default_rng(seed), 0, 0
    while done < _SHUFFLES:
        n = min(_AT_A_TIME, _SHUFFLES - done)
        dealt = np.zeros((n, *total.shape))
        for state in np.unique(mostly):
            rows = mostly == state
            drawn = rng.permuted(np.tile(inside[rows], (n, 1)), axis=1).astype(np.float64)
            dealt += (drawn @ parts[rows].reshape(rows.sum(), -1)).reshape(dealt.shape)
        values = measure(np.stack([dealt, total - dealt], axis=1))
        larger += int((np.abs(values) >= abs(estimate) - _SAME).sum())
        done += n
    return (1 + larger) / (1 + _SHUFFLES)
