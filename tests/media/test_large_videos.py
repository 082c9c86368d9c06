"""Videos with large frames: refused beyond a limit, and otherwise only a few are decoded ahead."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from aiducation.errors import DataFileError, TooLargeError
from aiducation.media.recording_files import decoded_ahead
from aiducation.media.videos import Frame, VideoReader
from aiducation.vision.analyzer import Analyzer


def test_frames_of_too_many_pixels_are_refused(samples: Path) -> None:
    with VideoReader(samples / "meeting.mp4") as reader:
        assert reader.pixels == 1280 * 720
    with pytest.raises(TooLargeError, match="frames of 1,280 x 720 pixels, more than the limit of 900,000"):
        Analyzer().video(samples / "meeting.mp4", max_pixels=900_000)


@pytest.mark.parametrize(("pixels", "ahead"), [(100_000_000, 3), (2_000_000, 2), (1_000, 1)])
def test_the_larger_frames_are_the_fewer_are_decoded_ahead(
    samples: Path, monkeypatch: pytest.MonkeyPatch, analyzer: Analyzer, pixels: int, ahead: int
) -> None:
    asked = []

    def counted(frames: Iterator[Frame], n: int) -> Generator[Frame, None, None]:
        asked.append(n)
        return decoded_ahead(frames, n)

    monkeypatch.setattr("aiducation.vision.frame_looks._PIXELS_AHEAD", pixels)
    monkeypatch.setattr("aiducation.vision.frame_looks.decoded_ahead", counted)
    assert len(analyzer.video(samples / "meeting.mp4", every_s=2)) == 4 and asked == [ahead]


def numbered(n: int, given: list[int]) -> Iterator[Frame]:
    for i in range(n):
        given.append(i)
        yield Frame(i, float(i), np.zeros((1, 1, 3), np.uint8))


def test_no_more_is_decoded_ahead_than_was_asked_for() -> None:
    given: list[int] = []
    for taken, frame in enumerate(decoded_ahead(numbered(10, given), 3)):
        assert frame.index == taken and len(given) <= taken + 4
    assert len(given) == 10
    following = decoded_ahead(numbered(10, given), 2)
    next(following)
    following.close()  # who stops waits for no more than one
    assert len(given) <= 13


def test_what_goes_wrong_ahead_is_raised_in_its_place() -> None:
    def frames() -> Iterator[Frame]:
        yield Frame(0, 0.0, np.zeros((1, 1, 3), np.uint8))
        raise DataFileError("The file is torn.")

    following = decoded_ahead(frames(), 4)
    assert next(following).index == 0
    with pytest.raises(DataFileError, match="torn"):
        next(following)


@pytest.mark.slow
def test_no_picture_stays_in_memory_until_the_garbage_collector_comes(samples: Path) -> None:
    """PyAV's frames are part of a cycle once their side data was read."""
    gc.collect()
    gc.disable()
    try:
        with VideoReader(samples / "meeting.mp4") as reader:
            taken = sum(1 for _ in reader.frames(0.5))
            large = [one for one in gc.get_objects() if isinstance(one, av.VideoFrame) and one.width > 16]
        assert taken > 12 and len(large) < 4
    finally:
        gc.enable()
