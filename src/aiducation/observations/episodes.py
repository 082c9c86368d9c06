"""Episodes: from when to when each track showed a state. The table that annotation tools are filled from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.observations.outcomes import merge, outcomes_of
from aiducation.observations.places import places_of
from aiducation.observations.reasons import NOT_MOVING
from aiducation.observations.recording import Recording
from aiducation.observations.tracks import GAP, Track, tracks_of


@dataclass(frozen=True, kw_only=True)
class Episode:
    """A stretch of time over which a track showed one state.

    Attributes:
        track_id: number of the track.
        place: "row 2, column 3"; "" for a track that moved: see ``places``.
        state: one of the outcomes, or "unclear"; "withheld" in what ``views`` made.
        reason: why it was unclear, the most frequent of the reasons; "" otherwise.
        start_s, end_s: seconds on a player's clock. A frame stands for the time until the next analyzed frame, so an episode ends
            at the first frame after its last one; where none follows soon, a sampling interval later, or with the recording. It
            is never empty.
        views: analyzed frames of it.
        mean_probability: of the state, over these frames; None where the state is unclear or withheld.
    """

    track_id: int
    place: str
    state: str
    reason: str
    start_s: float
    end_s: float
    views: int
    mean_probability: float | None


def episodes_of(recording: Recording) -> list[Episode]:
    """The episodes of each track, in order of time; tracks in order of their first appearance.

    Args:
        recording: what was seen; ``for_views`` of it for episodes that may be shown.
    """
    places, looks = places_of(recording), _looks(recording)
    times = recording.times
    ends = np.minimum(ends_of(times, recording.every_s), recording.length_s)
    until = dict(zip(times.tolist(), ends.tolist(), strict=True))
    return [episode for track in tracks_of(recording) for episode in _of_track(track, looks, places, until)]


def ends_of(times: np.ndarray, every_s: float) -> np.ndarray:
    """(F,) float64, until when each frame stands, in seconds: until the next one, or a sampling interval where none follows soon.

    Args:
        times: (F,) seconds of each frame, growing.
        every_s: sampling interval.
    """
    following = np.append(times[1:], np.inf)[: len(times)]
    return np.where(following - times <= GAP * every_s, following, times + every_s)


def who_takes_part(episodes: Sequence[Episode]) -> list[Episode]:
    """Without the tracks of static faces (posters, photos on a wall): annotation tools need no tier for them."""
    people = {one.track_id for one in episodes if one.reason != NOT_MOVING}
    return [one for one in episodes if one.track_id in people]


#: What one frame says of a track: its time, its probabilities, its reason.
_Look = tuple[float, np.ndarray, str]


def _looks(recording: Recording) -> dict[int, list[_Look]]:
    looks: dict[int, list[_Look]] = {}
    for frame in recording.frames:
        for i, number in enumerate(frame.track_ids.tolist()):
            looks.setdefault(number, []).append((frame.time_s or 0.0, frame.probs[i], frame.reasons[i]))
    return looks


def _of_track(
    track: Track, looks: dict[int, list[_Look]], places: dict[int, str], until: dict[float, float]
) -> list[Episode]:
    own, episodes = looks[track.track_id], []
    times = [time_s for time_s, _, _ in own]
    starts = [*(start for start, _, _ in track.spans[1:]), float("inf")]
    for (start_s, last_s, state), next_s in zip(track.spans, starts, strict=True):
        seen = own[bisect_left(times, start_s) : bisect_right(times, last_s)]
        reasons = Counter(reason for _, _, reason in seen if reason)
        mean = None
        if state in outcomes_of(track.view):
            shown = merge(np.array([probs for _, probs, _ in seen]), track.view)
            mean = float(np.mean(shown[:, outcomes_of(track.view).index(state)], dtype=np.float64))
        episodes.append(
            Episode(
                track_id=track.track_id,
                place=places.get(track.track_id, ""),
                state=state,
                reason=reasons.most_common(1)[0][0] if reasons else "",
                start_s=start_s,
                end_s=min(until[last_s], next_s),
                views=len(seen),
                mean_probability=mean,
            )
        )
    return episodes
