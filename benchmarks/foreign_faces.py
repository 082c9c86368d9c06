"""How does a model do on people and cameras that it was not trained on? Scores on sets of faces that others labelled.

    python benchmarks/foreign_faces.py SETS --cache CACHE [--data DATA] [--part test] [--model MODEL.onnx] [--json FILE]

SETS holds a folder for each set with ``labels.csv`` (columns file, label, state, and subject where it is known) and its
pictures. The files of muxspace were named after who is shown (column source_file). Faces are found and cut out as ``aiducation
evaluate`` does it; cut-out faces and logits are kept in CACHE, so that a second run takes seconds. With DATA, a folder of
``aiducation prepare``, the table also has a part of FER2013, without images that have a copy in training.

"training" are the probabilities as the model's file was calibrated, "default" those that an analysis shows. A label without a
state of its own is "other", but sadness, which no state stands for, counts as bored. Intervals are 95 % bootstrap intervals
over people where they are known, otherwise over pictures.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.environment import environment
from aiducation.evaluation.face_scores import face_scores
from aiducation.observations.assumptions import CAMERA, TRAINING, Assumptions
from aiducation.states import OUTCOMES
from aiducation.vision.alignment import WIDTH
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier
from aiducation.vision.own_faces import cut_out

#: What each known set is: kind of pictures, who labelled them, where they come from.
ABOUT = {
    "ainet_b": "colour pictures from the web, labelled into the four states by one team of students "
    "(parikhalay/Emotion-Detection)",
    "muxspace": "gray press photos, labelled by single annotators (muxspace/facial_expressions)",
    "ckplus48": "posed faces of 48 x 48 pixels in gray, three frames of each sequence "
    "(CK+, from WuJie1010/Facial-Expression-Recognition.Pytorch)",
    "valid": "the official validation split of FER2013, whose images chose the calibration",
    "test": "the official test split of FER2013, without images that have a duplicate in training",
}


#: Sets whose files were named after who is shown, and that name: ``George_W_Bush_0012.jpg``. Files of other sets have names of
#: the same form that say nothing (``ffhq_0012.jpg``).
NAMED_AFTER_PEOPLE = {"muxspace": re.compile(r"(.+)_\d{4}\.jpg")}


@dataclass(frozen=True)
class FaceSet:
    """Labelled faces, cut out.

    Attributes:
        name: of the set.
        faces: (N, 48, 48) uint8.
        truth: (N,) int64, index into ``OUTCOMES``.
        groups: (N,) int64, faces of one person or photo share a number.
        not_found: pictures in which no face was found.
    """

    name: str
    faces: np.ndarray
    truth: np.ndarray
    groups: np.ndarray
    not_found: int = 0


def foreign_sets(folder: Path, cache: Path, *, width: float = WIDTH, framed: bool = True) -> Iterator[FaceSet]:
    """Every set in a folder, cut out so wide, from the cache where that is there. Pictures of 48x48 pixels are framed, or as they
    are."""
    for path in sorted(folder.glob("*/labels.csv")):
        kept = cache / f"{path.parent.name}-{width}{'' if framed else '-as-they-are'}.npz"
        if not _is_kept(kept):
            np.savez(kept, **_cut(path, width, CAMERA if framed else TRAINING))
        people = np.array(people_of(path))
        with np.load(kept) as held:
            groups = np.unique(people[held["rows"]], return_inverse=True)[1]
            yield FaceSet(path.parent.name, held["faces"], held["truth"], groups, not_found=int(held["not_found"]))


def _is_kept(kept: Path) -> bool:
    """Whether faces are kept with the rows of the table that they are from; earlier versions kept only who was shown."""
    if not kept.is_file():
        return False
    with np.load(kept) as held:
        return "rows" in held


def people_of(labels: Path) -> list[str]:
    """Who is shown on each picture of a set, in the order of its table; where it is not known, each counts as another."""
    named = NAMED_AFTER_PEOPLE.get(labels.parent.name)
    people = []
    for number, row in enumerate(_rows(labels)):
        name = named and named.fullmatch(Path(row.get("source_file") or "").name)
        people.append(row.get("subject") or (name[1] if name else f"picture {number}"))
    return people


def _rows(labels: Path) -> list[dict[str, str]]:
    with labels.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _cut(labels: Path, width: float, conditions: str) -> dict[str, Any]:
    analyzer = Analyzer(threads=1, view="states", conditions=conditions)
    faces, truth, found, not_found = [], [], [], 0
    for number, row in enumerate(_rows(labels)):
        outcome = row["state"] or "bored"
        face, _ = cut_out(analyzer, labels.parent / row["file"], width=width)
        if face is None:
            not_found += 1
            continue
        faces.append(face)
        truth.append(OUTCOMES.index(outcome))
        found.append(number)
    return {"faces": np.array(faces), "truth": np.array(truth), "rows": np.array(found), "not_found": not_found}


def official_part(data: Path, part: str) -> FaceSet:
    """A part of FER2013 as the model card judges it."""
    from aiducation.data.dataset import Dataset
    from aiducation.data.soft_states import outcome_index
    from aiducation.training.flagship import FlagshipConfig
    from aiducation.training.flagship_recipe import FlagshipRecipe

    dataset = Dataset.load(data)
    ids = FlagshipRecipe(FlagshipConfig()).split(dataset, "official").parts[part]
    return FaceSet(
        part,
        np.ascontiguousarray(dataset.images[ids]),
        outcome_index(dataset.state[ids]),
        dataset.duplicate_group[ids].astype(np.int64),
    )


def logits_of(one: FaceSet, classifier: Classifier, cache: Path) -> np.ndarray:
    """(N, 5) logits, kept by the content of model and faces."""
    content = hashlib.sha256(classifier.path.read_bytes())
    content.update(one.faces.tobytes())
    kept = cache / f"{one.name}-{content.hexdigest()[:16]}.logits.npy"
    if not kept.is_file():
        np.save(kept, classifier.logits(one.faces))
    return np.asarray(np.load(kept))


def measure(one: FaceSet, logits: np.ndarray, classifier: Classifier, threshold: float | None) -> dict[str, Any]:
    """The scores of a set under the assumptions of the training and of an analysis."""
    info = classifier.info
    probs = classifier.to_probs(logits)
    entry: dict[str, Any] = {
        "what": ABOUT.get(one.name, ""),
        "faces": len(one.truth),
        "not_found": one.not_found,
        "labels": {name: int((one.truth == k).sum()) for k, name in enumerate(OUTCOMES)},
    }
    conditions = TRAINING if one.name in ("valid", "test") else CAMERA
    for name, assumed in {
        "training": Assumptions.of(info, priors=TRAINING, conditions=TRAINING),
        "default": Assumptions.of(info, conditions=conditions),
    }.items():
        least = info.threshold if name == "training" else assumed.threshold if threshold is None else threshold
        entry[name] = face_scores(assumed.apply(probs), one.truth, one.groups, threshold=least)
        entry[name]["assumed"] = assumed.to_json()
    calm = Assumptions.of(info, conditions=conditions, view="calm")
    shown = face_scores(calm.apply(probs), one.truth, one.groups, threshold=calm.threshold)
    entry["calm"] = {**shown["calm"], "answered": shown["answered_calm"], "assumed": calm.to_json()}
    return entry


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="a folder for cut-out faces and logits")
    parser.add_argument("--data", type=Path, help="a folder of 'aiducation prepare'")
    parser.add_argument("--part", choices=("valid", "test"), default="valid")
    parser.add_argument("--model", type=Path, help="an .onnx file; default: the one in the package")
    parser.add_argument("--threshold", type=float, help="instead of the model's own")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    classifier = Classifier(options.model, threads=1)
    sets = list(foreign_sets(options.sets, options.cache))
    if options.data:
        sets.insert(0, official_part(options.data, options.part))
    rows = {}
    for one in sets:
        rows[one.name] = measure(one, logits_of(one, classifier, options.cache), classifier, options.threshold)
        for name in ("training", "default"):
            print(one.name, name, json.dumps(short(rows[one.name][name])), flush=True)
        print(one.name, "view calm", json.dumps(short_calm(rows[one.name]["calm"])), flush=True)
    if options.json:
        value = {
            "model": {"name": classifier.info.name, "file": classifier.path.name},
            "sets": rows,
            "environment": environment(),
        }
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def short(scores: dict[str, Any]) -> dict[str, Any]:
    """What fits a line."""
    return {
        "accuracy": scores["accuracy"]["estimate"],
        "balanced": scores["balanced_accuracy"]["estimate"],
        "recall": {name: value["estimate"] for name, value in scores["recall"].items()},
        "calibration": scores["calibration_error_four"]["estimate"],
        "calm": [scores["calm"][key]["estimate"] for key in ("accuracy", "balanced_accuracy", "calibration_error")],
        "answered": [scores["answered"]["coverage"], scores["answered"]["accuracy"]["estimate"]],
    }


def short_calm(scores: dict[str, Any]) -> dict[str, Any]:
    """What fits a line of the view calm."""
    kept = ("accuracy", "balanced_accuracy", "calibration_error")
    answered = [scores["answered"]["coverage"], scores["answered"]["accuracy"]["estimate"]]
    return {key: scores[key]["estimate"] for key in kept} | {"answered": answered}


if __name__ == "__main__":
    main()
