"""What is said where annotators are divided, and where people are not known, or are in several recordings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.observations.faces import CHANGED, VERSION, MadeWith
from aiducation.observations.ratings import ratings_of
from aiducation.observations.track_names import TrackNames
from aiducation.predictions import Predictions
from aiducation.study_report.agreement import report_agreement
from aiducation.study_report.agreement_json import entry
from aiducation.study_report.agreement_rows import model_rows
from aiducation.study_report.agreement_words import notes
from aiducation.study_report.calibration_figures import risk_coverage_figure
from aiducation.study_report.own_faces_page import report_own_faces
from aiducation.study_report.recording_comparison import compare_recordings
from aiducation.study_report.recording_comparison_words import headline
from aiducation.study_report.recording_comparison_words import notes as comparison_notes
from aiducation.vision.own_faces import LabelledFace, OwnFaces
from annotation_makers import photo_labels
from coded_lessons import lesson
from makers import faces_of

BORED, NEUTRAL = np.eye(5, dtype=np.float32)[3], np.eye(5, dtype=np.float32)[0]


def test_answers_of_two_results_count_as_each_of_them_gave_them() -> None:
    """The larger of two thresholds would leave answers out that a result did give."""
    mild = np.array([0.05, 0.05, 0.05, 0.8, 0.05], np.float32)
    results = [
        replace(faces_of([mild] * 2), source=f"{name}.jpg", made_with=MadeWith(model={"threshold": threshold}))
        for name, threshold in (("a", 0.5), ("b", 0.9))
    ]
    said = {"Anna": photo_labels(["bored"] * 2, source="a.jpg") + photo_labels(["bored"] * 2, source="b.jpg")}
    found = report_agreement(ratings_of(said, results))
    assert found.check is not None and found.check.answered.estimate == 0.5
    assert entry(found)["model"]["default"] is None
    assert any(name == "share answered at the threshold of each result" for name, _ in model_rows(found))
    risk_coverage_figure(found.check.curve, found.check.default)
    alone = report_agreement(ratings_of(said, results[:1]))
    assert alone.check is not None and alone.check.default == 0.5 and alone.check.answered.estimate == 1


@pytest.mark.parametrize(("people", "few"), [(4, True), (5, False), (8, False)])
def test_as_few_people_as_the_page_names_are_told(people: int, few: bool) -> None:
    """The page said that intervals are too narrow with fewer than five people, and warned of them with eight."""
    photo = replace(faces_of([BORED, NEUTRAL] * (people // 2) + [BORED] * (people % 2)), source="class.jpg")
    labels = ["bored", "neutral"] * (people // 2) + ["bored"] * (people % 2)
    both = {"Anna": photo_labels(labels), "Ben": photo_labels(labels, "Ben")}
    said = notes(report_agreement(ratings_of(both, [photo])))
    assert any("too narrow" in line for line in said) == few


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


def test_names_of_two_recordings_of_one_name_are_both_used() -> None:
    """Two uploads can be called the same; the names of the second do not take the place of the first one's."""
    pair = [lesson(people=6, seconds=10, seed=seed)[0] for seed in (0, 1)]
    names = [TrackNames(source="lesson.mp4", names={k: who}) for k, who in ((0, "Mia"), (1, "Tom"))]
    found = compare_recordings(pair, labels=["first", "second"], names=names)
    assert {"Mia", "Tom"} <= set(found.conditions[0].people)


def test_who_is_in_two_recordings_of_a_condition_counts_once() -> None:
    pair = [lesson(people=n, seconds=10, seed=k, source=f"{k}.mp4")[0] for k, n in enumerate((4, 4, 6))]
    names = [TrackNames(source=f"{k}.mp4", names=dict(enumerate("ABCDEF"))) for k in range(3)]
    conditions = {"0.mp4": "before", "1.mp4": "before", "2.mp4": "after"}
    with pytest.raises(DataFileError, match="before are withheld: it shows at most 4 people well"):
        compare_recordings(pair, conditions=conditions, names=names)
    found = compare_recordings(pair, conditions=conditions, names=names, min_group=4)
    assert found.conditions[0].seen.tolist() == [4] * len(found.conditions[0].values)


def test_a_difference_between_two_people_is_not_told_from_chance() -> None:
    pair = [lesson(people=2, seconds=30, seed=k, source=f"{k}.mp4", bored=0.1 + 0.8 * k)[0] for k in range(2)]
    found = compare_recordings(pair, min_group=1)
    assert headline(found) == "With fewer than 3 tracks on a side, no difference can be told from chance"
    said = comparison_notes(found)
    assert "Fewer than 3 tracks in 0.mp4, 1.mp4: no intervals can be given there." in said
    assert not any("too narrow." in line and "Fewer than 5" in line for line in said)


def test_different_settings_are_told_as_a_cause() -> None:
    """Priors and versions move every probability; numbers of tracks and labels by hand are not the settings of an analysis."""
    made = [
        MadeWith(settings={VERSION: "0.0.7", "conditions": "camera", "seed of the track ids": "1"}),
        MadeWith(settings={"conditions": "training", "seed of the track ids": "2", CHANGED: "1 track hidden"}),
    ]
    pair = [
        replace(lesson(people=6, seconds=10, seed=k, source=f"{k}.mp4")[0], made_with=one) for k, one in enumerate(made)
    ]
    said = [line for line in comparison_notes(compare_recordings(pair)) if "different settings" in line]
    assert len(said) == 1 and "(version of this program, conditions)" in said[0]
    same = [replace(one, made_with=made[0]) for one in pair]
    assert not any("different settings" in line for line in comparison_notes(compare_recordings(same)))


def test_a_step_has_a_picture_also_where_they_are_far_apart() -> None:
    """Twenty minutes are more than the longest round step; steps of ten minutes would be empty by turns."""
    made = lesson(people=6, seconds=40)[0]
    frames = tuple(replace(frame, time_s=1200.0 * k) for k, frame in enumerate(made.frames))
    pair = [replace(made, source=f"{k}.mp4", every_s=1200.0, frames=frames) for k in range(2)]
    found = compare_recordings(pair)
    assert found.step_s == 1200 and not np.isnan(found.differences[0].difference).any()
