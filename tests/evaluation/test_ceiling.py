"""How good a classifier can be: where the answer is known, and on the real votes."""

# ruff: noqa: E402 - what may be missing is asked for first
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from needs import need_package

need_package("scipy")

from aiducation.data.cleaning import clean
from aiducation.data.criteria import CRITERIA
from aiducation.data.vote_files import read_ferplus
from aiducation.errors import ShapeError
from aiducation.evaluation.ceiling import VoteMixture, ceiling, fit_mixture


def _majority(votes: np.ndarray) -> np.ndarray:
    """0 or 1, whichever column leads; no state on a tie."""
    return np.where(votes[:, 0] == votes[:, 1], -1, votes[:, 1] > votes[:, 0]).astype(int)


def test_votes_that_are_certain_leave_no_doubt() -> None:
    limits = ceiling(
        VoteMixture(weights=np.array([0.5, 0.5]), alphas=np.array([[1e4, 1e-4], [1e-4, 1e4]])), _majority, 2
    )
    assert limits.oracle == limits.second_crowd == 1
    assert limits.oracle_recall.tolist() == [1, 1]


def test_one_vote_of_a_known_share() -> None:
    """One vote that is 0 with chance 0.8: the oracle says 0 and is right in 0.8; two crowds agree in 0.8² + 0.2²."""
    mixture = VoteMixture(weights=np.array([1.0]), alphas=np.array([[8e6, 2e6]]))
    limits = ceiling(mixture, _majority, 2, n_votes=1)
    assert limits.oracle == pytest.approx(0.8, abs=0.003)
    assert limits.second_crowd == pytest.approx(0.68, abs=0.003)
    assert limits.oracle_recall.tolist() == [1, 0]


def test_the_fit_finds_what_the_votes_were_drawn_from() -> None:
    rng = np.random.default_rng(1)
    shares = np.concatenate([rng.dirichlet([6, 2, 1], 4000), rng.dirichlet([0.5, 1, 4], 2000)])
    fitted = fit_mixture(rng.multinomial(10, shares), components=2, steps=300, seed=3)
    order = np.argsort(-fitted.weights)
    np.testing.assert_allclose(fitted.weights[order], [2 / 3, 1 / 3], atol=0.05)
    means = fitted.alphas / fitted.alphas.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(means[order], [[6 / 9, 2 / 9, 1 / 9], [0.5 / 5.5, 1 / 5.5, 4 / 5.5]], atol=0.04)


def test_the_same_seed_gives_the_same() -> None:
    votes = np.random.default_rng(0).multinomial(10, [0.5, 0.3, 0.2], size=200)
    one, other = (fit_mixture(votes, components=3, steps=20, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.alphas, other.alphas)


def test_no_votes_are_refused() -> None:
    with pytest.raises(ShapeError, match="votes"):
        fit_mixture(np.zeros((0, 10), int))


@pytest.mark.slow
def test_on_the_real_votes(shared_data: Path) -> None:
    """As computed for the study beside this project: about 0.745 and 0.82, angry easiest and neutral hardest."""
    votes, _, _ = read_ferplus(shared_data / "fer2013new.csv")
    kept, _ = clean(votes)
    limits = ceiling(fit_mixture(votes[kept]), CRITERIA["published"].assign, 4, n_images=5000)
    assert limits.second_crowd == pytest.approx(0.745, abs=0.01)
    assert limits.oracle == pytest.approx(0.82, abs=0.015)
    assert limits.oracle_recall.argmin() == 0 and limits.oracle_recall.argmax() == 1
