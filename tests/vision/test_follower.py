"""What is known of a recording in the end, of a live stream by now, and of a recording that was taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.media.class_reader import Tiles
from aiducation.media.samples import portrait
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import Frame, VideoReader
from aiducation.observations.detections import Detections
from aiducation.observations.faces import Faces, MadeWith
from aiducation.observations.tracks import tracks_of
from aiducation.states import UNCLEAR
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.class_recording import TileFollower
from aiducation.vision.follower import Follower
from makers import faces_of, recording_of

SURE = np.array([0.1, 0.6, 0.1, 0.1, 0.1])


def look(scores: Sequence[float], time_s: float) -> Faces:
    """Faces far from each other, with the detector's scores."""
    n = len(scores)
    faces = faces_of([SURE] * n, tracks=[-1] * n, time_s=time_s)
    boxes = np.array([(300 * i, 0, 300 * i + 40, 50) for i in range(n)], np.float32).reshape(-1, 4)
    found = Detections(boxes=boxes, landmarks=np.zeros((n, 5, 2), np.float32), scores=np.array(scores, np.float32))
    return replace(faces, detections=found)


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A large face that moves, 14 seconds."""
    path, face = tmp_path_factory.mktemp("moving") / "moving.mp4", portrait()[:480:2, ::2]
    with VideoWriter(path, 640, 360) as writer:
        for i in range(56):
            frame = np.full((360, 640, 3), 110, np.uint8)
            x, y = round(190 + 180 * np.sin(i / 7)), round(60 + 50 * np.sin(i / 5))
            frame[y : y + 240, x : x + 256] = face
            writer.write(frame, i / 4)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("done", [1, 11, 12, 17, 24])
def test_a_recording_that_is_taken_up_again_sees_the_same(done: int, moving: Path, tmp_path: Path) -> None:
    """Which frames are looked at closely does not depend on where it was stopped."""
    analyzer = Analyzer(threads=1, seed=0)
    path = tmp_path / "x.part.jsonl"
    with RecordingCheckpoint(path, {}, resume=False) as checkpoint:
        whole = analyzer.video(moving, checkpoint=checkpoint)
    content = path.read_text(encoding="utf-8")
    path.write_text("".join(content.splitlines(keepends=True)[: 1 + done]), encoding="utf-8")
    with RecordingCheckpoint(path, {}, resume=True) as checkpoint:
        again = analyzer.video(moving, checkpoint=checkpoint)
    assert path.read_text(encoding="utf-8") == content
    assert [faces.states for faces in again.frames] == [faces.states for faces in whole.frames]
    assert [list(faces.track_ids) for faces in again.frames] == [list(faces.track_ids) for faces in whole.frames]


@pytest.mark.slow
@pytest.mark.parametrize("every_s", [0.2, 0.5, 2.0])
def test_the_lion_of_a_crest_is_nobody(every_s: float, media: Path, analyzer: Analyzer) -> None:
    """People walk through the lower two thirds; a crest hangs above, and its lion looks angry."""
    recording = analyzer.video(media / "several_faces.mp4", every_s=every_s)
    assert all((faces.boxes[:, 3] > 400).all() for faces in recording.frames)
    assert all((faces.track_ids >= 0).all() for faces in recording.frames)
    assert np.mean([len(faces) for faces in recording.frames]) >= 6


@pytest.mark.slow
def test_nor_is_it_in_a_live_stream(media: Path, analyzer: Analyzer) -> None:
    with VideoReader(media / "several_faces.mp4") as reader:
        recording = analyzer.live(reader.frames(0.5), source="camera:0")
    assert all((faces.boxes[:, 3] > 400).all() for faces in recording.frames)
    assert np.mean([len(faces) for faces in recording.frames]) >= 6


def test_what_never_comes_clear_is_dropped_but_covered() -> None:
    follower = Follower(threshold=0.4, seed=0)
    seen = [follower.follow(look([0.9, score], i / 2)) for i, score in enumerate((0.65, 0.7, 0.62))]
    for faces in map(follower.confirmed, seen):
        assert len(faces) == 1 and len(faces.to_anonymize) == 2


def test_what_comes_clear_later_was_a_face_before_as_far_as_the_end_is_known() -> None:
    follower = Follower(threshold=0.4, seed=0)
    seen, now = [], []
    for i, score in enumerate((0.65, 0.7, 0.9, 0.62)):
        seen.append(follower.follow(look([score], i / 2)))
        now.append(len(follower.confirmed(seen[-1])))
    assert now == [0, 0, 1, 1]
    assert [len(follower.confirmed(faces)) for faces in seen] == [1, 1, 1, 1]


@pytest.mark.parametrize("every_s", [2.0, 10.0])
def test_a_clear_face_that_is_seen_once_counts(every_s: float) -> None:
    """With few frames almost nobody is seen twice."""
    follower = Follower(threshold=0.4, seed=0)
    seen = [follower.follow(look([0.9] if i == 2 else [], i * every_s)) for i in range(5)]
    assert [len(follower.confirmed(faces)) for faces in seen] == [0, 0, 1, 0, 0]


def test_a_stream_answers_each_frame_at_once(analyzer: Analyzer) -> None:
    asked = []

    def frames() -> object:
        for i in range(3):
            asked.append(i)
            yield Frame(i, i / 2, np.full((64, 64, 3), 90, np.uint8))

    for i, _ in enumerate(analyzer.stream(frames(), source="mine")):  # type: ignore[arg-type]
        assert asked == list(range(i + 1))


def test_an_annotated_video_stops_with_ctrl_c(moving: Path, analyzer: Analyzer) -> None:
    """Also when everything has been seen and only the pictures are missing."""
    shown: list[float] = []

    def show(image: np.ndarray, faces: Faces) -> None:
        shown.append(faces.time_s or 0.0)
        if len(shown) == 3:
            raise KeyboardInterrupt

    recording = analyzer.video(moving, every_s=1.0, on_frame=show)
    assert len(shown) == 3 and not recording.complete and len(recording) == 14


@pytest.mark.parametrize(("threshold", "state"), [(0.2, "bored"), (0.4, UNCLEAR)])
def test_a_track_gets_no_name_below_the_threshold(threshold: float, state: str) -> None:
    guess = np.array([0.2, 0.19, 0.18, 0.24, 0.19])
    recording = replace(recording_of([[guess], [guess]]), made_with=MadeWith(model={"threshold": threshold}))
    (track,) = tracks_of(recording)
    assert track.state == track.entry()["state"] == state


def test_participants_keep_numbers_of_their_own_when_a_class_is_taken_up_again() -> None:
    """Numbers are drawn anew each time: one may be that which another participant had before."""
    follower = TileFollower(Tiles(2, (60, 60)), threshold=0.0, seed=1)
    drawn = int(follower.ids[1])
    before = follower.recall(faces_of([SURE], tracks=[drawn], time_s=0.0))
    after = follower.track(faces_of([SURE] * 2, tracks=[-1, -1], time_s=1.0))
    assert before.track_ids.tolist() == [drawn] and after.track_ids[0] == drawn
    assert len(set(after.track_ids.tolist())) == 2, "two participants are two tracks"


@pytest.mark.parametrize(("every_s", "followed"), [(5.0, True), (6.0, False)])
def test_a_recording_says_that_nobody_was_followed(moving: Path, every_s: float, followed: bool) -> None:
    recording = Analyzer(threads=1).video(moving, every_s=every_s)
    assert any("sample at least every 5 s" in note for note in recording.notes) != followed
    assert (len(tracks_of(recording)) == len(recording.frames)) != followed
