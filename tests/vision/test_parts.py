"""Parts of a recording, looked at by several processes: the joined result is that of one process, to the bit."""

from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from aiducation.media.samples import gallery
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import to_json
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.parts import look_at_part, parts_of

EVERY_S = 0.5


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(seed=1)


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 seconds: people who move, a picture that stands from before a seam until after the next, another scene."""
    moving = [gallery(3, 1, width=480, height=160, shift=i / 30, people=2) for i in range(40)]
    other = [gallery(2, 1, width=480, height=160, shift=i / 30)[:, ::-1] for i in range(70)]
    path = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    with av.open(str(path), "w") as container:
        settings = {"crf": "12", "preset": "veryfast", "x264-params": "keyint=23:bframes=2"}
        stream = container.add_stream("libx264", rate=5, options=settings)
        stream.width, stream.height, stream.pix_fmt = 480, 160, "yuv420p"
        for stamp, picture in zip([*range(40), *range(110, 180)], [*moving, *other], strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, 5)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def whole(analyzer: Analyzer, lesson: Path) -> Recording:
    return analyzer.video(lesson, every_s=EVERY_S)


@pytest.mark.slow
@pytest.mark.parametrize("part_s", [6.0, 12.0])
def test_joined_parts_are_the_whole(analyzer: Analyzer, lesson: Path, whole: Recording, part_s: float) -> None:
    parts = parts_of(analyzer.judge, lesson, every_s=EVERY_S, track=None, part_s=part_s)
    assert len(parts) == {6.0: 6, 12.0: 3}[part_s]
    assert sum(len(part.times) for part in parts) == len(whole)
    seen = []
    for part in pickle.loads(pickle.dumps(parts)):  # each goes to another process and back
        one = look_at_part(analyzer.judge, lesson, part, source="lesson.mp4", every_s=EVERY_S)
        seen.append(pickle.loads(pickle.dumps(one)))
    assert all(seen) and any(one.standing for one in seen)  # a picture that stands over a seam
    together = analyzer.video(lesson, every_s=EVERY_S, parts=seen)
    assert to_json(together) == to_json(whole)
    for one, other in zip(together.frames, whole.frames, strict=True):
        assert np.array_equal(one.detections.landmarks, other.detections.landmarks)
        assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("boxes", "probs", "track_ids"))
    assert len({number for frame in whole.frames for number in frame.track_ids}) >= 5
    assert any(frame.cut for frame in whole.frames)


def test_what_cannot_be_divided_is_not(analyzer: Analyzer, lesson: Path, tmp_path: Path) -> None:
    short = parts_of(analyzer.judge, lesson, every_s=EVERY_S, track=None, part_s=20.0)
    assert short == []
    torn = tmp_path / "torn.mkv"
    with av.open(str(lesson)) as source, av.open(str(torn), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    content = torn.read_bytes()
    assert parts_of(analyzer.judge, torn, every_s=EVERY_S, track=None, part_s=6.0)
    torn.write_bytes(content[: len(content) * 3 // 4])
    assert parts_of(analyzer.judge, torn, every_s=EVERY_S, track=None, part_s=6.0) == []
    assert parts_of(analyzer.judge, tmp_path / "nothing.mp4", every_s=EVERY_S, track=None, part_s=6.0) == []


def test_damage_in_a_part_is_told(analyzer: Analyzer, lesson: Path, tmp_path: Path) -> None:
    parts = parts_of(analyzer.judge, lesson, every_s=EVERY_S, track=None, part_s=6.0)
    with av.open(str(lesson)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(container.streams.video[0]) if packet.size]
    damaged = tmp_path / "lesson.mp4"
    content = bytearray(lesson.read_bytes())
    for at, size in places[5:12]:
        content[at + 5 : at + size] = bytes(size - 5)
    damaged.write_bytes(content)
    assert look_at_part(analyzer.judge, damaged, parts[0], source="lesson.mp4", every_s=EVERY_S) is None
