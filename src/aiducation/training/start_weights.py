"""Weights of another training, or of an exported model, to begin with, for fine-tuning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, TRAIN, VALID, Split
from aiducation.errors import AiducationError, RunError
from aiducation.files import sha256
from aiducation.preprocess import to_input
from aiducation.runs import RunFolder
from aiducation.training import checkpoint
from aiducation.training.learner import Learner
from aiducation.training.onnx_weights import fill_from_onnx
from aiducation.vision.classifier import Classifier, default_model_path

#: What names the model that the package carries.
PACKAGED = "flagship"


def start_from(learner: Learner, source: Path, faces: Callable[[], np.ndarray] | None = None) -> dict[str, Any]:
    """Fill a fresh Learner's network with weights that were trained before; gives what ``RunInfo.start`` records.

    Args:
        learner: nothing was trained with it yet.
        source: the folder of a run, a ``.safetensors`` file that a run or ``Learner.save`` wrote, an exported ``.onnx`` file in
            floats, or ``flagship``, the model that the package carries.
        faces: gives (N, 48, 48) uint8 training images, from which the batch norms of an ``.onnx`` file get their statistics.

    Raises:
        RunError: there are no weights, or they are damaged, or of another network.
        DataMismatchError: they belong to another network.
        ModelFileError: the ``.onnx`` file is damaged, or ``aiducation export`` did not write it.
    """
    path = _file_of(source)
    if not path.is_file():
        raise RunError(
            f"{source} has no weights to start from; name the folder of a run of 'aiducation train', its best.safetensors, an "
            f"exported .onnx file, or {PACKAGED}."
        )
    described = _exported(learner, path, faces) if path.suffix.lower() == ".onnx" and faces else learner.load(path)
    about: dict[str, Any] = {name: described[name] for name in ("model", "epoch", "data_hash") if name in described}
    return {"path": str(source), "sha256": sha256(path), **about}


def _file_of(source: Path) -> Path:
    if str(source) == PACKAGED and not source.exists():
        return default_model_path().with_name("flagship.onnx")
    return RunFolder(source).best_path if source.is_dir() else source


def check_unseen(source: Path, dataset: Dataset, split: Split) -> str:
    """Make sure that the network whose weights a training begins with did not learn from images that are to judge it.

    Gives a sentence that says so where this cannot be known, "" otherwise: files of runs and exported files name their split,
    unless an earlier version wrote them; those of ``Learner.save`` do not. Of other data nothing is said.

    Raises:
        RunError: it did.
    """
    path = _file_of(source)
    if not path.is_file():
        return ""  # ``start_from`` says what is wrong
    data_hash, whole, fold = _learned_from(path, dataset)
    if data_hash and data_hash != dataset.data_hash:
        return ""
    if whole is None or not data_hash:
        return (
            f"Nothing says which images {source} was trained on: if some of the validation or test split are among them, every "
            "score will be too good."
        )
    learned = (whole if fold is None else whole.fold(fold)).parts.get(TRAIN)
    if learned is None:  # an export of an earlier version does not say which fold it left out
        learned = np.concatenate(list(whole.parts.values()))
    for part in (VALID, TEST):
        ids = split.parts.get(part, np.zeros(0, np.int64))
        if seen := int(np.isin(ids, learned).sum()):
            which = "" if fold is None else f", fold {fold}"
            raise RunError(
                f"{source} was trained on {seen:,} of the {len(ids):,} images of the {part} split, which would make every score "
                f"too good. Train on its own split '{whole.name}'{which}, or start from other weights."
            )
    return ""


def _learned_from(path: Path, dataset: Dataset) -> tuple[str, Split | None, int | None]:
    """Hash of the data that weights learned from, the split of it, and the fold held out; "" and None where that is not known."""
    run, exported = RunFolder(path.parent), path.suffix.lower() == ".onnx"
    if not exported and run.exists() and run.split_path.is_file():
        info = run.info()
        return info.data_hash, Split.load(run.split_path), info.fold
    if exported:
        model = Classifier(path, threads=1).info
        about: dict[str, Any] = {**model.training, "data_hash": model.data_hash}
    else:
        about = checkpoint.description_of(path)
    name, fold = str(about.get("split", "")).partition(",")[0], about.get("fold")
    try:
        split = dataset.split(name) if name else None
    except AiducationError:  # it was trained on a split that this folder has not
        split = None
    return str(about.get("data_hash", "")), split, fold if isinstance(fold, int) else None


def _exported(learner: Learner, path: Path, faces: Callable[[], np.ndarray]) -> dict[str, object]:
    """Fill the network from an exported file; heads that the file lacks are drawn."""
    Classifier(path, threads=1)  # says what is wrong with a file before anything else reads it
    with torch.random.fork_rng(devices=[]), TemporaryDirectory() as folder:
        torch.manual_seed(learner.config.seed)
        network = learner.recipe.network()
        fill_from_onnx(network, path, torch.from_numpy(to_input(np.ascontiguousarray(faces()))))
        place = Path(folder) / "start.safetensors"
        checkpoint.save_weights(place, dict(network.state_dict()), {"model": learner.config.model})
        return learner.load(place)
