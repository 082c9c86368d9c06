"""Views: what pictures, videos, reports and the page show of single persons. One rule decides it for all of them.

Where fewer participants than ``min_group`` are seen well, a view shows where the faces are and the state of none: figures of
so small a group are withheld already, and a box or a line that says "angry" tells more than any of them. In a photo the faces
are counted; in a recording the steps of its timeline decide, so that figure, video and page agree at each time.

Data files and the library keep the row of every face: whoever asks for single rows means to work with them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, overload

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.timeline import Timeline, timeline
from aiducation.states import WITHHELD
from aiducation.words import clock

#: Said behind the sentence that withholds the figures of the group.
_SAME_REASON = "The states of single faces are not shown for the same reason."

#: Stretches of time that a sentence names; of more it tells how much time they take.
_MOST_NAMED = 3


@overload
def for_views(result: Faces, min_group: int = ..., over_time: Timeline | None = ...) -> Faces: ...
@overload
def for_views(result: Recording, min_group: int = ..., over_time: Timeline | None = ...) -> Recording: ...
@overload
def for_views(
    result: Faces | Recording, min_group: int = ..., over_time: Timeline | None = ...
) -> Faces | Recording: ...
def for_views(
    result: Faces | Recording, min_group: int = MIN_GROUP, over_time: Timeline | None = None
) -> Faces | Recording:
    """The result as views show it: without states and probabilities where too few participants are seen well.

    Faces that could not be judged keep their reasons: they say why so few were seen well.

    Args:
        result: what was seen.
        min_group: smallest group whose single states are shown; 1 shows all.
        over_time: the recording's timeline with that ``min_group``, if it is known already.
    """
    hidden = withheld_frames(result, min_group, over_time)
    if not hidden.any():
        return result
    if isinstance(result, Faces):
        return _without_states(result)
    frames = zip(result.frames, hidden, strict=True)
    return replace(result, frames=tuple(_without_states(faces) if hide else faces for faces, hide in frames))


def withheld_frames(result: Faces | Recording, min_group: int, over_time: Timeline | None = None) -> np.ndarray:
    """(F,) bool, in which frames no view shows a state; a photo is one frame."""
    frames = result.frames if isinstance(result, Recording) else (result,)
    if min_group <= 1 or not frames:
        return np.zeros(len(frames), dtype=bool)
    if isinstance(result, Faces):
        return np.array([_seen_well(result).sum() < min_group])
    made = over_time or timeline(result, min_group=min_group)
    steps = np.minimum((result.times / made.step_s).astype(int), len(made) - 1)
    return np.asarray(made.withheld[steps])


def shown_frames(result: Faces | Recording, min_group: int, over_time: Timeline | None = None) -> list[Faces]:
    """The frames whose states views show, as they were seen: what is counted for a reader."""
    frames = result.frames if isinstance(result, Recording) else (result,)
    hidden = withheld_frames(result, min_group, over_time)
    return [faces for faces, hide in zip(frames, hidden, strict=True) if not hide]


def withheld_entry(result: Faces | Recording, min_group: int, over_time: Timeline | None = None) -> dict[str, Any]:
    """What a view needs to know, as JSON values: see ``states_withheld`` and ``withheld_s`` in ``schema``."""
    frames = result.frames if isinstance(result, Recording) else (result,)
    hidden = withheld_frames(result, min_group, over_time)
    some = np.array([bool(_seen_well(faces).any()) for faces in frames], dtype=bool)
    if isinstance(result, Faces):
        return {"states_withheld": _SAME_REASON if (hidden & some).any() else None}
    if not (hidden & some).any():
        return {"states_withheld": None, "withheld_s": []}
    made = over_time or timeline(result, min_group=min_group)
    return {
        "states_withheld": f"{_time_words(made)} fewer than {min_group} faces were seen well; their states are not shown then."
        if made.shown.any()
        else _SAME_REASON,
        "withheld_s": _stretches(made),
    }


def _without_states(faces: Faces) -> Faces:
    seen = _seen_well(faces)
    return replace(
        faces,
        probs=np.full_like(faces.probs, np.nan),
        states=tuple(WITHHELD if well else state for state, well in zip(faces.states, seen, strict=True)),
        reasons=tuple("" if well else reason for reason, well in zip(faces.reasons, seen, strict=True)),
    )


def _seen_well(faces: Faces) -> np.ndarray:
    """(N,) bool, which faces have probabilities."""
    return np.asarray(~np.isnan(faces.probs).any(axis=1))


def _stretches(over_time: Timeline) -> list[list[float]]:
    """Start and end in seconds of each stretch of steps that are withheld; the last step's end is its own."""
    ends = np.flatnonzero(np.diff([False, *over_time.withheld, False]))
    return [[round(float(at) * over_time.step_s, 4) for at in pair] for pair in ends.reshape(-1, 2)]


def _time_words(over_time: Timeline) -> str:
    """When states are withheld: "From 0:00 to 1:00 and from 4:30 to 5:00", or for how much of the time."""
    stretches = _stretches(over_time)
    if len(stretches) > _MOST_NAMED:
        return f"For {max(100 * float(over_time.withheld.mean()), 1):.0f} % of the time"
    named = [f"from {clock(start)} to {clock(end)}" for start, end in stretches]
    words = " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]
    return words[0].upper() + words[1:]
