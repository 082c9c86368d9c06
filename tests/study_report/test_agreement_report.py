"""What is said of the model where annotators, and people, are not all known or of one mind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.observations.ratings import ratings_of
from aiducation.predictions import Predictions
from aiducation.study_report.agreement import report_agreement
from aiducation.study_report.agreement_json import entry
from aiducation.study_report.agreement_words import notes
from aiducation.study_report.own_faces_page import report_own_faces
from aiducation.vision.own_faces import LabelledFace, OwnFaces
from annotation_makers import photo_labels
from makers import faces_of

BORED, NEUTRAL = np.eye(5, dtype=np.float32)[3], np.eye(5, dtype=np.float32)[0]


def test_faces_on_which_annotators_are_divided_do_not_judge_the_model_and_are_told() -> None:
    """They are the hard ones: whoever reads how often the model is right should know that they are missing."""
    photo = replace(faces_of([BORED, NEUTRAL, NEUTRAL, BORED]), source="class.jpg")
    both = {"Anna": photo_labels(["bored"] * 4), "Ben": photo_labels(["bored", "bored", "neutral", "angry"], "Ben")}
    found = report_agreement(ratings_of(both, [photo]))
    assert found.check is not None and found.check.units == 2 and found.divided == 2
    said = [line for line in notes(found) if "evenly divided" in line]
    assert said and "2 faces" in said[0]
    assert entry(found)["model"]["left_out_divided"] == 2
    alone = report_agreement(ratings_of({"Anna": both["Anna"]}, [photo]))
    assert alone.divided == 0 and not any("evenly divided" in line for line in notes(alone))


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (("", "", "", ""), "It is not known who is shown, so every picture"),
        (("A", "B", "C", "D"), ""),
        (("A", "", "C", ""), "not known who is shown: 2."),
    ],
)
def test_people_with_a_picture_each_are_known(people: tuple[str, ...], says: str) -> None:
    probs, n = np.full((4, 5), 0.2), np.arange(4)
    seen = OwnFaces(
        predictions=Predictions(ids=n, y_true=n, probs=np.full((4, 4), 0.25), groups=n),
        judged=tuple(LabelledFace(Path(f"{k}.png"), "bored", who) for k, who in enumerate(people)),
        probs=probs,
        skipped=(),
        several=0,
        crops=np.zeros((4, 48, 48), np.uint8),
    )
    said = [line for line in report_own_faces(seen).notes if "who is shown" in line]
    assert (says in said[0]) if says else not said
