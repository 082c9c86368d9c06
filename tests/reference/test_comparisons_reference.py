"""Our paired test against scipy's, and our correction for several tests against statsmodels'."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from aiducation.evaluation.comparisons import holm, sign_flip_p_value
from needs import need_package

stats = need_package("scipy.stats")
multitest = need_package("statsmodels.stats.multitest")
proportion = need_package("statsmodels.stats.proportion")


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


@pytest.mark.parametrize("seed", range(5))
def test_holm_equals_statsmodels(seed: int) -> None:
    p_values = np.random.default_rng(seed).uniform(size=8) ** 3
    ours = holm({str(k): float(p) for k, p in enumerate(p_values)})
    np.testing.assert_allclose(list(ours.values()), multitest.multipletests(p_values, method="holm")[1])


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("place", range(4))
def test_a_missing_p_value_is_not_significant_and_changes_no_other(place: int) -> None:
    """statsmodels' multipletests (0.15.0) calls a missing p-value (NaN) significant where all others are, by default and with
    Holm. Its own test of two shares gives one where nobody is wrong on either side, so that two groups without a difference
    differ. R's p.adjust leaves missing ones out, as its description says ("NAs allowed").

    Source: findings/missing_p_values_are_significant_in_statsmodels.sh.
    """
    wrong = [(4, 25), (10, 34), (6, 24)]
    wrong.insert(place, (0, 0))
    p_values = [float(proportion.proportions_ztest(pair, (60, 60))[1]) for pair in wrong]
    theirs = multitest.multipletests(p_values)[0]
    assert np.isnan(p_values[place]) and theirs.all()
    ours = holm({str(k): p for k, p in enumerate(p_values)})
    assert list(ours) == list("0123") and np.isnan(ours[str(place)])
    others = {str(k): p for k, p in enumerate(p_values) if k != place}
    assert {k: p for k, p in ours.items() if k != str(place)} == holm(others)
    assert holm({"a": float("nan")}).keys() == {"a"}
