"""Timeline: the states of the whole group over a recording, with uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.equality import equal_values
from aiducation.errors import ConfigError
from aiducation.observations.changes import MOST_STEPS, Changes, find_changes
from aiducation.observations.counts import counted_as, counts_of
from aiducation.observations.faces import Faces
from aiducation.observations.outcomes import outcomes_of
from aiducation.observations.recording import Recording
from aiducation.observations.steps import step_at

#: Bins that a timeline has at most, so that a long lesson stays readable.
_MOST_BINS = 120


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Shares of a group.

    Attributes:
        shares: (K,) mean probability of each outcome that the result's view shows, over the faces that were seen well enough,
            unsure ones too.
        low, high: (K,) 95 % interval of each: of a larger group of which these people are a sample. Whether these people
            themselves changed is another question, which ``Timeline.changes`` answers.
    """

    shares: np.ndarray
    low: np.ndarray
    high: np.ndarray

    __eq__ = equal_values


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Shares of the outcomes over time, one row for each step.

    Attributes:
        start_s: (T,) seconds at which each step begins; ``step_s`` is its length.
        end_s: when the recording ends, and with it the last step.
        n_faces: (T,) mean number of participants' faces in a sample; ``seen_well``: of those that were seen well enough. Both are
            NaN where there is no sample, as before the first picture.
        counts: (T, K + 2) mean number of faces in a sample with each of ``counts.counted_as``; NaN as the shares.
        shares, low, high: (T, K) see ``Shares``; NaN where there were no faces, or where the group is too small.
        unclear: (T,) share of faces that could not be seen well enough.
        withheld: (T,) whether fewer faces than ``min_group`` were seen well.
        changes: what was seen to change, and how sure it is; found in finer steps than these.
        min_group: smallest group that is reported.
        view: of the recording; ``outcomes`` are the K that it shows.
    """

    start_s: np.ndarray
    step_s: float
    end_s: float
    n_faces: np.ndarray
    seen_well: np.ndarray
    counts: np.ndarray
    shares: np.ndarray
    low: np.ndarray
    high: np.ndarray
    unclear: np.ndarray
    withheld: np.ndarray
    changes: Changes
    min_group: int
    view: str = "states"

    __eq__ = equal_values

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What each column of shares is a share of."""
        return outcomes_of(self.view)

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def edges_s(self) -> np.ndarray:
        """(T + 1,) seconds at which each step begins, and the last one ends."""
        return np.append(self.start_s, self.end_s)

    @property
    def shown(self) -> np.ndarray:
        """(T,) bool, the steps that have shares."""
        return ~np.isnan(self.shares).any(axis=1)

    def mean(self) -> Shares:
        """The shares over the whole recording; NaN if no step has any.

        The interval is that of as many people as were seen at a time, each looked at once. To see the same people for longer
        does not make it narrower: a face that the model misreads, it misreads all along.
        """
        if not self.shown.any():
            return shares_of(np.zeros((0, len(self.outcomes))))
        return _with_interval(self.shares[self.shown].mean(axis=0), float(self.seen_well[self.shown].mean()))

    def columns(self) -> dict[str, list[Any]]:
        """One list for each column, for a table; what is withheld or unknown is None."""
        table: dict[str, list[Any]] = {
            "start_s": [round(float(t), 3) for t in self.start_s],
            "faces": [_number(n, 2) for n in self.n_faces],
            "unclear": [_number(v) for v in self.unclear],
        }
        for k, name in enumerate(counted_as(self.view)):
            table[f"n_{name.replace(' ', '_')}"] = [_number(v) for v in self.counts[:, k]]
        for k, outcome in enumerate(self.outcomes):
            for name, values in (("", self.shares), ("_low", self.low), ("_high", self.high)):
                table[f"{outcome}{name}"] = [_number(v) for v in values[:, k]]
        return table


def shares_of(probs: np.ndarray) -> Shares:
    """Shares of each outcome among faces; NaN if none was judged.

    Args:
        probs: (M, K), one row for each face, NaN where it was not judged.
    """
    return _with_interval(_mean(probs), int((~np.isnan(probs).any(axis=1)).sum()))


def _mean(probs: np.ndarray) -> np.ndarray:
    """(K,) float64, the mean of the rows without NaN; NaN if there are none."""
    known = probs[~np.isnan(probs).any(axis=1)].astype(np.float64)
    return np.asarray(known.mean(axis=0)) if len(known) else np.full(probs.shape[1], np.nan)


def _with_interval(mean: np.ndarray, n: float) -> Shares:
    """Shares with the 95 % interval of a share that is counted over n faces.

    It holds the true share of a group of which these faces are a sample, and covers the model's doubt about each of them: a
    mean of calibrated probabilities strays no more than a count.
    """
    # Agresti and Coull's two added successes and failures keep the interval of an all-or-none group from being empty.
    center = (mean * n + 2) / (n + 4)
    spread = 1.96 * np.sqrt(center * (1 - center) / (n + 4))
    low, high = np.minimum(center - spread, mean), np.maximum(center + spread, mean)
    return Shares(shares=mean, low=np.clip(low, 0, 1), high=np.clip(high, 0, 1))


def timeline(recording: Recording, *, step_s: float | None = None, min_group: int = MIN_GROUP) -> Timeline:
    """The group's shares in equal steps of time.

    Args:
        recording: what was seen.
        step_s: length of a step; None takes the shortest round one that gives at most 120 steps.
        min_group: groups of fewer faces are withheld; 1 shows all.

    Raises:
        ConfigError: an option is out of its range.
    """
    if min_group < 1 or (step_s is not None and not step_s > 0):
        raise ConfigError("The smallest group has at least one face, and a step takes more than 0 seconds.")
    step = step_s or _round_step(recording, _MOST_BINS)
    bins = _bins(recording, step)
    n_faces, seen_well = (
        np.array([np.mean([count(f) for f in frames]) if frames else np.nan for frames in bins])
        for count in (len, _seen_well)
    )
    withheld = _too_few(seen_well, min_group)
    people = [_people(frames) for frames in bins]
    k = len(recording.outcomes)
    means = [np.array([*some.values()]).reshape(-1, k) for some in people]
    rows = [_with_interval(_mean(some), n) for some, n in zip(means, seen_well, strict=True)]
    shares, low, high = (
        np.array([getattr(row, name) for row in rows]).reshape(-1, k) for name in ("shares", "low", "high")
    )
    counts = _counts(bins, recording.view)
    for values in (shares, low, high, counts):
        values[withheld] = np.nan
    return Timeline(
        start_s=np.arange(len(bins)) * step,
        step_s=step,
        end_s=recording.length_s,
        n_faces=n_faces,
        seen_well=seen_well,
        counts=counts,
        shares=shares,
        low=low,
        high=high,
        unclear=np.array([np.isnan(some).any(axis=1).mean() if len(some) else np.nan for some in means]),
        withheld=withheld,
        changes=_changes(recording, min_group),
        min_group=min_group,
        view=recording.view,
    )


def _counts(bins: Sequence[Sequence[Faces]], view: str) -> np.ndarray:
    """(T, K + 2) counts in each step."""
    return np.array([counts_of(frames, view) for frames in bins]).reshape(len(bins), len(counted_as(view)))


def _seen_well(faces: Faces) -> int:
    return int((~np.isnan(faces.probs).any(axis=1)).sum())


def _too_few(seen_well: np.ndarray, min_group: int) -> np.ndarray:
    """(T,) bool, in which steps fewer faces than the smallest group were seen well, on average over their samples.

    A mean counts as the whole number next to it. A smallest group of 1 withholds nothing: whoever was seen well at all counts.
    """
    return np.asarray(~(seen_well > 0 if min_group == 1 else np.round(seen_well) >= min_group))


def _changes(recording: Recording, min_group: int) -> Changes:
    """What changed, in the shortest steps that are still compared quickly; without changes of fewer people than the smallest
    group: of many who were there, few may have been followed from before to after."""
    step = _round_step(recording, MOST_STEPS)
    bins = _bins(recording, step)
    seen_well = np.array([np.mean([_seen_well(f) for f in frames]) if frames else 0.0 for frames in bins])
    faces = np.array([np.mean([len(f) for f in frames]) if frames else np.nan for frames in bins])
    few = _too_few(seen_well, min_group)
    people = _followed([_people(frames) for frames in bins], few, len(recording.outcomes))
    counts = _counts(bins, recording.view)
    counts[few] = np.nan
    cuts = sorted({step_at(frame.time_s, step) for frame in recording.frames if frame.cut})
    found = find_changes(people, faces, step, cuts=cuts, counts=counts, outcomes=recording.outcomes)
    told = (change for change in found.seen if change.kind != "expression" or change.people >= min_group)
    return replace(found, seen=tuple(told))


def _round_step(recording: Recording, most: int) -> float:
    length = float(recording.times[-1]) if len(recording) else 0.0
    for step in (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0):
        if step >= recording.every_s and length / step < most:
            return step
    return max(length / most, recording.every_s)


def _bins(recording: Recording, step: float) -> list[list[Faces]]:
    bins: list[list[Faces]] = []
    for frame in recording.frames:
        at = step_at(frame.time_s, step)
        bins.extend([] for _ in range(at + 1 - len(bins)))
        bins[at].append(frame.only(frame.participants))
    return bins


def _people(frames: Sequence[Faces]) -> dict[Any, np.ndarray]:
    """The mean of each track over a step, NaN where it was never seen well; faces without a track count by frame.

    Faces of which the model is not sure count too, with all their probabilities: to leave them out would favour the states that
    are easy to tell.
    """
    views: dict[Any, list[np.ndarray]] = {}
    for f, frame in enumerate(frames):
        probs = frame.shown_probs
        for i, track in enumerate(frame.track_ids):
            views.setdefault(int(track) if track >= 0 else (f, i), []).append(probs[i])
    return {key: _mean(np.array(some)) for key, some in views.items()}


def _followed(people: Sequence[dict[Any, np.ndarray]], withheld: np.ndarray, k: int) -> np.ndarray:
    """(T, P, K) float32, of each track in each step, NaN where it was not seen well or the group is too small."""
    tracks = dict.fromkeys(key for some in people for key in some if isinstance(key, int))
    columns = {track: column for column, track in enumerate(tracks)}
    table = np.full((len(people), len(columns), k), np.nan, np.float32)
    for row, some, hidden in zip(table, people, withheld, strict=True):
        for track in () if hidden else some.keys() & columns.keys():
            row[columns[track]] = some[track]
    return table


def _number(value: float, digits: int = 4) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)
