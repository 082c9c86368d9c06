"""Frames are analyzed some at the same time, and the answers are those of one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.media.samples import gallery
from aiducation.media.videos import Frame
from aiducation.observations.faces import Faces
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.frame_looks import FrameLooks

N = 15


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """Three people who move, and a picture that stands from the fourth frame to the sixth."""
    shown = [gallery(1, 3, shift=0.1 * i) for i in range(N)]
    shown[4] = shown[5] = shown[3]
    return shown


def frames(pictures: list[np.ndarray], given: list[int]) -> Iterator[Frame]:
    for i, picture in enumerate(pictures):
        given.append(i)
        yield Frame(i, i / 2, picture)


def looks(analyzer: Analyzer, threads: int) -> FrameLooks:
    return FrameLooks(analyzer.judge, "a", pixels=1, threads=threads)


def one_after_the_other(analyzer: Analyzer, pictures: list[np.ndarray]) -> list[Faces]:
    found: list[Faces] = []
    for i, picture in enumerate(pictures):
        if i % 12 == 0:
            together = analyzer.judge.together()
        if i in (4, 5):
            found.append(found[-1])
        else:
            found.append(analyzer.judge.faces(picture, ("a", i, i / 2), search=together.next()))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_answers_are_those_of_one_after_the_other(
    threads: int, pictures: list[np.ndarray], analyzer: Analyzer
) -> None:
    given: list[int] = []
    seen = list(looks(analyzer, threads).of(frames(pictures, given), None))
    assert given == list(range(N))
    for i, ((faces, glimpse), alone) in enumerate(zip(seen, one_after_the_other(analyzer, pictures), strict=True)):
        assert (faces.frame, faces.time_s, faces.standing) == (i, i / 2, i in (4, 5))
        for name in ("boxes", "probs", "low_confidence"):
            np.testing.assert_array_equal(getattr(faces, name), getattr(alone, name))
        np.testing.assert_array_equal(faces.detections.landmarks, alone.detections.landmarks)
        assert faces.states == alone.states and len(glimpse.looks) == len(faces) == 3


@pytest.mark.slow
def test_only_a_few_pictures_are_in_memory(pictures: list[np.ndarray], analyzer: Analyzer) -> None:
    given: list[int] = []
    for taken, _ in enumerate(looks(analyzer, 2).of(frames(pictures * 4, given), None), start=1):
        assert len(given) <= taken + 2 + 1 + 3 + 1  # waiting, the next, decoded ahead, being decoded


def test_a_recording_that_begins_with_a_known_picture_goes_on(pictures: list[np.ndarray], analyzer: Analyzer) -> None:
    known = analyzer.judge.faces(pictures[0], ("a", 0, 0.0))
    later = Frame(1, 0.5, pictures[0].copy())
    ((faces, _),) = looks(analyzer, 2).of(iter([later]), (pictures[0], known))
    assert faces.standing and faces.frame == 1 and (faces.boxes == known.boxes).all()


def test_what_goes_wrong_comes_in_its_place(pictures: list[np.ndarray], analyzer: Analyzer) -> None:
    def torn() -> Iterator[Frame]:
        yield from frames(pictures[:3], [])
        raise DataFileError("The file is torn.")

    with pytest.raises(DataFileError, match="torn"):
        list(looks(analyzer, 2).of(torn(), None))
    broken = [*pictures[:2], np.zeros((4, 4), np.uint8)]
    with pytest.raises(Exception, match="must be"):
        list(looks(analyzer, 2).of(frames(broken, []), None))


def test_who_stops_waits_for_little(pictures: list[np.ndarray], analyzer: Analyzer) -> None:
    given: list[int] = []
    going = looks(analyzer, 2).of(frames(pictures * 4, given), None)
    next(going)
    going.close()
    assert len(given) < 20
