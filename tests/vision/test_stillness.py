"""Pictures of faces are no participants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aiducation.vision.analyzer import Analyzer
from aiducation.vision.samples import portrait
from aiducation.vision.stillness import STILL_S
from aiducation.vision.timeline import timeline
from aiducation.vision.videos import VideoWriter


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 seconds of a camera's noise: a poster on the left; on the right the same face, moving a little, as heads do."""
    path, rng = tmp_path_factory.mktemp("lesson") / "lesson.mp4", np.random.default_rng(0)
    face = portrait()[:480:2, ::2].astype(np.float64)
    with VideoWriter(path, 640, 360) as writer:
        for i in range(160):
            time_s = i / 4
            frame = np.full((360, 640, 3), 110.0)
            frame[60:300, 30:286] = face
            x, y = 350 + 10 * np.sin(time_s / 3), 60 + 4 * np.sin(time_s / 2)
            frame[round(y) : round(y) + 240, round(x) : round(x) + 256] = face
            noisy = frame + rng.normal(0, 6, frame.shape)
            writer.write(noisy.clip(0, 255).astype(np.uint8), time_s)
    return path


def test_a_poster_is_left_out_and_a_living_face_is_not(lesson: Path, analyzer: Analyzer) -> None:
    recording = analyzer.video(lesson)
    for faces in recording.frames:
        poster = faces.boxes[:, 0] < 300
        assert poster.sum() == 1 and len(faces) == 2
        reason = faces.reasons[int(np.flatnonzero(poster)[0])]
        assert (reason == "not moving") == ((faces.time_s or 0) >= STILL_S + 0.5) or abs(
            (faces.time_s or 0) - STILL_S
        ) < 1.5
        assert faces.reasons[int(np.flatnonzero(~poster)[0])] != "not moving"
    late = timeline(recording, step_s=10, min_group=1)
    assert late.unclear[0] == 0 and late.unclear[-1] == pytest.approx(0.5)


def test_a_real_person_moves(media: Path, analyzer: Analyzer) -> None:
    recording = analyzer.video(media / "one_face.mp4", every_s=0.5)
    assert not any("not moving" in faces.reasons for faces in recording.frames)
