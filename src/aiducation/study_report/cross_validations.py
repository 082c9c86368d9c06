"""Cross-validations: the scores of each fold, from runs or from an earlier report, beside the published folds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiducation import published
from aiducation.evaluation.intervals import Interval, mean_interval
from aiducation.predictions import Predictions
from aiducation.study_report.page_parts import Table
from aiducation.study_report.study_runs import Study, StudyRun, epoch_range, mean_scores
from aiducation.study_report.study_tables import TABLE_SCORES


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """One network on one split in folds.

    Attributes:
        model, split: their names.
        epochs: of each fold, for example "10" or "5–10".
        seeds: over which the scores are averaged.
        scores: fold -> score (``TABLE_SCORES``) -> interval, on the images of the fold at the best epoch.
        origin: the earlier report that it comes from; "" if it was measured on the runs at hand.
    """

    model: str
    split: str
    epochs: str
    seeds: int
    scores: Mapping[int, Mapping[str, Interval]]
    origin: str = ""

    @property
    def name(self) -> str:
        """For example ``Compact_W16_D1, folds10``."""
        return f"{self.model}, {self.split}"

    @property
    def trained(self) -> str:
        """For example ``10 epochs``."""
        return f"{self.epochs} {'epoch' if self.epochs == '1' else 'epochs'}"

    @property
    def accuracy(self) -> Interval:
        """The mean over the folds, with its Student t interval."""
        return mean_interval([values["accuracy"].estimate for values in self.scores.values()])


def cross_validations(study: Study) -> list[CrossValidation]:
    """Those of which at least one fold is finished, by model and split."""
    found = []
    for (model, split), runs in study.folds.items():
        if scores := _scores(runs):
            seeds = len({run.info.seed for run in runs})
            found.append(
                CrossValidation(model=model, split=split, epochs=epoch_range(runs), seeds=seeds, scores=scores)
            )
    return found


def _scores(runs: Sequence[StudyRun]) -> dict[int, dict[str, Interval]]:
    folds: dict[int, list[Predictions]] = {}
    for fold, some in itertools.groupby(
        sorted((run for run in runs if run.valid is not None), key=lambda run: run.info.fold or 0),
        key=lambda run: run.info.fold or 0,
    ):
        folds[fold] = [run.valid for run in some if run.valid is not None]
    return {
        fold: {name: one[name] for name in TABLE_SCORES} for fold, some in folds.items() if (one := mean_scores(some))
    }


def folds_table(one: CrossValidation) -> Table:
    """A cross-validation beside the published one, fold by fold, with means."""
    columns = ["fold"]
    for label in TABLE_SCORES.values():
        columns += [label, "published"]
    rows = []
    for fold in range(max(len(published.K_FOLD), 1 + max(one.scores))):
        row: list[Any] = [str(fold)]
        for score in TABLE_SCORES:
            row.append(one.scores[fold][score] if fold in one.scores else None)
            row.append(getattr(published.K_FOLD[fold], score) if fold < len(published.K_FOLD) else None)
        rows.append(row)
    mean: list[Any] = ["mean"]
    for score in TABLE_SCORES:
        mean.append(mean_interval([values[score].estimate for values in one.scores.values()]))
        mean.append(mean_interval([getattr(fold, score) for fold in published.K_FOLD]))
    seeds = f"Means over {one.seeds} seeds. " if one.seeds > 1 else ""
    origin = f"From {one.origin}. " if one.origin else ""
    return Table(
        title=one.name,
        columns=columns,
        rows=[*rows, mean],
        note=f"{origin}Validation images of each fold at the best epoch, as published; {one.trained} for each fold here, "
        f"{published.EPOCHS} as published, and the published network need not be {one.model}. {seeds}Here all duplicates of a "
        f"photo are in one fold; the published folds are others, drawn image by image. Small: 95 % intervals over the photos "
        f"of a fold; in the last row Student t intervals of the means, somewhat too narrow because folds share training images.",
    )
