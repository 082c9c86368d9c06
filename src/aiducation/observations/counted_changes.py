"""Counted changes: faces that come or leave, and what another scene shows. Nothing is tested here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aiducation.observations.change_point import ChangePoint
from aiducation.states import OUTCOMES

#: Seconds before and after that are compared, the smallest number of faces, and their share of all.
_COUNT_S, _FEWEST, _LEAST_SHARE = 10.0, 2, 0.1

#: Of the cuts, so many are reported, the largest: another number of faces, or a quarter of them with another outcome.
_MOST_SCENES, _LEAST_OTHER = 3, 0.25


def counted_changes(
    faces: np.ndarray,
    step_s: float,
    cuts: Sequence[int] = (),
    counts: np.ndarray | None = None,
    outcomes: tuple[str, ...] = OUTCOMES,
) -> Iterator[ChangePoint]:
    """When several faces came or left within some seconds and the number stayed so, and the cuts that show others.

    At a cut nobody came or left as far as is known: a film that goes from the class to its teacher shows one face instead of 25.

    Args:
        faces: (T,) faces in each step, NaN where there is no sample.
        step_s: seconds of a step.
        cuts: steps in which another scene begins, in order of time.
        counts: (T, K or more) faces with each outcome, NaN where it is not known; None if it is known nowhere.
        outcomes: names of the K outcomes.
    """
    known = np.flatnonzero(~np.isnan(faces))
    side = max(2, round(_COUNT_S / step_s))
    if len(faces) < 2 * side or not len(known):
        return
    faces = np.interp(np.arange(len(faces)), known, faces[known])  # where there is no sample, nobody came or left
    windows = [_beside(cut, cuts, side, len(faces)) for cut in cuts]
    jumps = np.zeros(len(faces))
    for cut, (before, after) in zip(cuts, windows, strict=True):
        jumps[cut] += np.median(faces[after]) - np.median(faces[before])
    least = max(_FEWEST - 0.5, _LEAST_SHARE * float(np.median(faces)))
    scenes = [
        _scene(cut * step_s, faces, counts, *pair, least, outcomes) for cut, pair in zip(cuts, windows, strict=True)
    ]
    told = [scene for scene in scenes if scene is not None]
    yield from sorted(told, key=lambda scene: -scene.changed)[:_MOST_SCENES]
    yield from _arrivals(faces - np.cumsum(jumps), np.cumsum(jumps), step_s, side, least)


def _beside(cut: int, cuts: Sequence[int], side: int, steps: int) -> tuple[slice, slice]:
    """The steps before and after a cut, without the one that has both, as far as the scenes reach."""
    since = max((other + 1 for other in cuts if other < cut), default=0)
    until = min((other for other in cuts if other > cut), default=steps)
    before, after = slice(max(cut - side, min(since, cut - 1), 0), cut), slice(cut + 1, min(cut + 1 + side, until))
    return (
        before if before.stop > before.start else slice(cut, cut + 1),
        after if after.stop > after.start else slice(cut, cut + 1),
    )


def _scene(
    from_s: float,
    faces: np.ndarray,
    counts: np.ndarray | None,
    before: slice,
    after: slice,
    least: float,
    outcomes: tuple[str, ...],
) -> ChangePoint | None:
    """What a cut changed: the number of faces, else what many of them show; None if neither."""
    n_before, n_after = (float(np.median(faces[side])) for side in (before, after))
    if abs(n_after - n_before) >= least:
        one, other = round(n_before), round(n_after)
        return ChangePoint(
            kind="scene", from_s=from_s, changed=abs(other - one), people=max(one, other), before=one, after=other
        )
    if counts is None or np.isnan(counts[before]).all() or np.isnan(counts[after]).all():
        return None
    shown, shows = (np.nanmean(counts[side, : len(outcomes)], axis=0) for side in (before, after))
    k = int(np.abs(shows - shown).argmax())
    one, other, people = round(float(shown[k])), round(float(shows[k])), max(round(n_before), round(n_after))
    if abs(other - one) <= _FEWEST or abs(other - one) < _LEAST_OTHER * people:
        return None
    return ChangePoint(
        kind="scene",
        from_s=from_s,
        outcome=outcomes[k],
        changed=abs(other - one),
        people=people,
        before=one,
        after=other,
    )


def _arrivals(faces: np.ndarray, others: np.ndarray, step_s: float, side: int, least: float) -> Iterator[ChangePoint]:
    """When several faces came or left.

    Args:
        faces: (T,) without the jumps at cuts.
        others: (T,) the sum of these jumps so far.
        step_s: seconds of a step.
        side: steps that are compared on each side.
        least: faces that must come or leave.
    """
    rows = np.lib.stride_tricks.sliding_window_view(faces, side)
    medians, means = np.median(rows, axis=1), rows.mean(axis=1)
    # Row i: from the steps before i + side to those after. Both must differ: cameras that go off and on move the medians alone,
    # single losses the means alone.
    change, mean = (some[side:] - some[:-side] for some in (medians, means))
    sizes = np.where(change * mean > 0, np.minimum(np.abs(change), np.abs(mean)), 0)
    # What a detector loses and finds again is not a departure: the usual ups and downs do not count.
    usual = 1.4826 * np.median(np.abs(faces[side:] - faces[:-side])) / np.sqrt(2)
    while sizes.max(initial=0) >= max(least, 3 * usual):
        plateau = np.flatnonzero(sizes >= sizes.max() - 0.5)
        at = int(plateau[np.abs(np.diff(faces, prepend=faces[0])[plateau + side]).argmax()])
        before, after = (round(float(medians[row] + others[at + side])) for row in (at, at + side))
        sizes[max(at - side, 0) : at + side + 1] = 0
        yield ChangePoint(
            kind="arrival" if after > before else "departure",
            from_s=(at + side) * step_s,
            changed=abs(after - before),
            people=max(before, after),
            before=before,
            after=after,
        )
