"""Cleaning: named rules that drop images whose expression the crowd could not judge, each with its counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation.data.votes import vote


@dataclass(frozen=True, kw_only=True)
class CleaningRule:
    """One reason to drop an image.

    Attributes:
        name: short name.
        description: the rule in words.
        column: the vote column that it checks.
        drop: which images go, from the (N,) votes of that column.
    """

    name: str
    description: str
    column: str
    drop: Callable[[np.ndarray], np.ndarray]


#: Applied in this order, each to what the ones before have left. Source: the published study.
CLEANING: tuple[CleaningRule, ...] = (
    CleaningRule(
        name="not a face",
        description="at least one of ten raters said that it shows no face",
        column="not_face",
        drop=lambda votes: votes > 0,
    ),
    CleaningRule(
        name="unknown",
        description="at least five of ten raters could not tell the expression",
        column="unknown",
        drop=lambda votes: votes >= 5,
    ),
)


def clean(votes: np.ndarray) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Which images stay, and what each rule dropped.

    Args:
        votes: (N, 10) votes in the order of ``VOTE_COLUMNS``.

    Returns:
        (N,) bool, whether an image stays; and for each rule its name, description, the dropped images by number of votes
        (``counts``, most votes first), how many were dropped and how many are left.
    """
    kept = np.ones(len(votes), dtype=bool)
    steps = []
    for rule in CLEANING:
        given = vote(votes, rule.column)
        dropped = kept & rule.drop(given)
        kept &= ~dropped
        values, images = np.unique(given[dropped], return_counts=True)
        steps.append(
            {
                "rule": rule.name,
                "description": rule.description,
                "counts": {str(v): int(n) for v, n in sorted(zip(values, images, strict=True), reverse=True)},
                "dropped": int(dropped.sum()),
                "left": int(kept.sum()),
            }
        )
    return kept, steps
