"""The public benchmark of FER+: eight emotions, majority of the raters, official test images (PrivateTest).

    python benchmarks/ferplus.py --data DATA [--labels FOLDER] [--model MODEL.onnx] [--part test] [--json FILE]

DATA is a folder of ``aiducation prepare``; the model must have votes. As in the published program, an emotion named by one rater
alone counts as an error, and an image takes part if one of the eight emotions then has more than half of the votes; images that
cleaning leaves out take part, too. FOLDER is ``data`` of FER+'s repository: that program reads the votes from its label.csv
files, which differ from fer2013new.csv for some images; with it the same is measured by both. Beside the accuracy: its 95 %
interval over photos, parameters, milliseconds a face on one thread, and the accuracy without images that have a duplicate among
the training images (a few of those that cleaning leaves out have one). Others' networks are quoted as published.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.ferplus_folders import label_files, read_labels
from aiducation.data.splits import TEST, TRAIN, VALID
from aiducation.environment import environment
from aiducation.evaluation.ferplus_benchmark import EMOTIONS, majority, named
from aiducation.evaluation.intervals import percentile_interval, resample_sums
from aiducation.states import EMOTIONS as NAMES
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.vision.classifier import Classifier, default_model_path

#: What others report for this benchmark: network, parameters in millions as published or counted, accuracy, source.
PUBLISHED = (
    ("VGG13, majority", 8.75, 0.8385, "Barsoum et al. 2016, table 1 (mean of five runs)"),
    ("VGG13, several labels", 8.75, 0.8397, "Barsoum et al. 2016, table 1 (mean of five runs)"),
    ("VGG13, cross-entropy with the votes", 8.75, 0.8472, "Barsoum et al. 2016, table 1 (mean of five runs)"),
    ("VGG13, probabilistic label drawing", 8.75, 0.8499, "Barsoum et al. 2016, table 1 (mean of five runs)"),
    ("Self-Cure Network, first trained on faces of famous people", None, 0.8935, "Wang et al., CVPR 2020, abstract"),
)


def usage(dataset: Dataset, part: str) -> np.ndarray:
    """Ids of the images of FER2013's own part, whether cleaning kept them or not."""
    return np.flatnonzero(dataset.usage == {VALID: 1, TEST: 2}[part])


def interval(right: np.ndarray, groups: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over images; those of a duplicate group are drawn together."""
    group = np.unique(groups, return_inverse=True)[1]
    drawn = resample_sums(np.stack([np.bincount(group, right), np.bincount(group)], axis=1), 2000, seed)
    found = percentile_interval(float(right.mean()), drawn[:, 0] / drawn[:, 1], 0.95, int(group.max()) + 1)
    return found.low, found.high


def votes_of_labels(dataset: Dataset, folder: Path) -> np.ndarray:
    """(N, 10) votes of label.csv for every image of the data; zeros, which name no emotion, for images that it has not there."""
    votes, usages, names = read_labels(label_files(folder))
    row = {key: i for i, key in enumerate(zip(names, usages, strict=True))}
    found = np.array([row.get(key, -1) for key in zip(dataset.names, dataset.usage, strict=True)])
    return np.where((found >= 0)[:, None], votes[found], 0)


def has_duplicate_in_train(dataset: Dataset, ids: np.ndarray) -> np.ndarray:
    """Whether the packaged model learned from a duplicate of each image."""
    train = FlagshipRecipe(FlagshipConfig()).split(dataset, "official").parts[TRAIN]
    return np.isin(dataset.duplicate_group[ids], dataset.duplicate_group[train])


def measure(dataset: Dataset, model: Path, part: str, votes: np.ndarray) -> dict[str, Any]:
    ids = usage(dataset, part)
    truth = majority(votes[ids])
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
    seen = has_duplicate_in_train(dataset, ids)
    return {
        "part": part,
        "images": len(truth),
        "with_duplicate_in_train": int(seen.sum()),
        "accuracy_without_these": round(float(right[~seen].mean()), 4),
        "parameters": parameters(model),
        "accuracy": round(float(right.mean()), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "with_mirror_image": round(float((named(logits + mirrored) == truth).mean()), 4),
        "ms_a_face": round(1000 * spent / len(faces), 3),
        "emotions": of_each,
    }


def parameters(model: Path) -> int:
    """Weights of a model's file; its biases are a thousandth of them, and scales of an 8-bit file are none."""
    import onnx

    return sum(math.prod(one.dims) for one in onnx.load(model).graph.initializer if len(one.dims) > 1)


def tell(votes: str, found: dict[str, Any]) -> None:
    print(
        f"votes of {votes}: {found['accuracy']:.4f} ({found['low']:.4f} to {found['high']:.4f}) of {found['images']:,} images, "
        f"{found['part']}; without the {found['with_duplicate_in_train']} that have a duplicate in training "
        f"{found['accuracy_without_these']:.4f}; with the mirror image {found['with_mirror_image']:.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--labels", type=Path, help="the folder data of FER+'s repository")
    parser.add_argument("--model", type=Path, default=default_model_path())
    parser.add_argument("--part", choices=(VALID, TEST), default=TEST)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    dataset = Dataset.load(given.data)
    found = measure(dataset, given.model, given.part, dataset.votes)
    answer: dict[str, Any] = {"model": given.model.name, "votes": "fer2013new.csv", **found}
    tell("fer2013new.csv", found)
    if given.labels:
        other = measure(dataset, given.model, given.part, votes_of_labels(dataset, given.labels))
        answer["by_label_csv"] = {
            name: one for name, one in other.items() if name not in ("part", "parameters", "ms_a_face")
        }
        tell("label.csv", other)
    print(f"{found['parameters']:,} parameters; {found['ms_a_face']} ms a face on one thread")
    for name, one in found["emotions"].items():
        print(f"{name:>10} {one['recall']:.3f} of {one['images']:,}")
    for name, millions, accuracy, source in PUBLISHED:
        print(f"{accuracy:.3f} {name}{f', {millions} million parameters' if millions else ''}: {source}")
    if given.json:
        rows = [dict(zip(("network", "millions", "accuracy", "source"), row, strict=True)) for row in PUBLISHED]
        answer |= {"published": rows, "environment": environment()}
        given.json.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
