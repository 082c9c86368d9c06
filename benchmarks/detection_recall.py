"""How small may faces be? Photos are made smaller, and the faces found in them are compared with those of the full photo.

    python benchmarks/detection_recall.py PHOTO... [--detector yunet] [--json results/detection_recall.json]

Reference: the faces that the detector finds in the full photo, at least 20 pixels wide; look at the annotated picture to see that
these are all there are. Each photo is made smaller until its faces are as wide as wanted, in the median. A face is found again if
boxes overlap by half (intersection over union); "false" counts boxes that touch no face of any size.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aiducation.environment import environment
from aiducation.vision.detectors import DETECTORS
from aiducation.vision.photos import read_photo

WIDTHS = (40, 30, 24, 20, 16, 12, 10)
SMALLEST_REFERENCE = 20.0


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) intersection over union of (N, 4) and (M, 4) boxes."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None] - shared))


def recall(detector: Any, photo: np.ndarray, faces: np.ndarray, width: float) -> tuple[int, int, int] | None:
    """Reference faces, those found again, and boxes that fit no face; None if the photo's faces are smaller than ``width``."""
    reference = faces[faces[:, 2] - faces[:, 0] >= SMALLEST_REFERENCE]
    if not len(reference):
        return None
    factor = width / float(np.median(reference[:, 2] - reference[:, 0]))
    if factor > 1:
        return None
    size = (round(photo.shape[1] * factor), round(photo.shape[0] * factor))
    small = np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0))
    boxes = detector.detect(small).boxes / factor
    again = overlaps(reference, boxes).max(axis=1, initial=0) >= 0.5
    false = overlaps(faces, boxes).max(axis=0, initial=0) < 0.25
    return len(reference), int(again.sum()), int(false.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--detector", choices=DETECTORS, default="yunet")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    detector = DETECTORS[options.detector](threads=0)
    totals = {width: np.zeros(3, dtype=int) for width in WIDTHS}
    for path in options.photos:
        photo = read_photo(path)
        faces = detector.detect(photo).boxes
        for width in WIDTHS:
            if result := recall(detector, photo, faces, width):
                totals[width] += result
    rows = [
        {
            "face_width": width,
            "faces": int(n),
            "found": int(hits),
            "recall": round(hits / max(n, 1), 4),
            "false": int(false),
        }
        for width, (n, hits, false) in totals.items()
    ]
    print(f"{'width (px)':>10}{'faces':>8}{'found':>8}{'recall':>9}{'false':>7}")
    for row in rows:
        print(f"{row['face_width']:>10}{row['faces']:>8}{row['found']:>8}{row['recall']:>9.3f}{row['false']:>7}")
    if options.json:
        value = {
            "detector": options.detector,
            "photos": len(options.photos),
            "rows": rows,
            "environment": environment(),
        }
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
