"""Agreement on events: whether two annotators say that the same state begins at about the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.evaluation.agreement import FEWEST_CLUSTERS
from aiducation.evaluation.intervals import LEVEL, RESAMPLES, Interval, percentile_interval, resample_sums

#: Onsets of one person: state -> times in seconds, in order.
Onsets = Mapping[int, Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class EventAgreement:
    """How far two annotators agree on when states begin.

    Attributes:
        tolerance_s: by how much two onsets of one event may differ.
        matched: (K,) onsets that both name, for each state.
        only_first, only_second: (K,) onsets that only one of them names.
        agreement: 2 * matched / (onsets of the first + onsets of the second), over all states: 1 where all match.
        delay_s: median of how much later the second is in what both name; NaN where they share nothing.
    """

    tolerance_s: float
    matched: np.ndarray
    only_first: np.ndarray
    only_second: np.ndarray
    agreement: Interval
    delay_s: float


def match_onsets(first: Sequence[float], second: Sequence[float], tolerance_s: float) -> list[tuple[int, int]]:
    """Pairs of onsets that differ by the tolerance at most, each in one pair: as many as there can be, and of all ways to have so
    many the one whose pairs lie nearest to each other in sum.

    Both are in order of time, and so are the pairs: to cross two of them brings none nearer.
    """
    gaps = np.abs(np.asarray(first, np.float64)[:, None] - np.asarray(second, np.float64)[None])
    fits = gaps <= tolerance_s + 1e-9
    one_more = min(gaps.shape) * (tolerance_s + 1e-9) + 1.0  # a pair is worth more than all gaps together
    worth = np.where(fits, one_more - gaps, 0.0)
    best = np.zeros((gaps.shape[0] + 1, gaps.shape[1] + 1))  # of the first i and the first j onsets
    for i, row in enumerate(worth):
        best[i + 1, 1:] = np.maximum.accumulate(np.maximum(best[i, 1:], best[i, :-1] + row))
    pairs, (i, j) = list[tuple[int, int]](), gaps.shape
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]


def event_agreement(
    people: Sequence[tuple[Onsets, Onsets]],
    n_states: int,
    tolerance_s: float,
    *,
    seed: int = 0,
) -> EventAgreement:
    """Agreement on the onsets of all people, with an interval that resamples people.

    Args:
        people: for each person the onsets of both annotators.
        n_states: number of states.
        tolerance_s: by how much two onsets of one event may differ.
    """
    counts = np.zeros((len(people), n_states, 3))
    delays: list[float] = []
    for row, (first, second) in zip(counts, people, strict=True):
        for state in range(n_states):
            a, b = first.get(state, ()), second.get(state, ())
            pairs = match_onsets(a, b, tolerance_s)
            delays += [b[j] - a[i] for i, j in pairs]
            row[state] = len(pairs), len(a) - len(pairs), len(b) - len(pairs)
    total = counts.sum(axis=0).astype(np.int64) if len(people) else np.zeros((n_states, 3), np.int64)
    estimate = float(_share(counts.sum(axis=(0, 1)))) if len(people) else float("nan")
    interval = Interval(estimate=estimate)
    if len(people) >= FEWEST_CLUSTERS:
        samples = _share(resample_sums(counts.sum(axis=1), RESAMPLES, seed))
        if (known := samples[np.isfinite(samples)]).size and not np.isnan(estimate):
            interval = percentile_interval(estimate, known, LEVEL, len(people))
    return EventAgreement(
        tolerance_s=tolerance_s,
        matched=total[:, 0],
        only_first=total[:, 1],
        only_second=total[:, 2],
        agreement=interval,
        delay_s=float(np.median(delays)) if delays else float("nan"),
    )


def _share(sums: np.ndarray) -> np.ndarray:
    """2 * matched / all onsets of (..., 3) counts; NaN without onsets."""
    onsets = 2 * sums[..., 0] + sums[..., 1] + sums[..., 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(onsets > 0, 2 * sums[..., 0] / onsets, np.nan))
