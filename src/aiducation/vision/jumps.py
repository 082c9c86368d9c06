"""Jumps: how much people change together at each time, for each length of time, and how much they would by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

#: Lengths of changes that end, and of those that last, are this many times as long as the next shorter one.
_LENGTH, _SCALE = 1.2, 1.6

#: A person's change counts with this power: few who turn altogether are a change of the group sooner than many who waver.
_POWER = 1.5

#: Added to the variance of a change, so that what hardly ever changes does not make every trifle large.
_FLOOR = 0.05**2

#: Steps for which somebody may be unseen and goes on as before.
_GAP = 3


@dataclass(frozen=True)
class Place:
    """Where a joint change is.

    Attributes:
        start: its first step; ``end``: the first one after it, None if it lasts.
        reach: steps before it with which it was compared, and steps of it if it lasts.
        sizes: (5,) of the change in each outcome, in standard deviations of what people do by themselves.
    """

    start: int
    end: int | None
    reach: int
    sizes: np.ndarray


@dataclass(frozen=True)
class _Shape:
    """A change of so many steps, that ends or lasts."""

    length: int
    ends: bool

    @property
    def before(self) -> int:
        """Steps before it with which it is compared."""
        return max(2, self.length // 2) if self.ends else self.length

    @property
    def after(self) -> int:
        """Steps from its first one on that are compared."""
        return self.length + self.before if self.ends else self.length


@dataclass(frozen=True)
class _Run:
    """A stretch of one track: its first step, and its (2 N, C, 5) changes of each shape, twice one after the other, so that a
    part of it is the run shifted in a circle. ``inside`` (N, C, 1) is 1 where the compared steps lie within the run."""

    first: int
    twice: np.ndarray
    inside: np.ndarray


class Jumps:
    """The joint changes of people; made by ``jumps_of``."""

    def __init__(
        self, runs: Sequence[_Run], shapes: Sequence[_Shape], edges: np.ndarray, edge: int, variance: np.ndarray
    ) -> None:
        self.runs, self._shapes, self._edges, self._edge, self._variance = runs, shapes, edges, edge, variance
        self._steps = len(edges)
        count = np.zeros((self._steps, len(shapes), 1))
        for run in runs:
            count[run.first : run.first + len(run.inside)] += run.inside
        self._inverse = np.where(count >= 2, 1 / np.sqrt(np.maximum(count, 1) * variance), 0).astype(np.float32)
        self._seen = self._sizes(np.zeros(len(runs)))

    def _sizes(self, shifts: np.ndarray) -> np.ndarray:
        """(T, C, 5) sizes of the joint changes that begin at each step, if each person is shifted by a share of its run."""
        sums = np.zeros(self._inverse.shape, np.float32)
        for run, shift in zip(self.runs, shifts, strict=True):
            n = len(run.inside)
            at = int(shift * n)
            part = run.twice[at : at + n]
            if n == self._steps:  # where it is not inside, nobody is
                sums += part
            else:
                sums[run.first : run.first + n] += part * run.inside
        return np.abs(np.multiply(sums, self._inverse, out=sums), out=sums)

    def drawn(self, seed: int = 0) -> Iterator[float]:
        """The largest joint change at any time, when each person is shifted in a circle by a length of its own; without end."""
        rng = np.random.default_rng(seed)
        while True:
            yield float(self._sizes(rng.random(len(self.runs))).max(initial=0))

    def largest(self, taken: Sequence[int]) -> Place | None:
        """The largest joint change that is compared with no steps near some others; None if there is none."""
        near = np.concatenate([[0], np.cumsum(np.bincount(taken, minlength=self._steps + 1))])
        steps, margin = np.arange(self._steps), 2 * self._edge
        best: tuple[float, int, int] = (0.0, 0, 0)
        for i, shape in enumerate(self._shapes):
            low = np.maximum(steps - shape.before - margin, 0)
            high = np.minimum(steps + shape.after + margin, self._steps)
            sizes = self._seen[:, i].max(axis=1) * (near[high + 1] == near[low])
            at = int(sizes.argmax())
            best = max(best, (float(sizes[at]), at, i))
        size, at, i = best
        if not size:
            return None
        shape = self._shapes[i]
        return Place(at, self._end(at, shape, int(self._seen[at, i].argmax())), shape.before, self._seen[at, i])

    def _end(self, at: int, shape: _Shape, outcome: int) -> int | None:
        """Where the jump back is largest: lengths are tried in coarse steps."""
        if not shape.ends:
            return None
        away = max(1, round(0.1 * shape.length))
        low = at + max(shape.length - away, 1)
        back = -np.sign(self._edges[at, outcome]) * self._edges[low : at + shape.length + away + 1, outcome]
        return low + int(back.argmax()) if len(back) else at + shape.length

    def size_of(self, turn: float, length: int, n: int) -> float:
        """How large the change is, in standard deviations a person, if some of n people change a probability by ``turn`` for some
        steps."""
        ends = [i for i, shape in enumerate(self._shapes) if shape.ends] or [0]
        i = min(ends, key=lambda i: abs(self._shapes[i].length - length))
        return float(max(turn, 1e-3) ** _POWER / np.sqrt(self._variance[i].mean() * n))


def jumps_of(people: np.ndarray, edge: int) -> Jumps:
    """The joint changes of people.

    Each person's change is the mean over some steps minus that before them. If it ends, it is the mean minus that before and
    after, drawn towards the jumps at its two ends: these tell more of people who change by themselves slowly, the mean of those
    who waver.

    Args:
        people: (T, P, 5) probabilities, NaN where somebody was not seen; who is unseen for longer counts as another person.
        edge: steps next to a change that count most.
    """
    shapes = [_Shape(length, ends=True) for length in _geometric(2 * edge, len(people) // 2, _LENGTH)]
    shapes += [
        _Shape(length, ends=False) for length in _geometric(min(3 * edge, len(people) // 2), len(people) // 2, _SCALE)
    ]
    stretches = [run for run in _stretches(people) if len(run[1]) > 2 * edge]
    parts = [[_parts(values, shape, edge) for shape in shapes] for _, values in stretches]
    edges = np.zeros((len(people), people.shape[2]))
    runs, variance = [], np.ones((len(shapes), people.shape[2]))
    changes: list[list[np.ndarray | None]] = [[] for _ in stretches]
    for i in range(len(shapes)):
        fitting = [some[i] for some in parts if some[i] is not None]
        weights = [1 / _mean_square([some[side] for some in fitting if some]) for side in (0, 1)]
        for made, some in zip(changes, parts, strict=True):
            pair = some[i]
            made.append(None if pair is None else _strengthened(pair, weights))
        variance[i] = _mean_square([made[i] for made in changes if made[i] is not None])
    for (first, values), made in zip(stretches, changes, strict=True):
        once = np.zeros((len(values), len(shapes), people.shape[2]), np.float32)
        inside = np.zeros((len(values), len(shapes), 1), np.float32)
        for i, (shape, change) in enumerate(zip(shapes, made, strict=True)):
            if change is not None:
                once[:, i] = change
                inside[shape.before : len(values) - shape.after + 1, i] = 1
        runs.append(_Run(first, np.concatenate([once, once]), inside))
        edges[first + edge : first + len(values) - edge + 1] += _jump(values, edge)[edge : len(values) - edge + 1]
    return Jumps(runs, shapes, edges, edge, variance + _FLOOR)


def _parts(values: np.ndarray, shape: _Shape, edge: int) -> tuple[np.ndarray, np.ndarray] | None:
    """(N, 5) differences of means and (N, 5) jumps of a change that begins at each step; None if the run is too short."""
    if shape.before + shape.after > len(values):
        return None
    if not shape.ends:
        return (_jump(values, shape.length),) * 2
    before, length = shape.before, shape.length
    jump = _jump(values, edge)
    level = _mean(values, 0, length) - (_mean(values, -before, 0) + _mean(values, length, length + before)) / 2
    return level, (jump - np.roll(jump, -length, axis=0)) / 2


def _strengthened(parts: tuple[np.ndarray, np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    change = (parts[0] * weights[0] + parts[1] * weights[1]) / (weights[0] + weights[1])
    return np.asarray(np.sign(change) * np.abs(change) ** _POWER)


def _mean_square(changes: Sequence[np.ndarray | None]) -> np.ndarray:
    """(5,) over people and time; the same however they are shifted."""
    some = [change for change in changes if change is not None]
    if not some:
        return np.ones(5)
    total = np.sum([(change.astype(np.float64) ** 2).sum(axis=0) for change in some], axis=0)
    return np.asarray(total / sum(map(len, some)) + 1e-4)


def _geometric(first: int, last: int, ratio: float) -> list[int]:
    """Whole numbers from the first to the last, each some times as large as the one before."""
    numbers: list[int] = []
    at = float(first)
    while at <= last:
        if not numbers or round(at) > numbers[-1]:
            numbers.append(round(at))
        at *= ratio
    return numbers


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


def _jump(values: np.ndarray, steps: int) -> np.ndarray:
    """(N, 5) mean of the steps from each one on minus that of the steps before, in a circle."""
    return _mean(values, 0, steps) - _mean(values, -steps, 0)


def _mean(values: np.ndarray, low: int, high: int) -> np.ndarray:
    """(N, 5) mean of the steps from ``low`` to before ``high`` after each one, in a circle."""
    n = len(values)
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(np.concatenate([values] * 3), axis=0)])
    at = np.arange(n) + n
    return np.asarray((total[at + high] - total[at + low]) / (high - low))
