"""``media.single_picture``: the picture at a time is the one that an analysis has seen then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.errors import DataFileError
from aiducation.media.recording_files import open_recording
from aiducation.media.samples import gallery
from aiducation.media.single_picture import SinglePictures
from aiducation.media.video_writer import VideoWriter
from video_makers import make_video, number_in


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with VideoWriter(path, 320, 180) as writer:
        for i in range(40):
            writer.write(gallery(2, 1, width=320, height=180, shift=i / 40), i / 4)
    return path


def test_pictures_are_those_of_the_analysis(film: Path) -> None:
    with open_recording(film) as reader:
        frames = {round(frame.time_s, 4): frame.image for frame in reader.frames(0.5)}
    pictures = SinglePictures(film)
    for time_s in (4.5, 0.0, 9.5, 2.0):
        assert np.array_equal(pictures.at(time_s), frames[time_s]), time_s
    assert np.array_equal(pictures.at(4.61), frames[4.5]), "the picture stands until the next one"


def test_pictures_are_fitted_into_the_space_of_the_boxes(film: Path) -> None:
    assert SinglePictures(film, space=(640, 640)).at(1.0).shape == (640, 640, 3)


def test_pictures_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "green", "blue")]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:], duration=500)
    pictures = SinglePictures(tmp_path / "film.gif")
    assert [int(pictures.at(time_s)[0, 0].argmax()) for time_s in (0.0, 0.5, 1.2)] == [0, 1, 2]


def test_a_time_before_the_first_picture_or_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(DataFileError):
        SinglePictures(tmp_path / "gone.mp4").at(0.0)


@pytest.mark.parametrize("name", ["film.avi", "film.mkv", "film.ts", "film.h264"])
def test_the_picture_at_a_time_is_that_of_the_analysis_in_any_container(name: str, tmp_path: Path) -> None:
    """AVI says of pictures that are made from later ones when they are decoded, not when they are shown."""
    path = make_video(tmp_path / name, "libx264", {"bf": "3", "g": "25"}, stamps=range(60))
    with open_recording(path) as reader:
        frames = [(frame.time_s, number_in(frame.image)) for frame in reader.frames(None)]
    pictures = SinglePictures(path)
    assert len(frames) == 60
    for time_s, number in frames[1::8]:
        assert number_in(pictures.at(round(time_s, 3))) == number, time_s
