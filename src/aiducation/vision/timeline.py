"""Timeline: how the states of the whole group change over a recording, with uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation.errors import ConfigError
from aiducation.states import OUTCOMES
from aiducation.vision.faces import Faces, Recording

#: A group of fewer faces is a few persons: what is said of it is said of them.
MIN_GROUP = 5

#: Bins that a timeline has at most, so that a long lesson stays readable.
_MOST_BINS = 120

#: Bins on either side of a moment that are compared, and the change of a share that is worth a line.
_WINDOW, _LEAST_CHANGE = 4, 0.2

#: Standard errors that a change must exceed: with some hundred moments tested, chance alone passes this about once in a hundred
#: recordings.
_Z = 4.0


@dataclass(frozen=True)
class Moment:
    """A time at which the group changed.

    Attributes:
        time_s: seconds since the start.
        outcome: which share changed most.
        before, after: that share in the minutes before and after.
    """

    time_s: float
    outcome: str
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Shares of the outcomes over time, one row a bin.

    Attributes:
        start_s: (T,) seconds at which each bin begins; ``step_s`` is its length.
        n_faces: (T,) mean number of faces in a frame.
        shares: (T, 5) mean probability of each of ``OUTCOMES`` over the faces that could be seen well enough, unsure ones
            too; NaN where there were none, or where the group is too small.
        low, high: (T, 5) 95 % interval of each share, over faces and the model's own uncertainty.
        unclear: (T,) share of faces that could not be seen well enough.
        withheld: (T,) whether fewer faces than ``min_group`` were seen well.
        moments: when the group changed.
        min_group: smallest group that is reported.
    """

    start_s: np.ndarray
    step_s: float
    n_faces: np.ndarray
    shares: np.ndarray
    low: np.ndarray
    high: np.ndarray
    unclear: np.ndarray
    withheld: np.ndarray
    moments: tuple[Moment, ...]
    min_group: int

    def __len__(self) -> int:
        return len(self.start_s)

    def columns(self) -> dict[str, list[Any]]:
        """One list a column, for a table; what is withheld or unknown is None."""
        table: dict[str, list[Any]] = {
            "start_s": [round(float(t), 3) for t in self.start_s],
            "faces": [round(float(n), 2) for n in self.n_faces],
            "unclear": [_number(v) for v in self.unclear],
        }
        for k, outcome in enumerate(OUTCOMES):
            for name, values in (("", self.shares), ("_low", self.low), ("_high", self.high)):
                table[f"{outcome}{name}"] = [_number(v) for v in values[:, k]]
        return table


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Shares of a group at one time: see ``Timeline`` for each field."""

    n_faces: int
    shares: np.ndarray
    low: np.ndarray
    high: np.ndarray
    unclear: float


def shares_of(probs: np.ndarray, n_faces: int) -> Shares:
    """Shares of each outcome among faces, with 95 % intervals.

    The expected share is the mean probability; the interval is that of a share counted over as many faces. A face counts once,
    however many frames show it.

    Args:
        probs: (M, 5), a row a face, NaN where it was not judged.
        n_faces: faces in all.
    """
    known = probs[~np.isnan(probs).any(axis=1)].astype(np.float64)
    n = len(known)
    unclear = 1 - n / n_faces if n_faces else float("nan")
    if not n:
        nothing = np.full(len(OUTCOMES), np.nan)
        return Shares(n_faces=n_faces, shares=nothing, low=nothing, high=nothing, unclear=unclear)
    mean = known.mean(axis=0)
    # Agresti and Coull's two added successes and failures keep the interval of an all-or-none group from being empty.
    center = (mean * n + 2) / (n + 4)
    spread = 1.96 * np.sqrt(center * (1 - center) / (n + 4))
    return Shares(
        n_faces=n_faces,
        shares=mean,
        low=np.clip(np.minimum(center - spread, mean), 0, 1),
        high=np.clip(np.maximum(center + spread, mean), 0, 1),
        unclear=unclear,
    )


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
    step = step_s or _round_step(recording)
    bins = _bins(recording, step)
    rows = [_bin_shares(frames) for frames in bins]
    n_faces = np.array([np.mean([len(f) for f in frames]) if frames else 0.0 for frames in bins])
    seen_well = np.array([np.mean([_seen_well(f) for f in frames]) if frames else 0.0 for frames in bins])
    withheld = np.round(seen_well) < min_group
    shares, low, high = (
        np.array([getattr(row, name) for row in rows]).reshape(-1, len(OUTCOMES)) for name in ("shares", "low", "high")
    )
    for values in (shares, low, high):
        values[withheld] = np.nan
    return Timeline(
        start_s=np.arange(len(bins)) * step,
        step_s=step,
        n_faces=n_faces,
        shares=shares,
        low=low,
        high=high,
        unclear=np.array([row.unclear for row in rows]),
        withheld=withheld,
        moments=_moments(shares, n_faces, step),
        min_group=min_group,
    )


def _seen_well(faces: Faces) -> int:
    return int((~np.isnan(faces.probs).any(axis=1)).sum())


def _round_step(recording: Recording) -> float:
    length = float(recording.times[-1]) if len(recording) else 0.0
    for step in (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0):
        if step >= recording.every_s and length / step < _MOST_BINS:
            return step
    return max(length / _MOST_BINS, recording.every_s)


def _bins(recording: Recording, step: float) -> list[list[Faces]]:
    bins: list[list[Faces]] = []
    for frame in recording.frames:
        at = int((frame.time_s or 0.0) / step)
        bins.extend([] for _ in range(at + 1 - len(bins)))
        bins[at].append(frame)
    return bins


def _bin_shares(frames: Sequence[Faces]) -> Shares:
    """Each track's mean over the bin, so that a face counts once; faces without a track count by frame.

    Faces of which the model is not sure count too, with all their probabilities: to leave them out would favour the states that
    are easy to tell.
    """
    by_track: dict[Any, list[np.ndarray]] = {}
    for f, frame in enumerate(frames):
        for i, track in enumerate(frame.track_ids):
            key = int(track) if track >= 0 else (f, i)
            by_track.setdefault(key, []).append(frame.probs[i])
    means = [
        np.mean(kept, axis=0)
        if (kept := [p for p in rows if not np.isnan(p).any()])
        else np.full(len(OUTCOMES), np.nan)
        for rows in by_track.values()
    ]
    return shares_of(np.array(means).reshape(-1, len(OUTCOMES)), len(means))


def _moments(shares: np.ndarray, n_faces: np.ndarray, step: float) -> tuple[Moment, ...]:
    """Where the mean share of the bins before and after differs most, and by more than noise; a window apart at least."""
    found: list[tuple[float, Moment]] = []
    for at in range(_WINDOW, len(shares) - _WINDOW + 1):
        before, after = shares[at - _WINDOW : at], shares[at : at + _WINDOW]
        if np.isnan(before).any() or np.isnan(after).any():
            continue
        change = after.mean(axis=0) - before.mean(axis=0)
        within = (before.var(axis=0, ddof=1) + after.var(axis=0, ddof=1)) / _WINDOW
        people = max(float(n_faces[at - _WINDOW : at + _WINDOW].mean()), 1.0)
        middle = (after.mean(axis=0) + before.mean(axis=0)) / 2
        # The same people are in all bins, so bins do not multiply them.
        error = np.sqrt(np.maximum(within, middle * (1 - middle) / people / _WINDOW)) + 1e-9
        k = int(np.argmax(np.abs(change)))
        if abs(change[k]) >= _LEAST_CHANGE and abs(change[k]) / error[k] >= _Z:
            moment = Moment(at * step, OUTCOMES[k], float(before.mean(axis=0)[k]), float(after.mean(axis=0)[k]))
            found.append((abs(float(change[k])), moment))
    chosen: list[Moment] = []
    for _, moment in sorted(found, key=lambda pair: -pair[0]):
        if all(abs(moment.time_s - other.time_s) >= _WINDOW * step for other in chosen):
            chosen.append(moment)
    return tuple(sorted(chosen, key=lambda moment: moment.time_s))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
