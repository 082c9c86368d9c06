"""Alignment: from a detected face to the framing of the training images."""

from __future__ import annotations

import math

import numpy as np

from aiducation.errors import unknown_name
from aiducation.media.photos import as_gray
from aiducation.observations.detections import Detections
from aiducation.preprocess import SIDE

#: Where the five landmarks lie in a 48x48 image of FER2013: right eye, left eye, nose, right and left mouth corner.
#: Source: means over 2,867 training images in which YuNet finds a face, made symmetric (benchmarks/alignment.py).
TEMPLATE: np.ndarray = np.array(
    [[15.6, 18.0], [32.4, 18.0], [24.0, 28.2], [17.2, 35.7], [30.8, 35.7]], dtype=np.float32
)

#: Side of the square that is cut out, in sides of the square of the training images. On other people and cameras its middle is
#: judged better than all of it. Source: benchmarks/foreign_tried.py --widths (results/foreign_tried.md).
WIDTH = 0.9

#: Half the side of the square that a box stands for, in sides of the box. Source: as TEMPLATE.
_BOX_FACTOR = 0.56

#: Ways to frame a face: "upright" turns the eyes level, "level" keeps the tilt, "box" looks at the box alone.
METHODS: tuple[str, ...] = ("upright", "level", "box")

#: Faces tilted less than this, in degrees, are left as they are: the training images are tilted as much.
SMALL_TILT = 15.0


def aligned_faces(
    image: np.ndarray, detections: Detections, *, method: str = "upright", width: float = WIDTH
) -> np.ndarray:
    """Cut out, turn and scale every face to a square of the classifier's size.

    Args:
        image: (H, W, 3) uint8 RGB or (H, W) uint8 gray.
        detections: N faces.
        method: one of ``METHODS``.
        width: side of the square in sides of the square of the training images.

    Returns:
        (N, 48, 48) uint8 gray; what lies outside the picture repeats its edge.

    Raises:
        ShapeError: the image has another shape or type.
        ConfigError: there is no such method.
    """
    if method not in METHODS:
        raise unknown_name("alignment", method, METHODS)
    faces = np.zeros((len(detections), SIDE, SIDE), np.uint8)
    if not len(detections):
        return faces
    found = squares(detections, method=method, width=width)
    areas, places = _areas(*found), np.column_stack(found)
    for i, (area, (x, y, half, tilt)) in enumerate(zip(areas.tolist(), places.tolist(), strict=True)):
        faces[i] = _cut(image, area, x, y, half, tilt)
    return faces


def areas_around(detections: Detections) -> np.ndarray:
    """(N, 4) int: left, top, right and bottom in whole pixels of what ``aligned_faces`` looks at; may reach over the edge."""
    return _areas(*squares(detections))


def _areas(centres: np.ndarray, halves: np.ndarray, tilts: np.ndarray) -> np.ndarray:
    reach = (np.maximum(halves, 1.0) * np.where(tilts, math.sqrt(2), 1.0) + 2)[:, None]
    return np.hstack([np.floor(centres - reach), np.ceil(centres + reach)]).astype(int)


def squares(
    detections: Detections, *, method: str = "upright", width: float = WIDTH
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre (N, 2) and half side (N,) in pixels, and tilt (N,) in degrees, of the square of each face that is cut out."""
    if method == "box":
        corners = detections.boxes.reshape(-1, 2, 2)
        sides = (corners[:, 1] - corners[:, 0]).mean(axis=1)
        return corners.mean(axis=1), sides * _BOX_FACTOR * width, np.zeros(len(sides))
    points = detections.landmarks.astype(np.float64)
    eyes = points[:, 1] - points[:, 0]
    tilts = np.degrees(np.arctan2(eyes[:, 1], eyes[:, 0]))
    if method == "level":
        tilts = np.zeros_like(tilts)
    tilts = np.where(np.abs(tilts) < SMALL_TILT, 0.0, tilts)
    middle = points.mean(axis=1, keepdims=True)
    radians = np.radians(tilts)[:, None]
    x, y = np.moveaxis(points - middle, 2, 0)
    turned = np.stack([x * np.cos(radians) + y * np.sin(radians), y * np.cos(radians) - x * np.sin(radians)], axis=2)
    wanted = TEMPLATE - TEMPLATE.mean(axis=0)
    # Sizes are compared by spread, not by least squares: a head turned aside would otherwise come out too large.
    scale = np.sqrt((turned**2).sum(axis=(1, 2)) / (wanted**2).sum())
    offset = (SIDE / 2 - TEMPLATE.mean(axis=0))[None] * scale[:, None]
    back = np.stack([
        offset[:, 0] * np.cos(radians[:, 0]) - offset[:, 1] * np.sin(radians[:, 0]),
        offset[:, 1] * np.cos(radians[:, 0]) + offset[:, 0] * np.sin(radians[:, 0]),
    ], axis=1)  # fmt: skip
    return middle[:, 0] + back, scale * width * SIDE / 2, tilts


def _cut(
    image: np.ndarray, area: tuple[int, int, int, int], x: float, y: float, half: float, tilt: float
) -> np.ndarray:
    from PIL import Image

    face = Image.fromarray(as_gray(_padded(image, *area)))  # only what is needed is made gray
    half, x, y = max(half, 1.0), x - area[0], y - area[1]
    if not tilt:
        box = (x - half, y - half, x + half, y + half)
        return np.asarray(face.resize((SIDE, SIDE), resample=Image.Resampling.BILINEAR, box=box, reducing_gap=2.0))
    # Turned and scaled in one resampling, which takes single pixels: a large face is made smaller first.
    smaller = max(1, int(2 * half / SIDE))
    face = face.reduce(smaller) if smaller > 1 else face
    x, y, step = x / smaller, y / smaller, 2 * half / smaller / SIDE
    cos, sin = math.cos(math.radians(tilt)) * step, math.sin(math.radians(tilt)) * step
    from_x = (cos, -sin, x - (cos - sin) * SIDE / 2)
    from_y = (sin, cos, y - (sin + cos) * SIDE / 2)
    turned = face.transform((SIDE, SIDE), Image.Transform.AFFINE, (*from_x, *from_y), Image.Resampling.BILINEAR)
    return np.asarray(turned)


def _padded(image: np.ndarray, left: int, top: int, right: int, bottom: int) -> np.ndarray:
    """A part of a picture, whose edge is repeated where it ends."""
    height, width = image.shape[:2]
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return image[top:bottom, left:right]
    rows = np.clip(np.arange(top, bottom), 0, height - 1)
    columns = np.clip(np.arange(left, right), 0, width - 1)
    return image[rows[:, None], columns[None]]
