"""The group in words."""

from __future__ import annotations

import numpy as np

from aiducation.observations.timeline import Shares
from aiducation.states import OTHER, OUTCOMES
from aiducation.words import many, number, percent


def verdict(counts: np.ndarray, group: Shares) -> str:
    """The group in half a sentence: counts first, the mean probability second.

    Args:
        counts: (7,) see ``counts.counts_of``.
        group: mean probabilities.
    """
    order = np.argsort(-counts[: len(OUTCOMES)], kind="stable")
    first, second = int(order[0]), int(order[1])
    of = f"of {many(round(float(counts.sum())), 'face')}"
    words = f"{number(counts[first])} {of}, mean probability {percent(group.shares[first])}"
    if counts[first] > counts.sum() / 2:
        return f"most {_look(OUTCOMES[first])} ({words})"
    if counts[first] - counts[second] >= max(1.5, counts.sum() / 10):
        return f"more {_look(OUTCOMES[first])} than anything else ({words})"
    return f"no state stands out ({OUTCOMES[first]} {number(counts[first])}, {OUTCOMES[second]} {number(counts[second])} {of})"


def _look(outcome: str) -> str:
    return "had an expression outside the four states" if outcome == OTHER else f"looked {outcome}"
