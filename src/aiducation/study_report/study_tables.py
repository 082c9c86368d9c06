"""Numbers and tables of the study report, from its runs. Nothing here draws or writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from aiducation import published
from aiducation.evaluation.comparisons import compare_sets, holm
from aiducation.evaluation.conclusions import Conclusion
from aiducation.evaluation.groups import GroupScores
from aiducation.evaluation.intervals import Interval, score_intervals
from aiducation.states import OTHER
from aiducation.study_report.page_parts import Table
from aiducation.study_report.study_runs import StudyRun, by_model, epoch_range, mean_scores, predictions_by_model

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


def published_table(runs: Sequence[StudyRun], scores: ModelScores) -> Table:
    """Table 2.2: ours on validation at the best epoch, each score beside the published one; all twelve models."""
    models = by_model(runs)
    columns = ["model", "epochs"]
    for label in TABLE_SCORES.values():
        columns += [label, "published"]
    rows = []
    for name, known in published.TABLE_2_2.items():
        row: list[Any] = [name, epoch_range(models[name]) if name in scores else None]
        for score in TABLE_SCORES:
            row += [scores[name][score] if name in scores else None, getattr(known, score)]
        rows.append(row)
    return Table(
        columns=columns,
        rows=rows,
        note="Validation images, best epoch; recall, precision and F1 are means over the states (macro). Small: 95 % "
        "intervals. The published numbers come from other images of the same data, 2,225 of them, so that they have "
        "an uncertainty of about ±0.02 themselves.",
    )


def test_table(runs: Sequence[StudyRun], scores: ModelScores, valid: ModelScores) -> Table | None:
    """Scores on the test images, which chose nothing, and what choosing the epoch had added on validation.

    Args:
        runs: of the models to show; None is given where none of them has scores.
        scores, valid: on the test images; on the validation images.
    """
    models = {name: group for name, group in by_model(runs).items() if name in scores}
    if not models:
        return None
    note = "Test images, evaluated once after training had finished, with the weights of the best validation epoch."
    if wider := sorted({run.info.model for run in runs if OTHER in run.info.states and run.test is not None}):
        note += (
            f' {", ".join(wider)}: weights of the last epoch; it also knows "{OTHER}", and is scored here on the images of the '
            "four states, with probabilities that are conditional on these four."
        )
    tested = [run.test for run in runs if run.test is not None]
    if unseen := sorted({state for predictions in tested for state in predictions.unseen}):
        note += f" No test image shows {' or '.join(unseen)}, which counts as 0 in recall, precision and F1."
    return Table(
        columns=["model", "epochs", *TABLE_SCORES.values(), "accuracy on validation"],
        rows=[
            [
                name,
                epoch_range(group),
                *(scores[name][score] for score in TABLE_SCORES),
                valid[name]["accuracy"] if name in valid else None,
            ]
            for name, group in models.items()
        ],
        note=note,
    )


def runs_table(runs: Sequence[StudyRun]) -> Table:
    """What was run: epochs done of asked, best epoch, size, speed."""
    rows = []
    for run in runs:
        speed = run.log.get("images_per_s", np.zeros(0))
        seconds = run.log.get("seconds", np.zeros(0))
        info, made = run.info, run.info.environment
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
                round(float(np.median(seconds))) if len(seconds) else None,
                made.get("processor") if made.get("device") == "cpu" else made.get("device"),
                made.get("commit"),
            ]
        )
    return Table(
        columns=[
            *("model", "split", "seed", "fold", "epochs", "best", "parameters", "images/s", "s an epoch"),
            *("device", "commit"),
        ],
        rows=rows,
        note="Best: the epoch that was chosen. Images/s and seconds an epoch: medians of the epochs, also of those while other "
        "programs used the machine.",
    )


def flat_results(runs: Sequence[StudyRun]) -> list[dict[str, Any]]:
    """One flat dictionary for each run: what it was and, if it is finished, every score on validation and test with limits."""
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
            "finished": "yes" if run.finished else "no",
            "best_epoch": info.best_epoch,
            "parameters": info.parameters,
        }
        for part in ("valid", "test"):
            predictions = run.predictions(part) if run.finished else None  # nothing partial looks like a result
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
        note="Paired sign-flip tests on the test images; duplicates of one photo are counted once. They compare "
        "these trained models, not their architectures: another seed gives another model.",
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
    lowest = f"Lowest accuracy: {scores.group_min}. " if scores.group_min else ""
    return Table(
        title=attribute.capitalize(),
        columns=[attribute, "images", "accuracy", "F1", "published", "remark"],
        rows=rows,
        note=f"{lowest}Images without a group that are left out: {scores.n_without_group:,}. The published accuracies are of "
        "other images and another annotation.",
    )


def group_pairs_table(attribute: str, scores: GroupScores) -> Table | None:
    """The difference of each pair of groups, the largest first; None with fewer than two groups that are shown."""
    if not scores.pairs:
        return None
    pairs = sorted(scores.pairs.items(), key=lambda pair: -pair[1].estimate)
    return Table(
        title=f"{attribute.capitalize()}: differences",
        columns=["more accurate", "less accurate", "difference in accuracy", "sure"],
        rows=[[better, worse, gap, "yes" if gap.low > 0 else "no"] for (better, worse), gap in pairs],
        note="These intervals hold for all pairs together (95 %, Bonferroni), so it is allowed to pick the largest "
        "difference. Sure: the whole interval lies above 0.",
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
