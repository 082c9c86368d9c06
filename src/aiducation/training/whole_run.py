"""Train a network from its first epoch to its last in memory; its folder appears when it is finished."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, TRAIN, VALID
from aiducation.errors import OutputExistsError
from aiducation.runs import RunFolder, RunInfo
from aiducation.temporary import new_folder_beside
from aiducation.training.checkpoint import weights_hash
from aiducation.training.kept import leaked, learned_from
from aiducation.training.learner import Learner, Progress
from aiducation.training.recipes import recipe_of
from aiducation.training.study import PlannedRun
from aiducation.training.train_run import describe_run, parts_of, without_folds


class GivenUp(Exception):  # noqa: N818 - nothing went wrong
    """Raised by ``on_epoch`` to stop a training of which nothing is to be kept."""


def train_whole(
    dataset: Dataset,
    planned: PlannedRun,
    folder: Path,
    *,
    small: bool = False,
    device: str = "auto",
    beside_others: bool = False,
    progress: Progress | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
) -> RunInfo:
    """Train one network of a study to its end; no checkpoint is written, so that a stop leaves nothing.

    Args:
        folder: the run's folder, which is not there yet.
        small: keep no weights; predictions as 16-bit numbers.
        beside_others: other networks train at the same time in this process.
        progress, on_epoch: called with the images done; with each row of the log. What they raise ends the training.

    Raises:
        OutputExistsError: something else has come to stand in the folder's place.
    """
    whole = recipe_of(planned.config).split(dataset, planned.split)
    split = without_folds(whole, planned.fold)
    learner = Learner(planned.config, device=device, beside_others=beside_others)
    parts = parts_of(learner, dataset, split)
    learner.train_eval(parts[TRAIN], parts[VALID], progress=progress, on_epoch=on_epoch)
    learner.load_best()
    info = dataclasses.replace(
        describe_run(dataset, split, learner, planned.fold),
        epochs_done=learner.epochs_done,
        best_epoch=learner.best_epoch,
        weights_sha256=weights_hash(learner.judged.state_dict()),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with new_folder_beside(folder.parent) as beside:
        run = RunFolder(beside / folder.name)
        run.path.mkdir(mode=0o755)
        whole.save(run.split_path)
        run.write_log(learner.log)
        about = {"epoch": info.best_epoch, **learned_from(info)}
        for part in (VALID, TEST):
            if part in parts:
                noted = {
                    "part": part,
                    "model": info.model,
                    "states": info.states,
                    **about,
                    "has_copy_in_train": leaked(dataset, split, part),
                }
                learner.predictions(parts[part], noted).save(run.predictions_path(part), half=small)
        if not small:
            learner.save(run.best_path, **about)
        run.write_info(info)
        try:
            run.path.rename(folder)
        except OSError as error:
            raise OutputExistsError(f"{folder} was made by somebody else meanwhile; this run is not kept.") from error
    return info
