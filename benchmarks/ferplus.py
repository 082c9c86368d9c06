"""The public benchmark of FER+: eight emotions, majority of the raters, official test images (PrivateTest).

    python benchmarks/ferplus.py --data DATA [--model MODEL.onnx] [--part test] [--json FILE]

DATA is a folder of ``aiducation prepare``; the model must have votes. As in the published program, an emotion named by one rater
alone counts as an error, and an image takes part if one of the eight emotions then has more than half of the votes; images that
cleaning leaves out take part, too. Beside the accuracy: its 95 % interval over photos (copies of one are drawn together),
parameters, and milliseconds a face on one thread. The model has seen no image of the test part and no copy of one; others'
networks may have, and are quoted as published.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, VALID
from aiducation.environment import environment
from aiducation.evaluation.ferplus_benchmark import EMOTIONS, majority, named
from aiducation.evaluation.intervals import percentile_interval, resample_sums
from aiducation.states import EMOTIONS as NAMES
from aiducation.vision.classifier import Classifier, default_model_path

#: What others report for this benchmark: network, parameters in millions as published or counted, accuracy, source.
PUBLISHED = (
    ("VGG13, majority", 8.75, 0.8385, "Barsoum et al. 2016, table 1 (mean of five runs)"),
    ("VGG13, probabilistic label drawing", 8.75, 0.8499, "Barsoum et al. 2016, table 1 (mean of five runs)"),
)


def usage(dataset: Dataset, part: str) -> np.ndarray:
    """Ids of the images of FER2013's own part, whether cleaning kept them or not."""
    return np.flatnonzero(dataset.usage == {VALID: 1, TEST: 2}[part])


def interval(right: np.ndarray, groups: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over images; those of a duplicate group are drawn together."""
    group = np.unique(groups, return_inverse=True)[1]
    drawn = resample_sums(np.stack([np.bincount(group, right), np.bincount(group)], axis=1), 2000, seed)
    found = percentile_interval(float(right.mean()), drawn[:, 0] / drawn[:, 1], 0.95)
    return found.low, found.high


def measure(dataset: Dataset, model: Path, part: str) -> dict[str, Any]:
    ids = usage(dataset, part)
    truth = majority(dataset.votes[ids])
    ids, truth = ids[truth >= 0], truth[truth >= 0]
    if not len(ids):
        raise SystemExit(f"The part {part} of the prepared data has no image of the benchmark.")
    classifier = Classifier(model, threads=1)
    faces = np.ascontiguousarray(dataset.images[ids])
    classifier.vote_logits(faces[:64])
    start = time.process_time()
    logits = classifier.vote_logits(faces)
    spent = time.process_time() - start
    if logits is None:
        raise SystemExit(f"{model} has no votes.")
    mirrored = classifier.vote_logits(np.ascontiguousarray(faces[:, :, ::-1]))
    assert mirrored is not None
    right = named(logits) == truth
    low, high = interval(right, dataset.duplicate_group[ids])
    of_each = {
        NAMES[k]: {"images": int((truth == k).sum()), "recall": round(float(right[truth == k].mean()), 4)}
        for k in range(EMOTIONS)
        if (truth == k).any()
    }
    return {
        "part": part,
        "images": len(truth),
        "accuracy": round(float(right.mean()), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "with_mirror_image": round(float((named(logits + mirrored) == truth).mean()), 4),
        "ms_a_face": round(1000 * spent / len(faces), 3),
        "emotions": of_each,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=default_model_path())
    parser.add_argument("--part", choices=(VALID, TEST), default=TEST)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    dataset = Dataset.load(given.data)
    found = measure(dataset, given.model, given.part)
    print(
        f"{found['accuracy']:.3f} ({found['low']:.3f} to {found['high']:.3f}) of {found['images']:,} images, {given.part}"
    )
    print(f"with the mirror image {found['with_mirror_image']:.3f}; {found['ms_a_face']} ms a face on one thread")
    for name, one in found["emotions"].items():
        print(f"{name:>10} {one['recall']:.3f} of {one['images']:,}")
    for name, millions, accuracy, source in PUBLISHED:
        print(f"{accuracy:.3f} {name}, {millions} million parameters: {source}")
    if given.json:
        rows = [dict(zip(("network", "millions", "accuracy", "source"), row, strict=True)) for row in PUBLISHED]
        answer = {"model": given.model.name, **found, "published": rows, "environment": environment()}
        given.json.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
