"""Train a run in its folder: start it, go on after any interruption, finish it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, TRAIN, VALID, Split
from aiducation.environment import environment
from aiducation.errors import OutputExistsError, RunError
from aiducation.runs import RunFolder, RunInfo
from aiducation.temporary import delete_left_behind
from aiducation.training.batches import Part
from aiducation.training.board import tensorboard as tensorboard_events
from aiducation.training.claims import Claim, claim, holder
from aiducation.training.config import differing_options
from aiducation.training.kept import Kept, has_split, is_complete, leaked, predict
from aiducation.training.learner import Learner, Progress
from aiducation.training.place import Place
from aiducation.training.recipe import Config
from aiducation.training.recipes import recipe_of
from aiducation.training.start_weights import check_unseen, start_from
from aiducation.training.team import ALONE, Team

#: Seconds between two checkpoints at least: a checkpoint of the largest model has 5 GB. A stopped run repeats what came
#: after its last one, with the same numbers.
CHECKPOINT_EVERY = 60.0

#: Training images from which the batch norms of an exported model get their statistics.
_MEASURED = 2048


def train_run(
    dataset: Dataset,
    split_name: str,
    config: Config,
    folder: Path,
    *,
    fold: int | None = None,
    start: Path | None = None,
    until: int | None = None,
    resume: bool = False,
    claimed: Claim | None = None,
    device: str = "auto",
    tensorboard: bool = False,
    checkpoint_every: float = CHECKPOINT_EVERY,
    progress: Progress | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    note: Callable[[str], None] | None = None,
    team: Team = ALONE,
) -> RunInfo:
    """Train one network into a folder, by any recipe.

    The predictions for the validation part are written whenever training pauses; those for the test split only once,
    when all epochs are done. While it works, the folder is claimed: a second process that trains there is refused.

    Args:
        dataset: the prepared data.
        split_name: name or path of a split.
        config: what to train and how; see ``recipes``.
        folder: the run's folder.
        fold: the fold to validate on, for a split in folds.
        start: the folder of a run or a ``.safetensors`` file whose weights to begin with, instead of random ones.
        until: pause after this epoch.
        resume: go on with the run in the folder, if there is one.
        claimed: the claim of a caller who has one on the folder already (see ``claims``).
        tensorboard: also write TensorBoard events into the folder.
        checkpoint_every: seconds between checkpoints at least; 0 writes one after each epoch.
        note: is told if it cannot be known whether ``start`` learned from images that are to judge it.
        team: the processes that train this network together, on one file system; its leader writes.

    Raises:
        OutputExistsError: there is a run in the folder and ``resume`` is not set.
        RunError: the run cannot go on from its checkpoint, or with these options; ``start`` learned from images that are to judge
            it; there are too few images to learn from; another process trains it, or took it over; or its folder was deleted.
    """
    run = RunFolder(folder)
    if team.leads:
        _check_free(run, resume=resume)
    recipe = recipe_of(config)
    whole = recipe.split(dataset, split_name)
    split = without_folds(whole, fold)
    recipe.steps(len(split.parts[TRAIN]))  # too few images are refused before there is a run
    if start is not None:
        unknown = check_unseen(start, dataset, split)
        if unknown and note and team.leads:
            note(unknown)
    learner = Learner(config, device=device, team=team)

    def faces() -> np.ndarray:
        return np.asarray(dataset.images[split.parts[TRAIN][:_MEASURED]])

    with nullcontext(claimed) if claimed or not team.leads else _alone_in(folder) as mine:
        if team.leads:
            _check_free(run, resume=resume)  # another process may have begun and ended a run there meanwhile
        team.wait()
        info = dataclasses.replace(
            describe_run(dataset, split, learner, fold), start=_begin(run, learner, start, faces)
        )
        done = _go_on(run, info, learner, whole)
        team.wait()  # all have read what the leader is about to replace
        target = min(until or config.epochs, config.epochs)
        if done >= target and is_complete(run, info, done):
            return run.info()

        parts = parts_of(learner, dataset, split)
        if not team.leads:
            learner.train_eval(parts[TRAIN], parts[VALID], until=target)
            team.wait()
            return run.info()
        place = Place(folder, mine)
        whole.save(run.split_path)
        kept = Kept(run, learner, info)
        kept.write_results()

        with tensorboard_events(folder if tensorboard else None) as board:

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

        for part in (VALID, TEST):
            if part == VALID or (learner.epochs_done >= config.epochs and TEST in parts):
                place.check()
                predict(run, learner, parts[part], part, leaked=leaked(dataset, split, part))
        team.wait()
        return run.info()


@contextmanager
def _alone_in(folder: Path) -> Iterator[Claim]:
    """Claim a folder, or refuse; a folder that was made for it and got nothing is removed again."""
    new = not folder.exists()
    try:
        with claim(folder) as mine:
            if not mine:
                raise RunError(
                    f"Another process is training in {folder} ({holder(folder) or 'it has just finished'}). Wait until it has "
                    "finished, or name another folder. If it was killed on another machine, its claim ends after five minutes."
                )
            yield mine
    finally:
        if new:
            with suppress(OSError):
                folder.rmdir()


def _begin(
    run: RunFolder, learner: Learner, start: Path | None, faces: Callable[[], np.ndarray]
) -> dict[str, Any] | None:
    """Fill a fresh learner with the weights to start from, if there are any; gives what ``RunInfo.start`` records."""
    recorded = run.info().start if run.exists() else None
    if start is None and (recorded is None or run.checkpoint_path.is_file()):
        return recorded
    begun = start_from(learner, start or Path(str((recorded or {}).get("path"))), faces)
    if run.exists() and (recorded or {}).get("sha256") != begun["sha256"]:
        raise RunError(
            f"{run.path} was not begun with the weights of {begun['path']}; leave out --from to continue, or name "
            f"another folder."
        )
    return recorded or begun


def parts_of(learner: Learner, dataset: Dataset, split: Split) -> dict[str, Part]:
    """The images of each part, on the learner's device."""
    return {
        name: learner.training_part(dataset, ids) if name == TRAIN else learner.part(dataset, ids)
        for name, ids in split.parts.items()
    }


def _check_free(run: RunFolder, *, resume: bool) -> None:
    """Make sure that a training takes no other's results away: a run, or weights beside which no description stands any more.

    Raises:
        OutputExistsError: there are some.
    """
    if run.exists() and not resume:
        raise OutputExistsError(
            f"{run.path} contains a run already; use --resume to continue it, or name another folder."
        )
    weights = [path for path in (run.checkpoint_path, run.best_path) if path.exists()]
    if weights and not run.exists():
        raise OutputExistsError(
            f"{weights[0]} exists, but run.json, which describes it, is missing; name another folder, or move the "
            f"file away."
        )


def without_folds(split: Split, fold: int | None) -> Split:
    """The split to train on: of a split in folds, the one that validates on ``fold``."""
    chosen = split if fold is None else split.fold(fold)
    if chosen.n_folds:
        raise RunError(
            f"Split '{split.name}' is made of folds; choose the fold to validate on with --fold 0 to "
            f"{split.n_folds - 1}."
        )
    return chosen


def describe_run(dataset: Dataset, split: Split, learner: Learner, fold: int | None) -> RunInfo:
    """What is about to be trained."""
    config = learner.config
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
        states=learner.recipe.states,
        environment=environment() | learner.compute.describe(),
    )


def _go_on(run: RunFolder, info: RunInfo, learner: Learner, split: Split) -> int:
    """Fill the learner from the folder's checkpoint, if there is one of this very run, and sweep up after a kill; gives how many
    epochs are done."""
    if not run.exists():
        return 0
    _check_same_run(run, info)
    if not has_split(run, split):
        raise RunError(
            f"{run.path} was begun with other images in the parts of the split '{split.name}': the data was prepared again with "
            "another search for duplicates, or the split was edited. Name another folder."
        )
    if run.checkpoint_path.is_file():
        learner.load_checkpoint(run.checkpoint_path)
    if learner.epochs_done > info.epochs:
        raise RunError(
            f"{run.path} has {learner.epochs_done} epochs already; choose at least as many, not {info.epochs}."
        )
    if learner.team.leads:
        delete_left_behind(run.path)
    there = run.info()
    if run.checkpoint_path.is_file() or not there.finished:
        return learner.epochs_done
    if not is_complete(run, info, there.epochs_done):
        raise RunError(
            f"{run.path} is a finished training without its checkpoint (a study with --budget writes none), so it cannot go on "
            "from there. Name another folder to train it again; what is here stays as it is."
        )
    return there.epochs_done


def _check_same_run(run: RunFolder, wanted: RunInfo) -> None:
    there = run.info()
    names = ("model", "split", "fold", "data_hash", "n_train")
    values = [(name, getattr(there, name), getattr(wanted, name)) for name in names]
    options = differing_options(there.config, wanted.config)
    values += [(name, there.config.get(name), wanted.config.get(name)) for name in options]
    for name, had, now in values:
        if had != now:
            raise RunError(f"{run.path} was made with {name} = {had}, not {now}; name another folder.")
