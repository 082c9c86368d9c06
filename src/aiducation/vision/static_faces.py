"""Static faces: faces on posters, slides and frozen tiles do not belong to the group; they are recognized because they
do not move."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aiducation.observations.faces import Faces
from aiducation.observations.picture_space import SteadySpace
from aiducation.observations.reasons import NOT_MOVING
from aiducation.states import UNCLEAR

#: Seconds for which a face must not move, and how many looks at it that takes at least.
STILL_S, _LOOKS = 20.0, 8

#: How far the landmarks of a still face stray from their usual place in most looks, in sides of the face: on a picture that a
#: camera sees, the detector's own jitter is half a hundredth (more in one look of five, after a key frame); a living head moves
#: by eight hundredths and more.
_STRAY, _MOST_LOOKS = 0.02, 0.8


class StillWatch:
    """Takes the answers away from faces that have not moved for ``STILL_S``; they get them back when they move.

    It looks at the landmarks alone. A person who sleeps without moving counts as a picture. In live sessions, a picture
    counts as a person in its first seconds; ``without_still`` knows better.

    While the whole picture stands (see ``Faces.standing``), nothing can be told: a recorder that sent nothing new does not make a
    class motionless. This time does not count, and faces stay what they were.
    """

    def __init__(self) -> None:
        self._known: dict[int, deque[tuple[float, float, np.ndarray]]] = {}  # track -> counted time, time, landmarks
        self._since_s: dict[int, float] = {}
        self._stood_s, self._before_s = 0.0, 0.0
        self._space = SteadySpace()

    def update(self, faces: Faces) -> Faces:
        """The faces of the next frame, the still ones unclear with the reason "not moving"."""
        return _not_moving(faces, np.isfinite(self.still_since(faces)))

    def still_since(self, faces: Faces) -> np.ndarray:
        """(N,) the time in seconds since which each face of the next frame is known to be still; NaN where it is not."""
        time_s = faces.time_s or 0.0
        passed_s, self._before_s = time_s - self._before_s, time_s
        if faces.standing:
            self._stood_s += passed_s
            return np.array([self._since_s.get(int(track), np.nan) for track in faces.track_ids])
        counted_s, fit = time_s - self._stood_s, self._space.fit(faces)
        sides = fit.scale * np.sqrt(np.maximum(np.prod(faces.boxes[:, 2:] - faces.boxes[:, :2], axis=1), 1.0))
        landmarks, since = fit.points(faces.detections.landmarks), np.full(len(faces), np.nan)
        full: dict[int, list[int]] = {}  # number of looks -> faces that have so many, and long enough
        for i, track in enumerate(faces.track_ids):
            if track >= 0 and (looks := self._look(int(track), counted_s, time_s, landmarks[i])):
                full.setdefault(looks, []).append(i)
        for rows in full.values():
            known = [self._known[int(faces.track_ids[i])] for i in rows]
            still = _still(np.array([[points for *_, points in looks] for looks in known]), sides[rows])
            since[rows] = np.where(still, [looks[0][1] for looks in known], np.nan)
        self._known = {track: looks for track, looks in self._known.items() if counted_s - looks[-1][0] < STILL_S}
        self._since_s = {int(track): float(s) for track, s in zip(faces.track_ids, since, strict=True)}
        return since

    def _look(self, track: int, counted_s: float, time_s: float, landmarks: np.ndarray) -> int:
        """Note one more look; how many there are, 0 where they do not last long enough."""
        looks = self._known.setdefault(track, deque())
        looks.append((counted_s, time_s, landmarks))
        while len(looks) > _LOOKS and looks[1][0] <= counted_s - STILL_S:
            looks.popleft()
        return 0 if len(looks) < _LOOKS or counted_s - looks[0][0] < STILL_S else len(looks)


def _still(points: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """(N,) bool, which faces do not move.

    Args:
        points: (N, looks, 5, 2) landmarks.
        sides: (N,) of the faces.
    """
    strays = np.linalg.norm(points - np.median(points, axis=1, keepdims=True), axis=3).max(axis=2)
    most = np.quantile(strays, _MOST_LOOKS, axis=1)
    return np.asarray(most < (_STRAY * sides.astype(np.float64)).astype(most.dtype))


def without_still(frames: Sequence[Faces]) -> tuple[Faces, ...]:
    """The frames of a whole recording, each face unclear with the reason "not moving" from the time on since which it was still.

    Args:
        frames: tracked, in order of time.
    """
    watch = StillWatch()
    since = [watch.still_since(faces) for faces in frames]
    known: dict[int, float] = {}  # track -> since when it will turn out to be still
    done = []
    for faces, times in zip(reversed(frames), reversed(since), strict=True):
        known.update((int(t), float(s)) for t, s in zip(faces.track_ids, times, strict=True) if np.isfinite(s))
        still = [(faces.time_s or 0.0) >= known.get(int(track), np.inf) for track in faces.track_ids]
        done.append(_not_moving(faces, np.array(still, dtype=bool)))
    return tuple(reversed(done))


def _not_moving(faces: Faces, still: np.ndarray) -> Faces:
    if not still.any():
        return faces
    probs, votes = faces.probs.copy(), faces.votes.copy()
    probs[still], votes[still] = np.nan, np.nan
    return replace(
        faces,
        probs=probs,
        votes=votes,
        states=tuple(UNCLEAR if s else state for s, state in zip(still, faces.states, strict=True)),
        reasons=tuple(NOT_MOVING if s else reason for s, reason in zip(still, faces.reasons, strict=True)),
    )
