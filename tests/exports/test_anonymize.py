"""Anonymizing covers what the detector doubts, and what it loses for a moment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.exports.anonymize import anonymize
from aiducation.exports.picture import drawn
from aiducation.media.photos import read_photo
from aiducation.media.samples import portrait
from aiducation.media.video_writer import VideoWriter
from aiducation.observations.faces import Faces
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.detectors import DETECTORS
from aiducation.vision.lost_faces import Cover, covered
from makers import faces_of


def at(*places: float, time_s: float) -> Faces:
    """Faces 40 pixels wide and 50 high whose left edges are at some places."""
    faces = faces_of([np.full(5, 0.2)] * len(places), time_s=time_s)
    boxes = np.array([(x, 0, x + 40, 50) for x in places], np.float32).reshape(-1, 4)
    return replace(faces, detections=replace(faces.detections, boxes=boxes))


def is_covered(faces: Faces, x: float, y: float) -> bool:
    left, top, right, bottom = faces.to_anonymize.T
    return bool(((left < x) & (x < right) & (top < y) & (y < bottom)).any())


@pytest.mark.parametrize(("x", "y"), [(60, 288), (212, 288), (524, 75)], ids=["behind an arm", "cap", "behind a hand"])
def test_doubtful_faces_are_covered_and_not_judged(x: float, y: float, media: Path, analyzer: Analyzer) -> None:
    faces = analyzer.photo(media / "stadium.jpg")
    assert is_covered(faces, x, y)
    assert not is_covered(replace(faces, low_confidence=faces.low_confidence[:0]), x, y)


@pytest.mark.parametrize("name", ["stadium", "class_group", "staff_group"])
def test_nothing_that_may_be_a_face_is_left_in_a_covered_photo(name: str, media: Path, analyzer: Analyzer) -> None:
    """To the detector some covers look like heads; beside them nothing does."""
    photo = read_photo(media / f"{name}.jpg")
    hidden = anonymize(photo, analyzer.photo(photo).to_anonymize)
    for left, top, right, bottom in DETECTORS["yunet"].make(threads=1).detect(hidden, least=0.5).boxes.astype(int):
        changed = (hidden != photo).any(axis=2)[max(top, 0) : bottom, max(left, 0) : right]
        assert changed.mean() > 0.9


def test_the_picture_that_is_saved_covers_them_too(media: Path, analyzer: Analyzer) -> None:
    photo = read_photo(media / "stadium.jpg")
    faces = analyzer.photo(photo)
    plain = replace(faces, low_confidence=faces.low_confidence[:0])
    assert (drawn(photo, faces, hide_faces=True) != drawn(photo, plain, hide_faces=True)).any()


def test_a_lost_face_stays_covered_for_a_while() -> None:
    cover = Cover()
    cover.update(at(100, 400, time_s=0.0))
    for step in range(1, 8):
        seen = cover.update(at(400, time_s=step / 2))
        assert is_covered(seen, 120, 25) == (step <= 2)
        assert len(seen) == 1 and is_covered(seen, 420, 25)


@pytest.mark.parametrize("every_s", [0.1, 0.5, 2.0])
def test_in_a_recording_also_before_it_is_found(every_s: float) -> None:
    """A face is there at looks 4, 5 and 8; at 6 and 7 it has moved on a little."""
    places = [[], [], [], [], [100], [104], [], [], [116], [], [], [], []]
    frames = covered([at(*some, time_s=i * every_s) for i, some in enumerate(places)])
    assert all(is_covered(frames[i], 125, 25) for i in range(2, 11))
    assert not is_covered(frames[0], 125, 25) or every_s < 0.5
    assert [len(faces) for faces in frames] == [len(some) for some in places]


def test_an_annotated_video_is_drawn_with_what_is_known_in_the_end(tmp_path: Path) -> None:
    """A face that comes after a second is covered in the second before."""
    face, path = portrait()[:480:2, ::2], tmp_path / "late.mp4"
    with VideoWriter(path, 640, 360) as writer:
        for i in range(16):
            frame = np.full((360, 640, 3), 110, np.uint8)
            if 5 < i < 12:
                frame[60:300, 30:286] = face
            writer.write(frame, i / 4)
    shown: list[tuple[np.ndarray, Faces]] = []
    recording = Analyzer(threads=1, seed=0).video(
        path, every_s=0.25, on_frame=lambda image, faces: shown.append((image, faces))
    )
    assert [len(faces) for faces in recording.frames] == [int(5 < i < 12) for i in range(16)]
    for (image, drawn_faces), faces in zip(shown, recording.frames, strict=True):
        assert (image.shape, drawn_faces.time_s, drawn_faces.states) == ((360, 640, 3), faces.time_s, faces.states)
    there = [is_covered(faces, 145, 160) for _, faces in shown]
    assert there[3:15] == [True] * 12 and not there[0]


def test_boxes_that_are_covered_stay_out_of_the_results(media: Path, analyzer: Analyzer) -> None:
    faces = analyzer.photo(media / "stadium.jpg")
    assert len(faces.low_confidence) and len(faces.columns()["face"]) == len(faces)
    kept = faces.only(np.arange(len(faces)) < 3)
    assert len(kept) == 3 and len(kept.to_anonymize) == len(faces.to_anonymize)
    assert Image.fromarray(anonymize(np.zeros((9, 9, 3), np.uint8), kept.to_anonymize)).size == (9, 9)
