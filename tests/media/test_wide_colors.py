"""HDR and wide colours: what was white, gray or skin before it was graded for HDR looks so again."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from aiducation.media.samples import gallery
from aiducation.media.videos import VideoReader
from aiducation.media.wide_colors import BT2020, HLG, P3, PQ, to_srgb
from aiducation.vision.analyzer import Analyzer
from film import film

#: Linear light of sRGB to BT.2020. Source: ITU-R BT.2087.
_TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
#: The same to P3 with the white of daylight.
_TO_P3 = np.array([[0.8225, 0.1774, 0.0], [0.0332, 0.9669, 0.0], [0.0171, 0.0724, 0.9108]])


def light_of(image: np.ndarray) -> np.ndarray:
    code = image / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def pq(nits: np.ndarray) -> np.ndarray:
    """The inverse EOTF of ITU-R BT.2100, table 4."""
    y = (np.maximum(nits, 0) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def hlg(nits: np.ndarray) -> np.ndarray:
    """The inverse OOTF for a screen of 1000 cd/m2 and the OETF of ITU-R BT.2100, table 5."""
    shown = np.maximum(nits, 0) / 1000
    luminance = shown @ np.array([0.2627, 0.6780, 0.0593])
    scene = shown * np.maximum(luminance, 1e-9)[..., None] ** (1 / 1.2 - 1)
    curve = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), curve)


def codes_of(image: np.ndarray, transfer: int) -> np.ndarray:
    """An sRGB picture in HDR, its white at 203 cd/m2, as ITU-R BT.2408 has it: R'G'B' in 0..1."""
    nits = 203 * light_of(image) @ _TO_2020.T
    return np.clip(pq(nits) if transfer == PQ else hlg(nits), 0, 1)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_what_is_not_brighter_than_a_face_looks_as_before(transfer: int) -> None:
    image = np.random.default_rng(0).integers(0, 176, (60, 80, 3)).astype(np.uint8)
    codes = np.round(codes_of(image, transfer) * 1023).astype(np.uint16)
    assert np.quantile(np.abs(to_srgb(codes, transfer, BT2020).astype(int) - image), 0.99) <= 3


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_brighter_is_brighter_up_to_white(transfer: int) -> None:
    grays = to_srgb(np.repeat(np.arange(1024, dtype=np.uint16)[:, None, None], 3, axis=2), transfer, BT2020)[:, 0]
    assert np.ptp(grays, axis=1).max() <= 1 and (np.diff(grays[:, 1].astype(int)) >= 0).all()
    assert grays[0].tolist() == [0, 0, 0] and grays[-1].tolist() == [255, 255, 255]
    white = round(1023 * float(pq(np.array(203.0)) if transfer == PQ else 0.75))
    assert 225 <= grays[white, 1] <= 232


def test_gray_of_other_primaries_is_gray() -> None:
    grays = np.repeat(np.arange(0, 1024, 4, dtype=np.uint16)[:, None, None], 3, axis=2)
    for primaries in (BT2020, P3):
        assert np.abs(to_srgb(grays, 1, primaries)[:, 0].astype(int) - np.arange(0, 256)[:, None]).max() <= 1


def hdr_film(path: Path, image: np.ndarray, transfer: int, *, tagged: bool = True) -> Path:
    """HEVC of 10 bits, as phones and consoles record it."""
    luma = np.array([0.2627, 0.6780, 0.0593])
    codes = codes_of(image, transfer)
    y = codes @ luma
    planes = [64 + 876 * y, 512 + 896 * (codes[..., 2] - y) / 1.8814, 512 + 896 * (codes[..., 0] - y) / 1.4746]
    frame = av.VideoFrame(image.shape[1], image.shape[0], "yuv444p10le")
    for plane, levels in zip(frame.planes, planes, strict=True):
        rows = np.zeros((image.shape[0], plane.line_size // 2), np.uint16)
        rows[:, : image.shape[1]] = np.round(levels)
        plane.update(rows.tobytes())
    frame = frame.reformat(format="yuv420p10le")
    frame.color_range = 1
    tags = {"color_trc": transfer, "color_range": 1, **({"color_primaries": 9, "colorspace": 9} if tagged else {})}
    return film(path, [frame] * 3, codec="libx265", pixels="yuv420p10le", tags=tags)


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_faces_in_hdr(transfer: int, name: str, tmp_path: Path, analyzer: Analyzer) -> None:
    scene = gallery(2, 1, width=640, height=360)
    path = hdr_film(tmp_path / name, scene, transfer)
    with VideoReader(path) as reader:
        image = next(iter(reader.frames())).image
    soft = [np.asarray(Image.fromarray(one).reduce(4)).astype(int) for one in (image, scene)]
    assert np.abs(soft[0] - soft[1]).mean() < 6  # of what is nearly white, most; 18 and 35 without tone mapping
    plain, hdr = analyzer.photo(scene), analyzer.video(path).frames[0]
    order = [int(np.argmin(np.abs(hdr.boxes - box).sum(axis=1))) for box in plain.boxes]
    assert len(plain) == len(hdr) == 2 and np.abs(hdr.boxes[order] - plain.boxes).max() < 6
    assert np.abs(hdr.probs[order] - plain.probs).mean() < 0.05


def test_hdr_whose_primaries_are_not_told(tmp_path: Path) -> None:
    scene = gallery(2, 1, width=320, height=180)
    pictures = []
    for tagged in (True, False):
        with VideoReader(hdr_film(tmp_path / f"{tagged}.mkv", scene, HLG, tagged=tagged)) as reader:
            pictures.append(next(iter(reader.frames())).image.astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() < 1


@pytest.mark.parametrize(("primaries", "matrix", "to"), [(BT2020, 9, _TO_2020), (P3, 1, _TO_P3)])
def test_wide_primaries_without_hdr(primaries: int, matrix: int, to: np.ndarray, tmp_path: Path) -> None:
    """One colour in a film of such primaries is that colour in sRGB."""
    color = np.array([180.0, 120.0, 90.0])
    linear = light_of(color) @ to.T
    code = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    kr, kb = {9: (0.2627, 0.0593), 1: (0.2126, 0.0722)}[matrix]
    y = code @ np.array([kr, 1 - kr - kb, kb])
    values = (16 + 219 * y, 128 + 112 * (code[2] - y) / (1 - kb), 128 + 112 * (code[0] - y) / (1 - kr))
    frame = av.VideoFrame(64, 64, "yuv420p")
    for plane, value in zip(frame.planes, values, strict=True):
        plane.update(bytes([round(float(value))]) * plane.buffer_size)
    tags = {"color_primaries": primaries, "color_trc": 1, "colorspace": matrix, "color_range": 1}
    with VideoReader(film(tmp_path / "a.mp4", [frame] * 2, tags=tags)) as reader:
        assert np.abs(next(iter(reader.frames())).image[32, 32] - color).max() <= 4
