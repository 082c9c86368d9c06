"""Pictures of faces are no participants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.batch.summary import summarize
from aiducation.media.samples import portrait
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import VideoReader
from aiducation.observations.faces import Faces
from aiducation.observations.group import group_of
from aiducation.observations.reasons import NOT_MOVING
from aiducation.observations.timeline import timeline
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.static_faces import STILL_S, StillWatch, without_still
from makers import faces_of


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 seconds of a camera's noise: a poster on the left; on the right the same face, moving a little, as heads do."""
    path, rng = tmp_path_factory.mktemp("lesson") / "lesson.mp4", np.random.default_rng(0)
    face, noise = portrait()[:480:2, ::2].astype(np.float64), rng.normal(0, 6, (360, 640, 3))
    with VideoWriter(path, 640, 360) as writer:
        for i in range(160):
            time_s = i / 4
            frame = np.full((360, 640, 3), 110.0)
            frame[60:300, 30:286] = face
            x, y = 350 + 10 * np.sin(time_s / 3), 60 + 4 * np.sin(time_s / 2)
            frame[round(y) : round(y) + 240, round(x) : round(x) + 256] = face
            noisy = frame + np.roll(noise, rng.integers(360 * 640 * 3))
            writer.write(noisy.clip(0, 255).astype(np.uint8), time_s)
    return path


@pytest.mark.slow
def test_a_poster_is_left_out_from_the_start_and_a_living_face_is_not(lesson: Path, analyzer: Analyzer) -> None:
    recording = analyzer.video(lesson)
    for faces in recording.frames:
        poster = faces.boxes[:, 0] < 300
        assert poster.sum() == 1 and len(faces) == 2
        assert (faces.participants == ~poster).all()
        assert np.isnan(faces.probs[poster]).all() and not np.isnan(faces.probs[~poster]).any()
    over_time = timeline(recording, step_s=10, min_group=1)
    assert (over_time.n_faces == 1).all() and (over_time.unclear == 0).all()
    assert group_of(recording).found == len(recording) and summarize(recording, group_of(recording, 1)).faces == 1


@pytest.mark.slow
def test_live_it_takes_a_while_to_tell(lesson: Path, analyzer: Analyzer) -> None:
    """What was answered stays answered; the recording of the stream knows better in the end."""
    seen: list[Faces] = []
    with VideoReader(lesson) as reader:
        recording = analyzer.live(reader.frames(0.5), source="camera:0", on_frame=lambda _, faces: seen.append(faces))
    assert seen[-1].time_s is not None and seen[-1].time_s > STILL_S + 1.5, "both before and after it can be told"
    for now, later in zip(seen, recording.frames, strict=True):
        assert abs((now.time_s or 0) - STILL_S) < 1.5 or now.participants.sum() == (
            1 if (now.time_s or 0) > STILL_S else 2
        )
        assert later.participants.sum() == 1


def tracked(time_s: float, x: float) -> Faces:
    faces = faces_of([np.full(5, 0.2)], tracks=[7], time_s=time_s)
    moved = replace(faces.detections, landmarks=faces.detections.landmarks + np.float32(x))
    return replace(faces, detections=moved)


@pytest.mark.parametrize("every_s", [0.5, 2.0, 4.0])
def test_only_the_time_without_movement_is_taken_back(every_s: float) -> None:
    """A minute of attention, a minute of sleep, a minute of attention."""
    rng = np.random.default_rng(0)
    times = np.arange(0, 180, every_s)
    frames = [tracked(t, 0 if 60 <= t < 120 else rng.normal(0, 4)) for t in times]
    still = [faces.reasons[0] == NOT_MOVING for faces in without_still(frames)]
    inside = (times >= 62) & (times < 118)
    near = (times > 50) & (times < 130)  # the window of looks may reach a little over
    assert all(np.array(still)[inside]) and not any(np.array(still)[~near])


def test_a_real_person_moves(media: Path, analyzer: Analyzer) -> None:
    recording = analyzer.video(media / "one_face.mp4", every_s=0.5)
    assert not any("not moving" in faces.reasons for faces in recording.frames)


def test_many_faces_at_once_are_judged_as_one_after_the_other() -> None:
    """Fifteen faces that move about as much as the limit allows, seen for different times, each also in a watch of its own."""
    rng = np.random.default_rng(0)
    together, alone = StillWatch(), [StillWatch() for _ in range(15)]
    told = 0
    for n in range(90):
        number = min(5 + n // 4, 15)
        seen = faces_of([np.full(5, 0.2)] * number, time_s=n / 2)
        jitter = rng.normal(0, np.linspace(0.05, 0.4, number)[:, None, None], (number, 5, 2))
        seen = replace(
            seen, detections=replace(seen.detections, landmarks=(seen.detections.landmarks + jitter).astype(np.float32))
        )
        since = together.still_since(seen)
        own = [watch.still_since(seen.only(np.arange(number) == i)) for i, watch in enumerate(alone[:number])]
        np.testing.assert_array_equal(since, np.concatenate(own))
        told += int(np.isfinite(since).sum())
    assert 100 < told < 800
