"""Metadata never decides over sound pixels; what is lost of the pixels is said."""

from __future__ import annotations

import re
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from aiducation.errors import DataFileError
from aiducation.media.animations import quiet
from aiducation.media.photos import open_photo
from picture_makers import chunk, encoded, small, with_chunk, with_segment

BIG = zlib.compress(b"x" * 3_000_000)
EXIF = Image.Exif()
EXIF[0x0112] = 6


def png() -> bytes:
    return encoded(small(), "PNG")


def jpeg(**options: object) -> bytes:
    return encoded(small(), "JPEG", **options)


#: Content whose pixels are all there, with words of the note.
SOUND: dict[str, tuple[Callable[[], bytes], str]] = {
    "long text.png": (lambda: with_chunk(png(), b"zTXt", b"a\0\0" + BIG), "Metadata"),
    "many texts.png": (
        lambda: png()[:33] + 90 * chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(b"x" * 900_000)) + png()[33:],
        "Metadata",
    ),
    "long profile.png": (lambda: with_chunk(png(), b"iCCP", b"a\0\0" + BIG), "Metadata"),
    "empty profile.png": (lambda: with_chunk(png(), b"iCCP", b""), "Metadata"),
    "short gamma.png": (lambda: with_chunk(png(), b"gAMA", b"1"), "Metadata"),
    "short transparency.png": (lambda: with_chunk(png(), b"tRNS", b"1"), "Metadata"),
    "wrong checksum of text.png": (lambda: with_chunk(png(), b"tEXt", b"a\0b", 1), "Metadata"),
    "wrong checksum of time.png": (lambda: with_chunk(png(), b"tIME", bytes(7), 1), "Metadata"),
    "wrong checksum of unknown.png": (lambda: with_chunk(png(), b"abCd", b"junk", 1), "Metadata"),
    "junk exif.png": (lambda: with_chunk(png(), b"eXIf", b"junk"), "camera data"),
    "text behind.png": (lambda: png()[:-12] + chunk(b"tEXt", b"a\0b", 1) + png()[-12:], ""),
    "no end.png": (lambda: png()[:-12], "end mark"),
    "half an end.png": (lambda: png()[:-3], "end mark|^$"),
    "long text, no end.png": (lambda: with_chunk(png(), b"zTXt", b"a\0\0" + BIG)[:-12], "Metadata"),
    "checksum of pixels.png": (lambda: png()[:-16] + b"abcd" + png()[-12:], "could be decoded completely"),
    "no end.jpg": (lambda: jpeg()[:-2], "end mark"),
    "half an end.jpg": (lambda: jpeg()[:-1], "end mark"),
    "no end, progressive.jpg": (lambda: jpeg(progressive=True)[:-2], "end mark"),
    "no end, restarts.jpg": (lambda: jpeg(restart_marker_rows=1)[:-2], "end mark"),
    "no end, gray.jpg": (lambda: encoded(small().convert("L"), "JPEG")[:-2], "end mark"),
    "junk exif.jpg": (lambda: with_segment(jpeg(), 0xE1, b"Exif\0\0junkjunk"), "camera data"),
    "cut exif.jpg": (lambda: with_segment(jpeg(), 0xE1, EXIF.tobytes()[:20]), "camera data"),
    "orientation 9.jpg": (lambda: with_segment(jpeg(), 0xE1, EXIF.tobytes().replace(b"\6", b"\11")), "orientation"),
    "orientation 0.jpg": (
        lambda: with_segment(jpeg(), 0xE1, EXIF.tobytes().replace(b"\6", b"\0")),
        "orientation|camera",
    ),
    "short hint at colours.jpg": (lambda: with_segment(jpeg(), 0xEE, b"Adobe"), "Metadata"),
    "the same without end.jpg": (lambda: with_segment(jpeg(), 0xEE, b"Adobe")[:-2], "end mark"),
    "junk profile.jpg": (lambda: with_segment(jpeg(), 0xE2, b"ICC_PROFILE\0\1\2junk"), "^$"),
    "junk of an editor.jpg": (lambda: with_segment(jpeg(), 0xED, b"Photoshop 3.0\x008BIM\x04\x04\x05ab"), "^$"),
    "no end.gif": (lambda: encoded(small(), "GIF")[:-1], "end mark"),
    "no end.webp": (lambda: encoded(small(), "WEBP", quality=60)[:-1], "end mark|^$"),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_pixels_are_read_whatever_stands_around_them(name: str, tmp_path: Path) -> None:
    content, words = SOUND[name]
    kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}[name.rsplit(".", 1)[1]]
    path = tmp_path / name
    path.write_bytes(content())
    photo = open_photo(path)
    assert photo.image.shape[:2] == (small().height, small().width)
    assert re.search(words, " ".join(photo.notes)), photo.notes
    if kind == "PNG":
        np.testing.assert_array_equal(photo.image, np.asarray(small()))


def test_what_is_whole_has_no_notes(tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"):
        (tmp_path / "a").write_bytes(encoded(small(), kind))
        assert open_photo(tmp_path / "a").notes == (), kind


def test_the_orientation_is_obeyed_where_only_something_else_is_junk(tmp_path: Path) -> None:
    turned = small().transpose(Image.Transpose.ROTATE_90)
    content = with_chunk(with_chunk(encoded(turned, "PNG"), b"eXIf", EXIF.tobytes()[6:]), b"zTXt", b"a\0\0" + BIG)
    (tmp_path / "a.png").write_bytes(content)
    np.testing.assert_array_equal(open_photo(tmp_path / "a.png").image, np.asarray(small()))
    content = with_segment(with_segment(encoded(turned, "JPEG"), 0xEE, b"Adobe"), 0xE1, EXIF.tobytes())
    (tmp_path / "a.jpg").write_bytes(content)
    assert open_photo(tmp_path / "a.jpg").image.shape[:2] == (small().height, small().width)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "PPM"])
def test_few_missing_rows_are_told(kind: str, tmp_path: Path) -> None:
    whole = encoded(small(), kind)
    (tmp_path / "a").write_bytes(whole[:-40])
    photo = open_photo(tmp_path / "a")
    assert len(photo.notes) == 1 and "rows of the picture are missing" in photo.notes[0]
    if kind in ("PNG", "PPM"):
        np.testing.assert_array_equal(photo.image[:-20], np.asarray(small())[:-20])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_jpeg_file_that_is_cut_in_the_middle_is_refused(
    options: dict[str, object], share: float, tmp_path: Path
) -> None:
    whole = jpeg(**options)
    (tmp_path / "a.jpg").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataFileError, match=r"damaged or cut short: .*Copy or download it again"):
        open_photo(tmp_path / "a.jpg")


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_so_is_any_other(kind: str, tmp_path: Path) -> None:
    whole = encoded(small(), kind)
    (tmp_path / "a").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataFileError, match=r"damaged or cut short|no picture"):
        open_photo(tmp_path / "a")


def test_damaged_pixels_are_said(tmp_path: Path) -> None:
    whole = bytearray(encoded(small(), "PNG", compress_level=0))
    whole[len(whole) // 2] ^= 0x55  # stored, not packed: only a checksum tells
    (tmp_path / "a.png").write_bytes(bytes(whole))
    with pytest.raises(DataFileError, match="damaged"):
        open_photo(tmp_path / "a.png")


def test_limits_of_the_reader_stay_as_they_are_for_everybody_else(tmp_path: Path) -> None:
    """Mending changes bytes, never a switch that other threads share."""
    (tmp_path / "a.png").write_bytes(with_chunk(png(), b"zTXt", b"a\0\0" + BIG)[:-12])
    before = (ImageFile.LOAD_TRUNCATED_IMAGES, PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY)
    threads = [threading.Thread(target=open_photo, args=(tmp_path / "a.png",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert before == (
            ImageFile.LOAD_TRUNCATED_IMAGES,
            PngImagePlugin.MAX_TEXT_CHUNK,
            PngImagePlugin.MAX_TEXT_MEMORY,
        )
        threads[0].join(0.01)
        threads = [thread for thread in threads if thread.is_alive()] or threads[:1]


def test_of_two_threads_that_want_no_warnings_one_ends_first() -> None:
    """The other one still has none then, and in the end everybody has them again."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before, first, second = list(warnings.filters), quiet(), quiet()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        warnings.warn("of the second one's photo", stacklevel=1)
        second.__exit__(None, None, None)
        assert warnings.filters == before
