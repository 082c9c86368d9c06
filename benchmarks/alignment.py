"""Which crop gives the best accuracy? Faces of FER2013 are put into photos, found again, and cut out in each way.

    python benchmarks/alignment.py DATA [--part valid] [--images 1600] [--json results/alignment.json]

DATA is a folder of ``aiducation prepare``. Each labelled image becomes a photo of another size, upright or turned; the detector
must find the face in it, and the packaged model judges what each method cuts out. "training image" is the same model on the
image itself: no method can be expected to do better. The mean landmarks are those that ``alignment.TEMPLATE`` was made from
when --part is train.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aiducation.data.dataset import Dataset
from aiducation.data.splits import PARTS, make_split
from aiducation.environment import environment
from aiducation.preprocess import SIDE
from aiducation.states import STATES
from aiducation.vision.alignment import METHODS, aligned_faces
from aiducation.vision.classifier import Classifier
from aiducation.vision.detectors import DETECTORS

#: Sides in pixels that the 48 pixels of an image get in its photo, and the turns in degrees.
SIZES, TURNS = (48, 96, 192), (0, 30)


def as_photo(face: np.ndarray, size: int, turn: float) -> np.ndarray:
    """(2 size, 2 size, 3) uint8: the image in the middle, its border going on outwards."""
    large = np.asarray(Image.fromarray(face).resize((size, size), Image.Resampling.BICUBIC))
    wide = Image.fromarray(np.pad(large, size // 2, mode="edge"))
    turned = wide.rotate(turn, resample=Image.Resampling.BICUBIC, fillcolor=int(face.mean()))
    return np.repeat(np.asarray(turned)[:, :, None], 3, axis=2)


def compare(images: np.ndarray, states: np.ndarray, size: int, turn: float) -> tuple[dict[str, Any], np.ndarray]:
    """Accuracy of each method over the faces that are found, and their landmarks in the image's own pixels."""
    detector, classifier = DETECTORS["yunet"].make(threads=1), Classifier(threads=1)
    crops: dict[str, list[np.ndarray]] = {method: [] for method in METHODS}
    found, landmarks = [], []
    for i, face in enumerate(images):
        photo = as_photo(face, size, turn if i % 2 else -turn)
        seen = detector.detect(photo)
        if len(seen) != 1:
            continue
        found.append(i)
        landmarks.append((seen.landmarks[0] - size / 2) * SIDE / size)
        for method in METHODS:
            crops[method].append(aligned_faces(photo, seen, method=method, width=1.0)[0])
    truth = states[found]

    def right(faces: np.ndarray) -> np.ndarray:
        answers: np.ndarray = classifier.probs(faces)[:, : len(STATES)].argmax(axis=1)
        return answers == truth

    results = {"training image": right(images[found])} | {m: right(np.array(c)) for m, c in crops.items()}
    scores = {name: round(float(hits.mean()), 4) for name, hits in results.items()}
    best = results["upright"].astype(float)
    margins = {
        m: round(1.96 * float((best - results[m]).std() / np.sqrt(len(found))), 4) for m in METHODS if m != "upright"
    }
    return {"size": size, "turn": turn, "found": len(found), "of": len(images)} | {
        "accuracy": scores,
        "margin_of_the_difference_to_upright": margins,
    }, np.array(landmarks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", choices=PARTS, default="valid")
    parser.add_argument("--images", type=int, default=1600, help="at most, drawn at random")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    data = Dataset.load(options.data)
    split = make_split("official", data.split_input(data.labelled))
    ids = np.random.default_rng(0).permutation(split.parts[options.part])[: options.images]
    images, states = data.images[ids], data.state[ids]
    rows = []
    for size in SIZES:
        for turn in TURNS:
            row, landmarks = compare(images, states, size, turn)
            rows.append(row)
            print(json.dumps(row), flush=True)
    _, landmarks = compare(images, states, SIZES[-1], 0)
    value = {
        "part": options.part,
        "results": rows,
        "mean_landmarks": landmarks.mean(axis=0).round(2).tolist(),
        "data_hash": data.data_hash,
        "environment": environment(),
    }
    print("mean landmarks", value["mean_landmarks"])
    if options.json:
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
