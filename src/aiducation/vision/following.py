"""Following: what single frames show becomes what a recording shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aiducation.vision.faces import Faces
from aiducation.vision.picture_space import SteadySpace
from aiducation.vision.smoothing import Smoother
from aiducation.vision.tracking import Tracker


class Follower:
    """Gives the faces of one frame after the other their tracks, and states that rest on the last seconds.

    Args:
        threshold: probabilities below it are "not sure".
        seed: of the track ids; see ``Tracker``.
    """

    def __init__(self, *, threshold: float, seed: int | None) -> None:
        self._tracker, self._smoother = Tracker(seed=seed), Smoother(threshold=threshold)
        self._space = SteadySpace()

    def follow(self, faces: Faces) -> Faces:
        """The faces of the next frame with tracks and smoothed states, also those that ``confirmed`` takes out."""
        ids = self._tracker.update(
            self._space.fit(faces).boxes(faces.boxes), faces.detections.scores, faces.time_s or 0.0
        )
        return self._smoother.update(replace(faces, track_ids=ids))

    def confirmed(self, faces: Faces) -> Faces:
        """The frame without what has no track that is a face, as far as is known by now: such detections are chance."""
        return faces.only(np.array([number in self._tracker.confirmed for number in faces.track_ids], dtype=bool))
