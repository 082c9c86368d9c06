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
from aiducation.errors import RunError
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
    path = RunFolder(source).best_path if source.is_dir() else source
    if str(source) == PACKAGED and not source.exists():
        path = default_model_path().with_name("flagship.onnx")
    if not path.is_file():
        raise RunError(
            f"{source} has no weights to start from; name the folder of a run of 'aiducation train', its best.safetensors, an "
            f"exported .onnx file, or {PACKAGED}."
        )
    described = _exported(learner, path, faces) if path.suffix.lower() == ".onnx" and faces else learner.load(path)
    about: dict[str, Any] = {name: described[name] for name in ("model", "epoch", "data_hash") if name in described}
    return {"path": str(source), "sha256": sha256(path), **about}


def check_unseen(source: Path, dataset: Dataset, split: Split) -> None:
    """Make sure that the run whose weights a training begins with did not learn from images that are to judge it.

    That is known of runs on the same data; see ``start_from`` for what else there is.

    Raises:
        RunError: it did.
    """
    run = RunFolder(source.parent if source.is_file() else source)
    if not (run.exists() and run.split_path.is_file()) or (info := run.info()).data_hash != dataset.data_hash:
        return
    whole = Split.load(run.split_path)
    begun = whole if info.fold is None else whole.fold(info.fold)
    for part in (VALID, TEST):
        ids = split.parts.get(part, np.zeros(0, np.int64))
        if seen := int(np.isin(ids, begun.parts[TRAIN]).sum()):
            fold = "" if info.fold is None else f", fold {info.fold}"
            raise RunError(
                f"{source} was trained on {seen:,} of the {len(ids):,} images of the {part} split, which would make every score "
                f"too good. Train on its own split '{info.split}'{fold}, or start from other weights."
            )


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
