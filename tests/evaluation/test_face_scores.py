"""Scores of labelled faces: those of the other metrics where both can be computed, and sensible where states are missing."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.evaluation.calibration import risk_coverage
from aiducation.evaluation.face_scores import face_scores
from aiducation.evaluation.metrics import confusion_matrix, expected_calibration_error, scores
from aiducation.states import OUTCOMES, STATES


@pytest.fixture
def faces() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    return random.dirichlet(np.full(len(OUTCOMES), 0.5), 300), random.integers(0, len(OUTCOMES), 300)


def test_they_are_those_of_the_other_metrics(faces: tuple[np.ndarray, np.ndarray]) -> None:
    probs, truth = faces
    made = face_scores(probs, truth, np.arange(300), threshold=0.5)
    four, labels = probs[truth < 4][:, :4], truth[truth < 4]
    four /= four.sum(axis=1, keepdims=True)
    expected = scores(confusion_matrix(labels, four.argmax(axis=1), 4))
    assert made["accuracy"]["estimate"] == pytest.approx(float(expected["accuracy"]), abs=1e-4)
    assert made["balanced_accuracy"]["estimate"] == pytest.approx(float(expected["recall_macro"]), abs=1e-4)
    error = expected_calibration_error(four, labels)
    assert made["calibration_error_four"]["estimate"] == pytest.approx(error, abs=1e-4)
    coverage, accuracy = risk_coverage(probs, truth).at(0.5)
    assert made["answered"]["coverage"] == pytest.approx(coverage, abs=1e-4)
    assert made["answered"]["accuracy"]["estimate"] == pytest.approx(accuracy, abs=1e-4)
    for score in (made["accuracy"], made["calm"]["accuracy"], made["answered"]["accuracy"]):
        assert score["low"] < score["estimate"] < score["high"]


def test_states_without_a_face_do_not_count(faces: tuple[np.ndarray, np.ndarray]) -> None:
    probs, truth = faces
    some = np.isin(truth, [1, 3])
    made = face_scores(probs[some], truth[some], np.arange(some.sum()), threshold=0)
    assert made["recall"].keys() == {"angry", "bored"} and made["neutral_against_focused"] is None
    mean = np.mean([score["estimate"] for score in made["recall"].values()])
    assert made["balanced_accuracy"]["estimate"] == pytest.approx(mean, abs=1e-4)


def test_merged_neither_of_the_two_is_taken_for_the_other() -> None:
    probs = np.array([[0.35, 0.0, 0.25, 0.4, 0.0], [0.2, 0.1, 0.5, 0.2, 0.0]])
    made = face_scores(probs, np.array([0, 0]), np.arange(2), threshold=0)
    assert made["accuracy"]["estimate"] == 0 and made["calm"]["accuracy"]["estimate"] == 1


def test_faces_of_one_subject_are_resampled_together() -> None:
    probs, truth = np.tile(np.eye(5)[:2], (20, 1)), np.tile([0, 0], 20)
    one_each = face_scores(probs, truth, np.arange(40), threshold=0)["accuracy"]
    pairs = face_scores(probs, truth, np.tile(np.arange(2), 20), threshold=0)["accuracy"]
    assert pairs["high"] - pairs["low"] > one_each["high"] - one_each["low"]


def test_nothing_answered_and_nothing_labelled_have_no_score() -> None:
    probs = np.full((3, 5), 0.2)
    made = face_scores(probs, np.full(3, 4), np.arange(3), threshold=0.9)
    assert made["accuracy"] is None and made["answered"]["accuracy"]["estimate"] is None
    assert made["answered"]["coverage"] == 0 and made["recall"] == {} and len(STATES) == 4
