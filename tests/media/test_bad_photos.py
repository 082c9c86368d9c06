"""Bad and odd photos: each gets an answer or one clear sentence."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from aiducation.errors import DataFileError
from aiducation.media.photos import read_photo
from aiducation.media.samples import gallery, portrait
from aiducation.vision.analyzer import Analyzer
from needs import ORDINARY_USER


def encoded(image: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(out, kind, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 100,000 x 100,000 pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


GRAY = np.full((60, 80, 3), 90, np.uint8)

#: Name -> (content, words of the error).
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.jpg": (lambda: b"", "is empty"),
    "text.jpg": (lambda: b"Dear all, the photo is attached.", "not a picture"),
    "page.png": (lambda: b"<html><body>404</body></html>", "not a picture"),
    "cut.jpg": (lambda: encoded(portrait(), "JPEG")[:5000], "damaged or cut short"),
    "cut.png": (lambda: encoded(portrait(), "PNG")[:5000], "damaged or cut short"),
    "cut.webp": (lambda: encoded(portrait(), "WEBP")[:500], "damaged or cut short|not a picture"),
    "cut.gif": (lambda: encoded(GRAY, "GIF")[:30], "damaged or cut short|not a picture"),
    "head only.jpg": (lambda: encoded(GRAY, "JPEG")[:3], "not a picture|damaged"),
    "bomb.png": (bomb, "too many pixels|make it smaller"),
    "zeros.bmp": (lambda: b"BM" + bytes(200), "not a picture|damaged"),
    "zip.jpg": (lambda: b"PK\x03\x04" + bytes(500), "not a picture"),
    "svg.png": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    "huge.tif": (lambda: b"II*\0" + struct.pack("<I", 2**31), "not a picture|damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, analyzer: Analyzer) -> None:
    content, words = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content())
    with pytest.raises(DataFileError, match=words) as error:
        analyzer.photo(path)
    assert name in str(error.value) and len(str(error.value)) < 300


def sixteen_bit() -> Image.Image:
    gray = np.asarray(Image.fromarray(portrait()).convert("L"), dtype=np.uint16)
    return Image.fromarray(gray * 257)


def animated() -> bytes:
    pages = [Image.fromarray(portrait()).convert("P"), Image.new("P", (512, 606))]
    return encoded(pages[0], "GIF", save_all=True, append_images=pages[1:])


#: Name -> content in which the one face must be found.
ODD: dict[str, Callable[[], bytes]] = {
    "plain.jpg": lambda: encoded(portrait(), "JPEG"),
    "wrong ending.png": lambda: encoded(portrait(), "JPEG"),
    "no ending": lambda: encoded(portrait(), "PNG"),
    "progressive.jpg": lambda: encoded(portrait(), "JPEG", progressive=True),
    "poor.jpg": lambda: encoded(portrait(), "JPEG", quality=5),
    "cmyk.jpg": lambda: encoded(Image.fromarray(portrait()).convert("CMYK"), "JPEG"),
    "gray.png": lambda: encoded(Image.fromarray(portrait()).convert("L"), "PNG"),
    "sixteen bits.png": lambda: encoded(sixteen_bit(), "PNG"),
    "sixteen bits.tif": lambda: encoded(sixteen_bit(), "TIFF"),
    "floats.tif": lambda: encoded(Image.fromarray(np.asarray(sixteen_bit(), np.float32) / 65535), "TIFF"),
    "palette.png": lambda: encoded(Image.fromarray(portrait()).quantize(64), "PNG"),
    "alpha.png": lambda: encoded(Image.fromarray(portrait()).convert("RGBA"), "PNG"),
    "alpha.webp": lambda: encoded(Image.fromarray(portrait()).convert("RGBA"), "WEBP"),
    "lab.tif": lambda: encoded(ImageOps.grayscale(Image.fromarray(portrait())).convert("LA"), "TIFF"),
    "animated.gif": animated,
    "rows.bmp": lambda: encoded(portrait(), "BMP"),
    "followed by rubbish.jpg": lambda: encoded(portrait(), "JPEG") + os.urandom(5000),
    "ycc.tif": lambda: encoded(Image.fromarray(portrait()), "TIFF", compression="jpeg"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_but_readable(name: str, tmp_path: Path, analyzer: Analyzer) -> None:
    path = tmp_path / name
    path.write_bytes(ODD[name]())
    faces = analyzer.photo(path)
    assert len(faces) == 1 and faces.source == name
    assert faces.quality.size[0] > 100


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_marks_are_obeyed(orientation: int, tmp_path: Path) -> None:
    """The file's pixels are turned the other way, so that obeying the mark gives the upright picture."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that the mark's own one undoes
    upright = Image.fromarray(portrait())
    turned = upright.transpose(Image.Transpose(undo[orientation])) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.png"
    turned.save(path, exif=exif)
    np.testing.assert_array_equal(read_photo(path), portrait())


def test_one_pixel(analyzer: Analyzer) -> None:
    assert len(analyzer.photo(np.zeros((1, 1, 3), np.uint8))) == 0


@pytest.mark.parametrize("shape", [(1, 4000), (4000, 1), (31, 33)], ids=str)
def test_strips(shape: tuple[int, int], analyzer: Analyzer) -> None:
    assert len(analyzer.photo(np.zeros((*shape, 3), np.uint8))) == 0


@pytest.mark.parametrize(
    "wrong", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3))], ids=str
)
def test_arrays_that_are_no_pictures(wrong: np.ndarray, analyzer: Analyzer) -> None:
    with pytest.raises(ValueError, match="must be"):
        analyzer.photo(wrong)


@pytest.mark.slow
def test_a_panorama_of_20000_pixels(analyzer: Analyzer) -> None:
    """Faces at both ends are found, in tiles; the whole picture at once would take gigabytes."""
    wide = np.full((700, 20_000, 3), 120, np.uint8)
    for left in (40, 9_900, 19_400):
        wide[50:650, left : left + 512] = portrait()
    start = time.process_time()
    faces = analyzer.photo(wide)
    assert len(faces) == 3 and time.process_time() - start < 60  # seconds of a processor; measured: 1
    assert np.diff(np.sort(faces.boxes[:, 0])).min() > 9_000


@pytest.mark.slow
def test_two_hundred_faces(analyzer: Analyzer) -> None:
    faces = analyzer.photo(gallery(20, 10, width=2400, height=1200))
    assert 180 <= len(faces) <= 205
    assert sum(faces.counts().values()) == len(faces)


@pytest.mark.parametrize(
    "part", [np.s_[:, 260:], np.s_[:, 280:], np.s_[:240], np.s_[200:]], ids=["half", "less", "top", "bottom"]
)
def test_half_a_face_at_the_edge_is_cut_off(analyzer: Analyzer, part: tuple[slice, ...]) -> None:
    """The detector squeezes the box into the picture, so its sides tell that half of the face is missing."""
    faces = analyzer.photo(np.ascontiguousarray(portrait()[part]))
    assert faces.reasons == ("cut off",) and 0.3 < faces.quality.visible[0] < 0.7


def test_a_whole_face_beside_the_edge_is_not_cut_off(analyzer: Analyzer) -> None:
    faces = analyzer.photo(np.ascontiguousarray(portrait()[:, 150:]))
    assert faces.reasons != ("cut off",) and faces.quality.visible[0] > 0.9


@pytest.mark.parametrize("factor", [0.35, 0.5, 0.75, 1.0, 1.5, 2.0])
def test_a_head_upside_down_gets_the_answer_of_the_upright_one(analyzer: Analyzer, factor: float) -> None:
    image = np.asarray(Image.fromarray(portrait()).resize([round(side * factor) for side in portrait().shape[1::-1]]))
    upright, turned = analyzer.photo(image), analyzer.photo(np.ascontiguousarray(image[::-1, ::-1]))
    assert turned.states == upright.states and abs(turned.quality.roll[0]) > 170
    np.testing.assert_allclose(turned.probs, upright.probs, atol=0.15)


def test_a_head_on_the_desk_is_found_in_accurate_mode() -> None:
    lying = np.ascontiguousarray(np.rot90(portrait()))
    assert len(Analyzer(detector="yunet-accurate", threads=1).photo(lying)) == 1


def test_not_a_file(tmp_path: Path, analyzer: Analyzer) -> None:
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    for name, words in {
        "folder.jpg": "is a folder",
        "pipe.jpg": "device or a pipe",
        "loop.jpg": "cannot be read|There is no file",
        "missing.jpg": "There is no file",
        "missing/folder.jpg": "There is no file",
    }.items():
        with pytest.raises(DataFileError, match=words):
            analyzer.photo(tmp_path / name)
    with pytest.raises(DataFileError, match="device or a pipe"):
        analyzer.photo("/dev/zero")
    with pytest.raises(DataFileError, match="cannot be read"):
        analyzer.photo(tmp_path / ("x" * 300 + ".jpg"))


@ORDINARY_USER.mark()
def test_a_file_that_may_not_be_read(tmp_path: Path, analyzer: Analyzer) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(DataFileError, match="cannot be read"):
        analyzer.photo(path)
