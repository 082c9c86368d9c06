"""Videos with large frames: refused beyond a limit, and otherwise looked at a few frames at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aiducation.errors import TooLargeError
from aiducation.media.videos import VideoReader
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.face_judge import FaceJudge


def test_frames_of_too_many_pixels_are_refused(samples: Path) -> None:
    with VideoReader(samples / "meeting.mp4") as reader:
        assert reader.pixels == 1280 * 720
    with pytest.raises(TooLargeError, match="frames of 1,280 x 720 pixels, more than the limit of 900,000"):
        Analyzer().video(samples / "meeting.mp4", max_pixels=900_000)


@pytest.mark.parametrize(("pixels", "together"), [(100_000_000, 12), (3_000_000, 3), (1_000, 1)])
def test_the_larger_frames_are_the_fewer_go_together(
    samples: Path, monkeypatch: pytest.MonkeyPatch, pixels: int, together: int
) -> None:
    sizes = []
    look = FaceJudge.faces

    def counted(self: FaceJudge, images: list[Any], about: list[Any]) -> Any:
        sizes.append(len(images))
        return look(self, images, about)

    monkeypatch.setattr("aiducation.vision.analyzer._PIXELS_TOGETHER", pixels)
    monkeypatch.setattr(FaceJudge, "faces", counted)
    recording = Analyzer().video(samples / "meeting.mp4", every_s=0.5)
    assert max(sizes) == together and sum(sizes) == len(recording)
