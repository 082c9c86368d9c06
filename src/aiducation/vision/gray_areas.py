"""Gray areas: the gray levels of a picture where its faces are, and nowhere else."""

from __future__ import annotations

import numpy as np

from aiducation.media.photos import as_gray

#: Pillow's weights of red, green and blue, in parts of ``_PARTS``, which it rounds to the nearest gray level. All sums are whole
#: numbers below 2**24, so 32-bit floats hold them exactly in whatever order they are added.
_WEIGHTS, _PARTS = np.array([19_595, 38_470, 7_471], np.float32), np.float32(65_536)


def gray_areas(image: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """(H, W) uint8, the gray levels of ``as_gray`` inside some areas; what is outside of them means nothing.

    Args:
        image: (H, W, 3) uint8 RGB.
        areas: (N, 4) int: left, top, right and bottom; they may reach over the picture's edge.
    """
    height, width = image.shape[:2]
    low = np.clip(areas[:, :2], 0, [width - 1, height - 1])
    high = np.maximum(np.clip(areas[:, 2:], 0, [width, height]), low + 1)
    if (high - low).prod(axis=1).sum() > height * width:
        return as_gray(image)
    gray = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in np.hstack([low, high]).tolist():
        levels = image[top:bottom, left:right].astype(np.float32) @ _WEIGHTS
        levels += _PARTS / 2
        levels /= _PARTS
        gray[top:bottom, left:right] = levels
    return gray
