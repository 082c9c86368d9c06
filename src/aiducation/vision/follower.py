"""Following: what single frames show becomes what a recording shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aiducation.geometry import same_shape
from aiducation.observations.faces import Faces
from aiducation.observations.picture_space import SteadySpace
from aiducation.vision.cuts import CutWatch
from aiducation.vision.glimpse import Glimpse
from aiducation.vision.smoothing import Smoother
from aiducation.vision.tracker import PATIENCE_S, Tracker

#: Seconds of the past whose glimpses decide over the next frame: tracks wait so long, and their appearance is as old at most.
GLIMPSES_S = 2 * PATIENCE_S


class Follower:
    """Gives the faces of one frame after the other their tracks, and states that rest on the last seconds.

    At a cut every track ends, so that nothing is smoothed over it; only faces whose surroundings stay go on, as those of a
    camera beside slides that change.

    Args:
        threshold: probabilities below it are "not sure".
        seed: of the track ids; see ``Tracker``.
    """

    def __init__(self, *, threshold: float, seed: int | Sequence[int] | None) -> None:
        self._tracker, self._smoother = Tracker(seed=seed), Smoother(threshold=threshold)
        self._cuts, self._space = CutWatch(), SteadySpace()
        self._size: tuple[int, int] | None = None

    def follow(self, faces: Faces, glimpse: Glimpse | None = None) -> Faces:
        """The faces of the next frame with tracks and smoothed states, also those that ``confirmed`` takes out."""
        return self.smooth(self.track(faces, glimpse))

    def track(self, faces: Faces, glimpse: Glimpse | None = None) -> Faces:
        """The faces of the next frame with tracks, and whether a cut lies before them.

        Args:
            faces: as they were seen.
            glimpse: of the picture; without it there are no cuts, and people who cross are told apart by their motion alone.
        """
        return self._tracked(faces, glimpse, None)

    def recall(self, faces: Faces, glimpse: Glimpse | None = None) -> Faces:
        """The faces of the next frame that has its tracks and cuts already, as a checkpoint keeps them.

        Args:
            faces: what ``track`` gave.
            glimpse: needed for the frames of the last ``GLIMPSES_S`` before those that ``track`` will get.
        """
        if (faces.track_ids < 0).any():
            return self.track(faces, glimpse)
        return replace(self._tracked(faces, glimpse, faces.track_ids), cut=faces.cut)

    def smooth(self, faces: Faces) -> Faces:
        """The faces of the next tracked frame with smoothed states."""
        return self._smoother.update(faces)

    def confirmed(self, faces: Faces) -> Faces:
        """The frame without what has no track that is a face, as far as is known by now: such detections are chance."""
        return faces.only(np.array([number in self._tracker.confirmed for number in faces.track_ids], dtype=bool))

    def _tracked(self, faces: Faces, glimpse: Glimpse | None, known: np.ndarray | None) -> Faces:
        time_s = faces.time_s or 0.0
        cut = self._cuts.update(glimpse.scene, time_s) if glimpse else None
        stays = cut.stays(faces.boxes) if cut else None
        if known is not None:  # who stayed is known as well
            stays = np.ones(len(faces), dtype=bool) if faces.cut else None
        size, before = (faces.width, faces.height), self._size
        self._size = size
        ids = self._tracker.update(
            self._space.fit(faces).boxes(faces.boxes),
            faces.detections.scores,
            time_s,
            looks=glimpse.looks if glimpse else None,
            stays=stays,
            known=known,
            reshaped=before is not None and not same_shape(size, before),
        )
        return replace(faces, track_ids=ids, cut=cut is not None)


def unfollowed_note(seen: Sequence[Faces], every_s: float) -> tuple[str, ...]:
    """A sentence where the frames lie so far apart that everybody is forgotten from one to the next."""
    if every_s <= PATIENCE_S or sum(len(faces) > 0 for faces in seen) < 2:
        return ()
    return (
        f"Nobody was followed, because {every_s:g} s lie between the samples: each face counts as another person in each "
        f"picture. To follow people, sample at least every {PATIENCE_S:g} s.",
    )
