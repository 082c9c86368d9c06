from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from aiducation.errors import ConfigError, DataMismatchError
from aiducation.evaluation.comparisons import compare, compare_sets, holm, sign_flip_p_value
from aiducation.predictions import Predictions

Make = Callable[..., Predictions]


def test_a_clear_difference_is_found(make_predictions: Make) -> None:
    a, b = make_predictions(0.8, seed=1), make_predictions(0.5, seed=2)
    result = compare(a, b)
    assert result.difference.estimate == pytest.approx(a.correct.mean() - b.correct.mean())
    assert result.difference.low > 0.15
    assert result.p_value < 1e-6
    assert (result.n_images, result.n_groups) == (400, 400)


def test_turning_the_sides_turns_the_sign(make_predictions: Make) -> None:
    a, b = make_predictions(0.6, seed=1), make_predictions(0.55, seed=2)
    there, back = compare(a, b), compare(b, a)
    assert there.difference.estimate == -back.difference.estimate
    assert there.difference.low == pytest.approx(-back.difference.high)
    assert there.p_value == back.p_value


def test_a_model_equals_itself(make_predictions: Make) -> None:
    a = make_predictions(0.6)
    result = compare(a, a)
    assert (result.difference.low, result.difference.high, result.p_value) == (0, 0, 1)


def test_copies_are_no_new_evidence(make_predictions: Make) -> None:
    once = compare(make_predictions(0.6, seed=1), make_predictions(0.55, seed=2))
    often = compare(make_predictions(0.6, seed=1, copies=5), make_predictions(0.55, seed=2, copies=5))
    assert often.p_value == pytest.approx(once.p_value)
    assert often.difference.low == pytest.approx(once.difference.low)
    assert (often.n_images, often.n_groups) == (2000, 400)


def test_equal_models_get_small_p_values_as_often_as_they_should(make_predictions: Make) -> None:
    p_values = np.array(
        [
            compare(make_predictions(0.6, seed=2 * i), make_predictions(0.6, seed=2 * i + 1), n_resamples=1).p_value
            for i in range(400)
        ]
    )
    # An exact test of counts has few p-values to choose from, and rather stays below the level than above it.
    for level in (0.05, 0.25, 0.5, 0.75):
        assert 0.75 * level - 0.02 <= (p_values <= level).mean() <= level + 0.04


@pytest.mark.slow
def test_paired_intervals_hold_the_truth_as_often_as_they_say(make_predictions: Make) -> None:
    held = 0
    for seed in range(300):
        a = make_predictions(0.65, n=200, seed=seed, copies=2)
        b = make_predictions(0.60, n=200, seed=seed + 1000, copies=2)
        difference = compare(a, b, n_resamples=300).difference
        held += difference.low <= 0.05 <= difference.high
    assert 0.90 <= held / 300 <= 0.98


def test_sets_are_compared_by_their_mean(make_predictions: Make) -> None:
    many = [make_predictions(0.62, seed=seed) for seed in range(3)]
    few = [make_predictions(0.58, seed=seed) for seed in (10, 11)]
    result = compare_sets(many, few)
    expected = np.mean([m.correct.mean() for m in many]) - np.mean([m.correct.mean() for m in few])
    assert result.difference.estimate == pytest.approx(expected)
    assert compare_sets(many[:1], few[:1]) == compare(many[0], few[0])
    assert compare_sets(many[:1] * 3, few[:1] * 2).p_value == pytest.approx(compare(many[0], few[0]).p_value)


def test_different_images_are_not_compared(make_predictions: Make) -> None:
    a = make_predictions(0.6)
    with pytest.raises(DataMismatchError, match="different images"):
        compare(a, a.where(a.ids > 3))
    with pytest.raises(ConfigError, match="at least one model"):
        compare_sets([a], [])


def test_a_p_value_is_never_zero() -> None:
    assert sign_flip_p_value(np.ones(5000, dtype=int)) == 1e-12
    assert sign_flip_p_value(np.ones(3, dtype=int)) == pytest.approx(0.25)
    assert sign_flip_p_value(np.zeros(3, dtype=int)) == 1


def test_holms_correction_worked_out_by_hand() -> None:
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert list(adjusted) == ["a", "b", "c", "d"]
    assert list(adjusted.values()) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}
