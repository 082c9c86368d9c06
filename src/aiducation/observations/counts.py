"""Counts: how many faces show each state. They come first wherever something is said of a group; mean probabilities follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aiducation.observations.faces import Faces
from aiducation.states import OUTCOMES, UNCLEAR

#: A face that was seen well, but no state of it is probable enough; one that was not seen well enough to be asked about.
NOT_SURE, NOT_SEEN_WELL = "not sure", "not seen well"

#: What a face is counted as: the outcome that it was given, or why it was given none.
COUNTED: tuple[str, ...] = (*OUTCOMES, NOT_SURE, NOT_SEEN_WELL)


def counts_of(frames: Sequence[Faces]) -> np.ndarray:
    """(7,) float64, mean number of participants' faces in a frame that are counted as each of ``COUNTED``; NaN without frames."""
    if not frames:
        return np.full(len(COUNTED), np.nan)
    total = np.zeros(len(COUNTED))
    for frame in frames:
        for state, reason, there in zip(frame.states, frame.reasons, frame.participants, strict=True):
            if there:
                total[COUNTED.index(_counted(state, reason))] += 1
    return total / len(frames)


def _counted(state: str, reason: str) -> str:
    if state != UNCLEAR:
        return state
    return NOT_SURE if reason == NOT_SURE else NOT_SEEN_WELL
