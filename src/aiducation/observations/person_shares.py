"""Person shares: what each person of a recording shows in each step of time, for comparing recordings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiducation.observations.recording import Recording
from aiducation.observations.steps import step_at
from aiducation.observations.track_names import TrackNames
from aiducation.states import OUTCOMES


@dataclass(frozen=True, kw_only=True)
class PersonShares:
    """One recording, or several of one condition, with one column for each person.

    Attributes:
        label: what it is called.
        step_s: length of a step; the first one begins at 0.
        people: P names of persons, or "file/track 12" where no name is known; the same name is the same person.
        values: (T, P, 5) float64, mean probabilities of a person in a step; NaN where they were not seen well.
        views: (T, P) int64, pictures behind them.
        sources: P recordings that the columns come from.
    """

    label: str
    step_s: float
    people: tuple[str, ...]
    values: np.ndarray
    views: np.ndarray
    sources: tuple[str, ...]

    @property
    def seen(self) -> np.ndarray:
        """(T,) int64, people seen well in each step; one who is in several recordings counts once."""
        names = np.array(self.people, dtype=np.str_)
        return np.array([len(set(names[row])) for row in self.views > 0], dtype=np.int64)


def person_shares(recording: Recording, step_s: float, names: TrackNames | None = None) -> PersonShares:
    """The table of one recording; static faces do not belong to the group and are left out.

    Args:
        recording: what was seen.
        step_s: length of a step in seconds.
        names: of its tracks; tracks of one name are one person.
    """
    known = names.names if names else {}
    steps = step_at(recording.times[-1], step_s) + 1 if len(recording) else 0
    people = dict.fromkeys(known.get(int(t), f"{recording.source}/track {int(t)}") for t in recording.track_ids)
    column = {name: k for k, name in enumerate(people)}
    values, views = np.zeros((steps, len(people), len(OUTCOMES))), np.zeros((steps, len(people)), np.int64)
    for frame in recording.frames:
        at = step_at(frame.time_s, step_s)
        well = frame.participants & ~np.isnan(frame.probs).any(axis=1) & (frame.track_ids >= 0)
        for track, probs in zip(frame.track_ids[well], frame.probs[well], strict=True):
            k = column[known.get(int(track), f"{recording.source}/track {int(track)}")]
            values[at, k] += probs
            views[at, k] += 1
    with np.errstate(invalid="ignore"):
        means = np.where(views[..., None] > 0, values / np.maximum(views, 1)[..., None], np.nan)
    return PersonShares(
        label=recording.source,
        step_s=step_s,
        people=tuple(people),
        values=means,
        views=views,
        sources=(recording.source,) * len(people),
    )


def pooled(label: str, parts: list[PersonShares]) -> PersonShares:
    """Several recordings as one condition, aligned at their beginnings; a person of two recordings has two columns."""
    steps = max(len(part.values) for part in parts)

    def longer(array: np.ndarray, fill: float) -> np.ndarray:
        rest = np.full((steps - len(array), *array.shape[1:]), fill, dtype=array.dtype)
        return np.concatenate([array, rest])

    return PersonShares(
        label=label,
        step_s=parts[0].step_s,
        people=tuple(name for part in parts for name in part.people),
        values=np.concatenate([longer(part.values, np.nan) for part in parts], axis=1),
        views=np.concatenate([longer(part.views, 0) for part in parts], axis=1),
        sources=tuple(source for part in parts for source in part.sources),
    )
