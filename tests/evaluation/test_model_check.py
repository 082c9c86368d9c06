"""A model against people's labels."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.errors import ShapeError
from aiducation.evaluation.face_scores import face_scores
from aiducation.evaluation.metrics import expected_calibration_error
from aiducation.evaluation.model_check import check_model


def answers(n: int, people: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Calibrated probabilities, labels that follow them, and persons."""
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(4, 0.4), size=n)
    truth = np.array([rng.choice(4, p=row) for row in probs])
    return probs, truth, np.arange(n) % people


def test_the_threshold_gives_what_was_asked_for_also_on_other_people() -> None:
    probs, truth, people = answers(2000, 40)
    found = check_model(probs, truth, people, threshold=0.5)
    answered = probs.max(axis=1) >= found.threshold
    assert (probs.argmax(axis=1) == truth)[answered].mean() >= 0.8
    assert answered.mean() == pytest.approx(found.coverage)
    assert found.held_out.low <= 0.8 <= found.held_out.high
    fresh, labels, _ = answers(4000, 40, seed=1)
    again = fresh.max(axis=1) >= found.threshold
    assert (fresh.argmax(axis=1) == labels)[again].mean() == pytest.approx(0.8, abs=0.03)
    assert found.calibration_error.estimate == pytest.approx(expected_calibration_error(probs, truth))
    assert found.accuracy.low < found.accuracy.estimate < found.accuracy.high
    assert found.answered.estimate == pytest.approx((probs.max(axis=1) >= 0.5).mean())


def test_faces_of_several_thresholds_have_each_their_own() -> None:
    """As those of two results that were made with different ones."""
    probs = np.array([[0.6, 0.4], [0.6, 0.4], [0.9, 0.1], [0.9, 0.1]])
    found = check_model(probs, np.array([0, 1, 0, 0]), np.arange(4), threshold=np.array([0.5, 0.8, 0.5, 0.8]))
    assert found.answered.estimate == 0.75 and found.right.estimate == 1 and np.isnan(found.default)
    alike = check_model(probs, np.array([0, 1, 0, 0]), np.arange(4), threshold=np.full(4, 0.8))
    assert alike.default == 0.8 and alike.answered.estimate == 0.5


@pytest.mark.parametrize("n", [12, 50, 400])
def test_the_threshold_that_is_told_answers_the_same_faces(n: int) -> None:
    """A rounded one would answer one face more or less, and the share that is told would not be reached."""
    told = []
    for seed in range(30):
        probs, truth, people = answers(n, n, seed=seed)
        found = check_model(probs, truth, people, n_resamples=1)
        if np.isnan(found.threshold):
            continue
        answered = probs.max(axis=1) >= float(found.option)
        assert (probs.argmax(axis=1) == truth)[answered].mean() >= 0.8
        assert answered.mean() == pytest.approx(found.coverage)
        told.append(len(found.option))
    assert len(told) > 5 and np.median(told) <= len("0.1234"), "it has few decimals"


@pytest.mark.slow
def test_the_interval_of_a_calibration_error_holds_the_true_one() -> None:
    """It is 0 here: each probability is right, and what few faces show is chance. Resamples have more of it: their middle lies
    above the truth in all of these.
    """
    held = scored_held = 0
    for seed in range(40):
        probs, truth, people = answers(60, 60, seed=seed)
        found = check_model(probs, truth, people, n_resamples=300).calibration_error
        assert found.low < found.estimate <= found.high
        held += found.low == 0
        outcomes = np.concatenate([probs, np.zeros((60, 1))], axis=1)
        scored = face_scores(outcomes, truth, people, threshold=0.5)["calibration_error_four"]
        assert scored["low"] < scored["estimate"] <= scored["high"]
        scored_held += scored["low"] == 0
    assert min(held, scored_held) >= 30


def test_the_interval_of_a_real_calibration_error_holds_it() -> None:
    """Answers of 0.9 that are right in 0.7: the error is 0.2."""
    rng, held = np.random.default_rng(0), 0
    for _ in range(60):
        probs = np.tile([0.9, 0.1], (200, 1))
        found = check_model(probs, (rng.random(200) > 0.7).astype(int), np.arange(200), n_resamples=500)
        held += found.calibration_error.low <= 0.2 <= found.calibration_error.high
    assert held >= 54


def test_the_interval_of_a_calibration_error_holds_it_where_people_differ() -> None:
    """36 people with 27 faces each, whose answers are right by 0.1 less than said, and each person's by up to 0.2 more or less:
    the error is 0.109 in 200,000 faces of as many people. What people differ can hide a gap as well as make one.
    """
    rng, held = np.random.default_rng(0), 0
    people = np.repeat(np.arange(36), 27)
    for _ in range(40):
        sure = rng.uniform(0.5, 1, len(people))
        right = rng.random(len(people)) < np.clip(sure - 0.1 + rng.normal(0, 0.2, 36)[people], 0, 1)
        found = check_model(np.column_stack([sure, 1 - sure]), np.where(right, 0, 1), people, n_resamples=300)
        held += found.calibration_error.low <= 0.109 <= found.calibration_error.high
    assert held >= 36


def test_out_of_reach_few_people_and_nobody() -> None:
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(4), size=200)
    never = check_model(probs, rng.integers(4, size=200), np.arange(200), target=0.99)
    assert np.isnan(never.threshold) and never.coverage == 0
    few = check_model(*answers(40, 2))
    assert np.isnan(few.held_out.estimate) and not few.accuracy.has_limits
    with pytest.raises(ShapeError, match="no faces"):
        check_model(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))
