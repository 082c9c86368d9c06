"""Judge a run on one part of its split."""

from __future__ import annotations

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, Split
from aiducation.errors import DataMismatchError, unknown_name
from aiducation.predictions import Predictions
from aiducation.runs import RunFolder
from aiducation.training.kept import leaked, predict
from aiducation.training.learner import Learner
from aiducation.training.recipes import read_config


def evaluate_run(
    run: RunFolder, dataset: Dataset, part: str, *, unfinished: bool = False, device: str = "auto"
) -> Predictions:
    """Predictions of a run's best weights for one part; read from the folder if they are there.

    Args:
        run: the run's folder.
        dataset: the data that it learned from.
        part: "train", "valid" or "test".
        unfinished: evaluate on the test split although training is not finished; the predictions say so (``info["unfinished"]``).
        device: see ``Learner``.

    Raises:
        DataMismatchError: the run was trained on other data.
        ConfigError: the run's split has no such part.
        RunError: the run has no weights yet, or the test split was requested before the end of training.
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
    if not unfinished:
        run.check_over(part)
    if (made := run.current_predictions(part)) is not None:
        return made
    early = part == TEST and not info.finished
    learner = Learner(read_config(info.config), device=device)
    target = learner.part(dataset, split.parts[part])
    remarks = {"unfinished": f"{info.epochs_done} of {info.epochs} epochs"} if early else {}
    return predict(run, learner, target, part, leaked=leaked(dataset, split, part), **remarks)
