"""Pictures of several sizes in one: each is enlarged or shrunk as a whole and put into the middle, as players do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aiducation.vision.faces import Faces

Size = tuple[int, int]


@dataclass(frozen=True)
class Fit:
    """How places of a picture become places of another one into which it is fitted.

    Attributes:
        scale: pixels there for a pixel here, the same in width and height.
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
        """(..., 2) x and y there, float32."""
        return (points * self.scale + (self.left, self.top)).astype(np.float32)

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """(N, 4) left, top, right and bottom there, float32."""
        return self.points(boxes.reshape(-1, 2, 2)).reshape(-1, 4)

    def boxes_back(self, boxes: np.ndarray) -> np.ndarray:
        """(N, 4) the boxes here of boxes there, float32."""
        corners = (boxes.reshape(-1, 2, 2) - (self.left, self.top)) / self.scale
        return corners.astype(np.float32).reshape(-1, 4)


class SteadySpace:
    """The space of the first picture: whoever compares places over time does it there, and a change of size moves nothing."""

    def __init__(self) -> None:
        self._size: Size | None = None

    def fit(self, faces: Faces) -> Fit:
        """How places of a frame become places there."""
        size = (faces.width, faces.height)
        self._size = self._size or size
        return Fit.into(size, self._size)


def same_shape(size: Size, other: Size) -> bool:
    """Whether two pictures have the same ratio of width to height, up to 2 %: sizes are whole and often even numbers."""
    return abs(size[0] * other[1] - size[1] * other[0]) <= 0.02 * size[1] * other[0]


def one_space(frames: Sequence[Faces]) -> list[Faces]:
    """The frames of a recording with all places in pixels of its largest frame; their quality stays what it was."""
    space = largest([(faces.width, faces.height) for faces in frames])
    return [in_space(faces, space) for faces in frames]


def largest(sizes: Sequence[Size]) -> Size:
    """The size with the most pixels; of several, the one that occurs most often, then the first. (0, 0) of none."""
    counts = Counter(sizes)
    return max(counts, key=lambda size: (size[0] * size[1], counts[size]), default=(0, 0))


def in_space(faces: Faces, space: Size) -> Faces:
    """The faces of a picture where they lie once it is fitted into a space of (width, height)."""
    if (faces.width, faces.height) == space:
        return faces
    fit, found = Fit.into((faces.width, faces.height), space), faces.detections
    return replace(
        faces,
        width=space[0],
        height=space[1],
        detections=replace(found, boxes=fit.boxes(found.boxes), landmarks=fit.points(found.landmarks)),
        maybe=fit.boxes(faces.maybe),
    )


def letterboxed(image: np.ndarray, space: Size) -> np.ndarray:
    """A picture fitted into a space, black where it does not reach.

    Args:
        image: (H, W, 3) uint8 RGB.
        space: (width, height) in pixels.

    Returns:
        (height, width, 3) uint8 RGB; the picture itself if it has that size.
    """
    from PIL import Image

    height, width = image.shape[:2]
    if (width, height) == space:
        return image
    scale = Fit.into((width, height), space).scale
    inner = (max(round(width * scale), 1), max(round(height * scale), 1))
    whole = Image.new("RGB", space)
    left, top = ((there - here) // 2 for here, there in zip(inner, space, strict=True))
    whole.paste(Image.fromarray(image).resize(inner, Image.Resampling.BICUBIC), (left, top))
    return np.asarray(whole)


def size_note(sizes: Sequence[Size]) -> tuple[str, ...]:
    """What a reader should know of a recording whose picture changes its size."""
    in_order = list(dict.fromkeys(sizes))
    if len(in_order) < 2:
        return ()
    width, height = largest(sizes)
    named = [f"{wide} x {high}" for wide, high in in_order[:6]] + ["and others"] * (len(in_order) > 6)
    return (
        f"The picture changes its size during the recording ({', '.join(named)}). All boxes are given in pixels of the largest, "
        f"{width} x {height}; every other picture is fitted into it.",
    )
