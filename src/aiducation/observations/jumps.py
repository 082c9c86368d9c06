"""Jumps: how much people change together at each time, for each length of time, and how much they would by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.observations.circles import geometric, jump_of, mean_of, running_sums, stretches_of

#: Lengths of changes that end, and of those that last, are this many times as long as the next shorter one.
_LENGTH, _SCALE = 1.4, 1.8

#: A person's change counts from so many of the person's own standard deviations on, and no more from so many further on.
_LEAST, _MOST = 0.7, 5.0

#: What all people do tells as much of how much one of them varies as a track of this share of the recording.
_BORROWED = 0.25

#: Somebody who is unseen for less than so many steps, or so large a part of an edge (5 of 16 s: as long as a tracker waits),
#: goes on as before.
_GAP, _BRIDGED = 3, 5 / 16

#: Sums of scores below this are not told apart.
_TRIFLE = 0.1

#: Added to variances, so that who hardly ever changes does not make every trifle large.
_FLOOR = 1e-4


@dataclass(frozen=True)
class Place:
    """Where a joint change is.

    Attributes:
        start: its first step; ``end``: the first one after it, None if it lasts.
        reach: steps before it with which it was compared, and steps of it if it lasts.
        sizes: (5,) of the change in each outcome, as standardised as ``Jumps.drawn``.
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
    """A stretch of one track: its first step; its (2 N, C, 10) scores of each shape, to and away from each outcome, twice one
    after the other, so that a part of it is the run shifted in a circle; ``inside`` (N, C, 1), 1 where the compared steps lie
    within the run; ``usual`` (C, 5), the standard deviation of its changes."""

    first: int
    twice: np.ndarray
    inside: np.ndarray
    usual: np.ndarray


class Jumps:
    """The joint changes of people; made by ``jumps_of``.

    The logarithm of a joint change of each shape is standardised by the largest ones that the recording and its drawn copies
    show of that shape at any time: no length is found more often by chance than another.

    Attributes:
        runs: the stretches of tracks that are compared.
        drawn: the largest joint change at any time of each drawn copy, in which each person is shifted in a circle by a length
            of its own.
    """

    def __init__(
        self, runs: Sequence[_Run], shapes: Sequence[_Shape], edges: np.ndarray, edge: int, drawn: int
    ) -> None:
        self.runs, self._shapes, self._edges, self._edge = runs, shapes, edges, edge
        self._steps = len(edges)
        count = np.zeros((self._steps, len(shapes), 1))
        for run in runs:
            count[run.first : run.first + len(run.inside)] += run.inside
        self._inverse = np.where(count >= 2, 1 / np.sqrt(np.maximum(count, 1)), 0).astype(np.float32)
        rng = np.random.default_rng(0)
        sums = self._sums(np.zeros(len(runs)))
        copies = [self._sums(rng.random(len(runs))).max(axis=(0, 2)) for _ in range(drawn if runs else 0)]
        largest = _logs(np.stack([sums.max(axis=(0, 2)), *copies]))
        # The recording is standardised as its copies are, so that none of them is special if nobody changes together.
        self._middle, self._scale = largest.mean(axis=0), largest.std(axis=0)
        self._scale[self._scale < 1e-6] = np.inf
        self._ups_and_downs = sums.std(axis=0)
        self.drawn = ((largest[1:] - self._middle) / self._scale).max(axis=1, initial=0)
        to, away = np.split(sums, 2, axis=2)
        sizes = (_logs(np.maximum(to, away)) - self._middle[:, None]) / self._scale[:, None]
        self._seen = np.where((self._inverse > 0) & np.isfinite(self._scale[:, None]), sizes, -np.inf)

    def _sums(self, shifts: np.ndarray) -> np.ndarray:
        """(T, C, 10) joint changes that begin at each step, if each person is shifted by a share of its run."""
        sums = np.zeros((*self._inverse.shape[:2], 2 * self._edges.shape[1]), np.float32)
        for run, shift in zip(self.runs, shifts, strict=True):
            n = len(run.inside)
            at = int(shift * n)
            part = run.twice[at : at + n]
            if n == self._steps:  # where it is not inside, nobody is
                sums += part
            else:
                sums[run.first : run.first + n] += part * run.inside
        return np.multiply(sums, self._inverse, out=sums)

    def largest(self, taken: Sequence[int]) -> Place | None:
        """The largest joint change that is compared with no steps near some others; None if there is none."""
        near = np.concatenate([[0], np.cumsum(np.bincount(taken, minlength=self._steps + 1))])
        steps, margin = np.arange(self._steps), self._edge
        best: tuple[float, int, int] = (-np.inf, 0, 0)
        sizes = np.full(self._seen.shape[:2], -np.inf)
        for i, shape in enumerate(self._shapes):
            low = np.maximum(steps - shape.before - margin, 0)
            high = np.minimum(steps + shape.after + margin, self._steps)
            sizes[:, i] = np.where(near[high + 1] == near[low], self._seen[:, i].max(axis=1), -np.inf)
            highest = int(sizes[:, i].argmax())
            best = max(best, (float(sizes[highest, i]), highest, i))
        size, at, i = best
        if size == -np.inf:
            return None
        if not self._shapes[i].ends:  # a beginning or an end alone, unless the whole is as certain
            _, at, i = max(self._wholes(sizes, at), default=best)
        outcome = int(self._seen[at, i].argmax())
        first = max(at - self._edge, 0)  # the jump tells the time better than the whole
        jumps = np.sign(self._edges[at, outcome]) * self._edges[first : at + self._edge + 1, outcome]
        start = first + int(jumps.argmax())
        shape = self._shapes[i]
        return Place(start, self._end(start, shape, outcome), shape.before, self._seen[at, i])

    def _wholes(self, sizes: np.ndarray, at: int) -> Iterator[tuple[float, int, int]]:
        """Changes that end, begin or end near a step, and are larger than each drawn one."""
        for i, shape in enumerate(self._shapes):
            for first in (at, at - shape.length) if shape.ends else ():
                low = max(first - self._edge, 0)
                part = sizes[low : max(first + self._edge + 1, 0), i]
                if len(part) and part.max() > self.drawn.max():
                    yield float(part.max()), low + int(part.argmax()), i

    def _end(self, at: int, shape: _Shape, outcome: int) -> int | None:
        """Where the jump back is largest: lengths are tried in coarse steps."""
        if not shape.ends:
            return None
        away = max(self._edge, shape.length // 2)
        low = at + max(shape.length - away, 1)
        back = -np.sign(self._edges[at, outcome]) * self._edges[low : at + shape.length + away + 1, outcome]
        return low + int(back.argmax()) if len(back) else at + shape.length

    def needed(self, turn: float, length: int, limit: float, over: float, n: int) -> float:
        """How many of n people must change a probability by ``turn`` for some steps, so that the joint change lies ``over``
        standard deviations of usual ups and downs above a limit of ``drawn``."""
        ends = [i for i, shape in enumerate(self._shapes) if shape.ends] or [0]
        i = min(ends, key=lambda i: abs(self._shapes[i].length - length))
        own = [
            turn**2 * length / len(run.inside) for run in self.runs
        ]  # such a change adds to a person's variance, too
        score = np.mean(
            [_score(turn / np.sqrt(run.usual[i] ** 2 + more)) for run, more in zip(self.runs, own, strict=True)], axis=0
        )
        if not np.isfinite(self._scale[i]):
            return float("inf")
        sums = np.exp(self._middle[i] + limit * self._scale[i]) + over * self._ups_and_downs[i]
        return float(np.median(sums[: len(score)] * np.sqrt(n) / np.maximum(score, 1e-6)))


def jumps_of(people: np.ndarray, edge: int, drawn: int) -> Jumps:
    """The joint changes of people.

    A change that ends is told by three differences: its mean minus that before and after, and the jumps at its two ends; one
    that lasts by the mean after minus that before, and the jump. Each is divided by the standard deviation that the person's
    differences have at all times, and the least of them counts: who wavers much counts little, and a change must both begin, be
    there and end. What is left above some standard deviations is added over people: few who turn are seen among many who do not.

    Args:
        people: (T, P, 5) probabilities, NaN where somebody was not seen; who is unseen for longer counts as another person.
        edge: steps next to a change whose means make a jump.
        drawn: copies of the recording.
    """
    steps, outcomes = len(people), people.shape[2]
    shapes = [_Shape(length, ends=True) for length in geometric(max(2, round(4 / 3 * edge)), steps // 2, _LENGTH)]
    shapes += [_Shape(length, ends=False) for length in geometric(min(2 * edge, steps // 2), steps // 2, _SCALE)]
    stretches = [run for run in stretches_of(people, max(_GAP, round(_BRIDGED * edge))) if len(run[1]) > 2 * edge]
    scores = [np.zeros((len(values), len(shapes), 2 * outcomes), np.float32) for _, values in stretches]
    inside = [np.zeros((len(values), len(shapes), 1), np.float32) for _, values in stretches]
    usual = np.full((len(stretches), len(shapes), outcomes), np.inf)
    totals = [running_sums(values) for _, values in stretches]
    for i, shape in enumerate(shapes):
        fitting = [j for j, (_, values) in enumerate(stretches) if shape.before + shape.after <= len(values)]
        parts = {j: _parts(totals[j], shape, edge) for j in fitting}
        squares = {j: (some**2).mean(axis=1, keepdims=True) for j, some in parts.items()}
        lengths = {j: some.shape[1] for j, some in parts.items()}
        everybody = sum(lengths[j] * squares[j] for j in fitting) / max(sum(lengths.values()), 1)
        for j, some in parts.items():
            n, borrowed = lengths[j], _BORROWED * steps
            deviation = np.sqrt((n * squares[j] + borrowed * everybody) / (n + borrowed) + _FLOOR)
            some = some / deviation
            both = np.concatenate([_score(some.min(axis=0)), _score(-some.max(axis=0))], axis=1)
            scores[j][:, i] = both - both.mean(axis=0)
            inside[j][shape.before : n - shape.after + 1, i] = 1
            usual[j, i] = deviation.max(axis=0)[0]
    edges = np.zeros((steps, outcomes))
    for (first, values), total in zip(stretches, totals, strict=True):
        edges[first + edge : first + len(values) - edge + 1] += jump_of(total, edge)[edge : len(values) - edge + 1]
    firsts = [first for first, _ in stretches]
    made = zip(firsts, scores, inside, usual, strict=True)
    runs = [_Run(first, np.concatenate([once, once]), mask, own) for first, once, mask, own in made]
    return Jumps(runs, shapes, edges, edge, drawn)


def _logs(sums: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(np.maximum(sums, _TRIFLE)).astype(np.float64))


def _score(deviations: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(deviations - _LEAST, 0, _MOST))


def _parts(total: np.ndarray, shape: _Shape, edge: int) -> np.ndarray:
    """(2 or 3, N, 5) differences of means of a change that begins at each step, in a circle."""
    jump = jump_of(total, edge)
    if not shape.ends:
        return np.stack([jump_of(total, shape.length), jump])
    before, length = shape.before, shape.length
    around = (mean_of(total, -before, 0) + mean_of(total, length, length + before)) / 2
    return np.stack([mean_of(total, 0, length) - around, jump, -np.roll(jump, -length, axis=0)])
