"""Half size: a picture as Pillow's ``reduce(2)`` makes it, in half the time."""

from __future__ import annotations

import sys

import numpy as np

#: Every other byte of eight; what is added to four sums of two bytes at once, so that the mean of four bytes is rounded.
_EVEN, _ROUND = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0002000200020002)

#: Rows that are made at once: what lies between the steps stays in the processor's cache.
_ROWS = 90


def halved(image: np.ndarray) -> np.ndarray:
    """(H / 2, W / 2, 3) uint8, the rounded mean of each four pixels; sides that are odd end with those of two or one.

    Args:
        image: (H, W, 3) uint8.
    """
    height, width = image.shape[:2]
    if height % 2 or width % 8 or not image.flags.c_contiguous or sys.byteorder != "little":
        from PIL import Image

        return np.asarray(Image.fromarray(image).reduce(2))
    # Eight bytes are added at once, four to a sum: first those above each other, then, as a pixel has three bytes, each even
    # byte and the odd one three bytes away. Each color becomes a plane of its own, as the detector needs it.
    pairs = image.reshape(height // 2, 2, -1).view(np.uint64)
    planes = np.empty((3, height // 2, width // 2), np.uint8)
    for top in range(0, height // 2, _ROWS):
        upper, lower = pairs[top : top + _ROWS, 0], pairs[top : top + _ROWS, 1]
        even, odd = upper & _EVEN, (upper >> np.uint64(8)) & _EVEN
        even += lower & _EVEN
        even += _ROUND
        odd += (lower >> np.uint64(8)) & _EVEN
        evens, odds = even.view(np.uint16), odd.view(np.uint16)
        planes[0, top : top + _ROWS] = (evens[:, 0::3] + odds[:, 1::3]) >> 2
        planes[1, top : top + _ROWS] = (odds[:, 0::3] + evens[:, 2::3]) >> 2
        planes[2, top : top + _ROWS] = (evens[:, 1::3] + odds[:, 2::3]) >> 2
    return planes.transpose(1, 2, 0)
