"""One training run in its folder: start, go on after any interruption, finish, evaluate."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, TRAIN, VALID, Split, find_leaks
from aiducation.environment import environment
from aiducation.errors import DataMismatchError, OutputExistsError, RunError, require, unknown_name
from aiducation.predictions import Predictions
from aiducation.runs import RunFolder, RunInfo
from aiducation.temporary import delete_left_behind, subfolder
from aiducation.training.batches import Part
from aiducation.training.config import TrainConfig
from aiducation.training.learner import Learner, Progress
from aiducation.training.place import Place

#: Seconds between two checkpoints at least: a checkpoint of the largest model has 5 GB. A stopped run repeats what came
#: after its last one, with the same numbers.
CHECKPOINT_EVERY = 60.0


def train_run(
    dataset: Dataset,
    split_name: str,
    config: TrainConfig,
    folder: Path,
    *,
    fold: int | None = None,
    until: int | None = None,
    resume: bool = False,
    device: str = "auto",
    tensorboard: bool = False,
    checkpoint_every: float = CHECKPOINT_EVERY,
    progress: Progress | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
) -> RunInfo:
    """Train one network into a folder.

    The predictions for the validation part are written whenever training pauses; those for the test part once, when all
    epochs are done.

    Args:
        dataset: the prepared data.
        split_name: name or path of a split.
        config: what to train and how.
        folder: the run's folder.
        fold: the fold to validate on, for a split in folds.
        until: pause after this epoch.
        resume: go on with the run in the folder, if there is one.
        tensorboard: also write TensorBoard events into the folder.
        checkpoint_every: seconds between checkpoints at least; 0 writes one after each epoch.

    Raises:
        OutputExistsError: there is a run in the folder and ``resume`` is not set.
        RunError: the run cannot go on from its checkpoint, or with these options; or its folder was deleted meanwhile.
    """
    run = RunFolder(folder)
    if run.exists() and not resume:
        raise OutputExistsError(
            f"{folder} holds a run already; pass --resume to go on with it, or name another folder."
        )
    check_no_weights(folder, "run.json")
    whole = dataset.split(split_name)
    split = _without_folds(whole, fold)
    learner = Learner(config, device=device)
    info = _describe(dataset, split, config, fold, learner)
    _go_on(run, info, learner)
    target = min(until or config.epochs, config.epochs)
    if learner.epochs_done >= target and _is_complete(run, info, learner.epochs_done):
        return run.info()

    parts = {name: Part.of(dataset, ids, learner.compute.device) for name, ids in split.parts.items()}
    whole.save(run.split_path)
    kept = _Kept(run, learner, info)
    kept.write_results()
    place = Place(folder)

    with _tensorboard(folder if tensorboard else None) as board:

        def after_epoch(row: dict[str, float]) -> None:
            place.check()
            if kept.age >= checkpoint_every or learner.epochs_done == target:
                kept.write()
            board(row)
            if on_epoch:
                on_epoch(row)

        # Whatever stops this, also Ctrl-C, leaves the last checkpoint as it is: amid an epoch the weights belong to none.
        watched = place.watched(progress)
        learner.train_eval(parts[TRAIN], parts[VALID], until=target, progress=watched, on_epoch=after_epoch)

    place.check()
    _predict(run, learner, parts, VALID, leaked=_leaked(dataset, split, VALID))
    if learner.epochs_done >= config.epochs and TEST in parts:
        _predict(run, learner, parts, TEST, leaked=_leaked(dataset, split, TEST))
    return run.info()


def check_no_weights(folder: Path, described_by: str) -> None:
    """Make sure that a training takes no other's weights away: those beside which no description stands any more.

    Raises:
        OutputExistsError: there are some.
    """
    weights = [path for path in (folder / "checkpoint.safetensors", folder / "best.safetensors") if path.exists()]
    if weights and not (folder / described_by).is_file():
        raise OutputExistsError(
            f"{weights[0]} is there, but no {described_by} that says what it is of; name another folder, or move it away."
        )


def _without_folds(split: Split, fold: int | None) -> Split:
    """The split to train on: of a split in folds, the one that validates on ``fold``."""
    chosen = split if fold is None else split.fold(fold)
    if chosen.n_folds:
        raise RunError(
            f"Split '{split.name}' is in folds; say which one to validate on, --fold 0 to {split.n_folds - 1}."
        )
    return chosen


def _go_on(run: RunFolder, info: RunInfo, learner: Learner) -> None:
    """Fill the learner from the folder's checkpoint, if there is one of this very run, and sweep up after a kill."""
    if not run.exists():
        return
    _check_same_run(run, info)
    if run.checkpoint_path.is_file():
        learner.load_checkpoint(run.checkpoint_path)
    if learner.epochs_done > info.epochs:
        raise RunError(
            f"{run.path} has {learner.epochs_done} epochs already; ask for at least as many, not {info.epochs}."
        )
    delete_left_behind(run.path)


def evaluate_run(
    run: RunFolder, dataset: Dataset, part: str, *, unfinished: bool = False, device: str = "auto"
) -> Predictions:
    """Predictions of a run's best weights for one part; read from the folder if they are there.

    Args:
        run: the run's folder.
        dataset: the data that it learned from.
        part: "train", "valid" or "test".
        unfinished: look at the test part though training is not over; the predictions say so (``info["unfinished"]``).
        device: see ``Learner``.

    Raises:
        DataMismatchError: the run was trained on other data.
        ConfigError: the run's split has no such part.
        RunError: the run has no weights yet, or the test part was asked for before the end.
    """
    info = run.info()
    if info.data_hash != dataset.data_hash:
        raise DataMismatchError(
            f"{run.path} was trained on other data ({info.data_hash[:12]}) than this ({dataset.data_hash[:12]})."
        )
    split = Split.load(run.split_path)
    if info.fold is not None:
        split = split.fold(info.fold)
    if part not in split.parts:
        raise unknown_name("part", part, split.parts)
    if (made := run.current_predictions(part)) is not None:
        return made
    early = part == TEST and not info.finished
    if early and not unfinished:
        raise RunError(
            f"{run.path} has {info.epochs_done} of {info.epochs} epochs; the test part is for the end. Go on with --resume, "
            "or pass --unfinished to look at it now."
        )
    learner = Learner(TrainConfig.from_json(info.config), device=device)
    target = Part.of(dataset, split.parts[part], learner.compute.device)
    remarks = {"unfinished": f"{info.epochs_done} of {info.epochs} epochs"} if early else {}
    return _predict(run, learner, {part: target}, part, leaked=_leaked(dataset, split, part), **remarks)


def _describe(dataset: Dataset, split: Split, config: TrainConfig, fold: int | None, learner: Learner) -> RunInfo:
    return RunInfo(
        model=config.model,
        config=config.to_json(),
        split=split.name,
        fold=fold,
        seed=config.seed,
        data_hash=dataset.data_hash,
        criteria=dataset.info.criteria,
        n_train=len(split.parts[TRAIN]),
        n_valid=len(split.parts[VALID]),
        n_test=len(split.parts.get(TEST, ())),
        epochs=config.epochs,
        parameters=sum(p.numel() for p in learner.model.parameters()),
        environment=environment() | learner.compute.describe(),
    )


class _Kept:
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
            learner.save(run.best_path, epoch=learner.best_epoch, data_hash=info.data_hash, criteria=info.criteria)
            self._best_epoch = learner.best_epoch
        run.write_log(learner.log)
        run.write_info(dataclasses.replace(info, epochs_done=learner.epochs_done, best_epoch=learner.best_epoch))


def differing_options(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of the options in which two configurations differ; more epochs are no other training."""
    return sorted(name for name in {*one, *other} - {"epochs"} if one.get(name) != other.get(name))


def _check_same_run(run: RunFolder, wanted: RunInfo) -> None:
    there = run.info()
    values = [(name, getattr(there, name), getattr(wanted, name)) for name in ("split", "fold", "data_hash", "n_train")]
    options = differing_options(there.config, wanted.config)
    values += [(name, there.config.get(name), wanted.config.get(name)) for name in options]
    for name, had, now in values:
        if had != now:
            raise RunError(f"{run.path} was made with {name} = {had}, not {now}; name another folder.")


def _is_complete(run: RunFolder, info: RunInfo, epochs_done: int) -> bool:
    """Whether everything that follows from the checkpoint has been written."""
    there = run.info()
    if (there.epochs, there.epochs_done) != (info.epochs, epochs_done):
        return False
    wants_test = there.finished and info.n_test > 0
    return run.has_predictions(VALID) and (not wants_test or run.has_predictions(TEST))


def _leaked(dataset: Dataset, split: Split, part: str) -> list[int]:
    """Row numbers in a part that have a copy in the training part: what a careless split flatters with."""
    for leak in find_leaks(split, dataset.duplicate_group):
        if (leak.part, leak.other) == (part, TRAIN):
            return [int(i) for i in leak.ids]
    return []


def _predict(
    run: RunFolder, learner: Learner, parts: dict[str, Part], part: str, *, leaked: list[int], **remarks: Any
) -> Predictions:
    """Predict with the best weights, which replace the learner's, and write the result."""
    described = learner.load(run.best_path)
    made = learner.predictions(parts[part], {"part": part, **described, "has_copy_in_train": leaked, **remarks})
    if part in (VALID, TEST):
        made.save(run.predictions_path(part))
    return made


class _Board:
    """Writes each row of the log as TensorBoard scalars."""

    def __init__(self, folder: Path) -> None:
        require("tensorboard", "tensorboard")
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(subfolder(folder, "tensorboard")))

    def __enter__(self) -> Callable[[dict[str, float]], None]:
        return self._write

    def __exit__(self, *_: Any) -> None:
        self._writer.close()

    def _write(self, row: dict[str, float]) -> None:
        for name, value in row.items():
            if name != "epoch" and np.isfinite(value):
                self._writer.add_scalar(name.replace("_", "/", 1), value, int(row["epoch"]))
        self._writer.flush()


def _tensorboard(folder: Path | None) -> AbstractContextManager[Callable[[dict[str, float]], None]]:
    if folder is None:
        return nullcontext(lambda row: None)
    return _Board(folder)
