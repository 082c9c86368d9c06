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


def shown_as(outcome: str, view: str) -> str:
    """What a view calls an outcome.

    Raises:
        ConfigError: there is no such view.
    """
    outcomes_of(view)
    return next(name for name, merged in VIEWS[view].items() if outcome in merged)
