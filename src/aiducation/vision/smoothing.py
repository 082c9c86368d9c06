"""Smoothing: a state that rests on the last seconds of a face, not on one frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aiducation.observations.counts import NOT_SURE
from aiducation.observations.decision import decide
from aiducation.observations.faces import Faces

#: Seconds after which a frame counts half. An expression lasts some seconds; a blink or a blurred frame does not.
HALF_LIFE_S = 1.5


class Smoother:
    """Averages the probabilities and votes of each track over time and decides again.

    The mean of probabilities is taken, not their product: frames of one face are nearly copies of each other, and multiplying
    them would turn one uncertain opinion, held for a minute, into certainty. A mean stays as sure as the model was.

    Args:
        threshold: probabilities below it are "not sure".
        half_life_s: seconds after which a frame counts half.
    """

    def __init__(self, *, threshold: float, half_life_s: float = HALF_LIFE_S) -> None:
        self._threshold, self._half_life = threshold, half_life_s
        self._known: dict[int, tuple[float, float, np.ndarray]] = {}  # track -> time, weight, mean

    def update(self, faces: Faces) -> Faces:
        """The faces of the next frame with smoothed probabilities; a face that cannot be judged now stays unclear."""
        time_s = faces.time_s or 0.0
        both = np.hstack([faces.probs, faces.votes])
        known = (faces.track_ids >= 0) & ~np.isnan(faces.probs).any(axis=1)
        for i, track in zip(np.flatnonzero(known).tolist(), faces.track_ids[known].tolist(), strict=True):
            both[i] = self._mean(track, time_s, both[i].copy())
        probs, votes = (np.ascontiguousarray(part) for part in np.split(both, [faces.probs.shape[1]], axis=1))
        # That was said of one frame; every other reason stands.
        lasting = tuple("" if reason == NOT_SURE else reason for reason in faces.reasons)
        states, reasons = decide(probs, lasting, self._threshold)
        self._known = {track: known for track, known in self._known.items() if time_s - known[0] < 20 * self._half_life}
        return replace(faces, probs=probs, votes=votes, states=states, reasons=reasons)

    def _mean(self, track: int, time_s: float, now: np.ndarray) -> np.ndarray:
        before_s, weight, mean = self._known.get(track, (time_s, 0.0, now))
        weight *= 0.5 ** (max(time_s - before_s, 0.0) / self._half_life)
        mean = (mean * weight + now) / (weight + 1)
        self._known[track] = (time_s, weight + 1, mean)
        return np.asarray(mean, dtype=np.float32)
