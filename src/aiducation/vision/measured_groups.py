"""Groups of faces by what can be measured on them: size, pose, light, sharpness. No person is assigned to any group by looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from aiducation.media.photos import as_gray, read_photo
from aiducation.observations.detections import Detections
from aiducation.preprocess import SIDE
from aiducation.texts import N_
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.quality import assess, detail, face_in

#: What is measured -> the names of its lowest, middle and highest third.
MEASURES: dict[str, tuple[str, str, str]] = {
    N_("size"): (N_("small"), N_("middle size"), N_("large")),
    N_("yaw"): (N_("frontal"), N_("slightly turned"), N_("turned")),
    N_("roll"): (N_("upright"), N_("slightly tilted"), N_("tilted")),
    N_("brightness"): (N_("dark"), N_("middle light"), N_("bright")),
    N_("contrast"): (N_("flat"), N_("middle contrast"), N_("contrasty")),
    N_("light from one side"): (N_("even light"), N_("slightly one-sided"), N_("one-sided light")),
    N_("sharpness"): (N_("blurred"), N_("middle sharpness"), N_("sharp")),
}

#: A face of 48 pixels is enlarged so often, with as much of its edge around it, before its landmarks are looked for.
_ENLARGED, _MARGIN = 4, 16


@dataclass(frozen=True)
class Measured:
    """What was measured on N faces; NaN where it could not be.

    Attributes:
        values: measure of ``MEASURES`` -> (N,) float64.
    """

    values: Mapping[str, np.ndarray]

    def thirds(self, among: Measured | None = None) -> dict[str, list[str]]:
        """Measure -> group of each face: its third, with the limits; "" where it is not known.

        What is the same for nearly all faces makes no groups.

        Args:
            among: the faces whose thirds they are; None for these faces themselves.
        """
        groups = {}
        for name, names in MEASURES.items():
            values, others = self.values[name], (among or self).values[name]
            known = others[np.isfinite(others)]
            if len(known) < 3 * 5:
                continue
            low, high = np.quantile(known, [1 / 3, 2 / 3])
            if not known.min() < low < high < known.max():
                continue
            words = (
                f"{names[0]} (up to {low:.3g})",
                f"{names[1]} ({low:.3g} to {high:.3g})",
                f"{names[2]} (over {high:.3g})",
            )
            place = np.where(np.isfinite(values), (values > low).astype(int) + (values > high), -1)
            groups[name] = [words[i] if i >= 0 else "" for i in place]
        return groups


def measure_pictures(analyzer: Analyzer, paths: Sequence[Path]) -> Measured:
    """Measure the largest face of each picture."""
    return _together([_of_picture(analyzer, read_photo(path)) for path in paths])


def measure_crops(analyzer: Analyzer, faces: np.ndarray) -> Measured:
    """Measure (N, 48, 48) uint8 gray faces that were cut out before: they all have one size, and it says nothing."""
    return _together([_of_crop(analyzer, face) for face in faces])


def _of_picture(analyzer: Analyzer, image: np.ndarray) -> dict[str, float]:
    if image.shape[:2] == (SIDE, SIDE):
        return _of_crop(analyzer, as_gray(image))
    found = analyzer.detector.detect(image)
    if not len(found):
        return dict.fromkeys(MEASURES, float("nan"))
    return _measures(image, found.where(np.arange(len(found)) == 0))


def _of_crop(analyzer: Analyzer, face: np.ndarray) -> dict[str, float]:
    wide = np.pad(face, _MARGIN, mode="edge")
    side = _ENLARGED * len(wide)
    image = np.asarray(Image.fromarray(wide).resize((side, side), Image.Resampling.BILINEAR).convert("RGB"))
    found = analyzer.detector.detect(image)
    values = (
        _measures(image, found.where(np.arange(len(found)) == 0))
        if len(found)
        else dict.fromkeys(MEASURES, float("nan"))
    )
    # Light and sharpness are those of the face itself, not of its enlargement.
    whole = Detections(
        boxes=np.array([[0, 0, SIDE, SIDE]], np.float32),
        landmarks=np.zeros((1, 5, 2), np.float32),
        scores=np.ones(1, np.float32),
    )
    itself = _measures(face, whole)
    kept = ("yaw", "roll")
    return {name: values[name] if name in kept else itself[name] for name in MEASURES} | {"size": float("nan")}


def _measures(image: np.ndarray, face: Detections) -> dict[str, float]:
    quality = assess(image, face)
    left, top, right, bottom = (round(float(v)) for v in face.boxes[0])
    gray = as_gray(image).astype(np.float32)[max(top, 0) : bottom, max(left, 0) : right] / 255
    half = gray.shape[1] // 2
    sides = abs(float(gray[:, :half].mean() - gray[:, -half:].mean())) if half and gray.size else float("nan")
    return {
        "size": float(quality.size[0]),
        "yaw": abs(float(quality.yaw[0])),
        "roll": abs(float(quality.roll[0])),
        "brightness": float(quality.brightness[0]),
        "contrast": float(quality.contrast[0]),
        "light from one side": sides,
        "sharpness": float(detail(face_in(image, face.boxes[0])[None])[0]),
    }


def _together(rows: Sequence[Mapping[str, float]]) -> Measured:
    return Measured({name: np.array([row[name] for row in rows], dtype=np.float64) for name in MEASURES})
