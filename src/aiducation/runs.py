"""The folder of one training run, as plain files that need no PyTorch to read.

RUN/
  run.json                what was trained, on what, where, and how far it came (RunInfo)
  split.json              the split, as it was when the run began (aiducation.data.splits)
  log.csv                 one row for each epoch (LOG_COLUMNS, for some recipes also OTHER_COLUMNS)
  best.safetensors        the weights that are kept: those of the best epoch on validation, or of the last; with a description
  checkpoint.safetensors  everything needed to go on from the last saved epoch
  valid.npz, test.npz     Predictions of the best weights; test.npz is written when training is over, unless asked for before
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.errors import DataFileError, RunError
from aiducation.files import write_json
from aiducation.predictions import Predictions
from aiducation.records import check_regular, read_record
from aiducation.schemas import ANY_OBJECT, check, listed, or_null, record, text, whole
from aiducation.states import OUTCOMES, STATES
from aiducation.tables.dialects import csv_file
from aiducation.tables.table import open_table
from aiducation.temporary import is_temporary

#: What is measured on each part in each epoch; ``scores`` of the evaluation package gives all but the loss.
METRICS: tuple[str, ...] = (
    "loss",
    "accuracy",
    *(f"{metric}_{kind}" for metric in ("precision", "recall", "f1") for kind in ("macro", "micro", *STATES)),
)

#: Columns of ``log.csv``: epoch counts from 1; ``images_per_s`` is training throughput, ``seconds`` the whole epoch.
LOG_COLUMNS: tuple[str, ...] = (
    "epoch",
    "learning_rate",
    "images_per_s",
    "seconds",
    *(f"{part}_{metric}" for part in ("train", "valid") for metric in METRICS),
)


#: Further columns at the end of ``log.csv``, written by recipes that also learn "other": accuracy over the five outcomes and
#: the area under the ROC curve for "other", both on validation images. The scores above are of the four states in any case.
#: A recipe of somebody else may have others, all with "valid_" in front (``training.recipe.Recipe.more_scores``).
OTHER_COLUMNS: tuple[str, ...] = ("valid_five_way", "valid_other_auc")

_COUNT = whole(0, 2**31 - 1)

#: What ``run.json`` looks like.
RUN_SCHEMA = record(
    {
        "model": text(longest=200),
        "config": ANY_OBJECT,
        "split": text(longest=200),
        "fold": or_null(whole(0, 99)),
        "seed": _COUNT,
        "data_hash": text(longest=200),
        "criteria": text(longest=200),
        "n_train": _COUNT,
        "n_valid": _COUNT,
        "n_test": _COUNT,
        "epochs": whole(1, 100_000),
        "parameters": whole(),
        "epochs_done": whole(0, 100_000),
        "best_epoch": whole(0, 100_000),
        "states": {**listed(text(longest=50)), "enum": [list(STATES), list(OUTCOMES)]},
        "environment": ANY_OBJECT,
        "start": or_null(ANY_OBJECT),
        "weights_sha256": or_null(text(longest=64)),
    },
    optional=("epochs_done", "best_epoch", "states", "environment", "start", "weights_sha256"),
)


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """What was trained, on what, where, and how far it came.

    Attributes:
        model: name of the model, as ``aiducation list models`` shows it.
        config: every option of the training, as JSON values: of ``TrainConfig``, or, with the key "recipe", of that recipe.
        split: name of the split; ``fold`` is the fold held out for validation, or None.
        seed: of initial weights, order of the images and augmentation.
        data_hash: SHA-256 of the prepared data; ``criteria`` is the rule set that made its states.
        n_train, n_valid, n_test: images in each part.
        epochs: epochs asked for; ``epochs_done``: epochs whose results are in the log.
        best_epoch: the epoch whose weights are kept, 0 before the first: that with the highest validation accuracy so far, or
            the last one where the recipe says so.
        parameters: number of trained numbers in the model.
        states: what the outputs of the network stand for: the four states, or these and "other".
        environment: versions, machine, commit and command (see ``aiducation.environment``).
        start: the weights that training began with (path, SHA-256 of the file, model, data_hash); None for random ones.
        weights_sha256: of the kept weights (``checkpoint.weights_hash``), where a study within a time budget made them, which may
            leave the weights themselves out; None otherwise.
    """

    model: str
    config: dict[str, Any]
    split: str
    fold: int | None
    seed: int
    data_hash: str
    criteria: str
    n_train: int
    n_valid: int
    n_test: int
    epochs: int
    parameters: int
    epochs_done: int = 0
    best_epoch: int = 0
    states: tuple[str, ...] = STATES
    environment: dict[str, Any] = field(default_factory=dict)
    start: dict[str, Any] | None = None
    weights_sha256: str | None = None

    @property
    def finished(self) -> bool:
        """Whether all epochs asked for are done."""
        return self.epochs_done >= self.epochs

    def to_json(self) -> dict[str, Any]:
        """JSON values of every field; without those added later where they are None, as runs before them were written."""
        later = ("start", "weights_sha256")
        return {
            name: value for name, value in dataclasses.asdict(self).items() if name not in later or value is not None
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> RunInfo:
        """Read what ``to_json`` gave.

        Raises:
            RunError: a field is missing, unknown, or of another type or range.
        """
        if why := check(value, RUN_SCHEMA):
            raise RunError(f"run.json does not fit: {why}.")
        info = cls(**{**value, "states": tuple(value.get("states", STATES))})
        if info.best_epoch > info.epochs_done:
            raise RunError(f"run.json does not fit: its best epoch is {info.best_epoch} of {info.epochs_done}.")
        return info


@dataclass(frozen=True)
class RunFolder:
    """Paths and readers of one run's folder."""

    path: Path

    def __init__(self, path: str | Path) -> None:
        object.__setattr__(self, "path", Path(path))

    @property
    def info_path(self) -> Path:
        return self.path / "run.json"

    @property
    def split_path(self) -> Path:
        return self.path / "split.json"

    @property
    def log_path(self) -> Path:
        return self.path / "log.csv"

    @property
    def best_path(self) -> Path:
        return self.path / "best.safetensors"

    @property
    def checkpoint_path(self) -> Path:
        return self.path / "checkpoint.safetensors"

    def predictions_path(self, part: str) -> Path:
        """Where the predictions for a part ("valid" or "test") are."""
        return self.path / f"{part}.npz"

    def exists(self) -> bool:
        """Whether a run was started here."""
        return self.info_path.is_file()

    def info(self) -> RunInfo:
        """What was trained.

        Raises:
            RunError: this is not the folder of a run.
        """
        if not self.exists():
            raise RunError(
                f"{self.path} is not the folder of a run: it has no run.json. Make one with: aiducation train"
            )
        try:
            return RunInfo.from_json(read_record(self.info_path, error=RunError))
        except RunError as error:
            raise RunError(str(error).replace("run.json does not fit", f"Cannot read {self.info_path}")) from error

    def write_info(self, info: RunInfo) -> None:
        """Write ``run.json``."""
        write_json(self.info_path, info.to_json())

    def log(self) -> dict[str, np.ndarray]:
        """The log as one (epochs,) float64 array a column; empty arrays before the first epoch."""
        return read_log(self.log_path)

    def write_log(self, rows: Iterable[dict[str, float]]) -> None:
        """Write ``log.csv``."""
        write_log(self.log_path, rows)

    def has_predictions(self, part: str) -> bool:
        """Whether predictions for a part were written."""
        return self.predictions_path(part).is_file()

    def predictions(self, part: str) -> Predictions:
        """Predictions of the best weights for "valid" or "test".

        Raises:
            RunError: they were not made yet.
        """
        if not self.has_predictions(part):
            raise RunError(
                f"{self.path} has no predictions for '{part}'. Make them with: aiducation evaluate {self.path}"
            )
        return Predictions.load(self.predictions_path(part))

    def current_predictions(self, part: str) -> Predictions | None:
        """Predictions of the weights that are the best by now; None if there are none of them. Of a finished run, those for the
        test split are made at the end: earlier ones, which say so, do not count any more.

        Raises:
            RunError: this is not the folder of a run.
        """
        info = self.info()
        if part not in ("valid", "test") or not self.has_predictions(part):
            return None
        made = self.predictions(part)
        too_early = info.finished and "unfinished" in made.info
        return made if made.info.get("epoch") == info.best_epoch and not too_early else None

    def check_over(self, part: str) -> None:
        """Make sure that a part may be judged now: the test split only when training is finished.

        Raises:
            RunError: it is too early, or this is not the folder of a run.
        """
        info = self.info()
        if part == "test" and not info.finished:
            raise RunError(
                f"{self.path} has {info.epochs_done} of {info.epochs} epochs; the test split is for the end of training. "
                f"Continue the training with --resume, or use --unfinished to evaluate it now."
            )


def find_runs(path: Path) -> list[RunFolder]:
    """All runs at or below a folder, in the order of their paths; what a killed study left that was not yet whole is none.

    Raises:
        RunError: there is none.
    """
    found = sorted(path.rglob("run.json"))
    runs = [RunFolder(info.parent) for info in found if not any(map(is_temporary, info.relative_to(path).parts))]
    if not runs:
        raise RunError(f"There is no run at or below {path}. Make some with: aiducation study")
    return runs


def log_columns(more: Iterable[str] = ()) -> tuple[str, ...]:
    """The columns of a log, with those of further scores on validation images."""
    return (*LOG_COLUMNS, *(f"valid_{name}" for name in more))


def write_log(path: Path, rows: Iterable[dict[str, float]]) -> None:
    """Write epochs as CSV with the columns ``LOG_COLUMNS`` and those of further scores that the rows have, atomically."""
    rows = list(rows)
    columns = LOG_COLUMNS + tuple(name for name in (rows[0] if rows else {}) if name not in LOG_COLUMNS)
    with csv_file(path) as file:
        file.row(columns)
        for row in rows:
            file.row([f"{row[name]:.8g}" for name in columns])


def read_log(path: Path) -> dict[str, np.ndarray]:
    """Read what ``write_log`` wrote, one (epochs,) float64 array a column.

    Raises:
        RunError: the file is missing or has other columns.
    """
    try:
        check_regular(path)
        with open_table(path, prefer=LOG_COLUMNS) as table:
            columns = table.columns if _is_log(table.columns) else ()
            rows = (
                [[row.number(name) for name in table.columns] for row in table.rows(table.columns)] if columns else []
            )
    except (DataFileError, OSError) as error:
        raise RunError(f"{path} is not the log of a run: {error}") from error
    if not columns:
        raise RunError(f"{path} is not the log of a run: its columns differ from those of this version.")
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(columns))
    log = {name: values[:, i] for i, name in enumerate(columns)}
    if not np.array_equal(log["epoch"], np.arange(1, len(rows) + 1)):
        raise RunError(f"{path} is not the log of a run: its epochs are not 1, 2, 3 and so on.")
    for name, column in log.items():
        if not np.isfinite(column).all():
            raise RunError(f"{path} is not the log of a run: a value of {name} is not a number.")
    return log


def _is_log(columns: tuple[str, ...]) -> bool:
    """Whether these are the columns of a log, with any further scores on validation images."""
    known, more = columns[: len(LOG_COLUMNS)], columns[len(LOG_COLUMNS) :]
    return known == LOG_COLUMNS and all(name.startswith("valid_") for name in more) and len({*columns}) == len(columns)


def read_logs(paths: Iterable[Path | str]) -> dict[str, dict[str, np.ndarray]]:
    """Read the logs of several runs: name -> column -> (epochs,) float64.

    A ``log.csv`` is named by its folder, as seen from the folder that all have in common; another file by its own name.
    """
    files = [Path(path) for path in paths]
    runs = {file: (file.parent if file.name == "log.csv" else file.with_suffix("")) for file in files}
    common = Path(os.path.commonpath([run.parent for run in runs.values()])) if runs else Path()
    return {run.relative_to(common).as_posix(): read_log(file) for file, run in runs.items()}
