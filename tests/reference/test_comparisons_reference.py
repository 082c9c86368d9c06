"""Our paired test against scipy's."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from aiducation.evaluation.comparisons import sign_flip_p_value
from needs import need_package

stats = need_package("scipy.stats")


@pytest.mark.parametrize(("wins", "losses"), [(0, 1), (5, 5), (12, 3), (160, 110), (900, 700)])
def test_leads_of_one_give_the_exact_mcnemar_test(wins: int, losses: int) -> None:
    leads = np.array([1] * wins + [-1] * losses + [0] * 50)
    assert sign_flip_p_value(leads) == pytest.approx(stats.binomtest(wins, wins + losses).pvalue, rel=1e-6, abs=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_counting_every_choice_of_signs(seed: int) -> None:
    leads = np.random.default_rng(seed).integers(-6, 8, size=10)
    sums = np.array([np.dot(signs, leads) for signs in product((-1, 1), repeat=len(leads))])
    assert sign_flip_p_value(leads) == pytest.approx(np.mean(np.abs(sums) >= abs(leads.sum())), rel=1e-9)


def test_it_equals_scipys_permutation_test() -> None:
    leads = np.random.default_rng(7).integers(-2, 4, size=60)
    theirs = stats.permutation_test(
        (leads, np.zeros(60)), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=20_000, rng=8
    ).pvalue
    assert sign_flip_p_value(leads) == pytest.approx(theirs, abs=0.01)
