"""Detectors: weak detections, turned heads, tampered weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.errors import ModelFileError
from aiducation.media.samples import gallery, portrait
from aiducation.observations.detections import Detections
from aiducation.vision import yunet
from aiducation.vision.detectors import DETECTORS, Together

YUNET = DETECTORS["yunet"].make(threads=1)
ACCURATE = DETECTORS["yunet-accurate"].make(threads=1)


def turned(image: np.ndarray, angle: float) -> np.ndarray:
    return np.asarray(Image.fromarray(image).rotate(angle, resample=Image.Resampling.BILINEAR, expand=True))


def doubles(found: Detections) -> int:
    """Pairs of boxes that share more than a quarter of the smaller one."""
    low = np.maximum(found.boxes[:, None, :2], found.boxes[None, :, :2])
    high = np.minimum(found.boxes[:, None, 2:], found.boxes[None, :, 2:])
    areas = (found.boxes[:, 2:] - found.boxes[:, :2]).prod(axis=1)
    shared = np.clip(high - low, 0, None).prod(axis=2) / np.minimum(areas[:, None], areas[None])
    return int((np.triu(shared, 1) > 0.25).sum())


@pytest.mark.parametrize("name", ["stadium", "class_group", "staff_group"])
def test_what_is_hardly_a_face_comes_beside_the_same_faces(name: str, media: Path) -> None:
    photo = np.asarray(Image.open(media / f"{name}.jpg").convert("RGB"))
    faces, all_ = YUNET.detect(photo), YUNET.detect(photo, least=0.2)
    sure = all_.scores >= YUNET.score
    assert len(all_) > len(faces) and all_.scores.min() >= 0.2
    np.testing.assert_array_equal(all_.boxes[sure], faces.boxes)
    np.testing.assert_array_equal(all_.landmarks[sure], faces.landmarks)


def test_weak_detections_change_nothing_in_a_recording() -> None:
    frames = [gallery(3, 3, shift=s) for s in (0.0, 0.3, 0.6)]
    together, with_weak = Together(YUNET), Together(YUNET, least=0.1)
    for frame in frames:
        plain, more = together.next()(frame), with_weak.next()(frame)
        np.testing.assert_array_equal(more.boxes[more.scores >= YUNET.score], plain.boxes)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_a_head_upside_down_gets_its_own_landmarks(factor: float) -> None:
    """Eyes below the mouth, where those of the upright head lie once it is turned."""
    image = np.asarray(Image.fromarray(portrait()).resize([round(side * factor) for side in portrait().shape[1::-1]]))
    upright, found = YUNET.detect(image), YUNET.detect(np.ascontiguousarray(image[::-1, ::-1]))
    assert len(found) == 1
    side = upright.boxes[0, 2] - upright.boxes[0, 0]
    size = np.array(image.shape[1::-1])
    assert np.linalg.norm(size - found.landmarks[0] - upright.landmarks[0], axis=1).max() < 0.2 * side
    assert np.abs(np.tile(size, 2)[[0, 1, 0, 1]] - found.boxes[0, [2, 3, 0, 1]] - upright.boxes[0]).max() < 0.4 * side


@pytest.mark.parametrize("name", ["stadium", "class_group", "staff_group", "portrait_grid", "masks"])
def test_upright_heads_stay_upright(name: str, media: Path) -> None:
    found = YUNET.detect(np.asarray(Image.open(media / f"{name}.jpg").convert("RGB")))
    eyes, mouth = found.landmarks[:, :2, 1].mean(axis=1), found.landmarks[:, 3:, 1].mean(axis=1)
    assert (eyes < mouth).all()


@pytest.mark.parametrize("angle", [-90, -70, -45, 45, 70, 90])
def test_lying_heads_are_found_in_accurate_mode(angle: float, media: Path) -> None:
    photo = np.asarray(Image.open(media / "portrait_grid.jpg").convert("RGB"))
    upright = YUNET.detect(photo)
    found = ACCURATE.detect(turned(photo, angle))
    assert len(found) >= 0.95 * len(upright) and doubles(found) == 0


def test_accurate_mode_finds_no_face_twice(media: Path) -> None:
    for name in ("stadium", "class_group", "staff_group"):
        photo = np.asarray(Image.open(media / f"{name}.jpg").convert("RGB"))
        found = ACCURATE.detect(photo)
        assert len(YUNET.detect(photo)) == len(found) and doubles(found) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (3000, 4), (1500, 2600)], ids=str)
def test_turned_pictures_fit_one_tile(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """However large or thin the picture is, and however it is turned."""
    looked: list[int] = []
    detector = yunet.YuNet(turns=(-60, 60), threads=1)
    monkeypatch.setattr(
        detector, "_at_all_sizes", lambda image, least: looked.append(max(image.shape[:2])) or np.zeros((0, 15))
    )
    detector.detect(np.zeros((*shape, 3), np.uint8))
    assert looked[0] == max(shape) and all(side <= min(2048, max(shape) + 2) for side in looked[1:])


def test_tampered_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "yunet.onnx"
    with pytest.raises(ModelFileError, match="missing"):
        yunet._weights(path)
    content = bytearray(Path(yunet.__file__).parents[1].joinpath("weights", "yunet.onnx").read_bytes())
    path.write_bytes(content)
    assert yunet._weights(path).count(b"\x0a\x03\x12\x01H") == 1
    content[len(content) // 2] ^= 1  # one bit of one weight
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="not the one that belongs to this package"):
        yunet._weights(path)


def test_the_build_checks_the_same_hash() -> None:
    build = Path(__file__).parents[2] / "hatch_build.py"
    assert f'SHA256 = "{yunet.SHA256}"' in build.read_text(encoding="utf-8")
