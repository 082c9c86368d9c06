"""What photos judge: faces, turned faces, and what is none, before and after the second look and the limit of yaw.

    python benchmarks/weak_finds.py PHOTOS BOXES [--step 8] [--faces FOLDER ...] [--json results/weak_finds.json]

PHOTOS are the photos of WIDER FACE's validation part, BOXES the list of its faces: a line "# FOLDER/NAME.jpg" for each photo,
then a line "left top width height" for each face. FOLDERs hold pictures of one face each. No picture is part of the project. A
find that shares 35 % or more with a listed face (of both together) is that face; one that shares less than 15 % with any is
none, or a face that the list leaves out, as many blurred ones in crowds are. "Before" is a find of 0.6 and a yaw of 0.85.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.environment import environment
from aiducation.media.photos import read_photo
from aiducation.observations.detections import Detections
from aiducation.vision.detectors import DETECTORS
from aiducation.vision.quality import QualityLimits, assess, reasons
from aiducation.vision.second_look import doubted

NOW = QualityLimits()
BEFORE = replace(NOW, max_yaw=0.85)
SAME, NONE = 0.35, 0.15

#: Bands of the detector's score.
SCORES = (0.6, 0.7, 0.8, 0.9, 1.0)


def listed(path: Path) -> dict[str, np.ndarray]:
    """Photo -> (N, 4) boxes of its faces."""
    boxes: dict[str, list[list[float]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            name = line[1:].strip()
            boxes[name] = []
        elif line.strip():
            left, top, width, height = map(float, line.split()[:4])
            boxes[name].append([left, top, left + width, top + height])
    return {name: np.array(some).reshape(-1, 4) for name, some in boxes.items()}


def overlap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N,) the largest share that each box has in common with any of the others, of both together."""
    if not len(others):
        return np.zeros(len(boxes))
    low, high = np.maximum(boxes[:, None, :2], others[None, :, :2]), np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.prod(some[:, 2:] - some[:, :2], axis=1) for some in (boxes, others)]
    return np.asarray((shared / (areas[0][:, None] + areas[1][None] - shared)).max(axis=1))


class Looker:
    """Finds what is judged in a photo, before and now."""

    def __init__(self) -> None:
        self._detector = DETECTORS["yunet"].make(threads=2)
        self.seconds = Counter[str]()

    def look(self, image: np.ndarray) -> tuple[Detections, np.ndarray, np.ndarray, tuple[str, ...]]:
        """The finds, which were judged before, which are now, and why not."""
        start = time.perf_counter()
        found = self._detector.detect(image)
        middle = time.perf_counter()
        quality = assess(image, found)
        before = np.array([not reason for reason in reasons(quality, BEFORE)], dtype=bool)
        again = time.perf_counter()
        why = doubted(image, found, reasons(quality, NOW), self._detector)
        self.seconds.update(search=middle - start, second_look=time.perf_counter() - again)
        return found, before, np.array([not reason for reason in why], dtype=bool), why


def crowds(looker: Looker, photos: Path, boxes: dict[str, np.ndarray], step: int) -> dict[str, Any]:
    """Faces and others among what is judged in photos whose faces are known."""
    names = sorted(boxes)[::step]
    rows: list[np.ndarray] = []
    causes = Counter[str]()
    for number, name in enumerate(names):
        found, before, now, why = looker.look(read_photo(photos / name))
        rows.append(np.stack([found.scores, overlap(found.boxes, boxes[name]), before, now], axis=1))
        causes.update(reason for reason, known in zip(why, before, strict=True) if known and reason)
        if number % 50 == 0:
            print(f"{number} of {len(names)} photos", flush=True)
    scores, shared, was, is_ = np.concatenate(rows).T
    bands = {}
    for low, high in pairwise(SCORES):
        here = (scores >= low) & (scores < high + (high == 1))
        bands[f"{low:g} to {high:g}"] = counts(here, shared, was, is_)
    return {
        "photos": len(names),
        "all": counts(scores > 0, shared, was, is_),
        "by_score": bands,
        "newly_unclear": dict(causes),
    }


def counts(here: np.ndarray, shared: np.ndarray, was: np.ndarray, is_: np.ndarray) -> dict[str, dict[str, int]]:
    """How many faces, and how many others, were judged before and are now."""
    kinds = {"faces": here & (shared >= SAME), "none": here & (shared < NONE)}
    return {
        kind: {"before": int((rows & (was > 0)).sum()), "now": int((rows & (is_ > 0)).sum())}
        for kind, rows in kinds.items()
    }


def single(looker: Looker, folder: Path) -> dict[str, int]:
    """Pictures of one face each: in how many the largest face is judged."""
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    total = Counter[str](pictures=len(pictures))
    for path in pictures:
        found, before, now, _ = looker.look(read_photo(path))
        if len(found):
            total.update(found=1, judged_before=int(before[0]), judged_now=int(now[0]))
    return dict(total)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("boxes", type=Path)
    parser.add_argument("--step", type=int, default=8, help="one photo of so many")
    parser.add_argument("--faces", type=Path, nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    looker = Looker()
    value: dict[str, Any] = {"wider": crowds(looker, options.photos, listed(options.boxes), options.step)}
    value["second_look_takes"] = round(looker.seconds["second_look"] / looker.seconds["search"], 3)
    value["single"] = {folder.parent.name: single(looker, folder) for folder in options.faces}
    print(json.dumps(value, indent=2))
    if options.json:
        options.json.write_text(json.dumps(value | {"environment": environment()}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
