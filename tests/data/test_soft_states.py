"""Soft states: the chance of each outcome if ten others had voted."""

from __future__ import annotations

import numpy as np

from aiducation.data.criteria import get_criteria
from aiducation.data.soft_states import outcome_index, soft_states
from aiducation.states import OUTCOMES


def votes(**given: int) -> np.ndarray:
    from aiducation.data.votes import VOTE_COLUMNS

    row = np.zeros((1, len(VOTE_COLUMNS)), np.uint8)
    for name, n in given.items():
        row[0, VOTE_COLUMNS.index(name)] = n
    return row


def test_outcomes_put_other_last() -> None:
    assert outcome_index(np.array([0, 3, -1])).tolist() == [0, 3, OUTCOMES.index("other")]


def test_clear_votes_stay_clear_and_divided_ones_do_not() -> None:
    both = np.concatenate([votes(happiness=10), votes(neutral=5, sadness=3, anger=2)])
    chances = soft_states(both, get_criteria("published"), draws=2000)
    assert chances.shape == (2, len(OUTCOMES))
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert chances[0, OUTCOMES.index("other")] > 0.95
    assert 0.1 < chances[1, OUTCOMES.index("angry")] < 0.9


def test_the_same_seed_gives_the_same_chances() -> None:
    some = votes(neutral=6, sadness=2, anger=2)
    criteria = get_criteria("published")
    assert np.array_equal(soft_states(some, criteria, seed=1), soft_states(some, criteria, seed=1))
    assert not np.array_equal(soft_states(some, criteria, seed=1), soft_states(some, criteria, seed=2))
