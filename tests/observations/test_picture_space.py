"""Recordings whose picture changes its size: one picture space, boxes that fit, tracks that go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.exports.annotated_video import annotated_video
from aiducation.geometry import Fit, largest
from aiducation.media.letterbox import letterboxed
from aiducation.media.samples import gallery
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import Frame, VideoReader
from aiducation.observations.faces import Faces
from aiducation.observations.picture_space import in_space, one_space
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json, to_json
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.lost_faces import Cover
from aiducation.vision.static_faces import StillWatch
from film import growing
from makers import faces_of

#: Narrow, wide, large and upright: a call that grows, and a phone that is turned.
SIZES = ((160, 90), (320, 180), (640, 360), (270, 480), (640, 360))


def scene(width: int, height: int, shift: float = 0.0) -> np.ndarray:
    """A meeting of four, as wide as 640 to 360, in the middle of a picture of some size."""
    return letterboxed(gallery(2, 2, width=640, height=360, shift=shift), (width, height))


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parts = [[scene(*size, shift=0.02 * k) for k in range(10)] for size in SIZES]
    return growing(tmp_path_factory.mktemp("call") / "call.webm", parts)


@pytest.fixture(scope="module")
def recording(call: Path, analyzer: Analyzer) -> Recording:
    return analyzer.video(call)


def test_all_places_are_in_the_largest_picture(recording: Recording) -> None:
    assert {(f.width, f.height) for f in recording.frames} == {(recording.width, recording.height)} == {(640, 360)}
    assert len(recording) == 10
    assert "160 x 90, 320 x 180, 640 x 360, 270 x 480" in recording.notes[0]
    widest = recording.frames[4].boxes
    for faces in recording.frames[4:6] + recording.frames[8:]:
        nearest = np.abs(faces.boxes[:, None] - widest[None]).max(axis=2).min(axis=1)
        assert (nearest < 30).all() and len(faces) == len(widest)
    for faces in recording.frames[6:8]:  # upright: the same meeting in a strip, 202 pixels wide, in the middle
        assert (faces.boxes[:, 0] > 210).all() and (faces.boxes[:, 2] < 430).all()


def test_tracks_go_on_where_faces_stay_at_their_place(recording: Recording) -> None:
    """The meeting is the same at 160, 320 and 640 pixels; only turned upright it jumps."""
    wide = [set(faces.track_ids.tolist()) for faces in recording.frames[:6]]
    assert all(len(ids) >= 3 for ids in wide)
    assert len(set.union(*wide)) == 4 and len(wide[0] & wide[5]) >= 3


def test_a_resumed_analysis_gives_the_same(
    call: Path, recording: Recording, analyzer: Analyzer, tmp_path: Path
) -> None:
    """What is written down on the way has the size of its own frame."""
    with RecordingCheckpoint(tmp_path / "checkpoint", {}, resume=False) as checkpoint:
        analyzer.video(call, checkpoint=checkpoint)
    lines = (tmp_path / "checkpoint").read_text().splitlines()
    assert {(json.loads(line)["width"], json.loads(line)["height"]) for line in lines[1:]} == set(SIZES)
    with RecordingCheckpoint(tmp_path / "checkpoint", {}, resume=True) as checkpoint:
        again = analyzer.video(call, checkpoint=checkpoint)
    assert (again.width, again.height, again.notes) == (recording.width, recording.height, recording.notes)
    for one, two in zip(recording.frames, again.frames, strict=True):
        assert one.states == two.states and np.abs(one.boxes - two.boxes).max(initial=0) < 0.3


def test_the_json_of_it_reads_back(recording: Recording) -> None:
    value = json.loads(json.dumps(to_json(recording)))
    back = from_json(value)
    assert (value["width"], value["height"]) == (640, 360) and isinstance(back, Recording)
    for one, two in zip(recording.frames, back.frames, strict=True):
        assert np.abs(one.boxes - two.boxes).max(initial=0) <= 0.06


@pytest.mark.parametrize("hide_faces", [False, True])
def test_the_annotated_video_has_one_size_and_whole_pictures(
    call: Path, analyzer: Analyzer, tmp_path: Path, hide_faces: bool
) -> None:
    with annotated_video(tmp_path / "drawn.mp4", hide_faces=hide_faces) as draw:
        analyzer.video(call, on_frame=draw)
    with VideoReader(tmp_path / "drawn.mp4") as reader:
        drawn = [frame.image for frame in reader.frames()]
    assert len({image.shape for image in drawn}) == 1 and drawn[0].shape[1] == 640
    for image, size in zip(drawn, np.repeat(SIZES, 2, axis=0).tolist(), strict=True):
        whole = letterboxed(scene(*size), (640, 360))
        corners = [np.s_[y : y + 24, x : x + 24] for y in (0, 336) for x in (0, 616)]
        assert max(np.abs(image[at].mean((0, 1)) - whole[at].mean((0, 1))).max() for at in corners) < 25


def streamed(sizes: tuple[tuple[int, int], ...]) -> Iterator[Frame]:
    for number, size in enumerate(sizes):
        yield Frame(number, number * 0.5, scene(*size, shift=0.01 * number))


def test_a_window_that_is_resized_keeps_its_tracks(analyzer: Analyzer) -> None:
    """Live, each frame has its own size, and so have its boxes."""
    sizes = ((640, 360), (640, 360), (320, 180), (1280, 720), (640, 480), (640, 360))
    covered: list[Faces] = []
    seen = list(analyzer.stream(streamed(sizes), source="screen", on_frame=lambda image, faces: covered.append(faces)))
    assert [(f.width, f.height) for f in seen] == list(sizes)
    ids = [set(faces.track_ids.tolist()) for faces in seen]
    assert len(set.union(*ids)) == 4 and all(len(some) >= 3 for some in ids)
    for faces, (width, height) in zip(covered, sizes, strict=True):
        assert (faces.to_anonymize[:, 2] <= 1.1 * width).all() and (faces.to_anonymize[:, 3] <= 1.1 * height).all()
    live = analyzer.live(streamed(sizes), source="screen", every_s=0.5)
    assert (live.width, live.height) == (1280, 720) and len(live.notes) == 1


def test_a_lost_face_stays_covered_in_the_new_size() -> None:
    one = replace(faces_of([np.full(5, 0.2)], time_s=0.0), width=1280, height=720)
    cover = Cover()
    cover.update(one)
    none = replace(faces_of([], time_s=0.5), width=320, height=180)
    assert np.abs(cover.update(none).low_confidence - one.boxes / 4).max() < 3


def test_a_poster_is_still_also_where_the_size_changes() -> None:
    watch, states = StillWatch(), []
    for second in range(60):
        faces = faces_of([np.full(5, 0.2)], time_s=float(second))
        faces = in_space(faces, (1280, 720) if second % 7 else (640, 360))
        states.append(watch.update(faces).reasons[0])
    assert states[-1] == "not moving"


def test_frames_of_one_size_are_left_as_they_are() -> None:
    frames = [faces_of([np.full(5, 0.2)], time_s=float(t)) for t in range(3)]
    assert all(one is other for one, other in zip(one_space(frames), frames, strict=True))
    assert one_space([]) == [] and largest([]) == (0, 0)


def test_the_largest_size_is_the_usual_one_of_several() -> None:
    assert largest([(720, 1280), (1280, 720), (1280, 720), (640, 360)]) == (1280, 720)
    assert largest([(720, 1280), (1280, 720)]) == (720, 1280)


def test_there_and_back() -> None:
    boxes = np.array([[10, 20, 30, 50], [-5, 0, 100, 90]], np.float32)
    for size, space in (((100, 90), (640, 360)), ((640, 360), (90, 160)), ((7, 3), (7, 3)), ((1, 1), (3, 2))):
        fit = Fit.into(size, space)
        assert np.abs(fit.boxes_back(fit.boxes(boxes)) - boxes).max() < 1e-3
    assert Fit.into((640, 360), (640, 360)).boxes(boxes).tolist() == boxes.tolist()


def test_pictures_of_other_sizes_are_fitted_into_a_video(tmp_path: Path) -> None:
    light = np.full((60, 80, 3), 200, np.uint8)
    with VideoWriter(tmp_path / "a.mp4", 81, 60) as writer:
        for number, size in enumerate(((81, 60), (40, 60), (160, 30), (1, 1), (500, 400))):
            writer.write(np.asarray(Image.fromarray(light).resize(size)), number * 0.1)
    with VideoReader(tmp_path / "a.mp4") as reader:
        images = [frame.image.astype(int) for frame in reader.frames()]
    assert {image.shape for image in images} == {(60, 80, 3)}
    assert images[0][30, 2].min() > 190 and images[1][30, 2].max() < 12 and images[1][30, 40].min() > 190
    assert images[2][2, 40].max() < 12 and images[2][30, 40].min() > 190 and images[2][30, 2].min() > 190
