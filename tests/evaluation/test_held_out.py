"""Two models on people who were held out: how often chance alone lets the new one replace the other."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.evaluation.held_out import HeldOut, held_out

#: How far one person's log loss differs between two models that are equally good on average.
DIFFERS = 0.2


def compared(people: int, seed: int, gain: float = 0.0) -> HeldOut:
    """Models that give the same answers to four faces of each person, one of each state; how sure they are of the truth differs
    from person to person by chance, and is better by a gain."""
    truth, groups = np.tile(np.arange(4), people), np.repeat(np.arange(people), 4)
    effects = gain + np.random.default_rng(seed).normal(0, DIFFERS, people)
    return held_out(_sure_of(truth, 0.5), _sure_of(truth, 0.5 * np.exp(effects)[groups]), truth, groups, seed=seed)


def _sure_of(truth: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """(N, 4) probabilities in which the truth has a share."""
    right = np.eye(4)[truth] * np.reshape(share, (-1, 1))
    return right + (1 - np.eye(4)[truth]) * (1 - right.sum(axis=1, keepdims=True)) / 3


@pytest.mark.parametrize("people", [4, 10])
def test_chance_alone_rarely_makes_a_new_model_better(people: int) -> None:
    passed = np.mean([compared(people, seed).better for seed in range(500)])
    assert 0.02 < passed < 0.09  # with 95 % of the resamples it was 0.12 of four people


def test_few_people_can_still_show_that_a_model_is_better() -> None:
    found = compared(4, 0, gain=5 * DIFFERS)
    assert found.better and found.sure >= found.needed > 0.99
