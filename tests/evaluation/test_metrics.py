from __future__ import annotations

import numpy as np
import pytest

from aiducation import runs
from aiducation.errors import ShapeError
from aiducation.evaluation.metrics import (
    confusion_matrix,
    expected_calibration_error,
    flat_scores,
    log_loss,
    scores,
)

#: Of 4 neutral images 3 are found, of 2 angry ones 1; nothing is called focused, and nothing is bored.
CONFUSION = np.array([[3, 1, 0, 0], [0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 0, 0]])


def test_rows_are_true_and_columns_predicted() -> None:
    matrix = confusion_matrix(np.array([0, 0, 2]), np.array([0, 1, 3]), 4)
    assert matrix.dtype == np.int64
    assert matrix[0].tolist() == [1, 1, 0, 0]
    assert matrix[2].tolist() == [0, 0, 0, 1]
    assert matrix.sum() == 3


def test_scores_worked_out_by_hand() -> None:
    values = scores(CONFUSION)
    assert values["accuracy"] == 4 / 8
    assert values["precision"].tolist() == [3 / 4, 1 / 3, 0, 0]
    assert values["recall"].tolist() == [3 / 4, 1 / 2, 0, 0]
    assert values["f1"].tolist() == [6 / 8, 2 / 5, 0, 0]
    assert values["support"].tolist() == [4, 2, 2, 0]
    assert values["recall_macro"] == pytest.approx(1.25 / 4)
    assert values["precision_micro"] == values["recall_micro"] == values["f1_micro"] == 0.5


def test_many_matrices_at_once_equal_one_at_a_time() -> None:
    stack = np.random.default_rng(0).integers(0, 9, size=(5, 3, 4, 4))
    stack[0, 0] = 0
    together = scores(stack)
    for index in np.ndindex(5, 3):
        for name, value in scores(stack[index]).items():
            np.testing.assert_array_equal(together[name][index], value, err_msg=name)


def test_names_are_those_of_the_training_log() -> None:
    assert tuple(flat_scores(CONFUSION)) == tuple(name for name in runs.METRICS if name != "loss")


def test_flat_scores_pick_the_right_state() -> None:
    flat = flat_scores(CONFUSION)
    assert flat["recall_angry"] == 0.5
    assert flat["precision_angry"] == pytest.approx(1 / 3)
    assert flat["f1_bored"] == 0


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        (np.array([0, 1]), np.array([0]), "alike"),
        (np.array([0, 4]), np.array([0, 0]), r"y_true: expected values 0\.\.3, got 0\.\.4"),
        (np.array([0, 1]), np.array([-1, 0]), r"y_pred: expected values 0\.\.3, got -1"),
    ],
)
def test_wrong_input_is_refused(y_true: np.ndarray, y_pred: np.ndarray, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        confusion_matrix(y_true, y_pred, 4)


def test_a_matrix_that_is_not_square_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(4, 3\)"):
        scores(np.zeros((4, 3)))


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    probs = np.tile([0.7, 0.1, 0.1, 0.1], (10, 1))
    assert expected_calibration_error(probs, np.zeros(10, dtype=int)) == pytest.approx(0.3)
    assert expected_calibration_error(probs, np.array([0] * 7 + [1] * 3)) == pytest.approx(0)
    assert np.isnan(expected_calibration_error(np.empty((0, 4)), np.empty(0, dtype=int)))


def test_log_loss_of_an_impossible_truth_is_finite() -> None:
    probs = np.array([[1.0, 0, 0, 0]])
    assert log_loss(probs, np.array([0])) == 0
    assert 15 < log_loss(probs, np.array([1])) < 17
