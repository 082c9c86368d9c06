"""Numbers and tables of the study report, from its runs. Nothing here draws or writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation import published
from aiducation.evaluation.comparisons import compare_sets, holm
from aiducation.evaluation.conclusions import Conclusion
from aiducation.evaluation.groups import GroupScores
from aiducation.evaluation.intervals import Interval, mean_interval, score_intervals
from aiducation.predictions import Predictions
from aiducation.report.page import Table
from aiducation.report.study_runs import (
    SPLIT_KINDS,
    Study,
    StudyRun,
    accuracy_difference,
    by_model,
    mean_scores,
    predictions_by_model,
)

#: The scores of table 2.2, in its order, and what its columns are called here.
TABLE_SCORES = {
    "accuracy": "accuracy",
    "recall_macro": "recall",
    "precision_macro": "precision",
    "f1_macro": "F1",
}

#: Model -> score -> interval.
ModelScores = Mapping[str, Mapping[str, Interval]]


def model_scores(runs: Iterable[StudyRun], part: str) -> dict[str, dict[str, Interval]]:
    """Scores of each model on "valid" or "test", averaged over its seeds."""
    return {name: mean_scores(models) for name, models in predictions_by_model(runs, part).items()}


def published_table(scores: ModelScores, epochs: Mapping[str, str]) -> Table:
    """Table 2.2: ours on validation at the best epoch, each score beside the published one; all twelve models."""
    columns = ["model", "epochs"]
    for label in TABLE_SCORES.values():
        columns += [label, "published"]
    rows = []
    for name, known in published.TABLE_2_2.items():
        row: list[Any] = [name, epochs[name] if name in scores else None]
        for score in TABLE_SCORES:
            row += [scores[name][score] if name in scores else None, getattr(known, score)]
        rows.append(row)
    return Table(
        columns=columns,
        rows=rows,
        note="Validation images, best epoch; recall, precision and F1 are means over the states (macro). Small: 95 % "
        "intervals. The published numbers come from other images of the same data, 2,225 of them, so that they are "
        "good to about ±0.02 themselves.",
    )


def test_table(scores: ModelScores, valid: ModelScores, epochs: Mapping[str, str]) -> Table:
    """Scores on the test images, which chose nothing, and what choosing the epoch had added on validation."""
    return Table(
        columns=["model", "epochs", *TABLE_SCORES.values(), "accuracy on validation"],
        rows=[
            [
                name,
                epochs[name],
                *(scores[name][score] for score in TABLE_SCORES),
                valid[name]["accuracy"] if name in valid else None,
            ]
            for name in scores
        ],
        note="Test images, each looked at once, with the weights of the best validation epoch.",
    )


def runs_table(runs: Sequence[StudyRun]) -> Table:
    """What was run: epochs done of asked, best epoch, size, speed."""
    rows = []
    for run in runs:
        speed = run.log.get("images_per_s", np.zeros(0))
        seconds = run.log.get("seconds", np.zeros(0))
        info = run.info
        rows.append(
            [
                info.model,
                info.split,
                info.seed,
                info.fold,
                f"{info.epochs_done} of {info.epochs}",
                info.best_epoch or None,
                f"{info.parameters / 1e6:.2f} M",
                round(float(np.median(speed))) if len(speed) else None,
                round(float(seconds.sum()) / 60, 1) if len(seconds) else None,
            ]
        )
    return Table(
        columns=["model", "split", "seed", "fold", "epochs", "best", "parameters", "images/s", "minutes"], rows=rows
    )


def flat_results(runs: Sequence[StudyRun]) -> list[dict[str, Any]]:
    """One flat dictionary a run: what it was, and every score on validation and test with its limits."""
    rows = []
    for run in runs:
        info = run.info
        row: dict[str, Any] = {
            "model": info.model,
            "split": info.split,
            "seed": info.seed,
            "fold": info.fold,
            "epochs_done": info.epochs_done,
            "epochs": info.epochs,
            "best_epoch": info.best_epoch,
            "parameters": info.parameters,
        }
        for part in ("valid", "test"):
            predictions = run.predictions(part)
            row[f"n_{part}"] = None if predictions is None else len(predictions)
            for name, interval in ({} if predictions is None else score_intervals(predictions)).items():
                row[f"{part}_{name}"] = interval.estimate
                row[f"{part}_{name}_low"], row[f"{part}_{name}_high"] = interval.low, interval.high
        rows.append(row)
    return rows


def best_model(runs: Sequence[StudyRun]) -> str:
    """The model with the highest mean validation accuracy; "" where there is none. The test is not looked at."""
    means = {
        name: float(np.mean([p.correct.mean() for p in models]))
        for name, models in predictions_by_model(runs, "valid").items()
    }
    return max(means, key=lambda name: means[name], default="")


def comparisons_table(runs: Sequence[StudyRun], best: str) -> Table | None:
    """The model that validation chose against each other, paired on the same test images; None with fewer than two."""
    models = predictions_by_model(runs, "test")
    if best not in models or len(models) < 2:
        return None
    found = {name: compare_sets(models[best], others) for name, others in models.items() if name != best}
    adjusted = holm({name: comparison.p_value for name, comparison in found.items()})
    return Table(
        columns=[f"{best} minus", "difference in accuracy", "p", "p, Holm", "different at 5 %"],
        rows=[
            [name, comparison.difference, comparison.p_value, adjusted[name], "yes" if adjusted[name] < 0.05 else "no"]
            for name, comparison in found.items()
        ],
        note="Paired sign-flip tests on the test images, copies of one photo counted once. They tell these trained "
        "models apart, not their architectures: another seed gives another model.",
    )


def conclusions_table(conclusions: Sequence[Conclusion]) -> Table:
    """The tested conclusions for a CSV file."""
    return Table(
        columns=["claim", "published evidence", "effect", "interval", "verdict", "reason", "caveat"],
        rows=[
            [one.claim, one.published_evidence, one.effect, one.interval, one.verdict, one.reason, one.caveat]
            for one in conclusions
        ],
    )


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How much the published protocol flatters, from the same models trained on several splits.

    Attributes:
        models: names of the models behind the numbers, the same on every split; ``epochs`` that each had.
        valid, test: kind of split -> accuracy on the images that chose the epoch, and on those that chose nothing.
        effects: what flatters -> by how much (differences in accuracy; positive flatters).
    """

    models: Sequence[str]
    epochs: Sequence[int]
    valid: Mapping[str, Interval]
    test: Mapping[str, Interval]
    effects: Mapping[str, Interval]


def measure_protocol(study: Study) -> Protocol | None:
    """Compare validation and test, and the splits, on models that were trained equally long on every split there.

    None without at least one model that has predictions on both parts.
    """
    groups: dict[str, dict[tuple[str, int], list[StudyRun]]] = {}
    for kind in SPLIT_KINDS:
        for run in study.on_kind(kind):
            if run.valid is not None and run.test is not None:
                key = (run.info.model, run.info.epochs_done)
                groups.setdefault(kind, {}).setdefault(key, []).append(run)
    shared = sorted(set.intersection(*(set(group) for group in groups.values()))) if groups else []
    if not shared:
        return None
    chosen = {kind: [run for key in shared for run in group[key]] for kind, group in groups.items()}
    valid = {kind: [run.valid for run in runs if run.valid is not None] for kind, runs in chosen.items()}
    test = {kind: [run.test for run in runs if run.test is not None] for kind, runs in chosen.items()}
    effects = {
        f"epoch chosen on the scored images ({kind})": accuracy_difference(valid[kind], test[kind]) for kind in chosen
    }
    if {"published", "random"} <= set(chosen):
        effects["copies cut apart (test)"] = accuracy_difference(test["published"], test["random"])
    if "published" in chosen:
        for part, models in (("validation", valid["published"]), ("test", test["published"])):
            if pair := _with_and_without_copy(models):
                effects[f"a copy in train ({part}, published)"] = accuracy_difference(*pair)
        for kind in ("random", "official"):
            if kind in chosen:
                effects[f"altogether, against the test of {kind}"] = accuracy_difference(valid["published"], test[kind])
    return Protocol(
        models=[name for name, _ in shared],
        epochs=[epochs for _, epochs in shared],
        valid={kind: mean_scores(models)["accuracy"] for kind, models in valid.items()},
        test={kind: mean_scores(models)["accuracy"] for kind, models in test.items()},
        effects=effects,
    )


def _with_and_without_copy(models: Sequence[Predictions]) -> tuple[list[Predictions], list[Predictions]] | None:
    """The images with a copy in the training part, and the others; None where this is not known or one is empty."""
    if any("has_copy_in_train" not in model.info for model in models):
        return None
    copied = np.isin(models[0].ids, models[0].info["has_copy_in_train"])
    if copied.all() or not copied.any():
        return None
    return [model.where(copied) for model in models], [model.where(~copied) for model in models]


def protocol_table(protocol: Protocol) -> Table:
    """The effects as a table."""
    return Table(
        columns=["what flatters", "accuracy gained"],
        rows=[[name, interval] for name, interval in protocol.effects.items()],
        note="Epoch chosen on the scored images: validation minus test. Copies cut apart: test of “published” minus "
        "test of “random”. A copy in train: images that have one minus those that have none. Altogether: validation of "
        "“published” minus that test. Different images carry chance of their own; an interval that includes 0 shows "
        "nothing.",
    )


def folds_table(folds: Sequence[StudyRun]) -> Table | None:
    """The cross-validation of one model beside the published one, fold by fold, with means; None without any."""
    scored = [(run, score_intervals(run.valid, n_resamples=1)) for run in folds if run.valid is not None]
    if not scored:
        return None
    columns = ["fold"]
    for label in TABLE_SCORES.values():
        columns += [label, "published"]
    count = max(len(published.K_FOLD), *(1 + (run.info.fold or 0) for run, _ in scored))
    rows: list[list[Any]] = []
    for fold in range(count):
        ours = [values for run, values in scored if run.info.fold == fold]
        row: list[Any] = [str(fold)]
        for score in TABLE_SCORES:
            row.append(float(np.mean([values[score].estimate for values in ours])) if ours else None)
            row.append(getattr(published.K_FOLD[fold], score) if fold < len(published.K_FOLD) else None)
        rows.append(row)
    mean: list[Any] = ["mean"]
    for i, score in enumerate(TABLE_SCORES):
        mean.append(mean_interval([row[1 + 2 * i] for row in rows if row[1 + 2 * i] is not None]))
        mean.append(mean_interval([getattr(fold, score) for fold in published.K_FOLD]))
    return Table(
        columns=columns,
        rows=[*rows, mean],
        note="Validation images of each fold at the best epoch, as published. The folds here never cut copies apart, "
        "the published ones did, and they are not the same folds. Small: 95 % Student t intervals of the means, "
        "somewhat too narrow because folds share training images.",
    )


def folds_by_model(study: Study) -> dict[str, list[float]]:
    """Accuracy of each fold, by model."""
    found = {name: [run.valid for run in runs if run.valid is not None] for name, runs in by_model(study.folds).items()}
    return {name: [float(p.correct.mean()) for p in models] for name, models in found.items() if models}


def groups_table(attribute: str, scores: GroupScores) -> Table:
    """Accuracy and F1 of each group, withheld groups with the reason, and the published accuracy where there is one."""
    known = {one.group: one.accuracy_before for one in published.GROUPS if one.attribute == attribute}
    rows = []
    for name, count in scores.n_images.items():
        values = scores.by_group.get(name)
        remark = scores.withheld.get(name) or scores.caveats.get(name, "")
        rows.append(
            [
                name,
                count,
                values["accuracy"] if values else None,
                values["f1_macro"] if values else None,
                known.get(name),
                remark,
            ]
        )
    rows.append(
        ["all", sum(scores.n_images.values()), scores.overall["accuracy"], scores.overall["f1_macro"], None, ""]
    )
    widest = ""
    if scores.difference is not None:
        widest = (
            f"Largest difference: {scores.group_max} minus {scores.group_min} = {scores.difference}; "
            f"lowest accuracy: {scores.group_min}. "
        )
    return Table(
        columns=[attribute, "images", "accuracy", "F1", "published", "remark"],
        rows=rows,
        note=f"{widest}Intervals of differences hold for all pairs together. {scores.n_without_group:,} images without "
        "a group are left out. The published accuracies are of other images and another annotation.",
    )


def environment_table(runs: Sequence[StudyRun]) -> Table:
    """What the runs were made with; several values where runs differ."""
    values: dict[str, list[str]] = {}
    for run in runs:
        facts = {"data hash": run.info.data_hash, "criteria": run.info.criteria, **_flat(run.info.environment)}
        for name, value in facts.items():
            if (text := str(value)) not in values.setdefault(name, []):
                values[name].append(text)
    return Table(columns=["what", "value"], rows=[[name, " · ".join(sorted(found))] for name, found in values.items()])


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value) if isinstance(value, Mapping) else {name: value}
    return flat
