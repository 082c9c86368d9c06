"""Tracks: what was seen of each face over a recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aiducation.observations.decision import decide
from aiducation.observations.outcomes import merge
from aiducation.observations.recording import Recording
from aiducation.states import OUTCOMES, UNCLEAR, WITHHELD

#: Frames that a face may be missing without its span ending, in intervals between frames.
GAP = 2.5


@dataclass(kw_only=True)
class Track:
    """One face over time.

    Attributes:
        track_id: its number, drawn at random for this recording.
        first_s, last_s: when it was seen first and last.
        views: frames that show it; ``seen_well``: of them, those in which it was judged; ``shown``: of those, the ones whose
            state is not withheld.
        probs: (5,) mean probability of each outcome over those, 0 where there are none.
        spans: start, end and state of the stretches of time over which its state was the same.
        threshold: a mean probability below it is "not sure", as that of a frame.
        view: of the recording.
    """

    track_id: int
    first_s: float
    last_s: float
    views: int = 0
    seen_well: int = 0
    shown: int = 0
    probs: np.ndarray = field(default_factory=lambda: np.zeros(len(OUTCOMES)))
    spans: list[tuple[float, float, str]] = field(default_factory=list)
    threshold: float = 0.0
    view: str = "states"

    @property
    def mean(self) -> float:
        """Mean probability of the state."""
        return float(merge(self.probs, self.view).max())

    @property
    def state(self) -> str:
        """The most probable outcome on average; "unclear" if it is not probable enough, or the face was never seen well.

        "withheld" if the face was seen well only while its group was too small; see ``views``.
        """
        if not self.shown:
            return WITHHELD if self.seen_well else UNCLEAR
        (state,), _ = decide(self.probs[None], [""], self.threshold, self.view)
        return state

    def entry(self) -> dict[str, Any]:
        """The track as JSON values."""
        probs = {o: round(float(self.probs[k]), 4) if self.shown else None for k, o in enumerate(OUTCOMES)}
        spans = [[round(start, 3), round(end, 3), state] for start, end, state in self.spans]
        about = {name: getattr(self, name) for name in ("track_id", "views", "seen_well", "state")}
        times = {"first_s": round(self.first_s, 3), "last_s": round(self.last_s, 3)}
        return {**about, **times, "probs": probs, "spans": spans}


def tracks_of(recording: Recording) -> list[Track]:
    """Every track, in order of appearance."""
    found: dict[int, Track] = {}
    threshold = float(recording.made_with.model.get("threshold") or 0.0)
    for frame in recording.frames:
        time_s, has_probs = frame.time_s or 0.0, ~np.isnan(frame.probs).any(axis=1)
        for i, number in enumerate(frame.track_ids):
            if number < 0:
                continue
            if number not in found:
                found[int(number)] = Track(
                    track_id=int(number), first_s=time_s, last_s=time_s, threshold=threshold, view=recording.view
                )
            probs = frame.probs[i] if has_probs[i] else None
            _see(found[int(number)], time_s, probs, frame.states[i], recording.every_s)
    for track in found.values():
        track.probs /= max(track.shown, 1)
    return list(found.values())


def _see(track: Track, time_s: float, probs: np.ndarray | None, state: str, every_s: float) -> None:
    track.last_s = time_s
    track.views += 1
    if probs is not None:
        track.shown += 1
        track.probs += probs
    track.seen_well += state == WITHHELD or probs is not None
    if track.spans and track.spans[-1][2] == state and time_s - track.spans[-1][1] <= GAP * every_s:
        track.spans[-1] = (track.spans[-1][0], time_s, state)
    else:
        track.spans.append((time_s, time_s, state))
