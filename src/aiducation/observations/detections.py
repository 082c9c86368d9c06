"""Detections: where faces are in one picture. Quality: how well each can be seen."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from aiducation.equality import equal_values
from aiducation.errors import ShapeError


def check_shape(name: str, value: np.ndarray, shape: tuple[int, ...]) -> None:
    if value.shape != shape:
        raise ShapeError(f"{name}: expected shape {shape}, got {value.shape}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Detections:
    """Where faces are, before anything is said about them.

    Attributes:
        boxes: (N, 4) float32, left, top, right, bottom in pixels; may reach over the picture's edge.
        landmarks: (N, 5, 2) float32, x and y in pixels of the person's right eye, left eye, nose, right and left mouth corner.
        scores: (N,) float32 in 0..1, the detector's own number.

    Raises:
        ShapeError: an array has the wrong shape.
    """

    boxes: np.ndarray
    landmarks: np.ndarray
    scores: np.ndarray

    __eq__ = equal_values

    def __post_init__(self) -> None:
        n = len(self.boxes)
        for name, shape in {"boxes": (n, 4), "landmarks": (n, 5, 2), "scores": (n,)}.items():
            check_shape(f"Detections.{name}", getattr(self, name), shape)

    def __len__(self) -> int:
        return len(self.boxes)

    def where(self, rows: np.ndarray) -> Detections:
        """The detections that a mask or an index array picks."""
        return Detections(boxes=self.boxes[rows], landmarks=self.landmarks[rows], scores=self.scores[rows])


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """How well each face can be seen.

    Attributes:
        size: (N,) float32, shorter side of the box in pixels.
        sharpness: (N,) float32, 0 for a flat or blurred face, about 1 for a crisp one.
        brightness: (N,) float32, mean gray level of the face in 0..1.
        contrast: (N,) float32, standard deviation of the gray levels in 0..1.
        yaw: (N,) float32, how far the head is turned sideways: 0 frontal, -1 or 1 profile (from the landmarks).
        roll: (N,) float32, tilt of the line through the eyes in degrees.
        visible: (N,) float32 in 0..1, share of the box that lies inside the picture.
    """

    size: np.ndarray
    sharpness: np.ndarray
    brightness: np.ndarray
    contrast: np.ndarray
    yaw: np.ndarray
    roll: np.ndarray
    visible: np.ndarray

    __eq__ = equal_values

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            check_shape(f"Quality.{f.name}", getattr(self, f.name), (len(self.size),))

    def __len__(self) -> int:
        return len(self.size)

    def where(self, rows: np.ndarray) -> Quality:
        """The quality of the faces that a mask or an index array picks."""
        return Quality(**{f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self)})
