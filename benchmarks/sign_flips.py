"""The test that change points replaced: signs drawn for each person's part in a change of a share, six steps against six."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiducation.states import OUTCOMES

#: Steps on either side of a moment that are compared; half of them must have been seen. Moments are as far apart at least.
WINDOW = 6

#: The change of a share that is worth a line.
LEAST_CHANGE = 0.15

#: Share of recordings without any change in which chance may show one all the same.
FALSE_ALARMS = 0.01

#: Faces that it takes: the signs of fewer can be arranged in so few ways that chance always has its part in the largest change.
FEWEST_FACES = 8

#: Ways to arrange the signs that are tried: all, up to so many faces; else so many at random.
_FACES_ALL, _ARRANGEMENTS = 10, 999


@dataclass(frozen=True)
class Moment:
    """A time at which the group changed.

    Attributes:
        time_s: seconds since the start.
        outcome: which share changed most.
        before, after: that share in the steps before and after.
    """

    time_s: float
    outcome: str
    before: float
    after: float


def find_moments(people: np.ndarray, step_s: float) -> tuple[tuple[Moment, ...], str]:
    """When the shares of the group changed, and why that could not be tested ("" if it could).

    The people are the sample, not the steps: what somebody looks like now tells much of the next step and little of others.
    Each person has a part in every change of a share. Without a change of the group that part could as well have had the other
    sign, all along the recording; so signs are drawn for all people, and the largest change of any share at any time is noted.
    A change counts that is larger than 99 of 100 of these.

    Args:
        people: (T, P, 5) probabilities of each person who was followed in each step, NaN where not seen; a face that was lost and
            found again is another person, which makes the test stricter.
        step_s: seconds of a step.

    Source: sign-flipping with the maximum statistic; A. M. Winkler et al., "Permutation inference for the general linear model",
    NeuroImage 92, 2014.
    """
    seen = ~np.isnan(people).any(axis=2)
    some = seen.any(axis=1)
    if len(people) < 2 * WINDOW:
        return (), f"the recording is too short: in steps of {step_s:g} s it takes {2 * WINDOW * step_s:g} s."
    times = [at for at in range(WINDOW, len(people) - WINDOW + 1) if _enough(some, at)]
    if not times:
        return (), "there were hardly ever enough faces to speak of a group."
    if seen.any(axis=0).sum() < FEWEST_FACES:
        return (), f"fewer than {FEWEST_FACES} faces were followed, and with so few chance can make any change."
    known = np.where(seen[:, :, None], people, 0)
    signs, largest = _signs(people.shape[1]), np.zeros(1)
    changes, befores = [], []
    for at in times:
        parts, before = _parts(known, seen, at)
        there = parts.any(axis=1)
        largest = np.maximum(largest, np.abs(signs[:, there].astype(np.float64) @ parts[there]).max(axis=1))
        changes.append(parts.sum(axis=0))
        befores.append(before)
    chance = float(np.quantile(largest, 1 - FALSE_ALARMS, method="higher")) + 1e-9
    return _chosen(times, np.array(changes), np.array(befores), max(chance, LEAST_CHANGE), step_s), ""


def _enough(some: np.ndarray, at: int) -> bool:
    return bool(min(some[at - WINDOW : at].sum(), some[at : at + WINDOW].sum()) * 2 >= WINDOW)


def _signs(n: int) -> np.ndarray:
    """(R, n) int8, signs for n people; which of the two signs the first has makes no difference to the size of a change."""
    if n <= _FACES_ALL:
        return (((np.arange(2 ** (n - 1))[:, None] >> np.arange(n)) & 1) * 2 - 1).astype(np.int8)
    return np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (_ARRANGEMENTS, n))


def _parts(known: np.ndarray, seen: np.ndarray, at: int) -> tuple[np.ndarray, np.ndarray]:
    """(P, 5) what each person adds to the change at a time, which is the sum; and the (5,) shares before."""
    sides = [slice(at - WINDOW, at), slice(at, at + WINDOW)]
    sums = [known[side].sum(axis=0, dtype=np.float64) for side in sides]
    views = [seen[side].sum(axis=0, dtype=np.float64)[:, None] for side in sides]
    mean = (sums[0] + sums[1]).sum(axis=0) / (views[0] + views[1]).sum()
    before, after = ((total - n * mean) / n.sum() for total, n in zip(sums, views, strict=True))
    return after - before, before.sum(axis=0) + mean


def _chosen(
    times: list[int], changes: np.ndarray, befores: np.ndarray, least: float, step_s: float
) -> tuple[Moment, ...]:
    """The largest change first, then those that are a window away from it, and so on."""
    which = np.abs(changes).argmax(axis=1)
    sizes = np.abs(changes).max(axis=1)
    chosen: list[int] = []
    for row in np.argsort(-sizes, kind="stable"):
        if sizes[row] > least and all(abs(times[row] - times[other]) >= WINDOW for other in chosen):
            chosen.append(int(row))
    return tuple(
        Moment(times[r] * step_s, OUTCOMES[k], float(befores[r, k]), float(befores[r, k] + changes[r, k]))
        for r in sorted(chosen)
        for k in (which[r],)
    )
