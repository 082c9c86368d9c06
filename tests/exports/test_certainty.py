"""How sure a result is: what the model answered, and what people gave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aiducation.exports.certainty import certainty
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.corrections import corrected, given_by_hand
from aiducation.observations.elsewhere import wrong_answers
from aiducation.observations.faces import Faces, MadeWith
from aiducation.observations.group import group_of
from aiducation.observations.recording import Recording
from aiducation.words import percent
from makers import faces_of, recording_of

NEUTRAL = np.array([0.9, 0.04, 0.02, 0.02, 0.02], np.float32)
MADE_WITH = MadeWith(
    model={"off_by": 0.08, "elsewhere": {"sets": [{"name": "web", "accuracy_when_answered": {"estimate": 0.6}}]}}
)
WRONG = "40 of a hundred answers were wrong"
SURE = "The model gave its answers a probability of"


def told(result: Faces | Recording) -> str:
    return " ".join(certainty(result, group_of(result, min_group=1)))


def bored(result: Faces | Recording, *tracks: int) -> Faces | Recording:
    """The result after Anna has called these tracks bored."""
    target = [Target(source=result.source, track=track) for track in tracks]
    return corrected(result, Annotations(tuple(Annotation(target=t, state="bored", annotator="Anna") for t in target)))


def test_also_of_few_answers_it_is_told_how_many_were_wrong_elsewhere() -> None:
    few, many = (replace(faces_of([NEUTRAL] * n), made_with=MADE_WITH) for n in (4, 12))
    assert WRONG in told(few) and SURE not in told(few)
    assert WRONG in told(many) and f"{SURE} 90 % on average" in told(many)


@pytest.mark.parametrize(("people", "sure"), [(2, f"{SURE} 90 % on average"), (6, "")])
def test_nothing_is_told_of_how_sure_the_model_was_of_states_that_people_gave(people: int, sure: str) -> None:
    """A report on people's labels said: "The model gave its answers a probability of 100 % on average"."""
    seen = replace(recording_of([[NEUTRAL] * 6] * 4), made_with=MADE_WITH)
    words = told(bored(seen, *seen.track_ids[:people]))
    assert f"States that were given by people, not by the model: {4 * people}." in words
    assert (WRONG in words) == (SURE in words) == bool(sure) and sure in words
    assert "given by people" not in told(seen)


def test_of_a_model_of_ones_own_its_test_says_how_many_answers_were_wrong() -> None:
    """The tutorial's network, wrong in 73 of 100 test images, called eight of nine faces calm, and the report did not say so."""
    own = MadeWith(model={"name": "mine", "scores": {"test_accuracy": 0.2681, "valid_accuracy": 0.3083}})
    assert "On test pictures, 73 of 100 answers were wrong." in told(replace(faces_of([NEUTRAL] * 8), made_with=own))
    assert "wrong" not in told(replace(faces_of([NEUTRAL] * 8), made_with=MadeWith(model={"name": "mine"})))


def test_answers_of_the_model_do_not_count_as_given_by_people() -> None:
    certain = np.eye(5, dtype=np.float32)[0]
    assert not given_by_hand(faces_of([certain]), MADE_WITH).any()
    assert not given_by_hand(faces_of([]), MADE_WITH).any()
    # A file rounds to 1 what the model gives to one face in thousands.
    rounded = replace(recording_of([[certain] * 6] * 4), made_with=MADE_WITH)
    assert "States that were given by people, not by the model: 8." in told(bored(rounded, *rounded.track_ids[:2]))


def test_right_and_wrong_answers_are_rounded_to_a_hundred() -> None:
    """83.5 % right were told as 84 % in one place, and as 17 of a hundred wrong in another."""
    wrong = wrong_answers({"sets": [{"name": "posed", "accuracy_when_answered": {"estimate": 0.835}}]})
    assert wrong == (0.165, 0.165) and (percent(0.835), percent(0.165)) == ("84 %", "16 %")
