"""Counts: how many faces show each state. They come first wherever something is said of a group; mean probabilities follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from aiducation.observations.faces import Faces
from aiducation.observations.outcomes import outcomes_of
from aiducation.states import UNCLEAR

#: A face that was seen well, but no state of it is probable enough; one that was not seen well enough to be asked about.
NOT_SURE, NOT_SEEN_WELL = "not sure", "not seen well"


def counted_as(view: str = "states") -> tuple[str, ...]:
    """What a face is counted as in a view: the outcome that it was given, or why it was given none."""
    return (*outcomes_of(view), NOT_SURE, NOT_SEEN_WELL)


def counts_of(frames: Sequence[Faces], view: str) -> np.ndarray:
    """(K + 2,) float64, mean number of participants' faces in a frame that are counted as each of ``counted_as``; NaN without
    frames, which all have this view."""
    names = counted_as(view)
    if not frames:
        return np.full(len(names), np.nan)
    total = np.zeros(len(names))
    for frame in frames:
        for state, reason, there in zip(frame.states, frame.reasons, frame.participants, strict=True):
            if there:
                total[names.index(_counted(state, reason))] += 1
    return total / len(frames)


def expressions_of(frames: Sequence[Faces]) -> dict[str, float]:
    """Mean number of participants' faces of the state "other" in a frame by what they show, the most frequent first; those
    whose expression has no word are left out."""
    total = Counter(
        word
        for frame in frames
        for word, there in zip(frame.expressions, frame.participants, strict=True)
        if word and there
    )
    return {word: n / len(frames) for word, n in total.most_common()}


def _counted(state: str, reason: str) -> str:
    if state != UNCLEAR:
        return state
    return NOT_SURE if reason == NOT_SURE else NOT_SEEN_WELL
