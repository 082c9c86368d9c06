"""Agreement of raters, and of annotators on when something begins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aiducation.errors import ShapeError
from aiducation.evaluation.agreement import agreement_of
from aiducation.evaluation.event_agreement import event_agreement, match_onsets
from aiducation.study_report.agreement import most_given
from aiducation.study_report.agreement_words import undefined_words


def test_all_alike_is_not_defined_and_no_crash() -> None:
    """All units in one state: chance gives full agreement, so nothing can be said beyond it."""
    same = agreement_of(np.zeros((3, 20), int), np.arange(20), 5, n_resamples=50)
    assert np.isnan([same.alpha.estimate, same.fleiss.estimate, same.pairs[0].kappa.estimate]).all()
    assert same.pairs[0].observed.estimate == 1 and not same.alpha.has_limits
    assert np.isnan(same.pairs[0].recall[1].estimate)
    report: Any = SimpleNamespace(agreement=same, timed=True)
    assert undefined_words(report).startswith("Where all moments have one and the same state")
    report.agreement = agreement_of(np.array([[0, 1, 0, 1]] * 2), np.arange(4), 5, n_resamples=50)
    assert not undefined_words(report)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_annotators_who_are_even_are_no_truth(order: list[int]) -> None:
    """crowd-kit's MajorityVote (1.4.2) lets the state win that its table names first, so the order of rows decides.

    Source: findings/ties_in_crowd_kit.sh; https://github.com/Toloka/crowd-kit/issues/108.
    """
    table = np.array([[0, 1, 3, -1, 2], [0, 2, -1, -1, 1]])
    assert most_given(table[order]).tolist() == [0, -1, 3, -1, -1]


def test_people_count_and_not_their_pictures() -> None:
    """Thirty times the same pictures of each person are no more evidence than one."""
    rng = np.random.default_rng(0)
    people = 25
    table = rng.integers(4, size=(1, people))
    table = np.concatenate([table, np.where(rng.random(people) < 0.7, table, rng.integers(4, size=(1, people)))])
    once = agreement_of(table, np.arange(people), 4)
    often = agreement_of(np.repeat(table, 30, axis=1), np.repeat(np.arange(people), 30), 4)
    fooled = agreement_of(np.repeat(table, 30, axis=1), np.arange(30 * people), 4)
    for name in ("low", "high"):
        assert getattr(often.pairs[0].kappa, name) == pytest.approx(getattr(once.pairs[0].kappa, name), abs=1e-9)
    wide, narrow = (one.pairs[0].kappa.high - one.pairs[0].kappa.low for one in (often, fooled))
    assert wide > 4 * narrow


@pytest.mark.slow
def test_the_interval_holds_the_truth() -> None:
    """Of 200 made-up studies with 40 people each, the 95 % interval misses the true kappa in few."""
    truth, missed = 0.6, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        a = rng.integers(4, size=(40, 5))
        copied = rng.random((40, 5)) < truth  # else at random: kappa is the share that is copied
        b = np.where(copied, a, rng.integers(4, size=a.shape))
        table = np.stack([a.ravel(), b.ravel()])
        kappa = agreement_of(table, np.repeat(np.arange(40), 5), 4, n_resamples=300).pairs[0].kappa
        missed += not kappa.low <= truth <= kappa.high
    assert missed <= 20


def test_few_people_have_no_interval_and_nobody_in_common_is_said() -> None:
    table = np.array([[0, 1, 2, 1], [0, 1, 1, 1]])
    few = agreement_of(table, np.array(["A", "A", "B", "B"]), 3)
    assert not np.isnan(few.alpha.estimate) and not few.alpha.has_limits
    with pytest.raises(ShapeError, match="No unit was rated by two"):
        agreement_of(np.array([[0, -1], [-1, 0]]), np.arange(2), 2)
    with pytest.raises(ShapeError, match="at least two raters"):
        agreement_of(np.array([[0, 1]]), np.arange(2), 2)
    with pytest.raises(ShapeError, match=r"0\.\.1"):
        agreement_of(np.array([[0, 2], [0, 1]]), np.arange(2), 2)


def test_onsets_are_matched_once_and_as_often_as_possible() -> None:
    assert match_onsets([1, 2], [2, 3], 1) == [(0, 0), (1, 1)]
    assert match_onsets([1, 1.2, 1.5], [1.3], 0.5) == [(1, 0)]
    assert match_onsets([1], [2.01], 1) == []
    rng = np.random.default_rng(3)
    for _ in range(50):
        a, b = np.sort(rng.random(6) * 10), np.sort(rng.random(7) * 10)
        possible = abs(a[:, None] - b[None]) <= 1
        from scipy.optimize import linear_sum_assignment

        rows, columns = linear_sum_assignment(~possible)
        assert len(match_onsets(a, b, 1.0)) == possible[rows, columns].sum()


def test_the_nearest_of_several_onsets_is_the_partner() -> None:
    """The earliest that fits would make the second rater early by 0.8 s in the first line, and late in the last."""
    assert match_onsets([10.0], [9.2, 10.1], 1) == [(0, 1)]
    assert match_onsets([9.2, 10.1], [10.0], 1) == [(1, 0)]
    assert match_onsets([1.0, 2.0], [1.9, 2.8], 1) == [(0, 0), (1, 1)]  # two pairs, not the nearest one alone
    assert match_onsets([], [1.0], 1) == match_onsets([1.0], [], 1) == []
    rng = np.random.default_rng(4)
    for _ in range(50):
        a, b = np.sort(rng.random(6) * 10), np.sort(rng.random(7) * 10)
        gaps = abs(a[:, None] - b[None])
        from scipy.optimize import linear_sum_assignment

        rows, columns = linear_sum_assignment(np.where(gaps <= 1, gaps, 100))
        fits = gaps[rows, columns] <= 1
        found = sum(gaps[i, j] for i, j in match_onsets(a, b, 1.0))
        assert found == pytest.approx(gaps[rows, columns][fits].sum())
    late = [({0: [10.0, 30.0]}, {0: [9.2, 10.1, 30.1]})] * 4
    assert event_agreement(late, 1, 1.0).delay_s == pytest.approx(0.1)


def test_events_of_several_people() -> None:
    people = [({0: [0.0, 10.0], 1: [5.0]}, {0: [0.5, 10.8], 1: [9.0]})] * 4
    found = event_agreement(people, 2, 1.0)
    assert found.matched.tolist() == [8, 0] and found.only_first.tolist() == [0, 4] == found.only_second.tolist()
    assert found.agreement.estimate == pytest.approx(16 / 24) and found.delay_s == pytest.approx(0.65)
    nothing = event_agreement([], 2, 1.0)
    assert np.isnan(nothing.agreement.estimate) and np.isnan(nothing.delay_s)
