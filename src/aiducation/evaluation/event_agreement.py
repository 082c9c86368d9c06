"""Agreement on events: whether two annotators say that the same state begins at about the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.evaluation.agreement import FEWEST_CLUSTERS
from aiducation.evaluation.intervals import Interval, percentile_interval, resample_sums

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
    """Pairs of onsets that differ by the tolerance at most, each in one pair: as many as there can be.

    Both are in order of time; taking the earliest partner that fits leaves the most for those that follow.
    """
    pairs, i, j = [], 0, 0
    while i < len(first) and j < len(second):
        gap = second[j] - first[i]
        if abs(gap) <= tolerance_s + 1e-9:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif gap > 0:
            i += 1
        else:
            j += 1
    return pairs


def event_agreement(
    people: Sequence[tuple[Onsets, Onsets]],
    n_states: int,
    tolerance_s: float,
    *,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
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
    nan = float("nan")
    interval = Interval(estimate=estimate, low=nan, high=nan, confidence_level=confidence_level, n_resamples=0)
    if len(people) >= FEWEST_CLUSTERS:
        samples = _share(resample_sums(counts.sum(axis=1), n_resamples, seed))
        if (known := samples[np.isfinite(samples)]).size and not np.isnan(estimate):
            interval = percentile_interval(estimate, known, confidence_level)
    return EventAgreement(
        tolerance_s=tolerance_s,
        matched=total[:, 0],
        only_first=total[:, 1],
        only_second=total[:, 2],
        agreement=interval,
        delay_s=float(np.median(delays)) if delays else nan,
    )


def _share(sums: np.ndarray) -> np.ndarray:
    """2 * matched / all onsets of (..., 3) counts; NaN without onsets."""
    onsets = 2 * sums[..., 0] + sums[..., 1] + sums[..., 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(onsets > 0, 2 * sums[..., 0] / onsets, np.nan))
