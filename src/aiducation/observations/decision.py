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
    shown, names = merge(probs, view), outcomes_of(view)
    sure, best = shown.max(axis=1) >= threshold, shown.argmax(axis=1)  # NaN is not sure either
    causes = [reason or ("" if is_sure else "not sure") for reason, is_sure in zip(reasons, sure.tolist(), strict=True)]
    states = [UNCLEAR if cause else names[k] for cause, k in zip(causes, best.tolist(), strict=True)]
    return tuple(states), tuple(causes)
