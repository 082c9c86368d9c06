"""Anonymize: make every face in a picture permanently unrecognizable, low-confidence detections and faces that were
lost for a moment included."""

from __future__ import annotations

import numpy as np

from aiducation.errors import unknown_name

#: How heads are covered: flat blocks, or the same few values with soft transitions.
METHODS: tuple[str, ...] = ("pixelate", "blur")

#: Values that are left of a head, along each side: too few to tell anybody by.
BLOCKS = 6


#: How far the cover reaches beyond the box, in sides of the box: left and right, up, down. Hair, ears and chin tell people too.
SIDEWAYS, UP, DOWN = 0.3, 0.45, 0.2


def anonymize(image: np.ndarray, boxes: np.ndarray, *, method: str = "pixelate") -> np.ndarray:
    """A copy in which each head is replaced by 6x6 mean colours, about four over the width of the face.

    Nothing finer is left in the picture, so there is nothing to restore; "blur" only joins the same values smoothly. The
    blocks lie on the box, so that the frames of a video show the same few values again and again instead of new ones.

    Args:
        image: (H, W, 3) uint8 RGB.
        boxes: (N, 4) left, top, right, bottom of all faces in pixels, also of low-confidence detections.
        method: one of ``METHODS``.

    Raises:
        ConfigError: there is no such method.
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    covered = image.copy()
    for left, top, right, bottom in _heads(boxes, image.shape[1], image.shape[0]):
        # From the copy, so that where heads overlap nothing of either comes back.
        covered[top:bottom, left:right] = _coarse(covered[top:bottom, left:right], smooth=method == "blur")
    return covered


def _heads(boxes: np.ndarray, width: int, height: int) -> list[tuple[int, int, int, int]]:
    """What to cover: whole heads, cut at the picture's edges; heads that lie outside are left out."""
    heads = []
    for left, top, right, bottom in boxes.astype(np.float64):
        side = max(right - left, bottom - top, 2.0)
        middle = (left + right) / 2
        reach = side / 2 + side * SIDEWAYS
        x = np.clip(np.round((middle - reach, middle + reach)), 0, width).astype(int)
        y = np.clip(np.round((top - side * UP, bottom + side * DOWN)), 0, height).astype(int)
        if x[1] > x[0] and y[1] > y[0]:
            heads.append((int(x[0]), int(y[0]), int(x[1]), int(y[1])))
    return heads


def _coarse(patch: np.ndarray, *, smooth: bool) -> np.ndarray:
    """The patch from 6x6 of its means, or fewer where it is smaller than two pixels a block."""
    from PIL import Image

    height, width = patch.shape[:2]
    few = Image.fromarray(np.ascontiguousarray(patch)).resize(
        (min(BLOCKS, -(-width // 2)), min(BLOCKS, -(-height // 2))), Image.Resampling.BOX
    )
    back = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    return np.asarray(few.resize((width, height), back))
