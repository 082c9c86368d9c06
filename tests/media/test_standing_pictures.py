"""A picture that stands is seen for as long as a player shows it, and says nothing about who moves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.media.samples import gallery
from aiducation.media.standing_pictures import stands
from aiducation.observations.faces import Faces
from aiducation.observations.reasons import NOT_MOVING
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json, to_json
from aiducation.observations.timeline import timeline
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.face_judge import About
from aiducation.vision.static_faces import STILL_S, StillWatch
from makers import faces_of

#: Seconds of movement, of a picture that stands, and again of movement.
MOVES_S, STANDS_S = 3, 45


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a screen that shows a meeting: no picture is sent while nothing changes."""
    path = tmp_path_factory.mktemp("screen") / "screen.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 10)
        for begin in (0, (MOVES_S + STANDS_S) * 10):
            for i in range(MOVES_S * 10):
                frame = av.VideoFrame.from_ndarray(gallery(3, 2, width=640, height=360, shift=i / 20), format="rgb24")
                frame.pts, frame.time_base = begin + i, Fraction(1, 10)
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def recording(screen: Path, analyzer: Analyzer) -> Recording:
    return analyzer.video(screen)


@pytest.mark.slow
def test_the_standing_picture_goes_on(recording: Recording) -> None:
    assert len(recording) == (2 * MOVES_S + STANDS_S) * 2
    standing = [frame for frame in recording.frames if frame.standing]  # the first sample of the picture is new
    assert len(standing) == STANDS_S * 2 - 1 and len({frame.frame for frame in standing}) == 1
    faces = [len(frame) for frame in recording.frames]
    assert min(faces) >= 5
    assert not any(NOT_MOVING in frame.reasons for frame in recording.frames)
    over_time = timeline(recording, step_s=2.0, min_group=1)
    assert (over_time.n_faces >= 5).all() and over_time.shown.all()


def test_it_is_looked_at_once(screen: Path, analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, look = [], analyzer.judge.faces

    def counting(image: np.ndarray, about: About, **options: Any) -> Faces:
        looked.append(about[1])
        return look(image, about, **options)

    monkeypatch.setattr(analyzer.judge, "faces", counting)
    recording = analyzer.video(screen)
    assert sorted(looked) == [frame.frame for frame in recording.frames if not frame.standing] and len(looked) < 20
    standing = [frame for frame in recording.frames if frame.standing]
    assert all((frame.boxes == standing[0].boxes).all() for frame in standing)


def test_nothing_but_an_empty_room(tmp_path: Path, analyzer: Analyzer) -> None:
    """No face is an answer too, and is given again."""
    with av.open(str(tmp_path / "room.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(20):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.full((180, 320, 3), 90, np.uint8), format="rgb24"))
            )
        container.mux(stream.encode(None))
    recording = analyzer.video(tmp_path / "room.mp4")
    assert [len(frame) for frame in recording.frames] == [0] * 4 and recording.frames[-1].standing


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [8.0, 30.0])
def test_an_analysis_that_was_interrupted_there_goes_on(after_s: float, screen: Path, tmp_path: Path) -> None:
    analyzer, whole = Analyzer(threads=1, seed=0), Analyzer(threads=1, seed=0).video(screen)

    def stop(done: float, total: float | None) -> None:
        if done >= after_s:
            raise KeyboardInterrupt

    path = tmp_path / "x.part.jsonl"
    with RecordingCheckpoint(path, {}, resume=False) as checkpoint:
        assert not analyzer.video(screen, progress=stop, checkpoint=checkpoint).complete
    with RecordingCheckpoint(path, {}, resume=True) as checkpoint:
        assert len(checkpoint.seen) >= 12
        resumed = analyzer.video(screen, checkpoint=checkpoint)
    np.testing.assert_array_equal(resumed.times, whole.times)
    for one, other in zip(resumed.frames, whole.frames, strict=True):
        assert (one.states, one.reasons, one.frame, one.standing) == (
            other.states,
            other.reasons,
            other.frame,
            other.standing,
        )


def test_results_say_when_a_picture_stood_and_how_they_were_read(recording: Recording) -> None:
    value = to_json(recording)
    assert value["schema_version"] == 4 and len(value["standing_s"]) == STANDS_S * 2 - 1
    assert value["decoding"]["decoder"] == "h264" and value["decoding"]["policy"] == "needed pictures"
    assert set(value["standing_s"]) <= set(value["times_s"])
    again = from_json(value)
    assert isinstance(again, Recording) and again.decoding == value["decoding"]
    assert [frame.standing for frame in again.frames] == [frame.standing for frame in recording.frames]


def test_results_of_the_version_before_can_be_read(recording: Recording) -> None:
    value = to_json(recording)
    old = {name: entry for name, entry in value.items() if name not in ("standing_s", "decoding", "settings")}
    again = from_json({**old, "schema_version": 1})
    assert isinstance(again, Recording) and not again.decoding and not any(f.standing for f in again.frames)


def test_pictures_that_are_the_same() -> None:
    one = np.random.default_rng(0).integers(0, 256, (180, 320, 3), dtype=np.uint8)
    other = one.copy()
    other[100, 200, 1] ^= 1
    assert stands(one, one) and stands(one.copy(), one)
    assert not stands(one, None) and not stands(other, one) and not stands(one[:90], one)


def test_time_without_a_new_picture_makes_nobody_motionless() -> None:
    """Eight looks over a few seconds would not do, with a long stand between them neither; a poster stays one."""
    watch = StillWatch()
    faces = faces_of([np.full(5, 0.2)], tracks=[7])
    time_s, found = 0.0, []
    for standing in [*[False] * 7, *[True] * 60, *[False] * 30, *[True] * 10, False]:
        found.append(bool(np.isfinite(watch.still_since(replace(faces, time_s=time_s, standing=standing))).all()))
        time_s += 1.0
    first = found.index(True)
    assert first == 60 + STILL_S and all(found[first:])
