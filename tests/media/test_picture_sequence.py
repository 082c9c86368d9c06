"""Animated pictures and pages are recordings with the times that the file says."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.errors import DataFileError, TooLargeError
from aiducation.media.picture_sequence import PictureSequence
from aiducation.media.recording_files import open_recording
from aiducation.vision.analyzer import Analyzer
from commands import RunCli
from picture_makers import animation, encoded, small

DURATIONS_MS = [100, 250, 0, 500, 150]
STARTS_S = [0.0, 0.1, 0.35, 0.45, 0.95]  # a picture without a time stands for a tenth of a second, as in browsers


def times_of(path: Path, every_s: float | None = None) -> list[float]:
    with open_recording(path) as reader:
        return [round(frame.time_s, 3) for frame in reader.frames(every_s)]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_times_are_those_of_the_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(animation(kind, DURATIONS_MS))
    assert times_of(path) == STARTS_S
    with open_recording(path) as reader:
        frames = list(reader.frames())
        assert reader.duration_s == pytest.approx(1.1)
        assert (reader.width, reader.height) == (96, frames[0].image.shape[0]) and not reader.damaged
    assert [frame.index for frame in frames] == list(range(5))


def test_pages_stand_for_a_second_each_and_this_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(animation("TIFF", [0] * 4))
    assert times_of(tmp_path / "a.tif") == [0, 1, 2, 3]
    with open_recording(tmp_path / "a.tif") as reader:
        assert "have no times" in reader.notes[0]


def test_each_picture_is_the_composed_one(tmp_path: Path) -> None:
    """A GIF file stores only the part that changes; what lies around it stays from the pictures before."""
    base = Image.new("RGB", (60, 40), "white")
    pictures = []
    for i in range(4):
        base = base.copy()
        base.paste((0, 60 * i, 120), (10 * i, 5, 10 * i + 10, 25))
        pictures.append(base)
    for kind, options in {"GIF": {}, "PNG": {}, "WEBP": {"lossless": True}}.items():
        content = encoded(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=100, **options)
        (tmp_path / "a").write_bytes(content)
        with open_recording(tmp_path / "a") as reader:
            images = [frame.image for frame in reader.frames()]
        for image, picture in zip(images, pictures, strict=True):
            np.testing.assert_array_equal(image, np.asarray(picture))


def test_disposal_and_transparency_are_as_in_a_viewer(tmp_path: Path) -> None:
    """The second picture is taken away again before the third comes; what is transparent is white."""
    pictures = []
    for place in (0, 20, 40):
        picture = Image.new("RGBA", (60, 20), (0, 0, 0, 0))
        picture.paste((200, 0, 0, 255), (place, 0, place + 20, 20))
        pictures.append(picture)
    for kind, disposal in {"GIF": 2, "PNG": 1}.items():
        options = {"append_images": pictures[1:], "duration": 100, "disposal": disposal}
        content = encoded(pictures[0], kind, save_all=True, **options)
        (tmp_path / "a").write_bytes(content)
        with open_recording(tmp_path / "a") as reader:
            images = [frame.image for frame in reader.frames()]
        for image, place in zip(images, (0, 20, 40), strict=True):
            red = (image == (200, 0, 0)).all(axis=2)
            assert red[:, place : place + 20].all() and red.sum() == 400, kind
            assert (image[~red] == 255).all(), kind


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF"])
def test_the_orientation_mark_is_obeyed(kind: str, tmp_path: Path) -> None:
    """As it is in photos of the same formats."""
    shown = np.zeros((40, 80, 3), np.uint8)
    shown[:20, :20] = 255
    mark = Image.Exif()
    mark[0x0112] = 6
    lying = [Image.fromarray(np.rot90(picture).copy()) for picture in (shown, 255 - shown)]
    path = tmp_path / "a"
    path.write_bytes(
        encoded(lying[0], kind, save_all=True, append_images=lying[1:], duration=500, lossless=True, exif=mark)
    )
    with open_recording(path) as reader:
        first, *_ = [frame.image for frame in reader.frames(None)]
        assert (reader.width, reader.height) == (80, 40)
    np.testing.assert_array_equal(first, shown)


def test_pages_of_other_sizes_are_fitted_into_the_first(tmp_path: Path) -> None:
    pages = [small(96), small(96).rotate(90, expand=True)]
    (tmp_path / "a.tif").write_bytes(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    with open_recording(tmp_path / "a.tif") as reader:
        first, second = (frame.image for frame in reader.frames())
    assert first.shape == second.shape
    assert (second[0] == 0).all() and (second[second.shape[0] // 2] > 0).any(), (
        "black bars above, the page in the middle"
    )


def test_a_picture_that_stands_for_long_goes_on(tmp_path: Path) -> None:
    """By the same rule as in videos: a slide that stands for five seconds is no gap."""
    (tmp_path / "a.gif").write_bytes(animation("GIF", [300, 5000, 100, 100]))
    assert times_of(tmp_path / "a.gif", 0.5) == [0.5 * i for i in range(11)]


def test_a_sequence_has_one_track(tmp_path: Path, analyzer: Analyzer) -> None:
    (tmp_path / "a.gif").write_bytes(animation("GIF", [300, 300]))
    assert len(analyzer.video(tmp_path / "a.gif", every_s=0.1, track=0)) > 1
    with pytest.raises(DataFileError, match="there is no track 1"):
        analyzer.video(tmp_path / "a.gif", track=1)


def test_what_breaks_off_is_said(tmp_path: Path, analyzer: Analyzer) -> None:
    for kind in ("GIF", "PNG"):
        whole = animation(kind, [400] * 6)
        (tmp_path / "a").write_bytes(whole[: len(whole) * 2 // 3])
        recording = analyzer.video(tmp_path / "a", every_s=0.1)
        assert len(recording) > 0 and any("breaks off" in note for note in recording.notes), kind


def test_too_many_pixels_and_rubbish_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(animation("GIF", [100, 100]))
    with pytest.raises(TooLargeError):
        PictureSequence(tmp_path / "a.gif", max_pixels=1000)
    (tmp_path / "b.gif").write_bytes(b"GIF89a" + bytes(50))
    with pytest.raises(DataFileError):
        PictureSequence(tmp_path / "b.gif")


def test_an_apng_whose_still_picture_is_none_of_its_own(tmp_path: Path) -> None:
    """It is shown by programs that know no animation only."""
    still, *moving = [small(96).rotate(i) for i in range(4)]
    out = io.BytesIO()
    still.save(out, "PNG", save_all=True, append_images=moving, default_image=True, duration=[100, 200, 300])
    (tmp_path / "a.png").write_bytes(out.getvalue())
    with open_recording(tmp_path / "a.png") as reader:
        frames = list(reader.frames())
    assert [round(frame.time_s, 3) for frame in frames] == [0, 0.1, 0.3]
    np.testing.assert_array_equal(frames[0].image, np.asarray(moving[0]))


def test_the_command_makes_a_recording_of_it_and_photo_only_the_first(
    tmp_path: Path, run_cli: RunCli, analyzer: Analyzer
) -> None:
    path = tmp_path / "screen.gif"
    path.write_bytes(animation("GIF", [600, 600, 600], width=160))
    answer = run_cli("analyze", path, "--out", tmp_path / "out", "--save", "json", "video")
    assert answer.code == 0, answer.err
    assert (tmp_path / "out" / "screen.annotated.mp4").is_file()
    assert '"kind": "recording"' in (tmp_path / "out" / "screen.json").read_text(encoding="utf-8")
    assert "analyze it as a recording" in analyzer.photo(path).notes[0]
