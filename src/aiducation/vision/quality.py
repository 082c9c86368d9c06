"""Quality: how well each face can be seen, and whether that is enough to say anything about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiducation.defaults import MIN_FACE
from aiducation.media.photos import as_gray
from aiducation.observations.detections import Detections, Quality

#: Side in pixels at which a face is looked at: what the classifier sees.
_SIDE = 48

#: Detail, relative to contrast, that a crisp face in a photo shows. Source: the median over 180 faces in four photos.
_CRISP = 0.3

#: Height of a face's box over its width. Source: the median over 511 faces in photos; 98 % lie within 1.13 to 1.44.
_HEIGHT_TO_WIDTH = 1.27

#: A box ends at the picture's edge when this share of its side or less lies between.
_AT_EDGE = 0.03


@dataclass(frozen=True, kw_only=True)
class QualityLimits:
    """What a face must have to be asked about. Each default is where answers become guesses (docs/decisions.md).

    Attributes:
        min_size: shorter side of the box in pixels.
        min_sharpness: see ``Quality.sharpness``.
        min_brightness, max_brightness: mean gray level in 0..1.
        min_contrast: standard deviation of the gray levels in 0..1.
        max_yaw: 0 frontal, 1 profile.
        min_visible: share of the box inside the picture.
    """

    min_size: float = MIN_FACE
    min_sharpness: float = 0.25
    min_brightness: float = 0.03
    max_brightness: float = 0.95
    min_contrast: float = 0.015
    max_yaw: float = 0.6
    min_visible: float = 0.7


def assess(image: np.ndarray, detections: Detections) -> Quality:
    """Measure every face of a picture.

    Args:
        image: (H, W, 3) uint8 RGB or (H, W) uint8 gray.
        detections: N faces.
    """
    height, width = image.shape[:2]
    boxes = detections.boxes
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3)
    faces = np.array([_small(image, *area) for area in areas_in(detections).tolist()], np.uint8)
    sharpness, brightness, contrast = _look(faces.reshape(-1, _SIDE, _SIDE).astype(np.float32) / 255)
    yaw, roll = _pose(detections.landmarks)
    return Quality(
        size=sides.min(axis=1).astype(np.float32),
        sharpness=sharpness,
        brightness=brightness,
        contrast=contrast,
        yaw=yaw,
        roll=roll,
        visible=_visible(boxes, width, height),
    )


def reasons(quality: Quality, limits: QualityLimits) -> tuple[str, ...]:
    """For each face the first reason of ``observations.reasons.REASONS`` not to judge it, or ""."""
    tests = (
        ("too small", quality.size < limits.min_size),
        ("cut off", quality.visible < limits.min_visible),
        ("too dark", quality.brightness < limits.min_brightness),
        ("too bright", quality.brightness > limits.max_brightness),
        ("turned away", np.abs(quality.yaw) > limits.max_yaw),
        ("blurred", (quality.sharpness < limits.min_sharpness) | (quality.contrast < limits.min_contrast)),
    )
    return tuple(next((reason for reason, failed in tests if failed[i]), "") for i in range(len(quality)))


def _visible(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    """(N,) float32, the share of each face that is inside the picture.

    Detectors squeeze the box of half a face into the picture. A box that ends at an edge and is too narrow or too flat for
    a face is therefore taken as a part of one with the usual ratio of sides.
    """
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3)
    inside = np.clip(boxes[:, 2:], 0, [width, height]) - np.clip(boxes[:, :2], 0, [width, height])
    at_edge = (boxes[:, :2] < _AT_EDGE * sides) | (boxes[:, 2:] > [width, height] - _AT_EDGE * sides)
    usual = sides[:, ::-1] * [1 / _HEIGHT_TO_WIDTH, _HEIGHT_TO_WIDTH]
    whole = np.where(at_edge, np.maximum(sides, usual), sides)
    return (inside / whole).prod(axis=1).astype(np.float32)


def areas_in(detections: Detections) -> np.ndarray:
    """(N, 4) int: left, top, right and bottom in whole pixels of what ``assess`` looks at."""
    boxes = detections.boxes
    return np.asarray(np.maximum(np.hstack([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])]), 0).astype(int))


def face_in(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """(48, 48) float32 in 0..1, what is inside a box of a picture as ``assess`` takes it; nothing inside is black."""
    left, top = np.maximum(np.floor(box[:2]), 0).astype(int)
    right, bottom = np.maximum(np.ceil(box[2:]), 0).astype(int)
    return _small(image, left, top, right, bottom).astype(np.float32) / 255


def _small(image: np.ndarray, left: int, top: int, right: int, bottom: int) -> np.ndarray:
    """(48, 48) uint8, the gray levels of a part of a picture; black if it has no pixel."""
    from PIL import Image

    patch = image[top:bottom, left:right]
    if not patch.size:
        return np.zeros((_SIDE, _SIDE), np.uint8)
    small = Image.fromarray(as_gray(patch)).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(small)


def _look(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sharpness, brightness and contrast, (N,) float32 each."""
    brightness, contrast = faces.mean(axis=(1, 2)), faces.std(axis=(1, 2))
    sharpness = np.minimum(_detail(faces, contrast) / _CRISP, 1)
    return sharpness.astype(np.float32), brightness.astype(np.float32), contrast.astype(np.float32)


def detail(faces: np.ndarray) -> np.ndarray:
    """(N,) how far each point of (N, 48, 48) faces in 0..1 differs from its neighbours two pixels away, relative to the contrast.

    It is what sharpness is made of, without its limit at a crisp face.
    """
    return _detail(faces, faces.std(axis=(1, 2)))


def _detail(faces: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    around = faces[:, :-4, 2:-2] + faces[:, 4:, 2:-2] + faces[:, 2:-2, :-4] + faces[:, 2:-2, 4:]
    found = (faces[:, 2:-2, 2:-2] - around / 4).std(axis=(1, 2))
    return np.asarray(found / (contrast + 0.01))


def _pose(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Yaw (N,), -1 to 1, and roll (N,) in degrees.

    The nose lies midway between the corners of eyes and mouth in a frontal face, and over one side of them in a profile.
    """
    right_eye, left_eye, nose, right_mouth, left_mouth = np.moveaxis(landmarks.astype(np.float64), 1, 0)
    across = left_eye - right_eye
    roll = np.degrees(np.arctan2(across[:, 1], across[:, 0]))
    middle = (right_eye + left_eye + right_mouth + left_mouth) / 4
    down = (right_mouth + left_mouth - right_eye - left_eye) / 2
    length = np.maximum(np.hypot(down[:, 0], down[:, 1]), 1e-3)
    # Sideways offset of the nose against the face's height, which turning the head does not change.
    offset = ((nose - middle)[:, 0] * down[:, 1] - (nose - middle)[:, 1] * down[:, 0]) / length**2
    return np.clip(offset / 0.5, -1, 1).astype(np.float32), roll.astype(np.float32)
