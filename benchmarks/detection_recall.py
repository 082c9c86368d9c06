"""How small may faces be? Photos are made smaller, and the faces found in them are compared with two truths.

    python benchmarks/detection_recall.py PHOTO=COUNT... [--detector yunet] [--json results/detection_recall.json]

Each photo is made smaller until its faces are as wide as wanted, in the median. "recall" is of the faces that the detector finds
in the full photo and that are at least 20 pixels wide: what smallness alone costs; "false" counts boxes that touch no face of the
full photo. "of count" is of the faces that somebody counted by eye (PHOTO=COUNT; without it a photo has none): also faces that
the detector does not find at any size are missed. In both, a face is found again if boxes overlap by half (intersection over
union); more than were counted in a photo, as of people who are half hidden, do not make up for those that are missed in another.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aiducation.environment import environment
from aiducation.media.photos import read_photo
from aiducation.vision.detectors import DETECTORS

WIDTHS = (40, 30, 24, 20, 16, 12, 10)
SMALLEST_REFERENCE = 20.0


@dataclass
class Row:
    """What was found of all photos at one width."""

    face_width: int
    faces: int = 0
    found: int = 0
    recall: float = 0.0
    false: int = 0
    counted: int = 0
    found_of_count: int = 0
    recall_of_count: float = 0.0


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) intersection over union of (N, 4) and (M, 4) boxes."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None] - shared))


def add(row: Row, detector: Any, photo: np.ndarray, faces: np.ndarray, count: int | None) -> None:
    """Add what is found of a photo, in which ``faces`` (N, 4) were found in full size, unless these are smaller than wanted."""
    large = faces[:, 2] - faces[:, 0] >= SMALLEST_REFERENCE
    if not large.any() or (factor := row.face_width / float(np.median((faces[:, 2] - faces[:, 0])[large]))) > 1:
        return
    size = (round(photo.shape[1] * factor), round(photo.shape[0] * factor))
    small = np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0))
    shared = overlaps(faces, detector.detect(small).boxes / factor)
    again = shared.max(axis=1, initial=0) >= 0.5
    row.faces += int(large.sum())
    row.found += int((again & large).sum())
    row.false += int((shared.max(axis=0, initial=0) < 0.25).sum())
    if count is not None:
        row.counted += count
        row.found_of_count += min(int(again.sum()), count)


def photo_and_count(argument: str) -> tuple[Path, int | None]:
    """PHOTO or PHOTO=COUNT."""
    path, mark, count = argument.rpartition("=")
    return (Path(path), int(count)) if mark and count.isdigit() else (Path(argument), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=photo_and_count, nargs="+", metavar="PHOTO[=COUNT]")
    parser.add_argument("--detector", choices=DETECTORS, default="yunet")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    detector = DETECTORS[options.detector](threads=0)
    rows = [Row(width) for width in WIDTHS]
    for path, count in options.photos:
        photo = read_photo(path)
        faces = detector.detect(photo).boxes
        for row in rows:
            add(row, detector, photo, faces, count)
    print(
        f"{'width (px)':>10}{'faces':>8}{'found':>8}{'recall':>9}{'false':>7}{'counted':>9}{'found':>8}{'of count':>10}"
    )
    for row in rows:
        row.recall = round(row.found / max(row.faces, 1), 4)
        row.recall_of_count = round(row.found_of_count / max(row.counted, 1), 4)
        print(
            f"{row.face_width:>10}{row.faces:>8}{row.found:>8}{row.recall:>9.3f}{row.false:>7}"
            f"{row.counted:>9}{row.found_of_count:>8}{row.recall_of_count:>10.3f}"
        )
    if options.json:
        value = {
            "detector": options.detector,
            "photos": [f"{path.name}={count}" for path, count in options.photos],
            "rows": [asdict(row) for row in rows],
            "environment": environment(),
        }
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
