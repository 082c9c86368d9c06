"""Lost faces: where faces should be that the detector loses for a moment, so that anonymizing covers them, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aiducation.observations.faces import Faces
from aiducation.observations.picture_space import SteadySpace
from aiducation.vision.tracker import Tracker

#: What scores at least this may be a face and is covered, far below what is judged: half a face behind a hand scores 0.25, and so
#: do some hands and collars, of which nothing is lost.
LEAST_SCORE = 0.2


#: A face that is not found any more stays covered for so many seconds, and at least for so many looks.
_CARRY_S, _CARRY_LOOKS = 1.0, 2


class Cover:
    """Keeps covering faces where the detector loses them for a moment, in frames that come one after the other."""

    def __init__(self) -> None:
        self._tracker, self._space = Tracker(seed=0), SteadySpace()

    def update(self, faces: Faces) -> Faces:
        """The next frame: its low-confidence detections, and the places where a face should be that was seen a short
        time before."""
        return _covering(faces, self.lost(faces, faces.time_s or 0.0))

    def lost(self, faces: Faces, time_s: float) -> np.ndarray:
        """(K, 4) float32, where faces should be that were seen lately and are not found at a time."""
        boxes, fit = faces.to_anonymize, self._space.fit(faces)
        self._tracker.update(fit.boxes(boxes), np.ones(len(boxes)), time_s)
        return fit.boxes_back(self._tracker.lost(time_s, within_s=_CARRY_S, looks=_CARRY_LOOKS))


def covered(frames: Sequence[Faces]) -> list[Faces]:
    """The frames of a whole recording, in which faces stay covered after they are lost and are covered before they are found.

    Args:
        frames: in order of time.
    """
    there, back = Cover(), Cover()
    after = [there.lost(faces, faces.time_s or 0.0) for faces in frames]
    before = [back.lost(faces, -(faces.time_s or 0.0)) for faces in reversed(frames)]
    return [_covering(faces, *boxes) for faces, *boxes in zip(frames, after, reversed(before), strict=True)]


def _covering(faces: Faces, *boxes: np.ndarray) -> Faces:
    return replace(faces, low_confidence=np.concatenate([faces.low_confidence, *boxes]))
