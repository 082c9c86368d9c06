"""Change points: when people of a group changed together, how many of them, and how certain that is.

The people of a lesson are not a sample of anything: whether this group changed is a question of the changes within its people.
What chance does to it is that people change by themselves all the time, some at the same time, and that the model misreads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from aiducation.observations.change_point import CERTAIN, ChangePoint
from aiducation.observations.counted_changes import counted_changes
from aiducation.observations.jumps import Jumps, Place, jumps_of
from aiducation.states import OUTCOMES

#: Steps of a recording that are compared at most; a minute of a lesson of an hour is twelve of them.
MOST_STEPS = 600

#: Seconds next to a change that count most: people follow each other within some seconds.
EDGE_S = 16.0

#: Drawn recordings of the same people with the ties between them cut.
DRAWN = 199

#: Steps that a recording must have to be tested.
_FEWEST_STEPS = 8

#: Changes of two outcomes at one time count as equally large if they differ by this share.
_ALIKE = 0.25

#: Uncertain changes that are reported, the largest; beside certain ones only those that chance does not make this often.
#: Changes of fewer people than two are not changes of the group.
_MOST_UNCERTAIN, _DOUBTFUL, _FEWEST = 3, 0.5, 2

#: Length of the change for which ``Changes.needed`` is computed, in seconds.
_TYPICAL_S = 60.0

#: How many standard deviations above the limit a change must lie on average to be certain in 80 of 100 recordings.
_OFTEN = 0.84


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The changes that were seen in a recording, and how certain they are.

    Attributes:
        seen: the certain changes and the largest of the others, in order of time.
        people: how many people were tracked at a time, on average.
        needed: how many of them would have to change together for a minute to be certain in 80 of 100 such recordings; None if
            that is more than there are, or was not tested.
        untested: why no change of expressions could be tested; "" if they could.
    """

    seen: tuple[ChangePoint, ...] = ()
    people: int = 0
    needed: int | None = None
    untested: str = ""


def find_changes(
    people: np.ndarray,
    faces: np.ndarray,
    step_s: float,
    *,
    cuts: Sequence[int] = (),
    counts: np.ndarray | None = None,
    outcomes: tuple[str, ...] = OUTCOMES,
) -> Changes:
    """What changed, and how sure it is.

    The largest joint change at any time is compared with those that the same people show when each of them is shifted in time
    by a length of its own: everybody keeps their ups and downs, and only what they do together is lost.

    Args:
        people: (T, P, K) probabilities of each track in each step, NaN where it was not seen well.
        faces: (T,) faces of participants, seen well or not; NaN where there is no sample.
        step_s: seconds of a step.
        cuts: steps in which another scene begins, in order of time.
        counts: (T, K or more) faces with each outcome, NaN where it is not known; for what is said of cuts.
        outcomes: names of the K outcomes.

    Source: circular shifts with the maximum statistic; C. R. Harris, "A shift test for independence in generic time series",
    2020, and T. E. Nichols and A. P. Holmes, Human Brain Mapping 15, 2002.
    """
    table = np.ascontiguousarray(people, np.float32)
    found = _expressions(table.tobytes(), table.shape, step_s, outcomes)
    counted = tuple(counted_changes(np.asarray(faces, np.float64), step_s, cuts, counts, outcomes))
    seen = tuple(sorted((*found.seen, *counted), key=lambda change: change.from_s))
    return Changes(seen=seen, people=found.people, needed=found.needed, untested=found.untested)


@lru_cache(maxsize=8)
def _expressions(data: bytes, shape: tuple[int, ...], step_s: float, outcomes: tuple[str, ...]) -> Changes:
    """Changes of expressions; every writer of a result asks for the same."""
    people = np.frombuffer(data, np.float32).reshape(shape)
    there = np.asarray(~np.isnan(people).any(axis=2))
    n = round(float(there.sum(axis=1)[there.any(axis=1)].mean())) if len(there) and there.any() else 0
    if len(people) < _FEWEST_STEPS:
        return Changes(
            people=n, untested=f"the recording is too short; it must have at least {_FEWEST_STEPS * step_s:g} s."
        )
    edge = max(1, min(round(EDGE_S / step_s), len(people) // 4))
    jumps = jumps_of(people, edge, DRAWN)
    if n < _FEWEST or not jumps.runs:
        return Changes(people=n, untested="almost nobody was tracked for long enough.")
    largest = np.sort(jumps.drawn)
    seen: list[ChangePoint] = []
    for change, size in _largest_first(jumps, people, step_s, outcomes):
        chance = (1 + int((largest >= size).sum())) / (DRAWN + 1)
        sure = [one for one in seen if one.certain]
        if chance > CERTAIN and (len(seen) - len(sure) >= _MOST_UNCERTAIN or (sure and chance > _DOUBTFUL)):
            break
        if change.changed >= _FEWEST or chance <= CERTAIN:
            seen.append(replace(change, chance=chance))
    limit = float(largest[-int(CERTAIN * (DRAWN + 1))])
    return Changes(seen=tuple(seen), people=n, needed=_needed(jumps, people, limit, n, step_s))


def _largest_first(
    jumps: Jumps, people: np.ndarray, step_s: float, outcomes: tuple[str, ...]
) -> Iterator[tuple[ChangePoint, float]]:
    """The largest change, then the largest one whose surroundings do not hold an end of the first, and so on."""
    taken: list[int] = []
    while (place := jumps.largest(taken)) is not None:
        taken += [place.start] if place.end is None else [place.start, place.end]
        yield _described(people, place, step_s, outcomes), float(place.sizes.max())


def _described(people: np.ndarray, place: Place, step_s: float, outcomes: tuple[str, ...]) -> ChangePoint:
    """What people showed before and after, in numbers of people and mean probabilities."""
    start, end, reach = place.start, place.end, place.reach
    inside = slice(start, min(start + reach, len(people)) if end is None else end)
    before, after = (_means(people[side]) for side in (slice(max(start - reach, 0), start), inside))
    both = ~np.isnan(before[:, 0]) & ~np.isnan(after[:, 0])
    before, after = before[both], after[both]
    shown = [some.argmax(axis=1) for some in (before, after)]
    counts = [np.bincount(some, minlength=len(outcomes)) for some in shown]
    net = (after - before).sum(axis=0)
    turns = [
        (shown[1] == k) & (shown[0] != k) if net[k] > 0 else (shown[0] == k) & (shown[1] != k)
        for k in range(len(outcomes))
    ]  # who turned to each outcome if it rose, and away from it if it fell
    top = place.sizes.max()
    alike = place.sizes >= top - _ALIKE * abs(top)  # changes mirror each other: most people tell which one to name
    named = [k for k in range(len(outcomes)) if alike[k] and turns[k].any()] or range(len(outcomes))
    k = max(named, key=lambda k: (turns[k].sum(), net[k] > 0, place.sizes[k]))
    turned = turns[k]
    return ChangePoint(
        kind="expression",
        from_s=start * step_s,
        to_s=None if end is None else end * step_s,
        outcome=outcomes[k],
        changed=int(turned.sum()),
        people=len(before),
        before=int(counts[0][k]),
        after=int(counts[1][k]),
        mean_before=float(before[:, k].mean()) if len(before) else float("nan"),
        mean_after=float(after[:, k].mean()) if len(after) else float("nan"),
    )


def _means(steps: np.ndarray) -> np.ndarray:
    """(P, K) mean over the steps in which each was seen; NaN for who was not."""
    there = ~np.isnan(steps[:, :, :1])
    count = there.sum(axis=0)
    total = np.where(there, steps, 0).sum(axis=0, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _needed(jumps: Jumps, people: np.ndarray, limit: float, n: int, step_s: float) -> int | None:
    """People who must turn for a minute so that the statistic exceeds its limit in 80 of 100 recordings."""
    top = np.nanmean(np.where(np.isnan(people).any(axis=2), np.nan, people.max(axis=2)))
    turn = float(top - (1 - top) / (people.shape[2] - 1))  # from one of the other outcomes to the most probable one
    seen = jumps.needed(turn, round(_TYPICAL_S / step_s), limit, _OFTEN, n)
    number = seen / top  # so many of those who turn are read right, if the probabilities can be taken at their word
    return int(np.ceil(number)) if number <= n else None
