"""Our figures of agreement against scikit-learn's, statsmodels' and those of the package krippendorff."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.evaluation.agreement import agreement_of, alpha_of
from needs import need_package

krippendorff = need_package("krippendorff")
inter_rater = need_package("statsmodels.stats.inter_rater")
metrics = need_package("sklearn.metrics")


def ratings(raters: int, *, missing: float, seed: int, n: int = 150) -> np.ndarray:
    """Raters who agree in six of ten units; some say nothing of some."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(5, size=n, p=[0.4, 0.1, 0.2, 0.25, 0.05])
    table = np.where(rng.random((raters, n)) < 0.6, truth, rng.integers(5, size=(raters, n)))
    return np.where(rng.random((raters, n)) < missing, -1, table)


@pytest.mark.parametrize("raters", [2, 3, 5])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_all_figures(raters: int, missing: float) -> None:
    table = ratings(raters, missing=missing, seed=raters)
    ours = agreement_of(table, np.arange(table.shape[1]), 5, n_resamples=10)
    reliability = np.where(table < 0, np.nan, table.astype(float))
    theirs = krippendorff.alpha(reliability_data=reliability, level_of_measurement="nominal")
    assert ours.alpha.estimate == pytest.approx(theirs, abs=1e-12)
    full = table[:, (table >= 0).all(axis=0)]
    counts = np.stack([(full == k).sum(axis=0) for k in range(5)], axis=1)
    assert ours.rated_by_all == full.shape[1]
    assert ours.fleiss.estimate == pytest.approx(inter_rater.fleiss_kappa(counts), abs=1e-12)
    for pair in ours.pairs:
        both = (table[pair.first] >= 0) & (table[pair.second] >= 0)
        a, b = table[pair.first, both], table[pair.second, both]
        assert pair.units == both.sum()
        assert pair.kappa.estimate == pytest.approx(metrics.cohen_kappa_score(a, b), abs=1e-12)
        np.testing.assert_array_equal(pair.confusion, metrics.confusion_matrix(a, b, labels=range(5)))
        precision, recall, *_ = metrics.precision_recall_fscore_support(
            a, b, labels=range(5), average=None, zero_division=np.nan
        )
        np.testing.assert_allclose([one.estimate for one in pair.precision], precision, atol=1e-12)
        np.testing.assert_allclose([one.estimate for one in pair.recall], recall, atol=1e-12)
    table_of_two = inter_rater.to_table(table[:2, (table[:2] >= 0).all(axis=0)].T)[0]
    assert ours.pairs[0].kappa.estimate == pytest.approx(inter_rater.cohens_kappa(table_of_two).kappa, abs=1e-12)


@pytest.mark.parametrize("together", [True, False])
def test_a_missing_rating_is_no_state(together: bool) -> None:
    """statsmodels' aggregate_raters (0.15.0) counts what is missing, NaN or -1, as one more state: guesses seem to agree where
    people leave out the same moments, and people who agree seem not to. Its description is silent about it.

    Source: findings/missing_ratings_in_statsmodels.sh.
    """
    rng = np.random.default_rng(0)
    table = rng.integers(4, size=(3, 400)) if together else np.tile(rng.integers(4, size=400), (3, 1))
    given = np.where(np.arange(400) < 200, True, False) if together else rng.random((3, 400)) >= 0.2
    ours = agreement_of(np.where(given, table, -1), np.arange(400), 4, n_resamples=10)
    true = agreement_of(table[:, :200] if together else table, np.arange(200 if together else 400), 4, n_resamples=10)
    assert (ours.fleiss.estimate, ours.alpha.estimate) == (true.fleiss.estimate, true.alpha.estimate)
    theirs = inter_rater.fleiss_kappa(inter_rater.aggregate_raters(np.where(given, table, -1).T)[0])
    assert theirs > ours.fleiss.estimate + 0.3 if together else theirs < ours.fleiss.estimate - 0.3


def test_kappas_that_are_written_in_the_literature() -> None:
    """Fleiss (1971) has none with data; the textbook table of 10 units and 14 raters gives 0.210."""
    counts = np.array([
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ])  # fmt: skip
    table = np.array([np.repeat(np.arange(5), row) for row in counts]).T
    assert agreement_of(table, np.arange(10), 5, n_resamples=10).fleiss.estimate == pytest.approx(0.210, abs=5e-4)


def test_alphas_that_krippendorff_prints() -> None:
    """His example of four observers has 0.743, and 0.815 as ordinal data. irrCAC 0.4.4 says 0.834 with its ordinal weights, and
    where nearly all ratings are alike 0.92 instead of 0.80. Source: K. Krippendorff, "Computing Krippendorff's
    Alpha-Reliability" (2011), C and D; findings/ordinal_alpha_in_irrcac.sh."""
    rows = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    table = np.array([[-1 if c == "." else int(c) - 1 for c in row] for row in rows])
    for ordinal, printed in ((False, 0.743), (True, 0.815)):
        found = alpha_of(table, np.arange(12), 5, ordinal=ordinal, n_resamples=10).alpha.estimate
        assert found == pytest.approx(printed, abs=5e-4)
    alike = np.array([[2] * 98 + [0, 0], [2] * 97 + [1, 0, 0]])
    found = alpha_of(alike, np.arange(100), 3, ordinal=True, n_resamples=10).alpha.estimate
    assert found == pytest.approx(0.804, abs=5e-4)


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("values", [2, 5, 10])
def test_ordinal_alpha(values: int, missing: float) -> None:
    rng = np.random.default_rng(values)
    truth = rng.integers(values, size=120)
    table = np.clip(truth + rng.integers(-1, 2, size=(3, 120)), 0, values - 1)
    table = np.where(rng.random(table.shape) < missing, -1, table)
    ours = alpha_of(table, np.arange(120), values, ordinal=True, n_resamples=10)
    reliability = np.where(table < 0, np.nan, table.astype(float))
    theirs = krippendorff.alpha(
        reliability_data=reliability, level_of_measurement="ordinal", value_domain=range(values)
    )
    assert ours.alpha.estimate == pytest.approx(theirs, abs=1e-12)
    pairs = [(a, b) for unit in table.T for i, a in enumerate(unit) for b in unit[i + 1 :] if a >= 0 and b >= 0]
    if not missing:  # otherwise a unit with fewer ratings weighs less
        assert ours.equal.estimate == pytest.approx(np.mean([a == b for a, b in pairs]))
        assert ours.near.estimate == pytest.approx(np.mean([abs(a - b) <= 1 for a, b in pairs]))
