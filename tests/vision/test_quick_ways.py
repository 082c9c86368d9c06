"""Quick ways give what the slow ones give, to the bit: half sizes, gray levels, pairs, boxes, scalers that are kept."""

from __future__ import annotations

import av
import numpy as np
import pytest
from PIL import Image

from aiducation.media.photos import as_gray
from aiducation.media.video_pictures import _scaled
from aiducation.vision import yunet
from aiducation.vision.assignment import assign, worth_it
from aiducation.vision.gray_areas import gray_areas
from aiducation.vision.half_size import halved

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(360, 640), (2, 8), (182, 72), (180, 90), (181, 64), (181, 63), (1, 1)], ids=str)
def test_half_sizes_are_pillows(shape: tuple[int, int]) -> None:
    image = RNG.integers(0, 256, (*shape, 3), dtype=np.uint8)
    for picture in (image, np.full_like(image, 255), image[:, ::-1]):
        np.testing.assert_array_equal(halved(picture), np.asarray(Image.fromarray(picture).reduce(2)))


def test_gray_areas_are_pillows() -> None:
    levels = np.stack(np.meshgrid(*[np.arange(0, 256, 5)] * 3), axis=-1).reshape(1, -1, 3).astype(np.uint8)
    image = np.concatenate([np.resize(levels, (300, 500, 3)), RNG.integers(0, 256, (300, 500, 3), dtype=np.uint8)])
    areas = np.array(
        [[-5, -5, 90, 290], [100, 0, 500, 200], [480, 580, 600, 700], [-9, -9, -3, -3], [10, 400, 60, 470]]
    )
    inside = np.zeros(image.shape[:2], dtype=bool)
    for left, top, right, bottom in np.maximum(areas, 0):
        inside[top:bottom, left:right] = True
    np.testing.assert_array_equal(gray_areas(image, areas)[inside], as_gray(image)[inside])
    whole = np.array([[0, 0, 500, 600], [0, 0, 500, 600]])  # more pixels than the picture has
    np.testing.assert_array_equal(gray_areas(image, whole), as_gray(image))


@pytest.mark.parametrize("seed", range(20))
def test_pairs_that_nobody_contests_are_those_of_the_least_cost(seed: int) -> None:
    cost = np.random.default_rng(seed).normal(1.5, 1.0, (seed % 7, 9))
    alone = np.where(np.eye(len(cost), dtype=bool), 0.0, np.inf)
    best = [(i, j) for i, j in assign(np.hstack([np.where(cost < 0, cost, np.inf), alone])) if j < 9]
    assert worth_it(cost) == best


@pytest.mark.parametrize("n", [0, 1, 40, 400])
def test_boxes_are_sorted_out_one_after_the_other(n: int) -> None:
    corners = RNG.uniform(0, 300, (n, 2))
    rows = np.hstack([corners, corners + RNG.uniform(5, 60, (n, 2)), np.zeros((n, 10)), RNG.uniform(0, 1, (n, 1))])
    kept: list[int] = []
    for i in np.argsort(-rows[:, 14], kind="stable"):
        shared = yunet._shared(rows[i, :4], rows[kept, :4])
        union = yunet._areas(rows[[i], :4]) + yunet._areas(rows[kept, :4]) - shared
        if (shared <= yunet._SAME_FACE * union).all():
            kept.append(i)
    assert yunet._distinct(rows).tolist() == kept
    assert yunet._distinct(rows[kept]).tolist() == list(range(len(kept)))


def test_a_scaler_that_is_kept_gives_what_a_new_one_gives() -> None:
    """Also after a picture of another size and format."""
    for shape, pixels in (((48, 64), "yuv420p"), ((90, 160), "yuv444p"), ((48, 64), "yuv420p")):
        image = RNG.integers(0, 256, (*shape, 3), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
        options = {"width": 128, "height": 96, "interpolation": "BICUBIC", "format": "rgb24"}
        kept, new = _scaled(frame, "picture", **options), frame.reformat(**options)
        np.testing.assert_array_equal(kept.to_ndarray(), new.to_ndarray())
