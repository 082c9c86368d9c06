"""Geometry: sizes of pictures, and how coordinates change if a picture is fitted into another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Size = tuple[int, int]


@dataclass(frozen=True)
class Fit:
    """How coordinates in a picture become coordinates in another one into which it is fitted.

    Attributes:
        scale: factor of width and height.
        left, top: of the picture, in pixels of the other one.
    """

    scale: float
    left: float
    top: float

    @classmethod
    def into(cls, size: Size, space: Size) -> Fit:
        """The fit of a picture of (width, height) into a space of (width, height)."""
        scale = min(there / max(here, 1) for here, there in zip(size, space, strict=True))
        left, top = ((there - here * scale) / 2 for here, there in zip(size, space, strict=True))
        return cls(scale, left, top)

    def points(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) x and y in the other picture, float32."""
        return (points * self.scale + (self.left, self.top)).astype(np.float32)

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """(N, 4) left, top, right and bottom in the other picture, float32."""
        return self.points(boxes.reshape(-1, 2, 2)).reshape(-1, 4)

    def boxes_back(self, boxes: np.ndarray) -> np.ndarray:
        """(N, 4) boxes in this picture, from boxes in the other one, float32."""
        corners = (boxes.reshape(-1, 2, 2) - (self.left, self.top)) / self.scale
        return corners.astype(np.float32).reshape(-1, 4)


def same_shape(size: Size, other: Size) -> bool:
    """Whether two pictures have the same ratio of width to height, up to 2 %: sizes are whole and often even numbers."""
    return abs(size[0] * other[1] - size[1] * other[0]) <= 0.02 * size[1] * other[0]


def largest(sizes: Sequence[Size]) -> Size:
    """The size with the most pixels; of several, the one that occurs most often, then the first. (0, 0) of none."""
    counts = Counter(sizes)
    return max(counts, key=lambda size: (size[0] * size[1], counts[size]), default=(0, 0))


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, M) float64 in 0..1, intersection over union of (N, 4) boxes with (M, 4) others."""
    a, b = np.asarray(boxes, np.float64)[:, None], np.asarray(others, np.float64)[None]
    shared = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).clip(min=0).prod(axis=-1)
    sizes = [(one[..., 2:] - one[..., :2]).clip(min=0).prod(axis=-1) for one in (a, b)]
    return np.asarray(shared / np.maximum(sizes[0] + sizes[1] - shared, 1e-12))
