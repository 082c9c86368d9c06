"""The decision: from probabilities to a state, or to "unclear" with its reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aiducation.observations.outcomes import merge, outcomes_of
from aiducation.states import UNCLEAR


def decide(
    probs: np.ndarray, reasons: Sequence[str], threshold: float, view: str = "states"
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The most probable outcome of each face, where the face can be seen and the model is sure enough.

    Args:
        probs: (N, 5) probabilities, columns as ``OUTCOMES``; a row of NaN where nothing is known.
        reasons: N reasons why a face cannot be judged, "" where it can.
        threshold: probabilities below it are "not sure".
        view: of ``states.VIEWS``: which outcomes count as one.

    Returns:
        N states and N reasons, "" where there is a state.
    """
    states, causes, names = [], [], outcomes_of(view)
    for row, reason in zip(merge(probs, view), reasons, strict=True):
        if not reason and not row.max() >= threshold:  # NaN is not sure either
            reason = "not sure"
        states.append(UNCLEAR if reason else names[int(np.argmax(row))])
        causes.append(reason)
    return tuple(states), tuple(causes)
