"""Track ids: drawn at random, or by a seed, with which a second analysis can be joined to the first; photos in reading order."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.errors import ConfigError
from aiducation.media.videos import Frame
from aiducation.vision.analyzer import Analyzer
from commands import RunCli


def ids(meeting: np.ndarray, seed: int | None, source: str) -> list[int]:
    frames = [Frame(index=i, time_s=i / 2, image=meeting) for i in range(2)]
    *_, last = Analyzer(threads=1, seed=seed).stream(frames, source=source)
    return [int(number) for number in last.track_ids]


def test_a_seed_gives_a_recording_the_same_ids_and_another_recording_others(meeting: np.ndarray) -> None:
    first = ids(meeting, 3, "a.mp4")
    assert len(set(first)) == 4 and first == ids(meeting, 3, "a.mp4")
    assert not set(first) & set(ids(meeting, 3, "b.mp4")) and not set(first) & set(ids(meeting, 4, "a.mp4"))
    assert first != ids(meeting, None, "a.mp4")


def test_a_seed_is_a_number_from_0(run_cli: RunCli) -> None:
    with pytest.raises(ConfigError, match="A seed is a whole number"):
        Analyzer(seed=-1)
    assert "A seed is a whole number" in run_cli("analyze", "a.jpg", "--out", "out", "--seed", "-1").err


def test_faces_of_a_photo_come_in_reading_order(analyzer: Analyzer, meeting: np.ndarray) -> None:
    middles = analyzer.photo(meeting, source="a.jpg").detections.landmarks[:, 2]
    assert (middles[:2, 1] < 180).all() and (middles[2:, 1] > 180).all()
    assert middles[0, 0] < middles[1, 0] and middles[2, 0] < middles[3, 0]
