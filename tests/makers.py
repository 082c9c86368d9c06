"""Made-up results of the analysis, for tests of what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aiducation.column_names import QUALITY_COLUMNS
from aiducation.observations.decision import decide
from aiducation.observations.detections import Detections, Quality
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording


def faces_of(probs: Sequence[np.ndarray], *, tracks: Sequence[int] | None = None, time_s: float | None = None) -> Faces:
    """Faces side by side with given probabilities; rows of NaN are too small to be judged."""
    n = len(probs)
    table = np.array(probs, np.float32).reshape(n, 5)
    left = np.arange(n, dtype=np.float32) * 60
    boxes = np.stack([left, np.zeros(n), left + 40, np.full(n, 50)], axis=1).astype(np.float32)
    states, reasons = decide(table, ["too small" if np.isnan(row).any() else "" for row in table], 0.0)
    return Faces(
        source="made up.mp4",
        width=1280,
        height=720,
        detections=Detections(
            boxes=boxes, landmarks=np.repeat(boxes[:, None, :2] + 20, 5, axis=1), scores=np.full(n, 0.9, np.float32)
        ),
        quality=Quality(**{name: np.full(n, 0.5, np.float32) for name in QUALITY_COLUMNS}),
        probs=table,
        states=states,
        reasons=reasons,
        track_ids=np.array(range(n) if tracks is None else tracks, np.int64),
        time_s=time_s,
        frame=None if time_s is None else round(time_s * 25),
    )


def recording_of(frames: Sequence[Sequence[np.ndarray]], *, every_s: float = 1.0) -> Recording:
    """A recording with given probabilities, a row a face, in each frame."""
    return Recording(
        source="made up.mp4",
        width=1280,
        height=720,
        every_s=every_s,
        frames=tuple(faces_of(probs, time_s=i * every_s) for i, probs in enumerate(frames)),
    )
