"""Photos with more than 8 bits a level: of cameras and scanners that fill a part of their file's range."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from aiducation.media.deep_photos import eight_bits
from aiducation.media.photos import as_gray, decode_photo, read_photo
from aiducation.vision.analyzer import Analyzer


def tiff(path: Path, levels: np.ndarray, *, orientation: int = 1) -> None:
    """A TIFF of (H, W) levels, whole, signed or fractions as their type is."""
    (height, width), bits = levels.shape, levels.dtype.itemsize * 8
    kind, start = {"u": 1, "i": 2, "f": 3}[levels.dtype.kind], 8 + 2 + 11 * 12 + 4
    entries = [(256, width), (257, height), (258, bits), (259, 1), (262, 1), (273, start), (274, orientation), (277, 1)]
    entries += [(278, height), (279, levels.nbytes), (339, kind)]
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    path.write_bytes(
        head + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries) + bytes(4) + levels.tobytes()
    )


def deep_file(path: Path, codec: str, levels: np.ndarray) -> None:
    """A file of (H, W, 3) uint16 colours, which Pillow cannot write."""
    kind = "rgb48be" if codec == "png" else "rgb48le"
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = levels.shape[1], levels.shape[0], kind
        frame = av.VideoFrame.from_ndarray(levels, format=kind)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def gray(meeting: np.ndarray) -> np.ndarray:
    return as_gray(meeting)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("ending", ["png", "tif", "pgm"])
def test_gray_of_some_bits_in_sixteen(bits: int, ending: str, tmp_path: Path, gray: np.ndarray) -> None:
    levels, path = np.round(gray / 255 * (2**bits - 1)).astype(np.uint16), tmp_path / f"a.{ending}"
    Image.fromarray(levels).save(path)
    assert np.abs(read_photo(path)[..., 0].astype(int) - gray).max() <= 1
    assert np.abs(decode_photo(path.read_bytes(), name="a")[..., 0].astype(int) - gray).max() <= 1


@pytest.mark.parametrize(
    ("kind", "white"),
    [
        (np.uint32, 255),
        (np.uint32, 1023),
        (np.uint32, 65535),
        (np.uint32, 2**24 - 1),
        (np.uint32, 2**32 - 1),
        (np.int32, 255),
        (np.int32, 2**31 - 1),
        (np.float32, 1),
        (np.float32, 255),
        (np.float32, 65535),
    ],
)
def test_gray_in_thirty_two_bits(kind: type, white: int, tmp_path: Path, gray: np.ndarray) -> None:
    tiff(tmp_path / "a.tif", (gray / 255 * white).astype(kind))
    assert np.abs(read_photo(tmp_path / "a.tif")[..., 0].astype(int) - gray).max() <= 1


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("codec", ["png", "tiff"])
def test_colours_of_some_bits_in_sixteen(bits: int, codec: str, tmp_path: Path, meeting: np.ndarray) -> None:
    deep_file(tmp_path / "a", codec, np.round(meeting / 255 * (2**bits - 1)).astype(np.uint16))
    assert np.abs(read_photo(tmp_path / "a").astype(int) - meeting).max() <= 1
    assert np.abs(decode_photo((tmp_path / "a").read_bytes(), name="a").astype(int) - meeting).max() <= 1


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.float32])
def test_it_is_turned_upright_as_any_photo(kind: type, tmp_path: Path, gray: np.ndarray) -> None:
    tiff(tmp_path / "a.tif", np.rot90(gray).astype(kind), orientation=6)
    assert np.abs(read_photo(tmp_path / "a.tif")[..., 0].astype(int) - gray).max() <= 1


def test_levels_that_are_none() -> None:
    levels = np.array([[np.nan, -1, np.inf, 0.5, 1.0]], np.float32)
    assert eight_bits(levels).tolist() == [[0, 0, 0, 127, 255]]
    assert eight_bits(np.zeros((0, 0), np.uint16)).shape == (0, 0)
    assert eight_bits(np.array([0, -5], np.int32)).tolist() == [0, 0]


def test_the_faces_in_it_are_found(tmp_path: Path, gray: np.ndarray, analyzer: Analyzer) -> None:
    Image.fromarray(gray.astype(np.uint16) << 2).save(tmp_path / "ten bits.png")
    Image.fromarray(gray).save(tmp_path / "eight bits.png")
    deep, usual = analyzer.photo(tmp_path / "ten bits.png"), analyzer.photo(tmp_path / "eight bits.png")
    assert len(deep) == len(usual) >= 3
    np.testing.assert_allclose(deep.probs, usual.probs, atol=0.05)
