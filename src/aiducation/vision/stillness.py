"""Stillness: faces on posters, slides and frozen tiles are no participants; they give themselves away by not moving."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from aiducation.states import OUTCOMES, UNCLEAR
from aiducation.vision.faces import Faces

#: Seconds for which a face must not move, and how many looks at it that takes at least.
STILL_S, _LOOKS = 20.0, 8

#: How far the landmarks of a still face stray from their usual place in most looks, in sides of the face: on a picture that a
#: camera sees, the detector's own jitter is half a hundredth (more in one look of five, after a key frame); a living head moves
#: by eight hundredths and more.
_STRAY, _MOST_LOOKS = 0.02, 0.8


class StillWatch:
    """Takes the answers away from faces that have not moved for ``STILL_S``; they get them back when they move.

    It looks at the landmarks alone. A person who sleeps without stirring is taken for a picture, and the first seconds of a
    picture for a person.
    """

    def __init__(self) -> None:
        self._known: dict[int, deque[tuple[float, np.ndarray]]] = {}

    def update(self, faces: Faces) -> Faces:
        """The faces of the next frame, the still ones unclear with the reason "not moving"."""
        time_s = faces.time_s or 0.0
        sides = np.sqrt(np.maximum(np.prod(faces.boxes[:, 2:] - faces.boxes[:, :2], axis=1), 1.0))
        still = np.zeros(len(faces), dtype=bool)
        for i, track in enumerate(faces.track_ids):
            if track >= 0:
                still[i] = self._is_still(int(track), time_s, faces.detections.landmarks[i], float(sides[i]))
        self._known = {track: looks for track, looks in self._known.items() if time_s - looks[-1][0] < STILL_S}
        if not still.any():
            return faces
        probs = faces.probs.copy()
        probs[still] = np.full(len(OUTCOMES), np.nan)
        return replace(
            faces,
            probs=probs,
            states=tuple(UNCLEAR if s else state for s, state in zip(still, faces.states, strict=True)),
            reasons=tuple("not moving" if s else reason for s, reason in zip(still, faces.reasons, strict=True)),
        )

    def _is_still(self, track: int, time_s: float, landmarks: np.ndarray, side: float) -> bool:
        looks = self._known.setdefault(track, deque())
        looks.append((time_s, landmarks))
        while len(looks) > 2 and looks[1][0] <= time_s - STILL_S:
            looks.popleft()
        if len(looks) < _LOOKS or time_s - looks[0][0] < STILL_S:
            return False
        points = np.array([points for _, points in looks])
        strays = np.linalg.norm(points - np.median(points, axis=0), axis=2).max(axis=1)
        return bool(np.quantile(strays, _MOST_LOOKS) < _STRAY * side)
