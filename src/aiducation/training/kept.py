"""What the folder of a run keeps of a Learner: checkpoint, best weights, log, description, predictions."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, TRAIN, VALID, Split, find_leaks
from aiducation.errors import DataFileError, RunError
from aiducation.predictions import Predictions
from aiducation.runs import RunFolder, RunInfo
from aiducation.training.batches import Part
from aiducation.training.learner import Learner


class Kept:
    """What the folder keeps of a run: always of one moment, the end of the last epoch that was saved."""

    def __init__(self, run: RunFolder, learner: Learner, info: RunInfo) -> None:
        self._run, self._learner, self._info = run, learner, info
        self._best_epoch = 0
        self._written = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since the last checkpoint, or since the start."""
        return time.monotonic() - self._written

    def write(self) -> None:
        """Write the checkpoint, then what follows from it: ``write_results`` makes up for a kill between the two."""
        self._learner.save_checkpoint(self._run.checkpoint_path)
        self.write_results()
        self._written = time.monotonic()

    def write_results(self) -> None:
        """Write best weights, log and run.json; predictions of other weights than the best go."""
        run, learner, info = self._run, self._learner, self._info
        if learner.best_epoch != self._best_epoch:
            for part in (VALID, TEST):
                if run.has_predictions(part) and run.predictions(part).info.get("epoch") != learner.best_epoch:
                    run.predictions_path(part).unlink()
            learner.save(run.best_path, epoch=learner.best_epoch, **learned_from(info))
            self._best_epoch = learner.best_epoch
        run.write_log(learner.log)
        run.write_info(dataclasses.replace(info, epochs_done=learner.epochs_done, best_epoch=learner.best_epoch))


def learned_from(info: RunInfo) -> dict[str, Any]:
    """What weights and predictions carry of their training, wherever they are: the data, the split, the fold held out."""
    return {
        "data_hash": info.data_hash,
        "criteria": info.criteria,
        "split": info.split,
        **({} if info.fold is None else {"fold": info.fold}),
    }


def predict(
    run: RunFolder, learner: Learner, target: Part, part: str, *, leaked: list[int], **remarks: Any
) -> Predictions:
    """Predict with the best weights, which replace the learner's, and write the result.

    Args:
        target, part: the images, and the name of their part; predictions for "train" are not written.
        leaked: what ``leaked`` gives, which is noted beside the predictions.
        remarks: noted as well.
    """
    described = learner.load(run.best_path)
    with learner.compute.memory():
        made = learner.predictions(target, {"part": part, **described, "has_copy_in_train": leaked, **remarks})
    if part in (VALID, TEST):
        made.save(run.predictions_path(part))
    return made


def leaked(dataset: Dataset, split: Split, part: str) -> list[int]:
    """Row numbers in a split that have a duplicate in the training split: a careless split makes accuracy look too good
    with these."""
    for leak in find_leaks(split, dataset.duplicate_group):
        if (leak.part, leak.other) == (part, TRAIN):
            return [int(i) for i in leak.ids]
    return []


def is_complete(run: RunFolder, info: RunInfo, epochs_done: int) -> bool:
    """Whether everything that follows from the checkpoint has been written."""
    there = run.info()
    if (there.epochs, there.epochs_done) != (info.epochs, epochs_done):
        return False
    wants_test = there.finished and info.n_test > 0
    if (
        not run.best_path.is_file() and there.weights_sha256 is None
    ):  # with that, it may have kept no weights on purpose
        return False
    return run.has_predictions(VALID) and (not wants_test or run.current_predictions(TEST) is not None)


def has_split(run: RunFolder, split: Split) -> bool:
    """Whether a run was begun with these very parts, which neither the split's name nor the data's hash says; also true where
    nothing says it.

    Raises:
        RunError: the run's file of its split is damaged.
    """
    if not run.split_path.is_file():
        return True
    try:
        begun = Split.load(run.split_path)
    except DataFileError as error:
        raise RunError(
            f"{run.split_path} is damaged, so that nothing says which images this run learned from. Delete it if the data and "
            "its splits are the same as then; the training then goes on."
        ) from error
    return begun.parts.keys() == split.parts.keys() and all(
        np.array_equal(ids, split.parts[name]) for name, ids in begun.parts.items()
    )
