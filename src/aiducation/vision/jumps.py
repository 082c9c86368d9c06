"""Jumps: how much people change together at each time, over many time scales, and how much they would by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

#: Scales and lengths are this many times as long as the next shorter one.
_SCALE, _LENGTH = 1.5, 1.2

#: A person's change counts with this power: few who turn altogether are a change of the group sooner than many who waver.
_POWER = 1.5

#: Added to the variance of a change, so that what hardly ever changes does not make every trifle large.
_FLOOR = 0.05**2

#: Steps for which somebody may be unseen and goes on as before.
_GAP = 3


@dataclass(frozen=True)
class Place:
    """Where a joint change is: its first step, the first one after it (None: it lasts), the steps around that it was compared
    with, and its size in standard deviations."""

    start: int
    end: int | None
    reach: int
    size: float


@dataclass(frozen=True)
class _Run:
    """A stretch of one track: its first step, and its (2 N, C, 5) jumps at each scale, twice one after the other, so that a part
    of it is the run shifted in a circle. ``inside`` (N, C, 1) is 1 where the compared steps lie within the run."""

    first: int
    twice: np.ndarray
    inside: np.ndarray


class Jumps:
    """The joint jumps of people.

    A jump is the mean over some steps after a time minus that before it, drawn towards the steps next to it: those tell when
    people change by themselves slowly, the mean tells when they waver fast. A joint change that ends is a jump and one back.
    """

    def __init__(self, runs: Sequence[_Run], scales: Sequence[int], steps: int, edge: int, variance: np.ndarray) -> None:
        self.runs, self._scales, self._steps, self._edge, self._variance = runs, scales, steps, edge, variance
        count = np.zeros((steps, len(scales), 1))
        for run in runs:
            count[run.first : run.first + len(run.inside)] += run.inside
        self._count = count
        self._inverse = self._scaled(count)
        self._lengths: list[tuple[int, int, np.ndarray]] = []
        for length in _geometric(2 * edge, steps // 2, _LENGTH):
            scale = max(i for i, one in enumerate(scales) if one <= max(length // 2, edge))
            both = np.where(
                np.minimum(count[:-length, scale], count[length:, scale]) >= 2,
                count[:-length, scale] + count[length:, scale],
                0,
            )
            self._lengths.append((length, scale, self._scaled(both[:, None], scale)[:, 0]))
        self._seen = self._sums(np.zeros(len(runs)))

    def _scaled(self, count: np.ndarray, scale: int | None = None) -> np.ndarray:
        variance = self._variance if scale is None else self._variance[scale : scale + 1]
        return np.where(count >= 2, 1 / np.sqrt(np.maximum(count, 1) * variance), 0).astype(np.float32)

    def _sums(self, shifts: np.ndarray) -> np.ndarray:
        """(T, C, 5) the jumps of all people together, each shifted by a share of its run."""
        sums = np.zeros((self._steps, len(self._scales), self._variance.shape[1]), np.float32)
        for run, shift in zip(self.runs, shifts, strict=True):
            n = len(run.inside)
            at = int(shift * n)
            sums[run.first : run.first + n] += run.twice[at : at + n] * run.inside
        return sums

    def drawn(self, seed: int = 0) -> Iterator[float]:
        """The largest joint change at any time, when each person is shifted in a circle by a length of its own; without end."""
        rng = np.random.default_rng(seed)
        while True:
            sums = self._sums(rng.random(len(self.runs)))
            found = [np.abs(sums * self._inverse).max()]
            for length, scale, inverse in self._lengths:
                found.append(np.abs((sums[:-length, scale] - sums[length:, scale]) * inverse).max())
            yield float(max(found))

    def largest(self, taken: Sequence[int]) -> Place | None:
        """The largest joint change whose surroundings hold none of some steps; None if there is none."""
        near = np.zeros(self._steps + 1, int)
        for step in taken:
            near[step] += 1
        before = np.concatenate([[0], np.cumsum(near)])
        steps = np.arange(self._steps)
        best: Place | None = None
        free = []
        for i, scale in enumerate(self._scales):
            reach = scale + 2 * self._edge
            low, high = np.maximum(steps - reach, 0), np.minimum(steps + reach, self._steps)
            free.append(before[high + 1] == before[low])
            sizes = np.abs(self._seen[:, i] * self._inverse[:, i]).max(axis=1) * free[i]
            at = int(sizes.argmax())
            if sizes[at] > (best.size if best else 0):
                best = Place(at, None, scale, float(sizes[at]))
        for length, scale, inverse in self._lengths:
            sizes = np.abs((self._seen[:-length, scale] - self._seen[length:, scale]) * inverse).max(axis=1)
            sizes *= free[scale][:-length] & free[scale][length:]
            at = int(sizes.argmax())
            if sizes[at] > (best.size if best else 0):
                best = Place(at, at + length, self._scales[scale], float(sizes[at]))
        return best and self._refined(best)

    def _refined(self, place: Place) -> Place:
        """The same change with its end where the jump back is largest: lengths are tried in coarse steps."""
        if place.end is None:
            return place
        scale, away = self._scales.index(place.reach), max(1, round(0.1 * (place.end - place.start)))
        jump = self._seen[place.start, scale] - self._seen[place.end, scale]
        k = int(np.abs(jump * self._inverse[place.start, scale]).argmax())
        low = max(place.end - away, place.start + 1)
        ends = -np.sign(jump[k]) * self._seen[low : place.end + away + 1, scale, k]
        return Place(place.start, low + int(ends.argmax()), place.reach, place.size)

    def size_of(self, turn: float, length: int, n: int) -> float:
        """How large the change is, in standard deviations a person, if some of n people change a probability by ``turn`` for some
        steps."""
        scale = max(i for i, one in enumerate(self._scales) if i == 0 or one <= max(length // 2, self._edge))
        deviation = float(np.sqrt(self._variance[scale].mean() * 2 * n))
        return 2 * max(turn, 1e-3) ** _POWER / deviation


def jumps_of(people: np.ndarray, edge: int) -> Jumps:
    """The jumps of people.

    Args:
        people: (T, P, 5) probabilities, NaN where somebody was not seen; who is unseen for longer counts as another person.
        edge: steps next to a change that count most.
    """
    scales = _geometric(edge, len(people) // 2, _SCALE)
    stretches = [run for run in _stretches(people) if len(run[1]) >= 2 * edge]
    sides = [[_jump(values, scale) for scale in scales if 2 * scale <= len(values)] for _, values in stretches]
    spread = [_mean_square([some[i] for some in sides if len(some) > i]) for i in range(len(scales))]
    runs = []
    for (first, values), some in zip(stretches, sides, strict=True):
        made = np.zeros((len(values), len(scales), values.shape[1]), np.float32)
        inside = np.zeros((len(values), len(scales), 1), np.float32)
        for i, one in enumerate(some):
            jump = (one / spread[i] + some[0] / spread[0]) / (1 / spread[i] + 1 / spread[0])
            made[:, i] = np.sign(jump) * np.abs(jump) ** _POWER
            inside[scales[i] : len(values) - scales[i] + 1, i] = 1
        runs.append(_Run(first, np.concatenate([made, made]), inside))
    variance = np.array(
        [_mean_square([run.twice[: len(run.inside), i] for run in runs if run.inside[:, i].any()]) for i in range(len(scales))]
    )
    return Jumps(runs, scales, len(people), edge, variance + _FLOOR)


def _mean_square(jumps: Sequence[np.ndarray]) -> np.ndarray:
    """(5,) over people and time; the same however they are shifted."""
    if not jumps:
        return np.ones(5)
    return np.asarray(sum((j.astype(np.float64) ** 2).sum(axis=0) for j in jumps) / sum(map(len, jumps)) + 1e-4)


def _geometric(first: int, last: int, ratio: float) -> list[int]:
    """Whole numbers from the first to the last, each some times as large as the one before."""
    numbers, at = [], float(first)
    while at <= last:
        if not numbers or round(at) > numbers[-1]:
            numbers.append(round(at))
        at *= ratio
    return numbers or [first]


def _stretches(people: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Each stretch over which a track was seen, with its first step; short gaps are bridged by what was seen before them."""
    found = []
    for track in np.moveaxis(people, 1, 0):
        at = np.flatnonzero(~np.isnan(track).any(axis=1))
        for part in np.split(at, np.flatnonzero(np.diff(at) > _GAP) + 1) if len(at) else []:
            last = np.zeros(part[-1] - part[0] + 1, int)
            last[part - part[0]] = part
            found.append((int(part[0]), track[np.maximum.accumulate(last)].astype(np.float64)))
    return found


def _jump(values: np.ndarray, scale: int) -> np.ndarray:
    """(N, 5) mean of the steps from each one on minus that of the steps before, in a circle."""
    n = len(values)
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(np.concatenate([values] * 3), axis=0)])
    at = np.arange(n) + n
    return np.asarray((total[at + scale] - 2 * total[at] + total[at - scale]) / scale)
