"""Weights of another training to begin with, for fine-tuning."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from aiducation.errors import RunError
from aiducation.records import open_regular
from aiducation.runs import RunFolder
from aiducation.training.learner import Learner


def start_from(learner: Learner, source: Path) -> dict[str, Any]:
    """Fill a fresh Learner's network with weights that another training kept; gives what ``RunInfo.start`` records.

    Args:
        learner: nothing was trained with it yet.
        source: the folder of a run, or a ``.safetensors`` file that a run or ``Learner.save`` wrote.

    Raises:
        RunError: there are no weights, or they are damaged.
        DataMismatchError: they belong to another network.
    """
    path = RunFolder(source).best_path if source.is_dir() else source
    if not path.is_file():
        raise RunError(
            f"{source} has no weights to start from; name the folder of a run of 'aiducation train', or its best.safetensors."
        )
    described = learner.load(path)
    with open_regular(path) as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    about: dict[str, Any] = {name: described[name] for name in ("model", "epoch", "data_hash") if name in described}
    return {"path": str(source), "sha256": digest.hexdigest(), **about}
