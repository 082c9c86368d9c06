"""The runs of a study, read and sorted: which split, which models, which seeds, and what is missing."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aiducation import published
from aiducation.data.splits import parse_split_name
from aiducation.errors import DataMismatchError, RunError
from aiducation.evaluation.evidence import TrainedModel
from aiducation.evaluation.intervals import Interval, mean_score_intervals, wilson
from aiducation.predictions import Predictions, check_same_images
from aiducation.runs import RunFolder, RunInfo, find_runs

#: Runs that a sentence names; of more it says how many.
_MOST_NAMED = 6

#: Kinds of split, in the order of trust: the first that has runs of the twelve models carries the main tables.
SPLIT_KINDS = ("official", "random", "published")


@dataclass(frozen=True, kw_only=True)
class StudyRun:
    """One training run: what it was, its log, and its predictions where they were made.

    Predictions are those of the four states in any case: of a network that also knows "other", the probabilities given that it
    is one of the four, on the images that show one of them.
    """

    path: Path
    info: RunInfo
    log: dict[str, np.ndarray]
    valid: Predictions | None
    test: Predictions | None

    @property
    def label(self) -> str:
        """For example ``B16_N4_FC1_K3_AP20, seed 0``."""
        fold = "" if self.info.fold is None else f", fold {self.info.fold}"
        return f"{self.info.model}, seed {self.info.seed}{fold}"

    @property
    def split_kind(self) -> str:
        """The split's name without the seed that it was drawn with."""
        return parse_split_name(self.info.split).kind

    @property
    def wanted(self) -> int:
        """Epochs of a whole training: as published for the twelve, whatever the run was asked for; for others what it was."""
        return published.EPOCHS if self.info.model in published.TABLE_2_2 else self.info.epochs

    @property
    def differs(self) -> str:
        """Of one of the twelve, in what its training differs from the published ones, apart from its epochs; "" otherwise."""
        of_twelve = self.info.model in published.TABLE_2_2
        return published.differs(self.info.config, started=self.info.start is not None) if of_twelve else ""

    @property
    def finished(self) -> bool:
        """Whether the training is whole, and of the twelve as published: only then do its numbers stand in tables and behind
        verdicts."""
        return self.info.finished and self.info.epochs_done >= self.wanted and not self.differs

    @property
    def options(self) -> dict[str, Any]:
        """What trainings that are averaged must have in common: seeds and machines may differ."""
        rest = {name: value for name, value in self.info.config.items() if name not in ("seed", "epochs", "precision")}
        return {**rest, "start": (self.info.start or {}).get("sha256")}

    def predictions(self, part: str) -> Predictions | None:
        """Those for "valid" or "test"."""
        return self.valid if part == "valid" else self.test


def load_runs(path: Path) -> list[StudyRun]:
    """Every run at or below a folder.

    Raises:
        RunError: there is none, or one is damaged.
        DataMismatchError: they were trained on different data.
    """
    runs = []
    for folder in find_runs(path):
        valid, test = (_predictions(folder, part) for part in ("valid", "test"))
        log, info = folder.log() if folder.log_path.is_file() else {}, folder.info()
        if log and len(log["epoch"]) < info.epochs_done:
            raise RunError(
                f"{folder.log_path} has {len(log['epoch'])} epochs, but {folder.info_path} says {info.epochs_done}; "
                f"'aiducation train --resume' writes both files again."
            )
        runs.append(StudyRun(path=folder.path, info=info, log=log, valid=valid, test=test))
    hashes = {run.info.data_hash: run for run in runs}
    if len(hashes) > 1:
        first, second, *_ = hashes.values()
        raise DataMismatchError(
            f"{first.path} and {second.path} were trained on different data ({first.info.data_hash[:12]} and "
            f"{second.info.data_hash[:12]}); report them separately."
        )
    return runs


def _predictions(folder: RunFolder, part: str) -> Predictions | None:
    return folder.predictions(part).of_four_states() if folder.has_predictions(part) else None


@dataclass(frozen=True, kw_only=True)
class Study:
    """All runs of one study. Those that are not finished (``StudyRun.finished``) are listed in ``unfinished`` alone.

    Attributes:
        runs: every run.
        split: the split that the main tables are about.
    """

    runs: Sequence[StudyRun]
    split: str

    @classmethod
    def of(cls, runs: Sequence[StudyRun]) -> Study:
        """The study made of these runs; the main split has most of the twelve finished, then begun, then is the stricter.

        Raises:
            DataMismatchError: trainings that would be averaged differ in more than their seed, one is there twice, or some on one
                split had other images in its parts or folds.
        """
        _check_alike(runs)
        _check_same_parts(runs)
        whole = [run for run in runs if run.info.fold is None]

        def rank(split: str) -> tuple[int, int, int, str]:
            there = [run for run in whole if run.info.split == split]
            kind = there[0].split_kind
            trust = SPLIT_KINDS.index(kind) if kind in SPLIT_KINDS else len(SPLIT_KINDS)
            begun, finished = (
                len({run.info.model for run in some} & set(published.MODELS))
                for some in (there, [run for run in there if run.finished])
            )
            return -finished, -begun, trust, split

        splits = sorted({run.info.split for run in whole}, key=rank)
        return cls(runs=runs, split=splits[0] if splits else "")

    @property
    def _finished(self) -> list[StudyRun]:
        return [run for run in self.runs if run.finished]

    @property
    def unfinished(self) -> list[StudyRun]:
        """Runs whose training is not over, or of the twelve not as published, in the order of their names."""
        return sorted((run for run in self.runs if not run.finished), key=lambda run: run.info.model)

    @property
    def is_published(self) -> bool:
        """Whether it is about the twelve: one of them was begun."""
        return any(run.info.model in published.TABLE_2_2 and run.info.fold is None for run in self.runs)

    @property
    def main(self) -> list[StudyRun]:
        """Finished runs on the main split, the twelve in the order of table 2.2, then others by name."""
        order = {name: i for i, name in enumerate(published.MODELS)}
        found = [run for run in self._finished if run.info.split == self.split and run.info.fold is None]
        return sorted(found, key=lambda run: (order.get(run.info.model, len(order)), run.info.model, run.info.seed))

    @property
    def twelve(self) -> list[StudyRun]:
        """Runs of the published models on the main split."""
        return [run for run in self.main if run.info.model in published.TABLE_2_2]

    @property
    def others(self) -> list[StudyRun]:
        """Runs of other models on the main split."""
        return [run for run in self.main if run.info.model not in published.TABLE_2_2]

    @property
    def folds(self) -> dict[tuple[str, str], list[StudyRun]]:
        """Runs of the cross-validations, each by its model and split, in the order of seeds and folds."""
        found = [run for run in self._finished if run.info.fold is not None]
        found.sort(key=lambda run: (run.info.model, run.info.split, run.info.seed, run.info.fold or 0))
        return {
            key: list(runs) for key, runs in itertools.groupby(found, key=lambda run: (run.info.model, run.info.split))
        }

    def on_kind(self, kind: str) -> list[StudyRun]:
        """Runs on the first split of a kind ("published", "random", "official"), without folds."""
        found = [run for run in self._finished if run.split_kind == kind and run.info.fold is None]
        first = min((run.info.split for run in found), default="")
        return [run for run in found if run.info.split == first]


def _check_alike(runs: Iterable[StudyRun]) -> None:
    """Trainings of one network on one split are averaged, and their spread counts as chance: so they differ by seed alone."""
    first: dict[tuple[str, str], StudyRun] = {}
    seen: dict[tuple[str, str, int, int | None], StudyRun] = {}
    for run in runs:
        if not run.finished:
            continue
        key = (run.info.model, run.info.split)
        one, twin = first.setdefault(key, run), seen.setdefault((*key, run.info.seed, run.info.fold), run)
        names = [name for name in {**one.options, **run.options} if one.options.get(name) != run.options.get(name)]
        if names:
            had, has = (some.options.get(names[0]) for some in (one, run))
            raise DataMismatchError(
                f"{one.path} and {run.path} are trainings of {run.info.model} on the split '{run.info.split}' that differ in "
                f"more than their seed ({names[0]}: {had} and {has}), so they cannot be averaged; report them separately."
            )
        if twin is not run:
            raise DataMismatchError(
                f"{twin.path} and {run.path} are the same training ({run.label}, split '{run.info.split}'), which would count "
                "twice; move one of them away."
            )


def _check_same_parts(runs: Iterable[StudyRun]) -> None:
    """The parts of a split are the same in every training on it, and its folds share no image. Neither its name nor the hash of
    the data says so: both stay when data is prepared again with another search for duplicates."""
    first: dict[tuple[Any, ...], StudyRun] = {}
    held_out: dict[tuple[Any, ...], dict[int, StudyRun]] = {}
    for run in runs:
        if not run.finished:
            continue
        key = (run.info.split, run.info.config.get("recipe"), run.info.states)
        one = first.setdefault((*key, run.info.fold), run)
        had, has = ((some.info.n_train, some.info.n_valid, some.info.n_test) for some in (one, run))
        if had != has:
            raise _other_images(one, run, f"train, valid, test: {had} and {has}")
        if run.info.fold is None or run.valid is None:
            continue
        seen = held_out.setdefault(key, {})
        for image in run.valid.ids.tolist():
            if (one := seen.setdefault(image, run)).info.fold != run.info.fold:
                raise _other_images(one, run, f"image {image} is in fold {one.info.fold} and fold {run.info.fold}")


def _other_images(one: StudyRun, run: StudyRun, what: str) -> DataMismatchError:
    return DataMismatchError(
        f"{one.path} and {run.path} were trained on other images of the split '{run.info.split}' ({what}): the data was prepared "
        "again between the two, or the split was edited; report them separately."
    )


def by_model(runs: Iterable[StudyRun]) -> dict[str, list[StudyRun]]:
    """Runs by the name of their model, in the order that they come."""
    models: dict[str, list[StudyRun]] = {}
    for run in runs:
        models.setdefault(run.info.model, []).append(run)
    return models


def predictions_by_model(runs: Iterable[StudyRun], part: str) -> dict[str, list[Predictions]]:
    """Predictions for a part by model; a model without any is left out."""
    found = {name: [run.predictions(part) for run in group] for name, group in by_model(runs).items()}
    return {name: there for name, group in found.items() if (there := [p for p in group if p is not None])}


def trained_model(run: StudyRun) -> TrainedModel | None:
    """What the tests of the published conclusions need; None for other architectures and unfinished first epochs."""
    if run.info.model not in published.MODELS or run.valid is None or not len(run.log.get("epoch", ())):
        return None
    channels, blocks, fc_layers, kernel_size, _ = map(int, re.findall(r"\d+", run.info.model))
    return TrainedModel(
        name=run.info.model,
        channels=channels,
        blocks=blocks,
        fc_layers=fc_layers,
        kernel_size=kernel_size,
        seed=run.info.seed,
        log=run.log,
        valid=run.valid,
        test=run.test,
        epochs=run.info.epochs,
        epochs_done=run.info.epochs_done,
    )


def missing_from(study: Study) -> list[str]:
    """Everything that keeps a study from being whole, a sentence each; empty if nothing does.

    A study with any of the published models is whole with the whole published grid, one of other models with all its epochs.
    """
    found = by_model(study.twelve)
    reasons = []
    absent = [name for name in published.MODELS if name not in found] if study.is_published else []
    if absent:
        are = "is" if len(found) == 1 else "are"
        reasons.append(
            f"{len(found)} of the {len(published.MODELS)} published models {are} finished; missing: {', '.join(absent)}."
        )
    seeds = sorted({run.info.seed for run in study.twelve})
    for name, runs in found.items():
        if lacking := [str(seed) for seed in seeds if seed not in {run.info.seed for run in runs}]:
            reasons.append(f"{name} was not trained with seed {', '.join(lacking)}.")
    short: dict[tuple[int, str], list[str]] = {}
    for run in study.unfinished:
        wanted = max(run.wanted, run.info.epochs)
        if run.info.epochs_done < wanted:
            where = f"{run.info.split} split" if run.info.fold is None else f"{run.info.split}, cross-validation"
            reached = f"{run.info.epochs_done} of {wanted} epochs ({where})"
            short.setdefault((run.info.epochs_done, reached), []).append(run.label)
    reasons += [f"Only {reached}: {_some(labels)}." for (_, reached), labels in sorted(short.items())]
    reasons += [f"Not trained as published: {run.label} ({run.differs})." for run in study.unfinished if run.differs]
    if untested := [run.label for run in study.main if run.test is None]:
        reasons.append(f"Without test predictions: {_some(untested)}.")
    if few_folds := _missing_folds(study):
        reasons.append(few_folds)
    return reasons


def _missing_folds(study: Study) -> str:
    parts = []
    for (model, split), runs in study.folds.items():
        wanted = parse_split_name(split).n_folds
        for seed, count in Counter(run.info.seed for run in runs).items():
            if count < wanted:
                parts.append(f"{count} of {wanted} folds of {model}, seed {seed}")
    return f"Cross-validation has only {', '.join(parts)}." if parts else ""


def _some(labels: Sequence[str]) -> str:
    rest = len(labels) - _MOST_NAMED
    return "; ".join(labels[:_MOST_NAMED]) + (f"; and {rest} more runs" if rest > 0 else "")


def short_partial(study: Study) -> str:
    """The same in a few words, for headings: ``3 of 12 networks finished``; "" if nothing is missing."""
    if not missing_from(study):
        return ""
    models = len(by_model(study.twelve))
    if study.is_published and models < len(published.MODELS):
        return f"{models} of {len(published.MODELS)} networks finished"
    return "not all runs finished"


def epoch_range(runs: Sequence[StudyRun]) -> str:
    """Epochs done, for example ``12`` or ``5–100``."""
    done = sorted({run.info.epochs_done for run in runs}) or [0]
    return str(done[0]) if len(done) == 1 else f"{done[0]}–{done[-1]}"


def mean_scores(models: Sequence[Predictions]) -> dict[str, Interval]:
    """Every score averaged over models that judged the same images, with intervals from resampling these images.

    The models of one architecture differ by seed; how far is not in the interval. For one model it is what
    ``score_intervals`` gives.

    Raises:
        DataMismatchError: the images differ.
    """
    for other in models[1:]:
        check_same_images(models[0], other)
    return mean_score_intervals(models)


def published_interval(accuracy: float, n_images: int) -> Interval:
    """The interval of a published accuracy, of which only the number of images is known."""
    low, high = wilson(accuracy, n_images)
    return Interval(estimate=accuracy, low=float(low), high=float(high))
