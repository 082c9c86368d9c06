"""How sure a result is, in sentences: how many faces have a state, who gave it, and how many of the answers to expect wrong."""

from __future__ import annotations

import numpy as np

from aiducation.observations.corrections import given_by_hand
from aiducation.observations.elsewhere import wrong_answers
from aiducation.observations.faces import Faces
from aiducation.observations.group import Group
from aiducation.observations.recording import Recording
from aiducation.states import UNCLEAR
from aiducation.texts import N_
from aiducation.words import percent

#: Answers below which their mean probability is not told.
_FEW_ANSWERS = 10


def certainty(result: Faces | Recording, group: Group) -> list[str]:
    """How many faces were judged, and how many of the model's answers to expect wrong.

    States that people gave are counted, and nothing is said of how sure the model was of them.

    Args:
        result: what was seen, with all states.
        group: its figures.
    """
    faces, judged = group.found, group.judged
    if faces <= 1 and not judged:
        only = "The only face has no state, because it would only be a guess."
        return [only if faces else "There was no face to judge."]
    views = "views of faces" if isinstance(result, Recording) else "faces"
    words = [
        f"{judged:,} of {faces:,} {views} could be judged ({percent(judged / faces)}); the rest has no state, "
        "because a state would only be a guess."
        if judged < faces
        else N_("All views of faces could be judged.")
        if isinstance(result, Recording)
        else N_("All faces could be judged.")
    ]
    answered = [np.array([state != UNCLEAR for state in frame.states], dtype=bool) for frame in result.pictures]
    by_hand = [given_by_hand(frame, result.made_with) for frame in result.pictures]
    if n := int(sum(rows.sum() for rows in by_hand)):
        words.append(f"States that were given by people, not by the model: {n:,}.")
    answers = [
        float(value)
        for frame, sure, given in zip(result.pictures, answered, by_hand, strict=True)
        for value in frame.confidence[sure & ~given]
    ]
    return words + _promise(answers, result) if answers else words


def _promise(answers: list[float], result: Faces | Recording) -> list[str]:
    """What the model's answers are worth, from their probabilities.

    How many answers were wrong elsewhere was counted, so it can be said of few answers, too. How far probabilities were from
    the truth there is a mean over all faces: it bounds no single probability.
    """
    model, words = result.made_with.model, []
    off_by, scores, mean = model.get("off_by"), model.get("scores") or {}, float(np.mean(answers))
    wrong = wrong_answers(model.get("elsewhere") or {}, result.view) if off_by is not None else None
    right = scores.get("accuracy_when_answered") or scores.get("test_accuracy")
    if wrong:
        low, high = (f"{100 * share:.0f}" for share in wrong)
        words.append(
            f"On people and cameras that the model was not trained on, {low} of a hundred answers were wrong on the best set of "
            f"pictures and {high} on the worst; on your pictures it can be more."
        )
    elif right is not None:
        n = 100 - round(100 * float(right))
        words.append(f"On test pictures, {n} of 100 answers were wrong. On your pictures it can be more.")
    if len(answers) < _FEW_ANSWERS:
        return words
    if off_by is None:
        words.append(
            f"The model gave its answers a probability of {percent(mean)} on average: of ten such answers about "
            f"{_tenths(1 - mean)} would be wrong on pictures like those it was tested on, and more on pictures unlike them."
        )
    else:
        words.append(
            f"The model gave its answers a probability of {percent(mean)} on average. On people and cameras that it was not "
            f"trained on, probabilities were up to {100 * off_by:.0f} percentage points too high or too low, on average over all "
            "faces; those of single faces can be further off."
        )
    return words


def _tenths(share: float) -> str:
    return str(round(10 * share)) if round(10 * share) else "not even one"
