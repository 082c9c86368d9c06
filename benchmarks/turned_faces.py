"""Up to which turn of the head can a face be judged? Accuracy of the packaged model by the yaw that the landmarks tell.

    python benchmarks/turned_faces.py DATA [--part valid] [--images 4000] [--json results/turned_faces.json]

DATA is a folder of ``aiducation prepare``. Each image becomes a photo in which the detector must find the face, as in
``alignment.py``; its yaw is what ``quality.assess`` measures then. For each band of yaw: how many faces, how many of the answers
are right (over the five outcomes), the mean probability that the model gave them, and how often the answer stays the same in the
mirror; beside it, what always answering the most frequent outcome of that band would reach.
"""

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from alignment import as_photo

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.splits import PARTS, make_split
from aiducation.environment import environment
from aiducation.states import OUTCOMES
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.classifier import Classifier
from aiducation.vision.detectors import DETECTORS
from aiducation.vision.quality import assess

#: Side in pixels of the face in its photo, and bands of yaw.
SIZE, BANDS = 192, (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.01)


def looked_at(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which faces were found, their yaw, and the aligned faces."""
    detector = DETECTORS["yunet"].make(threads=2)
    found, yaws, crops = [], [], []
    for i, face in enumerate(images):
        photo = as_photo(face, SIZE, 0)
        seen = detector.detect(photo)
        if len(seen) == 1:
            found.append(i)
            yaws.append(abs(float(assess(photo, seen).yaw[0])))
            crops.append(aligned_faces(photo, seen)[0])
    return np.array(found), np.array(yaws), np.array(crops)


def band(truth: np.ndarray, probs: np.ndarray, mirrored: np.ndarray) -> dict[str, Any]:
    """What the model said of the faces of a band."""
    answers = probs.argmax(axis=1)
    right, n = float((answers == truth).mean()), len(truth)
    return {
        "faces": n,
        "accuracy": round(right, 4),
        "margin": round(1.96 * float(np.sqrt(right * (1 - right) / n)), 4),
        "mean_probability": round(float(probs.max(axis=1).mean()), 4),
        "same_in_the_mirror": round(float((answers == mirrored.argmax(axis=1)).mean()), 4),
        "most_frequent": round(float(np.bincount(truth, minlength=len(OUTCOMES)).max() / n), 4),
        "said": {name: round(float((answers == k).mean()), 4) for k, name in enumerate(OUTCOMES)},
        "true": {name: round(float((truth == k).mean()), 4) for k, name in enumerate(OUTCOMES)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", choices=PARTS, default="valid")
    parser.add_argument("--images", type=int, default=4000, help="at most, drawn at random")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    data = Dataset.load(options.data)
    part = make_split("official", data.split_input(np.flatnonzero(data.kept))).parts[options.part]
    ids = np.random.default_rng(0).permutation(part)[: options.images]
    truth = outcome_index(data.state[ids])
    found, yaws, crops = looked_at(data.images[ids])
    classifier = Classifier(threads=0)
    probs, mirrored = classifier.probs(crops), classifier.probs(np.ascontiguousarray(crops[:, :, ::-1]))
    rows = {}
    for low, high in pairwise(BANDS):
        here = (yaws >= low) & (yaws < high)
        if here.any():
            row = rows[f"{low:g} to {min(high, 1):g}"] = band(truth[found][here], probs[here], mirrored[here])
            print(
                f"yaw {low:g}..{min(high, 1):g}",
                {k: v for k, v in row.items() if k not in ("said", "true")},
                flush=True,
            )
    if options.json:
        value = {"part": options.part, "images": len(ids), "found": len(found), "bands": rows}
        options.json.write_text(json.dumps(value | {"environment": environment()}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
