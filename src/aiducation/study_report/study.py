"""The study report: every run below a folder as one page, figures, CSV and JSON. Needs no PyTorch."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from aiducation import published
from aiducation.data.dataset import Dataset
from aiducation.errors import DataMismatchError
from aiducation.evaluation.claim_tests import MIN_PAIRS
from aiducation.evaluation.conclusions import SAME_CHANNELS, Conclusion, conclude
from aiducation.evaluation.groups import GroupScores, by_group, read_groups
from aiducation.evaluation.intervals import Interval
from aiducation.evaluation.metrics import confusion_matrix
from aiducation.files import write_text
from aiducation.states import STATES
from aiducation.study_report import study_figures as draw
from aiducation.study_report import study_tables as tables
from aiducation.study_report.conclusions_figure import Effect, conclusions_figure
from aiducation.study_report.cross_validations import CrossValidation, cross_validations, folds_table
from aiducation.study_report.earlier import Earlier, fill, read_earlier
from aiducation.study_report.known import lists, summary, what_is_known
from aiducation.study_report.page_parts import FigureFolder, PageFigure, Table, file_names, report_folder, write_page
from aiducation.study_report.study_kernels import kernels_table
from aiducation.study_report.study_protocol import Protocol, measure_protocol, protocol_table
from aiducation.study_report.study_runs import (
    Study,
    by_model,
    epoch_range,
    load_runs,
    missing_from,
    predictions_by_model,
    published_interval,
    short_partial,
    trained_model,
)
from aiducation.study_report.unfinished import unfinished_table
from aiducation.tables.dialects import STANDARD, check_dialect, write_csv


def write_study_report(
    runs: Path,
    out: Path,
    *,
    groups: Path | None = None,
    data: Dataset | None = None,
    earlier: Path | None = None,
    csv_dialect: str = STANDARD,
    force: bool = False,
) -> Path:
    """Write ``index.html``, ``results.csv``, ``results.json``, a CSV file a table and ``figures/`` about a study.

    Args:
        runs: folder with the runs, as ``aiducation study`` lays them out.
        out: folder to write to.
        groups: table of image id and groups (see ``evaluation.groups.read_groups``); adds accuracy by group.
        data: the prepared data; adds what is known of the study's statements about it.
        earlier: ``results.json`` of an earlier report, for the protocol and the cross-validations that these runs lack.
        csv_dialect: of ``tables.dialects.DIALECTS``.
        force: write into a folder that is not empty; files of an earlier report go.

    Returns:
        The path of the page.

    Raises:
        RunError: there is no run, or one is damaged.
        DataMismatchError: runs were trained on different data, also than ``data`` and ``earlier``; runs of one network on one
            split differ in more than their seed; or no image has a group.
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
        ConfigError: there is no such dialect.
    """
    check_dialect(csv_dialect)
    annotated = (
        read_groups(groups) if groups else {}
    )  # small tables first: what is wrong with them shows before the work
    before = read_earlier(earlier) if earlier else None
    study = Study.of(load_runs(runs))
    _check_data(study, data, before)
    with report_folder(out, force=force) as folder:
        values = study_numbers(study, annotated, data, before)
        plain = FigureFolder(folder / "figures")  # what is in them is whole
        figures = dataclasses.replace(plain, stamp=short_partial(study))
        sections = {
            "overview": _table_2_2(figures, study, values),
            "architecture": _architecture(figures, study),
            "confusion": _confusion(figures, study, values),
            "curves": _curves(figures, study),
            "conclusions": _conclusions(figures, values),
            "protocol": _protocol(plain, values),
            "folds": _folds(plain, values),
            "groups": _groups(figures, values),
        }
        for name, table in values["tables"].items():
            if table is not None:
                table.write_csv(folder / f"{name}.csv", csv_dialect)
        _write_results(folder, values, csv_dialect)
        page = folder / "index.html"
        write_page("study_report.html", page, figures=sections, study=study, published=published, **values)
    return out / "index.html"


def _check_data(study: Study, data: Dataset | None, earlier: Earlier | None) -> None:
    """Nothing of other data comes into the report."""
    ours = study.runs[0].info.data_hash
    for what, theirs in (("The prepared data", data), ("The earlier report", earlier)):
        if theirs is not None and theirs.data_hash != ours:
            raise DataMismatchError(
                f"{what} ({theirs.data_hash[:12]}) is not what these runs were trained on ({ours[:12]}); leave it out, or name "
                "another."
            )


def study_numbers(
    study: Study,
    annotated: Mapping[str, Mapping[int, str]],
    data: Dataset | None = None,
    earlier: Earlier | None = None,
) -> dict[str, Any]:
    """Everything that the report says, by the names that its page uses."""
    protocol, folds = fill(measure_protocol(study), cross_validations(study), earlier)
    best = tables.best_model(study.twelve) or tables.best_model(study.main)
    trained = [one for run in study.twelve if (one := trained_model(run)) is not None]
    values: dict[str, Any] = {
        "scores": {part: tables.model_scores(study.main, part) for part in ("valid", "test")},
        "best": best,
        "missing_from": missing_from(study),
        "partial": short_partial(study),
        "conclusions": conclude(trained) if study.is_published else [],
        "protocol": protocol,
        "folds": folds,
        "by_attribute": _scores_by_group(study, best, annotated),
        "results": tables.flat_results(study.runs),
        "headline": _headline(study),
    }
    known = what_is_known(
        study, values["conclusions"], values["scores"]["valid"], protocol, folds, values["by_attribute"], data
    )
    values |= {"known": known, "known_summary": summary(study, known), "known_lists": lists(known)}
    return {**values, "tables": _tables(study, values)}


def _tables(study: Study, values: Mapping[str, Any]) -> dict[str, Table | None]:
    """Every table by the name of its CSV file; None where there is nothing to show."""
    valid, test = values["scores"]["valid"], values["scores"]["test"]
    protocol, by_attribute = values["protocol"], values["by_attribute"]
    shown: dict[str, Table | None] = {
        "table_2_2": tables.published_table(study.twelve, valid),
        "test": tables.test_table(study.twelve, test, valid),
        "others": tables.test_table(study.others, test, valid),
        "runs": tables.runs_table(finished) if (finished := [run for run in study.runs if run.finished]) else None,
        "unfinished": unfinished_table(study.unfinished),
        "kernels": kernels_table(study.twelve),
        "comparisons": tables.comparisons_table(study.main, values["best"]),
        "conclusions": tables.conclusions_table(values["conclusions"]) if values["conclusions"] else None,
        "protocol": protocol_table(protocol) if protocol else None,
        "environment": tables.environment_table(study.runs),
    }
    folds = file_names(f"folds_{one.model}_{one.split}" for one in values["folds"])
    shown |= {name: folds_table(one) for name, one in zip(folds, values["folds"], strict=True)}
    for (attribute, found), (name, pairs) in zip(by_attribute.items(), _names_of_groups(by_attribute), strict=True):
        shown[name] = tables.groups_table(attribute, found)
        shown[pairs] = tables.group_pairs_table(attribute, found)
    return shown


def _names_of_groups(attributes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What the files of each attribute are called: of its groups, and of their pairs."""
    names = file_names(name for one in attributes for name in (f"groups_{one}", f"groups_{one}_pairs"))
    return zip(names[::2], names[1::2], strict=True)


def _headline(study: Study) -> list[tuple[str, str]]:
    """Number and label of each tile at the top of the page."""
    folds = [run for some in study.folds.values() for run in some]
    done = study.twelve if study.is_published else study.main or folds
    seeds = {run.info.seed for run in done or study.runs}
    splits = {run.info.split for run in study.runs if run.info.fold is None} or {run.info.split for run in folds}
    models = len(by_model(done))
    epochs = f"{published.EPOCHS}" if study.is_published else epoch_range(done)
    return [
        (f"{models} of {len(published.MODELS)}", "published models finished")
        if study.is_published
        else (f"{models}", "models" if models != 1 else "model"),
        (epochs, f"{'epochs' if epochs != '1' else 'epoch'} of training each"),
        (f"{len(seeds)}", "seeds" if len(seeds) != 1 else "seed"),
        (f"{len(splits)}", f"splits; tables: {study.split}" if len(splits) != 1 else f"split: {', '.join(splits)}"),
        (f"{len(study.runs) - len(study.unfinished)} of {len(study.runs)}", "training runs finished")
        if study.unfinished
        else (f"{len(study.runs)}", "training runs" if len(study.runs) != 1 else "training run"),
    ]


def _scores_by_group(study: Study, best: str, annotated: Mapping[str, Mapping[int, str]]) -> dict[str, GroupScores]:
    """Test scores (validation where there is no test) of the best model's first run, by group of each attribute."""
    runs = [run for run in study.main if run.info.model == best]
    predictions = next((p for run in runs for p in (run.test, run.valid) if p is not None), None)
    if predictions is None:
        return {}
    return {attribute: by_group(predictions, members) for attribute, members in annotated.items()}


# --- sections of figures ---------------------------------------------------------------------------------------------


def _table_2_2(figures: FigureFolder, study: Study, values: Mapping[str, Any]) -> list[PageFigure]:
    scores = values["scores"]
    names = [name for name in published.MODELS if name in scores["valid"]]
    if not names:
        return []
    known = {name: published_interval(published.TABLE_2_2[name].accuracy, published.TABLE_2_2_IMAGES) for name in names}
    series = [
        draw.valid_series({name: scores["valid"][name]["accuracy"] for name in names}),
        draw.test_series({name: scores["test"][name]["accuracy"] for name in names if name in scores["test"]}),
        draw.published_series(known),
    ]
    caption = (
        f"Accuracy of each model with its 95 % interval ({study.split} split, mean over seeds), beside the published "
        f"number (table 2.2) with the interval that follows from 2,225 images."
    )
    return [figures.add("table_2_2", draw.points_figure("Table 2.2, measured again", names, series), caption)]


def _architecture(figures: FigureFolder, study: Study) -> list[PageFigure]:
    models = [model for run in study.twelve if (model := trained_model(run)) is not None]
    if len({model.name for model in models}) < 2 * MIN_PAIRS:  # a box of fewer compares nothing but single networks
        return []
    tested = [model.test for model in models if model.test is not None]
    part, judged = ("test", tested) if len(tested) == len(models) else ("validation", [m.valid for m in models])
    points = [
        draw.ModelPoint(
            channels=model.channels,
            blocks=model.blocks,
            kernel_size=model.kernel_size,
            accuracy=float(predictions.correct.mean()),
        )
        for model, predictions in zip(models, judged, strict=True)
    ]
    caption = (
        f"Accuracy ({part}) of every trained model, a point each; from four on with a box of quartiles and median and whiskers "
        f"of the range. Chance between trainings is not in it: what follows from it stands with the conclusions below."
    )
    if alike := draw.alike(points):
        caption += f" All of these networks have {' and '.join(alike)}, so that nothing is compared there."
    return [figures.add("architecture", draw.boxes_figure(points, f"{part} accuracy"), caption)]


def _confusion(figures: FigureFolder, study: Study, values: Mapping[str, Any]) -> list[PageFigure]:
    shown = []
    for part, words in (("test", "Test"), ("valid", "Validation")):
        confusions = {name: _confusion_of(models) for name, models in predictions_by_model(study.main, part).items()}
        states = STATES
        if values["best"] in confusions:
            figure = draw.confusion_figure(confusions[values["best"]], states, f"{words}: {values['best']}")
            caption = (
                f"{words} images, for the model that was chosen by validation: share of the true state, and "
                "number of images."
            )
            shown.append(figures.add(f"confusion_best_{part}", figure, caption))
        if len(confusions) > 1:
            figure = draw.confusions_figure(confusions, states, f"{words}: errors of each model")
            caption = f"{words} images, per cent of the true state; rows true, columns predicted; seeds together."
            shown.append(figures.add(f"confusion_{part}", figure, caption))
    return shown


def _confusion_of(models: Sequence[Any]) -> np.ndarray:
    return np.asarray(sum(confusion_matrix(p.y_true, p.y_pred, len(p.states)) for p in models))


def _curves(figures: FigureFolder, study: Study) -> list[PageFigure]:
    runs = [run for run in study.main if len(run.log.get("epoch", ()))]
    logs = {name: [run.log for run in group] for name, group in by_model(runs).items()}
    if not logs:
        return []
    losses, scores = "Training and validation loss; one line for each run.", "Scores on the validation images"
    highest = {
        words: max(float(np.nanmax(log[column])) for some in logs.values() for log in some)
        for words, column in (("training", "train_loss"), ("validation", "valid_loss"))
    }
    top = draw.loss_top(logs)
    if top is not None and max(highest.values()) > top:
        said = " and ".join(f"{loss:.2f} in {words}" for words, loss in highest.items())
        losses += f" The axis ends at {top:.2f}; the highest loss of an epoch is {said}."
    return [
        figures.add("losses", draw.losses_figure(logs), losses),
        figures.add(
            "metrics", draw.metrics_figure(logs), f"{scores}; one line for each run and score (F1: mean of the states)."
        ),
    ]


def _conclusions(figures: FigureFolder, values: Mapping[str, Any]) -> list[PageFigure]:
    found: Sequence[Conclusion] = values["conclusions"]
    effects = [
        Effect(one.claim, one.interval, one.verdict, one.unit)
        for one in found
        if one.interval is not None and one.interval.has_limits and one.interval.low != one.interval.high
    ]
    if not effects:
        return []
    shown = {one.claim for one in effects}
    caption = "Effect of each claim with its interval; values right of zero support the claim"
    caption += f" (“{SAME_CHANNELS}”: values near zero)." if SAME_CHANNELS in shown else "."
    if absent := [one.claim for one in found if one.claim not in shown]:
        caption += (
            " Not shown, because it needs no measurement or too few networks are finished for an interval: "
            f"{'; '.join(absent)}."
        )
    return [figures.add("conclusions", conclusions_figure(effects), caption)]


def _protocol(figures: FigureFolder, values: Mapping[str, Any]) -> list[PageFigure]:
    protocol: Protocol | None = values["protocol"]
    if protocol is None:
        return []
    series = [
        draw.valid_series(protocol.valid),
        draw.test_series(protocol.test),
    ]
    figure = draw.points_figure("Accuracy under the published protocol and without it", list(protocol.valid), series)
    caption = (
        "The same models, trained and scored under each split: on the images that were used to choose the "
        "epoch, and on others."
    )
    gained = draw.points_figure(
        "What the published protocol changes",
        list(protocol.effects),
        [draw.difference_series(protocol.effects)],
        zero=True,
    )
    return [
        figures.add("protocol", figure, caption),
        figures.add("protocol_effects", gained, "Differences in accuracy with 95 % intervals."),
    ]


def _folds(figures: FigureFolder, values: Mapping[str, Any]) -> list[PageFigure]:
    found: Sequence[CrossValidation] = values["folds"]
    ours = {f"{one.name}, {one.trained} each": [v["accuracy"].estimate for v in one.scores.values()] for one in found}
    if not ours:
        return []
    figure = draw.folds_figure(ours, [fold.accuracy for fold in published.K_FOLD])
    caption = (
        "Each point is a fold's best validation accuracy; the bar is their mean. Networks of other sizes and lengths of training "
        "cannot be compared by it."
    )
    return [figures.add("folds", figure, caption)]


def _groups(figures: FigureFolder, values: Mapping[str, Any]) -> list[PageFigure]:
    found: Mapping[str, GroupScores] = values["by_attribute"]
    return [
        figures.add(
            name,
            draw.groups_figure(
                attribute, {name: one["accuracy"] for name, one in scores.by_group.items()}, scores.overall["accuracy"]
            ),
            f"Accuracy of {values['best']} by {attribute}; the dashed line is the accuracy on all annotated images.",
        )
        for (attribute, scores), (name, _) in zip(found.items(), _names_of_groups(found), strict=True)
    ]


# --- files -----------------------------------------------------------------------------------------------------------


def _write_results(folder: Path, values: Mapping[str, Any], csv_dialect: str) -> None:
    """``results.csv`` with one row a run, and ``results.json`` with everything."""
    rows: Sequence[Mapping[str, Any]] = values["results"]
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[row.get(name, "") for name in names] for row in rows]
    shown = [[Decimal(f"{cell:.6g}") if isinstance(cell, float) else cell for cell in line] for line in cells]
    write_csv(folder / "results.csv", names, shown, csv_dialect)
    kept = ("partial", "missing_from", "best", "known", "conclusions", "protocol", "folds", "by_attribute")
    value = {name: values[name] for name in kept}
    value |= {"models": values["scores"], "runs": rows, "environment": dict(values["tables"]["environment"].rows)}
    write_text(folder / "results.json", json.dumps(_plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    """JSON values: data classes as objects, pairs of names joined, NaN as null."""
    if isinstance(value, Interval):
        return {name: _plain(getattr(value, name)) for name in ("estimate", "low", "high")}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {" minus ".join(name) if isinstance(name, tuple) else str(name): _plain(v) for name, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
