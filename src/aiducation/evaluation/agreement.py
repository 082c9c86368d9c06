"""Agreement: how far several raters give the same rating to the same units, beyond chance.

Ratings are a table of whole numbers with one row for each rater and one column for each unit (a face of a photo, or a
person at a time); -1 where a rater gave no rating. Units of one cluster (a person, or duplicates of a photo) are not
independent evidence, so intervals resample clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from aiducation.errors import ShapeError
from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    percentile_interval,
    resample_sums,
    share_interval,
)
from aiducation.evaluation.metrics import scores

#: Of the resamples, in so many a figure must be defined; else it has no limits.
_DEFINED = 0.9

#: Fewer clusters than these say nothing about others: intervals are left out.
FEWEST_CLUSTERS = 3

#: With fewer people, intervals that draw people are too narrow, and a reader is told so (simulated: decision 314).
FEW_PEOPLE = 5


@dataclass(frozen=True, kw_only=True)
class PairAgreement:
    """How far two raters agree.

    Attributes:
        first, second: numbers of the raters; the first one counts as the truth for precision and recall.
        units, clusters: units that both rated, and clusters among them.
        confusion: (K, K) int64 units, rows what the first said, columns the second.
        observed: share of units to which both give the same rating.
        kappa: Cohen's kappa; NaN where both give the same state to every unit.
        precision, recall: of the second rater for each state, the first one being the truth; NaN without a unit to count.
    """

    first: int
    second: int
    units: int
    clusters: int
    confusion: np.ndarray
    observed: Interval
    kappa: Interval
    precision: tuple[Interval, ...]
    recall: tuple[Interval, ...]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far all raters agree.

    Attributes:
        units, clusters: units that at least two rated, and clusters among them.
        rated_by_all: units that everyone rated: Fleiss' kappa is about these alone.
        alpha: Krippendorff's alpha for nominal data, over all units that at least two rated.
        fleiss: Fleiss' kappa.
        pairs: every two raters.
    """

    units: int
    clusters: int
    rated_by_all: int
    alpha: Interval
    fleiss: Interval
    pairs: tuple[PairAgreement, ...]


def agreement_of(
    table: np.ndarray,
    clusters: np.ndarray,
    n_states: int,
    *,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> Agreement:
    """All figures of agreement, with intervals that resample clusters.

    Args:
        table: (R, N) whole numbers, 0..n_states - 1, or -1.
        clusters: (N,) anything that tells clusters apart.
        n_states: number of states.

    Raises:
        ShapeError: there are fewer than two raters, or no unit that two of them rated.
    """
    table, clusters = _rated_twice(table, clusters, n_states)
    draw = _Draw(n_resamples, seed)
    return Agreement(
        units=table.shape[1],
        clusters=len(np.unique(clusters)),
        rated_by_all=int((table >= 0).all(axis=0).sum()),
        alpha=draw.interval(coincidences(table, clusters, n_states), krippendorff_alpha),
        fleiss=draw.interval(fleiss_parts(table, clusters, n_states), fleiss_kappa),
        pairs=tuple(
            _pair(table, clusters, n_states, a, b, draw)
            for a, b in combinations(range(len(table)), 2)
            if ((table[a] >= 0) & (table[b] >= 0)).any()
        ),
    )


@dataclass(frozen=True)
class _Draw:
    n_resamples: int
    seed: int

    def interval(self, parts: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> Interval:
        """A statistic of sums over clusters (G, ...), with its percentile interval."""
        return self.intervals(parts, lambda sums: statistic(sums)[..., None])[0]

    def intervals(
        self, parts: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], shown: np.ndarray | None = None
    ) -> tuple[Interval, ...]:
        """The same for statistics (...,) -> (..., S); for shares of which so many clusters tell something, Wilson's interval."""
        estimates = statistic(parts.sum(axis=0))
        some = len(parts) >= FEWEST_CLUSTERS
        samples = (
            statistic(resample_sums(parts, self.n_resamples, self.seed)) if some else np.empty((0, len(estimates)))
        )
        return tuple(
            self._one(float(value), samples[:, k], len(parts), None if shown is None else int(shown[k]))
            for k, value in enumerate(estimates)
        )

    def _one(self, estimate: float, samples: np.ndarray, clusters: int, shown: int | None) -> Interval:
        known = samples[np.isfinite(samples)]
        if np.isnan(estimate) or not len(known) or len(known) < _DEFINED * len(samples):
            return Interval(estimate=estimate)
        if shown is not None:
            return share_interval(estimate, known, LEVEL, clusters, shown)
        found = percentile_interval(estimate, known, LEVEL, clusters)
        # All people alike: that says nothing of how others would be.
        return found if found.has_limits else replace(found, low=float("nan"), high=float("nan"))


def _pair(table: np.ndarray, clusters: np.ndarray, k: int, a: int, b: int, draw: _Draw) -> PairAgreement:
    both = (table[a] >= 0) & (table[b] >= 0)
    names, group = np.unique(clusters[both], return_inverse=True)
    cell = (group * k + table[a, both]) * k + table[b, both]
    parts = np.bincount(cell, minlength=len(names) * k**2).reshape(-1, k, k)
    return PairAgreement(
        first=a,
        second=b,
        units=int(both.sum()),
        clusters=len(names),
        confusion=parts.sum(axis=0),
        observed=draw.interval(parts, lambda sums: scores(sums)["accuracy"]),
        kappa=draw.interval(parts, cohen_kappa),
        precision=draw.intervals(
            parts, lambda sums: _where_known(sums, "precision", -2), (parts.sum(axis=-2) > 0).sum(axis=0)
        ),
        recall=draw.intervals(
            parts, lambda sums: _where_known(sums, "recall", -1), (parts.sum(axis=-1) > 0).sum(axis=0)
        ),
    )


def _where_known(confusion: np.ndarray, name: str, axis: int) -> np.ndarray:
    """A score of each state, NaN where there is nothing to count."""
    return np.where(confusion.sum(axis=axis) > 0, scores(confusion)[name], np.nan)


def cohen_kappa(confusion: np.ndarray) -> np.ndarray:
    """Cohen's kappa of (..., K, K) counts; NaN where chance alone gives full agreement.

    Source: J. Cohen, "A coefficient of agreement for nominal scales", Educ. Psychol. Meas. 20 (1960).
    """
    counts = np.asarray(confusion, np.float64)
    total = np.maximum(counts.sum(axis=(-2, -1)), 1e-300)
    observed = np.trace(counts, axis1=-2, axis2=-1) / total
    expected = (counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1) / total**2
    return _beyond_chance(observed, expected)


def fleiss_parts(table: np.ndarray, clusters: np.ndarray, n_states: int) -> np.ndarray:
    """(G, 2 + K), for each cluster: units that all raters rated, the sum of their agreements, ratings of each state."""
    full = (table >= 0).all(axis=0)
    counts = _counts(table[:, full], n_states)
    n = max(len(table), 2)
    agreed = (counts * (counts - 1)).sum(axis=1) / (n * (n - 1))
    return _by_cluster(np.column_stack([np.ones(len(counts)), agreed, counts]), clusters[full])


def fleiss_kappa(parts: np.ndarray) -> np.ndarray:
    """Fleiss' kappa of sums (..., 2 + K) of ``fleiss_parts``; NaN without units, or where chance gives full agreement.

    Source: J. Fleiss, "Measuring nominal scale agreement among many raters", Psychol. Bull. 76 (1971).
    """
    units, agreed, ratings = parts[..., 0], parts[..., 1], parts[..., 2:]
    shares = ratings / np.maximum(ratings.sum(axis=-1, keepdims=True), 1e-300)
    kappa = _beyond_chance(agreed / np.maximum(units, 1e-300), (shares**2).sum(axis=-1))
    return np.asarray(np.where(units > 0, kappa, np.nan))


def coincidences(table: np.ndarray, clusters: np.ndarray, n_states: int) -> np.ndarray:
    """(G, K, K) float64, for each cluster how often two ratings of one unit are such a pair; a unit weighs its ratings."""
    counts = _counts(table, n_states)
    rated = counts.sum(axis=1)
    counts, clusters, rated = counts[rated > 1], clusters[rated > 1], rated[rated > 1]
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(n_states)
    return _by_cluster(pairs / (rated - 1)[:, None, None], clusters)


def krippendorff_alpha(coincidence: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha for nominal data, of (..., K, K) coincidences; NaN where all ratings are the same.

    Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C.
    """
    each = coincidence.sum(axis=-1)
    total = each.sum(axis=-1)
    differ = total - np.trace(coincidence, axis1=-2, axis2=-1)
    by_chance = total**2 - (each**2).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(by_chance > 1e-9, 1 - (total - 1) * differ / by_chance, np.nan))


def ordinal_alpha(coincidence: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha for ordered values, of (..., K, K) coincidences: neighbours disagree less than distant values.

    NaN where all ratings are the same. Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D.
    """
    each = coincidence.sum(axis=-1)
    total = each.sum(axis=-1)
    # Between two values lie all ratings of the values from one to the other, half of those of the ends.
    middle = np.cumsum(each, axis=-1) - each / 2
    distance = (middle[..., :, None] - middle[..., None, :]) ** 2
    differ = (coincidence * distance).sum(axis=(-2, -1))
    by_chance = (each[..., :, None] * each[..., None, :] * distance).sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(by_chance > 1e-9, 1 - (total - 1) * differ / by_chance, np.nan))


@dataclass(frozen=True, kw_only=True)
class Alpha:
    """Krippendorff's alpha of one table.

    Attributes:
        units, clusters: units that at least two rated, and clusters among them.
        alpha: for nominal or for ordinal data.
        equal: share of the pairs of ratings of one unit that are equal.
        near: share of them that are equal or neighbours in the order.
    """

    units: int
    clusters: int
    alpha: Interval
    equal: Interval
    near: Interval


def alpha_of(
    table: np.ndarray,
    clusters: np.ndarray,
    n_values: int,
    *,
    ordinal: bool = False,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> Alpha:
    """Krippendorff's alpha with an interval that resamples clusters.

    Args:
        table: (R, N) whole numbers, 0..n_values - 1, or -1.
        clusters: (N,) anything that tells clusters apart.
        n_values: number of values.
        ordinal: whether their order means something.

    Raises:
        ShapeError: there are fewer than two raters, or no unit that two of them rated.
    """
    table, clusters = _rated_twice(table, clusters, n_values)
    draw = _Draw(n_resamples, seed)
    parts = coincidences(table, clusters, n_values)
    apart = np.abs(np.arange(n_values)[:, None] - np.arange(n_values))

    def share(most: int) -> Interval:
        def of(sums: np.ndarray) -> np.ndarray:
            return np.asarray((sums * (apart <= most)).sum(axis=(-2, -1)) / np.maximum(sums.sum(axis=(-2, -1)), 1e-300))

        return draw.interval(parts, of)

    return Alpha(
        units=table.shape[1],
        clusters=len(parts),
        alpha=draw.interval(parts, ordinal_alpha if ordinal else krippendorff_alpha),
        equal=share(0),
        near=share(1),
    )


def _beyond_chance(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected < 1 - 1e-12, (observed - expected) / (1 - expected), np.nan))


def _counts(table: np.ndarray, n_states: int) -> np.ndarray:
    """(N, K) float64, how many raters gave each state to each unit."""
    return np.stack([(table == k).sum(axis=0) for k in range(n_states)], axis=1).astype(np.float64)


def _by_cluster(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """(G, ...) sums of (N, ...) values over each cluster; a single row of zeros if there are none."""
    names, group = np.unique(clusters, return_inverse=True)
    sums = np.zeros((max(len(names), 1), *values.shape[1:]))
    np.add.at(sums, group, values)
    return sums


def _rated_twice(
    table: np.ndarray, clusters: Sequence[object] | np.ndarray, n_states: int
) -> tuple[np.ndarray, np.ndarray]:
    """The table and the clusters, without units that fewer than two raters rated."""
    table = np.asarray(table)
    if table.ndim != 2 or len(table) < 2:
        raise ShapeError(f"Agreement needs at least two raters in a table (raters, units), got shape {table.shape}.")
    if table.size and (table.min() < -1 or table.max() >= n_states):
        raise ShapeError(f"Ratings lie in 0..{n_states - 1}, or are -1; got {table.min()}..{table.max()}.")
    if len(clusters) != table.shape[1]:
        raise ShapeError(f"There are {table.shape[1]} units, and clusters of {len(clusters)}.")
    several = (table >= 0).sum(axis=0) >= 2
    if not several.any():
        raise ShapeError("No unit was rated by two raters: the ratings are about different faces or times.")
    return table[:, several], np.asarray(clusters)[several]
