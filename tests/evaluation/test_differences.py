from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from aiducation.errors import DataMismatchError, ShapeError
from aiducation.evaluation.comparisons import compare
from aiducation.evaluation.differences import accuracy_difference
from aiducation.evaluation.intervals import Interval
from aiducation.predictions import Predictions

Make = Callable[..., Predictions]


def width(interval: Interval) -> float:
    return interval.high - interval.low


def elsewhere(predictions: Predictions) -> Predictions:
    """The same results on other photos."""
    return dataclasses.replace(predictions, ids=predictions.ids + 10_000, groups=predictions.groups + 10_000)


def test_the_estimate_is_the_difference_of_the_means(make_predictions: Make) -> None:
    a = {("a", seed): make_predictions(0.8, seed=seed) for seed in range(3)}
    b = {("b", seed): elsewhere(make_predictions(0.6, n=300, seed=seed)) for seed in range(2)}
    means = [np.mean([p.correct.mean() for p in side.values()]) for side in (a, b)]
    found = accuracy_difference(a, b)
    assert found.estimate == pytest.approx(means[0] - means[1])
    assert found.low < found.estimate < found.high
    turned = accuracy_difference(b, a)
    assert (turned.estimate, turned.low) == (pytest.approx(-found.estimate), pytest.approx(-found.high))


def test_photos_on_both_sides_are_drawn_for_both(make_predictions: Make) -> None:
    """The same photos on both sides: what makes them hard cancels out, as in a paired comparison."""
    first, second = make_predictions(0.7, seed=1), make_predictions(0.7, seed=1)
    same = accuracy_difference({("a", 0): first}, {("b", 0): second})
    assert (same.estimate, same.low, same.high) == (0, 0, 0)
    assert width(accuracy_difference({("a", 0): first}, {("b", 0): elsewhere(second)})) > 0.08
    other = make_predictions(0.6, seed=2)
    paired = compare(first, other).difference
    joint = accuracy_difference({("a", 0): first}, {("b", 0): other})
    assert (joint.low, joint.high) == (pytest.approx(paired.low, abs=1e-9), pytest.approx(paired.high, abs=1e-9))


def test_copies_are_no_new_evidence(make_predictions: Make) -> None:
    once, often = (
        accuracy_difference(
            {("a", 0): make_predictions(0.7, seed=1, copies=copies)},
            {("b", 0): elsewhere(make_predictions(0.6, seed=2, copies=copies))},
        )
        for copies in (1, 5)
    )
    assert width(once) == pytest.approx(width(often))


def test_seeds_that_differ_widen_the_interval(make_predictions: Make) -> None:
    def sides(spread: float) -> Interval:
        accuracies = (0.7 - spread, 0.7, 0.7 + spread)
        a = {("a", i): make_predictions(accuracy, n=2000, seed=i) for i, accuracy in enumerate(accuracies)}
        b = {("b", i): elsewhere(make_predictions(0.6, n=2000, seed=i)) for i in range(3)}
        return accuracy_difference(a, b)

    assert width(sides(0.15)) > 2 * width(sides(0.0))


def test_what_a_seed_adds_to_both_sides_cancels_out(make_predictions: Make) -> None:
    """Validation and test of the same runs: some seeds are better on both, so their difference hardly varies."""
    valid = {("a", i): make_predictions(accuracy, n=2000, seed=i) for i, accuracy in enumerate((0.5, 0.65, 0.8))}
    test = {key: elsewhere(made) for key, made in valid.items()}
    others = {("b", seed): made for (_, seed), made in test.items()}
    assert width(accuracy_difference(valid, test)) < 0.5 * width(accuracy_difference(valid, others))


def test_a_side_that_a_draw_may_miss_still_gets_an_interval(make_predictions: Make) -> None:
    single = make_predictions(0.7, n=1)
    found = accuracy_difference({("a", 0): single}, {("b", 0): elsewhere(make_predictions(0.6, n=50))})
    assert np.isfinite([found.low, found.high]).all()


def test_bad_sides_are_refused(make_predictions: Make) -> None:
    some = make_predictions(0.7)
    with pytest.raises(ShapeError, match="at least one run"):
        accuracy_difference({}, {("b", 0): some})
    with pytest.raises(ShapeError, match="one image"):
        accuracy_difference({("a", 0): some}, {("b", 0): some.where(np.zeros(len(some), bool))})
    with pytest.raises(DataMismatchError, match="different images"):
        accuracy_difference({("a", 0): some, ("a", 1): elsewhere(some)}, {("b", 0): some})
