"""Made-up results of the analysis, for tests of what comes after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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


def lesson(*, people: int = 8, source: str = 'Zoë & "Max" <1>.mp4') -> Recording:
    """Ninety seconds of a lesson, a frame a second.

    Most turn from neutral to other at 0:30 and back at 1:00; the second is missing from 0:10 to 0:20; the third is too small to
    be judged for a while; the last leaves after 0:45.
    """
    rng = np.random.default_rng(0)
    calm = rng.dirichlet([12, 1, 6, 1, 1], size=(90, people))
    frames = []
    for at in range(90):
        probs = [*calm[at]]
        for i in range(people - 2):
            if 30 <= at < 60:
                probs[i] = np.array([0.1, 0.05, 0.1, 0.05, 0.7])
        if 50 <= at < 55:
            probs[2] = np.full(5, np.nan)
        there = [i for i in range(people) if not (i == 1 and 10 <= at < 20) and not (i == people - 1 and at > 45)]
        seen = faces_of([probs[i] for i in there], tracks=[100 + i for i in there], time_s=float(at))
        left = np.array([60.0 + 150 * (i % 4) for i in there], np.float32)
        top = np.array([40.0 + 200 * (i // 4) for i in there], np.float32)
        boxes = np.stack([left, top, left + 80, top + 100], axis=1)
        detections = replace(seen.detections, boxes=boxes, landmarks=np.repeat(boxes[:, None, :2] + 40, 5, axis=1))
        frames.append(replace(seen, source=source, detections=detections))
    return replace(recording_of([]), source=source, frames=tuple(frames))
