"""What the real model does, for simulated lessons: its answers to validation pictures, and how they waver in real clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from aiducation import Analyzer
from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.splits import make_split
from aiducation.environment import environment
from aiducation.states import OUTCOMES
from aiducation.vision.classifier import Classifier
from aiducation.vision.tracker import Tracker

#: Answers that are kept of each outcome; seconds between two of a clip; lags at which these are compared.
ANSWERS, CLIP_S, LAGS = 200, 0.1, (1, 2, 3, 5, 10, 15, 20)


def measured(data: Path, *clips: Path) -> dict[str, Any]:
    """Answers as whole thousandths of probability, and the size and memory of the wavering."""
    lags = variogram(clips)
    size, memory_s = fitted(lags)
    noise = {"deviation": round(float(np.sqrt(size)), 3), "memory_s": memory_s, "semivariance_at_lag_s": lags}
    return {"answers": answers(data), "noise": noise, "clips": len(clips), "environment": environment()}


def answers(folder: Path) -> dict[str, list[list[int]]]:
    """What the packaged model says of validation pictures, by their true outcome."""
    data = Dataset.load(folder)
    rows = make_split("official", data.split_input(np.flatnonzero(data.kept))).parts["valid"]
    truth = outcome_index(data.state[rows])
    probs = Classifier(threads=1).probs(data.images[rows])
    rng = np.random.default_rng(0)
    return {
        outcome: np.round(1000 * rng.permutation(probs[truth == k])[:ANSWERS]).astype(int).tolist()
        for k, outcome in enumerate(OUTCOMES)
    }


def variogram(clips: Sequence[Path]) -> dict[str, float]:
    """Half the mean square of how far log-probabilities, less their mean, move within a lag; over all faces of all clips."""
    squares: dict[int, list[float]] = {lag: [] for lag in LAGS}
    for clip in clips:
        for series in _series(clip):
            for at, value in series.items():
                for lag in LAGS:
                    if at + lag in series:
                        squares[lag].append(float(((series[at + lag] - value) ** 2).mean()) / 2)
    return {f"{lag * CLIP_S:.1f}": round(float(np.mean(some)), 3) for lag, some in squares.items() if some}


def _series(clip: Path) -> list[dict[int, np.ndarray]]:
    """For each face its centred log-probabilities by number of the look, without the product's smoothing."""
    analyzer, tracker = Analyzer(), Tracker(seed=0)
    found: dict[int, dict[int, np.ndarray]] = {}
    with av.open(str(clip)) as container:
        due = 0
        for frame in container.decode(video=0):
            if frame.time is None or frame.time < due * CLIP_S - 1e-6:
                continue
            faces = analyzer.photo(frame.to_ndarray(format="rgb24"))
            for row, number in enumerate(tracker.update(faces.boxes, faces.detections.scores, float(frame.time))):
                if not np.isnan(faces.probs[row]).any():
                    logs = np.log(np.clip(faces.probs[row].astype(np.float64), 1e-4, 1))
                    found.setdefault(int(number), {})[due] = logs - logs.mean()
            due += 1
    return list(found.values())


def fitted(lags: dict[str, float]) -> tuple[float, float]:
    """Size and memory in seconds of the Ornstein-Uhlenbeck process whose semivariances up to 2 s are nearest."""
    times, values = np.array([float(lag) for lag in lags]), np.array(list(lags.values()))
    memories = np.arange(0.3, 3.01, 0.1)
    shapes = [1 - np.exp(-times / memory) for memory in memories]
    sizes = [float(shape @ values / (shape @ shape)) for shape in shapes]
    errors = [float(((size * shape - values) ** 2).sum()) for size, shape in zip(sizes, shapes, strict=True)]
    best = int(np.argmin(errors))
    return sizes[best], round(float(memories[best]), 1)
