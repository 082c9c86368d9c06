"""What an adapted model file says of itself: to what it was adapted, how it did on held-out people, and where it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aiducation.model_info import ModelInfo
from aiducation.words import people as people_words

#: Said of the official test until somebody measures it.
NOT_MEASURED = "not measured"


def adapted_info(
    base: ModelInfo,
    truth: np.ndarray,
    people: int,
    *,
    name: str,
    possible: Sequence[str],
    method: str,
    ridge: float | None = None,
    scores: dict[str, Any] | None = None,
) -> ModelInfo:
    """The description of an adapted model. What the old one says of its own calibration, scores and charts is left out.

    Args:
        base: of the model that was adapted.
        truth: (N,) labels, indices of its outcomes.
        people: how many they are of.
        name: of the new model.
        possible: the outcomes that can occur.
        method: what was fitted, in words.
        ridge: how strongly the weights were held.
        scores: on people who were held out; None where nobody could be.
    """
    counts = np.bincount(truth, minlength=len(base.outcomes))
    never = [outcome for outcome in base.outcomes if outcome not in possible]
    judged = (
        "Its scores are estimates: they were measured on people among these faces who were held out."
        if scores
        else "Its accuracy was not measured, because that is impossible with faces of only one state."
    )
    limits = [
        f"It was adapted to {len(truth):,} faces of {people_words(people)}, and is only for these people, this camera and "
        f"this room: in other places it gives worse results. Do not pass it on as a general model.",
        judged,
        *(
            [f"It never answers {' or '.join(never)}, because the person who adapted it said that this cannot occur."]
            if never
            else []
        ),
        *base.limits,
    ]
    return ModelInfo(
        name=name,
        outcomes=base.outcomes,
        criteria=base.criteria,
        data_hash=base.data_hash,
        threshold=base.threshold,
        vote_temperature=base.vote_temperature,  # their heads stay as they are
        cover_threshold=base.cover_threshold,
        scores={"held_out_people": scores or NOT_MEASURED, "official_test": NOT_MEASURED},
        limits=tuple(limits),
        training={
            "adapted_from": base.name,
            "adapted_to": {one: int(n) for one, n in zip(base.outcomes, counts, strict=True) if n},
            "faces": len(truth),
            "people": people,
            "possible": list(possible),
            "method": method,
            "ridge": ridge,
            "base": base.training.get("adapted_from") or base.name,
        },
    )
