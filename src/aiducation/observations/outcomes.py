"""Outcomes: what a view shows of a result. The four published states and other, or neutral and focused merged as "calm".

A result keeps the probabilities of all five outcomes, whatever is shown. These functions say what a view shows of them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from aiducation.errors import unknown_name
from aiducation.states import OUTCOMES, VIEWS


def outcomes_of(view: str) -> tuple[str, ...]:
    """What a view shows, in order.

    Raises:
        ConfigError: there is no such view.
    """
    if view not in VIEWS:
        raise unknown_name("view", view, VIEWS)
    return tuple(VIEWS[view])


def merge(values: np.ndarray, view: str) -> np.ndarray:
    """(..., K) sums of (..., 5) probabilities, shares or counts over the outcomes that a view shows as one.

    Raises:
        ConfigError: there is no such view.
    """
    columns, values = _columns(view), np.asarray(values)
    if len(columns) == len(OUTCOMES) and values.dtype.kind == "f":
        return values[..., [column for (column,) in columns]]
    return np.stack([values[..., some].sum(axis=-1) for some in columns], axis=-1)


@lru_cache
def _columns(view: str) -> list[list[int]]:
    outcomes_of(view)
    return [[OUTCOMES.index(name) for name in names] for names in VIEWS[view].values()]


def rounded_together(probs: np.ndarray, digits: int) -> np.ndarray:
    """(N, K) float64: probabilities rounded so that those of each row still add up to 1, and none overtakes another.

    Each rounded alone, five of them miss 1 by up to 0.0002 at four digits. Programs that read the tables may see that:
    scikit-learn then believes that they are logits (findings/rounded_probabilities_in_scikit_learn.sh). Rows that did not add
    up to 1 before, and rows of NaN, are rounded each number alone.

    Args:
        probs: (N, K).
        digits: after the decimal point.

    Source: the method of the largest remainder, with which parliaments share out their seats.
    """
    whole = 10**digits
    exact = np.asarray(probs, np.float64) * whole
    lower = np.floor(exact)
    place = (lower - exact).argsort(axis=1, kind="stable").argsort(axis=1)  # 0 for the one with the largest remainder
    raised = lower + (place < (whole - lower.sum(axis=1)).round()[:, None])
    fits = np.abs(exact.sum(axis=1) - whole) < 0.5
    return np.asarray(np.where(fits[:, None], raised, np.rint(exact)) / whole)


def shown_as(outcome: str, view: str) -> str:
    """What a view calls an outcome.

    Raises:
        ConfigError: there is no such view.
    """
    outcomes_of(view)
    return next(name for name, merged in VIEWS[view].items() if outcome in merged)
