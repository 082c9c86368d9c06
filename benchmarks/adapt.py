"""What do labels of one's own give? Adapts the model to random draws of labelled faces and judges it on all others of a set.

    python benchmarks/adapt.py SETS --cache CACHE [--draws 20] [--sizes 20 50 100] [--json FILE]

SETS holds a folder for each set with ``labels.csv`` (columns file, label, state, and subject where it is known) and its pictures.
A label without a state of its own is "other", but sadness, which no state stands for, counts as bored. Faces are found and cut
out as ``aiducation adapt`` does it; cut-out faces are kept in CACHE.

Each draw is adapted as the command does it. The test are all faces of the set but those of people in the draw. "fitted" is the
model that was fitted; "kept" is what the command leaves the user with: the packaged model where it refused. Scores are those of
the four states, the packaged model's with its default assumptions. Balanced accuracy is the mean recall of the states that a
set has.

Draws: "states" of faces of the four states; "with other" of all faces; "states named" as the first, with --states; "lopsided"
with 17 of 20 faces of one state. ``adapt_without_labels.py`` measures what needs no labels, or those of neutral faces alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from foreign_faces import people_of

from aiducation.environment import environment
from aiducation.errors import InputError
from aiducation.evaluation.adaptation import adapt, held_out_logits
from aiducation.evaluation.calibration import softmax
from aiducation.evaluation.held_out import held_out
from aiducation.evaluation.metrics import expected_calibration_error
from aiducation.files import sha256
from aiducation.states import OTHER, OUTCOMES, STATES
from aiducation.vision.adapting import Seen, check_labels, possible_outcomes
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.last_layer import LastLayer
from aiducation.vision.own_faces import cut_out

#: Share of the largest state in lopsided draws, and their size.
_LOPSIDED, _LOPSIDED_SIZE = 0.85, 100

#: Share of a set's faces that are labelled at most, so that a test is left.
_MOST_LABELLED = 0.6


@dataclass(frozen=True)
class FaceSet:
    """Labelled faces as the network sees them."""

    name: str
    seen: Seen
    truth: np.ndarray
    groups: np.ndarray

    @property
    def states(self) -> list[str]:
        return [name for k, name in enumerate(STATES) if (self.truth == k).any()]


def face_sets(folder: Path, cache: Path, analyzer: Analyzer) -> Iterator[FaceSet]:
    layer = LastLayer.of(analyzer.classifier)
    for path in sorted(folder.glob("*/labels.csv")):
        kept = cache / f"{path.parent.name}-cut-people.npz"
        if not kept.is_file():
            np.savez(kept, **_cut(path, analyzer))
        with np.load(kept) as held:
            seen = _seen(
                cache / f"{path.parent.name}-{sha256(analyzer.classifier.path)[:12]}.npz",
                analyzer,
                layer,
                held["faces"],
            )
            yield FaceSet(path.parent.name, seen, held["truth"], held["groups"])


def _seen(kept: Path, analyzer: Analyzer, layer: LastLayer, faces: np.ndarray) -> Seen:
    """What the network sees of the faces, kept by the model's content."""
    if not kept.is_file():
        made = Seen.of(analyzer.classifier, layer, faces)
        np.savez(kept, made.logits, *made.stages)
    with np.load(kept) as held:
        logits, *stages = (held[name] for name in held.files)
    return Seen(logits, tuple(stages))


def _cut(labels: Path, analyzer: Analyzer) -> dict[str, Any]:
    faces, truth, subjects, people = [], [], [], people_of(labels)
    with labels.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            face, _ = cut_out(analyzer, labels.parent / row["file"])
            if face is not None:
                faces.append(face)
                truth.append(OUTCOMES.index(row["state"] or "bored"))
                subjects.append(people[number])
    return {
        "faces": np.array(faces),
        "truth": np.array(truth),
        "groups": np.unique(subjects, return_inverse=True)[1],
    }


def draw(one: FaceSet, kind: str, size: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers of the faces that are labelled."""
    pool = np.flatnonzero(one.truth < len(STATES)) if kind != "with other" else np.arange(len(one.truth))
    pool = rng.permutation(pool)
    if kind != "lopsided":
        return np.asarray(pool[:size])
    most = rng.choice(np.unique(one.truth[pool]))
    large, rest = pool[one.truth[pool] == most], pool[one.truth[pool] != most]
    n = min(round(size * _LOPSIDED), len(large))
    return np.concatenate([large[:n], rest[: size - n]])


def four_states(logits: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    labelled = truth < len(STATES)
    probs, y = softmax(logits[labelled][:, : len(STATES)]), truth[labelled]
    answer = probs.argmax(axis=1)
    return {
        "balanced_accuracy": float(np.mean([(answer[y == k] == k).mean() for k in np.unique(y)])),
        "accuracy": float((answer == y).mean()),
        "calibration_error": expected_calibration_error(probs, y),
    }


def one_draw(
    one: FaceSet, kind: str, size: int, seed: int, shown: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Any]:
    rng = np.random.default_rng([seed, size])
    rows = draw(one, kind, size, rng)
    test = ~np.isin(one.groups, one.groups[rows])
    seen, truth, groups = one.seen.at(rows), one.truth[rows], one.groups[rows]
    possible = possible_outcomes(one.states if kind == "states named" else None, OUTCOMES)
    before = np.log(np.maximum(shown(softmax(one.seen.logits[0])), 1e-12))
    packaged, y = before[test], one.truth[test]
    answer: dict[str, Any] = {"packaged": four_states(packaged, y), "labels": np.bincount(truth, minlength=5).tolist()}
    began = time.process_time()
    try:
        check_labels(truth, groups, [""] * len(truth))
    except InputError as error:
        return {**answer, "refused": str(error), "kept": answer["packaged"], "worse": False}
    units = seen.units()
    given = seen.labelled(units, truth, groups)
    made = adapt(given, possible)
    judged = held_out(softmax(before[rows]), softmax(held_out_logits(given, possible)), truth, groups)
    others = one.seen.at(np.flatnonzero(test)).labelled(units, y, one.groups[test])
    logits = made.refit.logits(others.logits[0], others.features[0])
    answer |= {
        "fitted": four_states(logits, y),
        "method": made.method,
        "ridge": made.ridge,
        "better": judged.better,
        "sure": judged.sure,
        "processor_s": time.process_time() - began,
    }
    answer["kept"] = answer["fitted"] if judged.better else answer["packaged"]
    four = y < len(STATES)
    compared = held_out(softmax(packaged[four][:, :4]), softmax(logits[four][:, :4]), y[four], one.groups[test][four])
    answer["worse"] = judged.better and compared.balanced[2].high < 0
    return answer


def mean(draws: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over draws, and how they spread."""
    made: dict[str, Any] = {"draws": len(draws)}
    for name in ("packaged", "fitted", "kept"):
        some = [one[name] for one in draws if name in one]
        if some:
            made[name] = {key: round(float(np.mean([one[key] for one in some])), 4) for key in some[0]}
    kept = [one["kept"]["balanced_accuracy"] for one in draws]
    return {
        **made,
        "kept_lowest": round(min(kept), 4),
        "kept_highest": round(max(kept), 4),
        "replaced": sum(one.get("better", False) for one in draws),
        "refused_labels": sum("refused" in one for one in draws),
        "worse_by_more_than_chance": sum(one["worse"] for one in draws),
        "last_layer": sum(one.get("method") == "last layer" for one in draws),
        "processor_s": round(max((one.get("processor_s", 0.0) for one in draws), default=0.0), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="a folder for cut-out faces")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 50, 100])
    parser.add_argument("--kinds", nargs="+", default=["states", "with other", "states named", "lopsided"])
    parser.add_argument(
        "--json", type=Path, help="a file to write; figures that it has and that are not measured now stay"
    )
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    analyzer = Analyzer(threads=1)
    rows: dict[str, Any] = {}
    if options.json and options.json.is_file():
        rows = json.loads(options.json.read_text(encoding="utf-8"))["sets"]
    for one in face_sets(options.sets, options.cache, analyzer):
        rows[one.name] = {"faces": len(one.truth), "states": one.states, **rows.get(one.name, {})}
        for kind in options.kinds:
            if kind == "with other" and OUTCOMES.index(OTHER) not in one.truth:
                continue
            if kind == "states named" and len(one.states) == len(STATES):
                continue  # the same as without names
            for size in [_LOPSIDED_SIZE] if kind == "lopsided" else options.sizes:
                if kind != "with other" and size > _MOST_LABELLED * (one.truth < len(STATES)).sum():
                    continue
                made = mean(
                    [one_draw(one, kind, size, seed, analyzer.assumptions.apply) for seed in range(options.draws)]
                )
                rows[one.name][f"{size} {kind}"] = made
                print(one.name, size, kind, json.dumps(made), flush=True)
                if options.json:
                    name = analyzer.classifier.info.name
                    value = {"model": name, "draws": options.draws, "sets": rows, "environment": environment()}
                    options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
