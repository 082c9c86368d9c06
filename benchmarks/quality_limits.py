"""Where answers become guesses: accuracy of the packaged model on faces that are made smaller, blurred, darker or brighter.

    python benchmarks/quality_limits.py DATA [--part valid] [--images 1600] [--json results/quality_limits.json]

DATA is a folder of ``aiducation prepare``. For each change: accuracy over the five outcomes beside the mean probability that the
model gave its answers (equal if it knows its limits), the median of what ``quality.assess`` measures, and the share
of faces that the default limits refuse. Always answering "other" is right as often as the last line says.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.data.splits import PARTS, make_split
from aiducation.environment import environment
from aiducation.observations.detections import Detections
from aiducation.preprocess import SIDE
from aiducation.states import OUTCOMES
from aiducation.vision.alignment import TEMPLATE
from aiducation.vision.classifier import Classifier
from aiducation.vision.quality import QualityLimits, assess, reasons

Change = Callable[[Image.Image], Image.Image]

#: A detector's box in a training image, in shares of its side, and the five landmarks.
BOX = np.array([0.06, 0.06, 0.94, 0.94], np.float32)


def smaller(side: int) -> Change:
    return lambda face: face.resize((side, side), Image.Resampling.BOX)


def blurred(sigma: float) -> Change:
    return lambda face: face.filter(ImageFilter.GaussianBlur(sigma))


def lit(factor: float, offset: float = 0.0) -> Change:
    return lambda face: face.point(lambda v: min(255, max(0, round(v * factor + offset))))


CHANGES: dict[str, Change] = (
    {"unchanged": lambda face: face}
    | {f"side {n} px": smaller(n) for n in (32, 24, 20, 16, 12, 8)}
    | {f"blur of {s:g} px": blurred(s) for s in (1, 2, 3, 4, 5, 6)}
    | {f"light x {f:g}": lit(f) for f in (0.5, 0.2, 0.1, 0.05, 0.02)}
    | {f"light + {o}": lit(1, o) for o in (60, 120, 160, 200)}
)


def measure(images: np.ndarray, truth: np.ndarray, change: Change, classifier: Classifier) -> dict[str, Any]:
    """What the model and the quality say of changed faces."""
    faces, qualities, refused = [], [], 0
    for image in images:
        changed = change(Image.fromarray(image))
        side = changed.width
        found = Detections(
            boxes=BOX[None] * side, landmarks=TEMPLATE[None] * side / SIDE, scores=np.ones(1, np.float32)
        )
        quality = assess(np.repeat(np.asarray(changed)[:, :, None], 3, axis=2), found)
        qualities.append((quality.size[0], quality.sharpness[0], quality.brightness[0], quality.contrast[0]))
        refused += bool(reasons(quality, QualityLimits())[0])
        faces.append(np.asarray(changed.resize((SIDE, SIDE), Image.Resampling.BILINEAR)))
    probs = classifier.probs(np.array(faces))
    size, sharpness, brightness, contrast = np.median(np.array(qualities), axis=0)
    return {
        "accuracy": float((probs.argmax(axis=1) == truth).mean()),
        "mean_probability": float(probs.max(axis=1).mean()),
        "size": float(size),
        "sharpness": float(sharpness),
        "brightness": float(brightness),
        "contrast": float(contrast),
        "refused": refused / len(images),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", choices=PARTS, default="valid")
    parser.add_argument("--images", type=int, default=1600, help="at most, drawn at random")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    data = Dataset.load(options.data)
    part = make_split("official", data.split_input(np.flatnonzero(data.kept))).parts[options.part]
    ids = np.random.default_rng(0).permutation(part)[: options.images]
    images, truth = data.images[ids], outcome_index(data.state[ids])
    classifier = Classifier(threads=0)
    rows = {}
    print(
        f"{'':<14}{'accuracy':>9}{'probability':>12}{'size':>6}{'sharp':>7}{'bright':>7}{'contrast':>9}{'refused':>8}"
    )
    for name, change in CHANGES.items():
        row = rows[name] = {key: round(value, 4) for key, value in measure(images, truth, change, classifier).items()}
        print(
            f"{name:<14}{row['accuracy']:>9.3f}{row['mean_probability']:>12.3f}{row['size']:>6.0f}{row['sharpness']:>7.2f}"
            f"{row['brightness']:>7.2f}{row['contrast']:>9.3f}{row['refused']:>8.1%}",
            flush=True,
        )
    other = float((truth == len(OUTCOMES) - 1).mean())
    print(f'always "other" {other:.3f}')
    if options.json:
        value = {"part": options.part, "images": len(ids), "rows": rows, "always_other": round(other, 4)}
        options.json.write_text(json.dumps(value | {"environment": environment()}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
