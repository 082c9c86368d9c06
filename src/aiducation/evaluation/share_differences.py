"""Differences of shares between two groups over time, with intervals that resample people.

Pictures of one person are not independent evidence, so people are drawn, with all their pictures. People who belong to
both groups are drawn once for both: what they are like cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.evaluation.agreement import FEWEST_CLUSTERS
from aiducation.evaluation.intervals import LEVEL, Interval, percentile_interval, tail


@dataclass(frozen=True, kw_only=True)
class ShareDifference:
    """The second group minus the first.

    Attributes:
        first, second: (T, K) shares of each group in each step; NaN where too few people were seen.
        first_low, first_high, second_low, second_high: (T, K) ends of their intervals.
        difference, low, high: (T, K) of the differences, in steps that both groups have.
        overall: (K,) differences of the means over the steps of each group.
        first_overall, second_overall: (K,) these means.
        people: people of the first group, of the second, of both.
    """

    first: np.ndarray
    first_low: np.ndarray
    first_high: np.ndarray
    second: np.ndarray
    second_low: np.ndarray
    second_high: np.ndarray
    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    overall: tuple[Interval, ...]
    first_overall: tuple[Interval, ...]
    second_overall: tuple[Interval, ...]
    people: tuple[int, int, int]


def share_difference(
    first: np.ndarray,
    second: np.ndarray,
    first_people: Sequence[str],
    second_people: Sequence[str],
    *,
    min_group: int = MIN_GROUP,
    n_resamples: int = 1000,
    seed: int = 0,
) -> ShareDifference:
    """Shares of two groups over time, and how far they differ.

    Args:
        first, second: (T, P, K) of each person, NaN where not seen; the groups may differ in T and P.
        first_people, second_people: who each column is; the same name in both groups is the same person.
        min_group: steps in which fewer people were seen have no share; a person with several columns is one.
        n_resamples, seed: of the intervals.
    """
    rng = np.random.default_rng(seed)
    shared = sorted(set(first_people) & set(second_people))
    weights = _weights([list(first_people), list(second_people)], shared, n_resamples, rng)
    sides = [_Side(values, names, min_group) for values, names in ((first, first_people), (second, second_people))]
    drawn = [
        side.resampled(some) if side.people >= FEWEST_CLUSTERS else np.full((1, *side.share.shape), np.nan)
        for side, some in zip(sides, weights, strict=True)
    ]
    steps = min(len(side.share) for side in sides)
    gaps = drawn[1][:, :steps] - drawn[0][:, :steps]
    seen = [*(side.seen for side in sides), np.minimum(sides[0].seen[:steps], sides[1].seen[:steps])]
    ends = [_ends(some, n) for some, n in zip((*drawn, gaps), seen, strict=True)]
    means = [_mean_over_time(some) for some in drawn]

    def intervals(values: np.ndarray, samples: np.ndarray, people: int) -> tuple[Interval, ...]:
        return tuple(_interval(float(v), samples[:, k], people) for k, v in enumerate(values))

    now = [_mean_over_time(side.share[None])[0] for side in sides]
    return ShareDifference(
        first=sides[0].share,
        first_low=ends[0][0],
        first_high=ends[0][1],
        second=sides[1].share,
        second_low=ends[1][0],
        second_high=ends[1][1],
        difference=sides[1].share[:steps] - sides[0].share[:steps],
        low=ends[2][0],
        high=ends[2][1],
        overall=intervals(now[1] - now[0], means[1] - means[0], min(side.people for side in sides)),
        first_overall=intervals(now[0], means[0], sides[0].people),
        second_overall=intervals(now[1], means[1], sides[1].people),
        people=(len(set(first_people)), len(set(second_people)), len(shared)),
    )


class _Side:
    """One group.

    Attributes:
        share: (T, K) mean over the people of each step; NaN where they are too few.
        seen: (T,) int64, people of each step.
        people: how many there are in all; one or two say nothing of how others would be, so there are no intervals.
    """

    def __init__(self, values: np.ndarray, people: Sequence[str], min_group: int) -> None:
        seen = ~np.isnan(values).any(axis=2)
        self._seen, self._values = seen.astype(np.float64), np.where(seen[..., None], values, 0.0)
        self.people = len(set(people))
        names = np.array(people, dtype=np.str_)  # columns of one name are one person, seen once
        self.seen = np.array([len(set(names[row])) for row in seen], dtype=np.int64)
        self._hidden = self.seen < max(min_group, 1)
        self.share = self.resampled(np.ones((1, values.shape[1])))[0]

    def resampled(self, weights: np.ndarray) -> np.ndarray:
        """(R, T, K) shares when each person counts as often as (R, P) weights say."""
        total = np.einsum("rp,tpk->rtk", weights, self._values, optimize=True)
        count = weights @ self._seen.T
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.where(count[..., None] > 0, total / count[..., None], np.nan)
        shares[:, self._hidden] = np.nan
        return np.asarray(shares)


def _weights(
    people: Sequence[list[str]], shared: Sequence[str], n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(R, P) of each side, how often each column is drawn: columns of one person together, in both sides alike.

    Where sides share people, all are drawn together: of the few who are in one side only, there would be the same ones in every
    draw, and the intervals would not know that others could have been there. Otherwise each side keeps its size.
    """
    pools = [sorted(set(people[0]) | set(people[1]))] * 2 if shared else [sorted(set(names)) for names in people]
    first = _drawn(len(pools[0]), n, rng)
    drawn = (first, first if shared else _drawn(len(pools[1]), n, rng))
    places = [{name: k for k, name in enumerate(pool)} for pool in pools]
    one, other = (
        some[:, [place[name] for name in names]] for some, place, names in zip(drawn, places, people, strict=True)
    )
    return one, other


def _drawn(people: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """(R, P) float64, how often each of P people is drawn when P are drawn with replacement."""
    return (
        rng.multinomial(people, np.full(people, 1 / people), size=n).astype(np.float64) if people else np.zeros((n, 0))
    )


def _mean_over_time(shares: np.ndarray) -> np.ndarray:
    """(R, K) means over the steps that have shares; NaN if none has."""
    known = ~np.isnan(shares)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, shares, 0).sum(axis=1) / known.sum(axis=1))


def _ends(samples: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, K) lower and upper ends of 95 % intervals of (R, T, K) samples, of (T,) people in each step; NaN in steps without
    shares."""
    ends = np.full((2, *samples.shape[1:]), np.nan)
    known = ~np.isnan(samples).all(axis=(0, 2)) if samples.size else np.zeros(samples.shape[1], bool)
    for n in np.unique(people[known]):
        rows, beyond = known & (people == n), tail(LEVEL, int(n))
        ends[:, rows] = np.nanquantile(samples[:, rows], (beyond, 1 - beyond), axis=0)
    return ends[0], ends[1]


def _interval(estimate: float, samples: np.ndarray, people: int) -> Interval:
    finite = samples[np.isfinite(samples)]
    if np.isnan(estimate) or not len(finite) or finite.min() == finite.max():
        return Interval(estimate=estimate)
    return percentile_interval(estimate, finite, LEVEL, people)
