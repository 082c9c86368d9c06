"""Frames as a player shows them: shape of pixels, orientation, colours."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from aiducation.media.samples import gallery
from aiducation.media.video_pictures import picture_of, square_size
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import Frame, VideoReader
from aiducation.vision.analyzer import Analyzer
from film import film, flat, rgb_of, turned
from needs import Need

AV1 = Need(lambda: "libsvtav1" in av.codecs_available, "this PyAV cannot write AV1", "pip install -U av && {check}")


#: Weights of red and blue in luma, and the number of the matrix.
_601, _709, _2020 = (0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)


def frames_of(path: Path) -> list[Frame]:
    with VideoReader(path) as reader:
        return list(reader.frames())


def picture_in(path: Path) -> np.ndarray:
    return frames_of(path)[0].image


def squeezed(image: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """(192, 256, 3), soft, so that little is lost when it is squeezed, and no mirror image of it equals another."""
    image = gallery(2, 2, width=256, height=192).copy()
    image[:60, :80] += 40
    image[150:, 200:] += 80
    return squeezed(squeezed(image, 64, 48), 256, 192)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other).mean())


def shown(stored: np.ndarray, matrix: tuple[int, int, int, int]) -> np.ndarray:
    """The stored picture with each pixel moved as the matrix says, one by one."""
    a, b, c, d = matrix
    y, x = np.mgrid[: stored.shape[0], : stored.shape[1]]
    across, down = a * x + c * y, b * x + d * y
    across, down = across - across.min(), down - down.min()
    picture = np.zeros((down.max() + 1, across.max() + 1, 3), np.uint8)
    picture[down, across] = stored
    return picture


@pytest.mark.parametrize(
    "matrix",
    [
        (1, 0, 0, 1),
        (0, 1, -1, 0),
        (-1, 0, 0, -1),
        (0, -1, 1, 0),
        (-1, 0, 0, 1),
        (1, 0, 0, -1),
        (0, 1, 1, 0),
        (0, -1, -1, 0),
    ],
)
@pytest.mark.parametrize("wide", [False, True])
def test_all_eight_orientations(
    matrix: tuple[int, int, int, int], wide: bool, tmp_path: Path, scene: np.ndarray
) -> None:
    """Also where pixels have a shape, which is that of the picture as it is stored."""
    stored = squeezed(scene, 128, 192) if wide else scene
    path = film(tmp_path / "a.mp4", [stored] * 2, shape=Fraction(2) if wide else None)
    lying = picture_in(path)
    assert lying.shape == scene.shape and apart(lying, scene) < (
        4 if wide else 3
    )  # of colours, half the detail is stored
    assert apart(picture_in(turned(path, matrix)), shown(lying, matrix)) == 0


@pytest.mark.parametrize("shape", [Fraction(16, 15), Fraction(2), Fraction(1, 2), Fraction(64, 45), Fraction(10, 11)])
@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.mkv", "mpeg4"), ("a.ts", "libx264"), ("a.h264", "libx264"), ("a.avi", "mpeg4")],
)
def test_pixels_that_are_not_square(shape: Fraction, name: str, codec: str, tmp_path: Path, scene: np.ndarray) -> None:
    """In the container, and in the video alone."""
    width, height = (round(256 / shape), 192) if shape > 1 else (256, round(192 * shape))
    width, height = width // 2 * 2, height // 2 * 2
    image = picture_in(film(tmp_path / name, [squeezed(scene, width, height)] * 2, codec=codec, shape=shape))
    assert image.shape[1::-1] == square_size(width, height, shape)
    assert abs(image.shape[1] - 256) <= 2 and abs(image.shape[0] - 192) <= 2
    assert apart(squeezed(image, 256, 192), scene) < 4


@AV1.mark()
def test_the_container_is_right_where_the_video_says_otherwise(tmp_path: Path, scene: np.ndarray) -> None:
    """An MP4 says 2:1, the AV1 in it 1:1."""
    path = film(tmp_path / "a.mp4", [squeezed(scene, 128, 192)] * 2, codec="libsvtav1", shape=Fraction(2))
    if hasattr(os, "sched_getscheduler"):  # or all that comes after it takes the processors from everything else
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
    assert picture_in(path).shape == scene.shape


@pytest.mark.parametrize(("shape", "width"), [(Fraction(16, 15), 768), (Fraction(64, 45), 1024)])
def test_a_film_from_a_dvd(shape: Fraction, width: int, tmp_path: Path) -> None:
    scene = squeezed(squeezed(gallery(2, 2), width // 4, 144), width, 576)
    image = picture_in(film(tmp_path / "a.mpg", [squeezed(scene, 720, 576)] * 2, codec="mpeg2video", shape=shape))
    assert image.shape == (576, width, 3) and apart(image, scene) < 3


def test_a_broadcast_that_changes_from_narrow_to_wide(tmp_path: Path) -> None:
    scene = squeezed(gallery(2, 2), 720, 576)
    for name, shape in (("a.ts", Fraction(16, 15)), ("b.ts", Fraction(64, 45))):
        film(tmp_path / name, [scene] * 8, codec="mpeg2video", shape=shape, rate=25)
    (tmp_path / "c.ts").write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    widths = [frame.image.shape[1] for frame in frames_of(tmp_path / "c.ts")]
    assert widths[:4] == [768] * 4 and widths[-4:] == [1024] * 4


def test_a_shape_that_cannot_be_is_no_reason_to_fill_the_memory() -> None:
    assert square_size(1920, 1080, Fraction(1)) == (1920, 1080)
    width, height = square_size(7680, 4320, Fraction(1000), max_pixels=40_000_000)
    assert width * height <= 41_000_000 and min(width, height) >= 1
    assert min(square_size(2, 2, Fraction(1, 10**9))) >= 1


def test_answers_are_those_of_square_pixels(tmp_path: Path, analyzer: Analyzer) -> None:
    scene = gallery(3, 2)
    for name, shape, size in (("wide", Fraction(2), (640, 720)), ("high", Fraction(1, 2), (1280, 360))):
        stored = squeezed(scene, *size)
        square = analyzer.video(film(tmp_path / "square.mp4", [squeezed(stored, 1280, 720)] * 2))
        other = analyzer.video(film(tmp_path / f"{name}.mp4", [stored] * 2, shape=shape))
        assert (other.width, other.height) == (1280, 720)
        one, two = square.frames[0], other.frames[0]
        order = [int(np.argmin(np.abs(two.boxes - box).sum(axis=1))) for box in one.boxes]
        assert len(one) == len(two) == 6 and np.abs(two.boxes[order] - one.boxes).max() < 6
        assert np.abs(two.probs[order] - one.probs).mean() < 0.03  # 0.19 and more where the shape is ignored
        assert sum(one.states[i] == two.states[j] for i, j in enumerate(order)) >= 5  # one lies on the threshold


@pytest.mark.parametrize(
    ("tag", "height", "weights"),
    [
        ({}, 576, _601),
        ({}, 720, _709),
        ({}, 1080, _709),
        ({"colorspace": 1}, 240, _709),
        ({"colorspace": 5}, 720, _601),
        ({"colorspace": 6}, 1080, _601),
        ({"colorspace": 9}, 720, _2020),
        ({"color_range": 2}, 240, _601),
        ({"color_range": 2, "colorspace": 1}, 720, _709),
    ],
)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("yuv", [(81, 90, 240), (145, 54, 34), (120, 150, 100)])
def test_colours_are_those_of_the_tags_or_of_the_size(
    tag: dict[str, int],
    height: int,
    weights: tuple[float, float],
    pixels: str,
    yuv: tuple[int, int, int],
    tmp_path: Path,
) -> None:
    full = tag.get("color_range") == 2
    frame = flat(yuv, 64, height, pixels=pixels, full=full)
    path = film(tmp_path / "a.mp4", [frame] * 2, pixels=pixels, tags=tag)
    assert np.abs(picture_in(path)[height // 2, 32] - rgb_of(yuv, *weights, full=full)).max() <= 4


@pytest.mark.parametrize("name", ["colorspace", "color_trc", "color_primaries"])
def test_tags_that_mean_nothing_count_as_none(name: str, tmp_path: Path) -> None:
    """Some versions of PyAV refuse reserved numbers."""
    path = film(tmp_path / "a.mp4", [flat((120, 90, 180), 64, 720)] * 2)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        Need(
            lambda: hasattr(frame, name), "this PyAV knows it of streams alone", "pip install -U av && {check}"
        ).check()
        setattr(frame, name, 3)
        image = picture_of(frame, stream)
    assert np.abs(image[500, 32] - rgb_of((120, 90, 180), *_709)).max() <= 4


def test_lines_are_counted_once_pixels_are_square(tmp_path: Path) -> None:
    """As browsers count them."""
    frame = flat((120, 90, 180), 64, 576)
    image = picture_in(film(tmp_path / "a.mp4", [frame] * 2, shape=Fraction(1, 2)))
    assert image.shape[0] == 1152 and np.abs(image[500, 32] - rgb_of((120, 90, 180), *_709)).max() <= 4


def test_motion_jpeg_uses_the_whole_range(tmp_path: Path) -> None:
    frame = flat((200, 100, 140), 64, 720, pixels="yuvj420p", full=True)
    path = film(tmp_path / "a.avi", [frame] * 2, codec="mjpeg", pixels="yuvj420p")
    assert np.abs(picture_in(path)[300, 32] - rgb_of((200, 100, 140), *_601, full=True)).max() <= 4


def test_gray_and_rgb_films_are_left_as_they_are(tmp_path: Path, scene: np.ndarray) -> None:
    """They know no matrix."""
    assert apart(picture_in(film(tmp_path / "a.mkv", [scene] * 2, codec="ffv1", pixels="bgr0")), scene) == 0
    gray = np.repeat(scene[..., :1], 3, axis=2)
    assert apart(picture_in(film(tmp_path / "b.mkv", [gray] * 2, codec="ffv1", pixels="gray")), gray) <= 1


@pytest.mark.parametrize("height", [240, 720])
def test_what_is_written_has_the_colours_of_what_was_seen(height: int, tmp_path: Path) -> None:
    """And says how they are meant."""
    colors = np.array([[200, 40, 90], [30, 180, 60], [230, 200, 20], [128, 128, 128]], np.uint8)
    picture = np.repeat(np.repeat(colors[None], 64, axis=1), height, axis=0)
    with VideoWriter(tmp_path / "a.mp4", 256, height) as writer:
        for number in range(3):
            writer.write(picture, number / 10)
    with VideoReader(tmp_path / "a.mp4") as reader:
        image = next(iter(reader.frames())).image
    assert np.abs(image[height // 2, 32::64].astype(int) - colors).max() <= 6
    with av.open(str(tmp_path / "a.mp4")) as container:
        context = container.streams.video[0].codec_context
        tags = (context.colorspace, context.color_primaries, context.color_trc, context.color_range)
    assert [int(tag) for tag in tags] == [1, 1, 1, 1]
