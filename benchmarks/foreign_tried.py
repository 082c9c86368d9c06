"""What was tried to make answers hold on faces from elsewhere, chosen by the rules of results/foreign_tried.md.

    python benchmarks/foreign_tried.py SETS --cache CACHE --data DATA [--model MODEL.onnx] [--json results/foreign_tried.json]
    python benchmarks/foreign_tried.py SETS --cache CACHE --data DATA --widths 0.95 0.9 0.85 0.8 [--json FILE]

The development sets are the validation part of FER2013 and the sets in SETS; see ``foreign_faces.py``. What is fitted is fitted
on two foreign sets and judged on the third. The result names the choices; ``tools/foreign_section.py`` writes them into the
models.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from foreign_faces import FaceSet, foreign_sets, logits_of, official_part, paired_gain

from aiducation.environment import environment
from aiducation.evaluation.face_scores import face_scores
from aiducation.evaluation.intervals import percentile_interval
from aiducation.evaluation.metrics import area_under_roc, expected_calibration_error, log_loss
from aiducation.observations.assumptions import BALANCED, CAMERA, PRIORS, TRAINING, Assumptions
from aiducation.observations.outcomes import merge
from aiducation.preprocess import SIDE
from aiducation.states import OUTCOMES, STATES
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier
from aiducation.vision.own_faces import framed

#: Temperatures that are tried; of the split, where 50 leaves next to nothing of neutral against focused.
TEMPERATURES = tuple(round(float(t), 2) for t in np.arange(1.0, 4.01, 0.1))
SPLITS = (1.0, 50.0)

#: Rule 2: the largest calibration error; rule 3: the share of answers that must be right, and the least coverage.
MOST_ERROR, RIGHT, LEAST_COVERAGE = 0.10, 0.60, 0.05

Fit = Callable[[Sequence[str]], Assumptions]


class Development:
    """The development sets with a model's probabilities."""

    def __init__(self, sets: Sequence[FaceSet], classifier: Classifier, cache: Path) -> None:
        self.sets = {one.name: one for one in sets}
        self.foreign = [name for name in self.sets if name != "valid"]
        self.classifier = classifier
        self.logits = {one.name: logits_of(one, classifier, cache) for one in sets}
        self.probs = {name: classifier.to_probs(logits) for name, logits in self.logits.items()}

    def assumed(self, view: str = "states", *, priors: str = BALANCED, **changes: float) -> Assumptions:
        """Assumptions of training conditions, with other temperatures."""
        made = Assumptions.of(self.classifier.info, priors=priors, conditions=TRAINING, view=view)
        return replace(made, **changes)

    def four(self, name: str, assumed: Assumptions) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities and truth of the faces of the four states."""
        labelled = self.sets[name].truth < len(STATES)
        probs = assumed.apply(self.probs[name])[labelled, : len(STATES)].astype(np.float64)
        return probs / probs.sum(axis=1, keepdims=True), self.sets[name].truth[labelled]

    def balanced(self, name: str, assumed: Assumptions) -> float:
        """Balanced accuracy of the four states."""
        probs, truth = self.four(name, assumed)
        return float(np.mean([(probs[truth == k].argmax(axis=1) == k).mean() for k in np.unique(truth)]))

    def shown(self, name: str, assumed: Assumptions, view: str) -> tuple[np.ndarray, np.ndarray]:
        """The same, merged as a view shows them."""
        probs, truth = self.four(name, assumed)
        return merge(np.pad(probs, ((0, 0), (0, 1))), view)[:, :-1], _shown_as(truth, view)

    def error(self, name: str, assumed: Assumptions, view: str = "states") -> float:
        """Calibration error of what a view shows of the four states."""
        return expected_calibration_error(*self.shown(name, assumed, view))

    def loss(self, names: Sequence[str], assumed: Assumptions, view: str = "states") -> float:
        """Mean log loss of it over sets."""
        return float(np.mean([log_loss(*self.shown(name, assumed, view)) for name in names]))


def _shown_as(truth: np.ndarray, view: str) -> np.ndarray:
    """The place of each outcome in a view."""
    places: np.ndarray = merge(np.eye(len(OUTCOMES)), view).argmax(axis=1)
    return places[truth]


def choose_priors(held: Development) -> dict[str, Any]:
    """Rule 1."""
    rows = {}
    for priors in PRIORS:
        scores = {name: held.balanced(name, held.assumed(priors=priors)) for name in held.sets}
        rows[priors] = {**_rounded(scores), "mean": round(float(np.mean(list(scores.values()))), 4)}
    lead = rows[BALANCED]["mean"] - rows[TRAINING]["mean"]
    return {"balanced_accuracy": rows, "chosen": BALANCED if lead >= 0.01 else TRAINING}


def calm_calibrations(held: Development) -> dict[str, Any]:
    """Rule 2 for the merged states: as calibrated, or with one temperature."""
    rows = {}
    for way in ("as calibrated", "one temperature"):
        errors, numbers = {}, {}
        for name in held.foreign:
            others = [other for other in held.foreign if other != name]
            made = _best_calm(held, others) if way == "one temperature" else held.assumed("calm")
            errors[name], numbers[name] = held.error(name, made, "calm"), made.temperature
        worst = round(max(errors.values()), 4)
        rows[way] = {"left_out": _rounded(errors), "temperature": _rounded(numbers), "worst": worst}
    return rows


def _best_calm(held: Development, names: Sequence[str]) -> Assumptions:
    tried = [held.assumed("calm", temperature=temperature) for temperature in TEMPERATURES]
    return min(tried, key=lambda one: held.loss(names, one, "calm"))


def calibrations(held: Development) -> dict[str, Any]:
    """Rule 2: each way with the errors on the set that its numbers were not fitted on."""
    plain = held.assumed()
    ways: dict[str, Fit] = {
        "as calibrated": lambda names: plain,
        "one temperature": lambda names: _best(held, names, splits=(1.0,)),
        "neutral against focused flattened": lambda names: replace(plain, split_temperature=SPLITS[1]),
        "neutral against focused flattened, one temperature": lambda names: _best(held, names, splits=SPLITS[1:]),
    }
    for shift, of in SHIFTS.items():
        ways[f"temperature by shift of the set: {shift}"] = _by_shift(held, of)
    rows = {}
    for way, fit in ways.items():
        errors, numbers = {}, {}
        for name in held.foreign:
            made = fit([other for other in held.foreign if other != name] + [f"-{name}"])
            errors[name] = held.error(name, made)
            numbers[name] = made.temperature
        rows[way] = {
            "left_out": _rounded(errors),
            "temperature": _rounded(numbers),
            "worst": round(max(errors.values()), 4),
        }
    return rows


def _best(held: Development, names: Sequence[str], *, splits: Sequence[float]) -> Assumptions:
    """The temperatures with the lowest log loss on some sets."""
    names = [name for name in names if not name.startswith("-")]
    tried = [
        held.assumed(temperature=temperature, split_temperature=split)
        for temperature in TEMPERATURES
        for split in splits
    ]
    return min(tried, key=lambda one: held.loss(names, one))


def _by_shift(held: Development, of: Callable[[Development, str], float]) -> Fit:
    """A temperature that grows with how far a set's faces are from those of the validation part; no label of the set is used."""

    def fit(names: Sequence[str]) -> Assumptions:
        fitted, (left_out,) = names[:-1], names[-1:]
        here = of(held, "valid")
        needed = [(of(held, name) - here, _best(held, [name], splits=SPLITS[1:]).temperature - 1) for name in fitted]
        slope = sum(x * y for x, y in needed) / max(sum(x * x for x, _ in needed), 1e-12)
        shift = of(held, left_out.removeprefix("-")) - here
        temperature = float(np.clip(1 + slope * shift, 1, TEMPERATURES[-1]))
        return held.assumed(temperature=temperature, split_temperature=SPLITS[1])

    return fit


def _confidence(held: Development, name: str) -> float:
    """How much less sure the model is: 1 less the mean probability of the most probable outcome."""
    return 1 - float(held.probs[name].max(axis=1).mean())


def _mirror(held: Development, name: str) -> float:
    """How often the mirror image gets another answer."""
    faces = held.sets[name].faces[:600]
    mirrored = held.classifier.probs(np.ascontiguousarray(faces[:, :, ::-1]))
    return float((mirrored.argmax(axis=1) != held.probs[name][: len(faces)].argmax(axis=1)).mean())


def _pixels(held: Development, name: str) -> float:
    """Distance of the mean statistics of the faces (level, contrast, detail) from those of the validation part, in deviations."""
    here, there = (_statistics(held.sets[one].faces) for one in ("valid", name))
    gap = (there.mean(axis=0) - here.mean(axis=0)) / here.std(axis=0)
    return float(np.sqrt((gap**2).mean()))


def _statistics(faces: np.ndarray) -> np.ndarray:
    gray = faces.astype(np.float64) / 255
    down, across = np.diff(gray, axis=1), np.diff(gray, axis=2)
    middle = gray[:, SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4]
    rows = [gray.mean(axis=(1, 2)), gray.std(axis=(1, 2)), middle.mean(axis=(1, 2)), middle.std(axis=(1, 2))]
    rows += [np.log(np.abs(one).mean(axis=(1, 2)) + 1e-3) for one in (down, across)]
    rows += [np.log(np.abs(np.diff(one, axis=axis)).mean(axis=(1, 2)) + 1e-3) for one, axis in ((down, 1), (across, 2))]
    return np.stack(rows, axis=1)


#: Estimates of how far a set is from the training images, without its labels.
SHIFTS: dict[str, Callable[[Development, str], float]] = {
    "mean confidence": _confidence,
    "disagreement with the mirror image": _mirror,
    "statistics of the pixels": _pixels,
}


def thresholds(held: Development, cameras: dict[str, Assumptions]) -> dict[str, Any]:
    """Rule 3, for each view."""
    found = {}
    for view, assumed in cameras.items():
        steps = np.round(np.arange(0.25, 0.96, 0.01), 2)
        rows = {name: [_answered(held, name, assumed, view, float(t)) for t in steps] for name in held.foreign}
        each = [all(rows[name][i][1] >= RIGHT for name in held.foreign) for i in range(len(steps))]
        least = [min(rows[name][i][0] for name in held.foreign) for i in range(len(steps))]
        mean = [float(np.mean([rows[name][i][1] for name in held.foreign])) for i in range(len(steps))]
        good = [i for i in range(len(steps)) if each[i] and least[i] >= LEAST_COVERAGE]
        at = good[0] if good else next((i for i in range(len(steps)) if mean[i] >= RIGHT), len(steps) - 1)
        found[view] = {
            "threshold": float(steps[at]),
            "rule": "each set" if good else "mean over the sets",
            "answered": {
                name: {"coverage": round(row[at][0], 4), "right": round(row[at][1], 4)} for name, row in rows.items()
            },
        }
    return found


def _answered(held: Development, name: str, assumed: Assumptions, view: str, threshold: float) -> tuple[float, float]:
    probs = merge(assumed.apply(held.probs[name]), view)
    answered = probs.max(axis=1) >= threshold
    right = probs.argmax(axis=1) == _shown_as(held.sets[name].truth, view)
    return float(answered.mean()), float(right[answered].mean()) if answered.any() else 0.0


def split_of(held: Development) -> dict[str, Any]:
    """Rule 5: neutral against focused, where a set has both."""
    rows: dict[str, Any] = {}
    for name, one in held.sets.items():
        pair = np.isin(one.truth, [STATES.index("neutral"), STATES.index("focused")])
        scores = face_scores(held.assumed().apply(held.probs[name]), one.truth, one.groups, threshold=0)
        if found := scores["neutral_against_focused"]:
            gap = held.logits[name][pair, 2] - held.logits[name][pair, 0]
            positive = one.truth[pair] == STATES.index("focused")
            rows[name] = {**found["balanced_accuracy"], "area_under_roc": round(area_under_roc(gap, positive), 4)}
    worst = min(rows[name]["estimate"] for name in held.foreign if name in rows)
    return {"balanced_accuracy": rows, "view_for_teachers": "calm" if worst < 0.65 else "states"}


def weights_of(held: Development) -> dict[str, Any]:
    """Rule 4: what a model's weights give with balanced priors and neutral against focused flattened."""
    assumed = held.assumed(split_temperature=SPLITS[1])
    scores = {name: held.balanced(name, assumed) for name in held.sets}
    four, truth = held.four("valid", assumed)
    return {
        "model": held.classifier.path.name,
        "balanced_accuracy": _rounded(scores),
        "mean": round(float(np.mean(list(scores.values()))), 4),
        "accuracy_on_validation": round(float((four.argmax(axis=1) == truth).mean()), 4),
        "calibration_error": _rounded({name: held.error(name, assumed) for name in held.foreign}),
    }


def lead_of(held: Development, first: Development, *, resamples: int = 2000, seed: int = 0) -> dict[str, Any]:
    """Rule 4: by how much a model's balanced accuracy is above that of the first one, with 95 % intervals over people."""
    assumed = [one.assumed(split_temperature=SPLITS[1]) for one in (held, first)]
    estimates, samples, n = {}, {}, {}
    for name, one in held.sets.items():
        right = [model.four(name, how)[0].argmax(axis=1) for model, how in zip((held, first), assumed, strict=True)]
        labelled = one.truth < len(STATES)
        truth, people = one.truth[labelled], np.unique(one.groups[labelled], return_inverse=True)[1]
        n[name] = int(people.max()) + 1
        estimates[name], samples[name] = paired_gain(
            *(answers == truth for answers in right), truth, people, resamples, seed
        )
    estimates["mean"], samples["mean"] = (
        float(np.mean(list(estimates.values()))),
        np.mean(list(samples.values()), axis=0),
    )
    n["mean"] = min(n.values())
    found = {name: percentile_interval(estimates[name], samples[name], 0.95, n[name]) for name in estimates}
    return {name: _rounded({"estimate": one.estimate, "low": one.low, "high": one.high}) for name, one in found.items()}


def framings(
    sets: Path, cache: Path, valid: FaceSet, classifier: Classifier, widths: Sequence[float]
) -> list[dict[str, Any]]:
    """Rule 6: squares of other widths beside that of the training images; all faces are cut out as an analysis does it."""
    held = {
        width: Development(
            [framed_again(valid, cache, width), *foreign_sets(sets, cache, width=width)], classifier, cache
        )
        for width in (1.0, *widths)
    }
    first = held.pop(1.0)
    as_they_are = Development([valid, *foreign_sets(sets, cache, width=1.0, framed=False)], classifier, cache)
    rows = {
        "small pictures as they are": as_they_are,
        **{f"{width:g}": one for width, one in [(1.0, first), *held.items()]},
    }
    return [{"width": name, **weights_of(one), "lead": lead_of(one, first)} for name, one in rows.items()]


def framed_again(one: FaceSet, cache: Path, width: float) -> FaceSet:
    """A set of faces that were cut out by others, framed as an analysis frames those in its pictures."""
    kept = cache / f"{one.name}-{width}.npy"
    if not kept.is_file():
        analyzer = Analyzer(threads=1, view="states", conditions=CAMERA)
        np.save(kept, [framed(analyzer, np.repeat(face[..., None], 3, axis=2), width=width) for face in one.faces])
    return replace(one, faces=np.load(kept))


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--weights", type=Path, nargs="+", help="judge these models by rule 4, and nothing else")
    parser.add_argument("--widths", type=float, nargs="+", help="judge squares so wide by rule 6, and nothing else")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    classifier = Classifier(options.model, threads=1)
    valid = official_part(options.data, "valid")
    if options.widths:
        rows = framings(options.sets, options.cache, valid, classifier, options.widths)
        tell({"framings": rows, "environment": environment()}, options.json)
        return
    sets = [valid, *foreign_sets(options.sets, options.cache)]
    if options.weights:
        models = [Development(sets, Classifier(path, threads=1), options.cache) for path in options.weights]
        weights = [{**weights_of(one), "lead": lead_of(one, models[0])} for one in models]
        tell({"weights": weights, "environment": environment()}, options.json)
        return
    held = Development(sets, classifier, options.cache)
    ways = calibrations(held)
    flattened = [way for way in ways if ways[way]["worst"] <= min(row["worst"] for row in ways.values()) + 0.01]
    chosen = next(way for way in ways if way in flattened)
    splits = (SPLITS[0],) if chosen in ("as calibrated", "one temperature") else SPLITS[1:]
    camera = _best(held, held.foreign, splits=splits)
    if "temperature" not in chosen:
        camera = replace(camera, temperature=1.0)
    calm_ways = calm_calibrations(held)
    calm_better = calm_ways["as calibrated"]["worst"] > calm_ways["one temperature"]["worst"] + 0.01
    calm = _best_calm(held, held.foreign) if calm_better else held.assumed("calm")
    answered = thresholds(held, {"states": camera, "calm": calm})
    value = {
        "priors": choose_priors(held),
        "calibration": {"ways": ways, "chosen": chosen, "works": ways[chosen]["worst"] <= MOST_ERROR},
        "calm_calibration": {"ways": calm_ways, "works": min(row["worst"] for row in calm_ways.values()) <= MOST_ERROR},
        "camera": {
            "temperature": camera.temperature,
            "split_temperature": camera.split_temperature,
            "calm_temperature": calm.temperature,
            "threshold": answered["states"]["threshold"],
            "calm_threshold": answered["calm"]["threshold"],
        },
        "thresholds": answered,
        "split": split_of(held),
        "model": {"name": classifier.info.name, "file": classifier.path.name},
        "environment": environment(),
    }
    tell(value, options.json)


def tell(value: dict[str, Any], path: Path | None) -> None:
    """Print a result, and write it where a file was named."""
    print(json.dumps(value, indent=1))
    if path:
        path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
