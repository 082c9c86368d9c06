"""The networks that ``retrain_by_group.py`` compares: trained with weights on images, whole or in their last layer alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from aiducation.data.dataset import Dataset
from aiducation.predictions import Predictions
from aiducation.preprocess import to_input
from aiducation.runs import RunFolder
from aiducation.states import STATES
from aiducation.training.checkpoint import load_weights
from aiducation.training.config import TrainConfig
from aiducation.training.head_refit import linear_head
from aiducation.training.models import CompactNet, build_model
from aiducation.training.train_run import train_run

#: Steps in which a last layer is learned.
_STEPS = 1500

#: What the networks of all seeds say of a part.
Tested = Callable[[str], list[Predictions]]


def trained(dataset: Dataset, options: argparse.Namespace, name: str, weights: Path | None) -> list[RunFolder]:
    """A run for each seed."""
    runs = []
    for seed in range(options.seeds):
        run = RunFolder(options.runs / name / f"seed{seed}")
        config = TrainConfig(
            model=options.model, epochs=options.epochs, seed=seed, weights="" if weights is None else str(weights)
        )
        info = train_run(dataset, "official", config, run.path, resume=True, device="cpu")
        print(f"{name}, seed {seed}: best epoch {info.best_epoch} of {info.epochs}", flush=True)
        runs.append(run)
    return runs


def of_runs(runs: Sequence[RunFolder]) -> Tested:
    """What each run said of a part, on demand: nothing looks at the test part before the weight is chosen."""

    def say(part: str) -> list[Predictions]:
        found = [run.current_predictions(part) for run in runs]
        if any(one is None for one in found):
            sys.exit(f"{runs[0].path.parent}: a run has no predictions of the part {part}; delete its folder.")
        return [one.of_four_states() for one in found if one is not None]

    return say


def last_layers(dataset: Dataset, runs: Sequence[RunFolder], weights: Mapping[int, float]) -> Tested:
    """The same networks with last layers that were learned anew from the training images and their mirror images.

    Args:
        weights: how much each training image counts.
    """
    split = dataset.split("official")
    ids = split.parts["train"]
    counts = torch.tensor([weights[int(i)] for i in ids], dtype=torch.float32).repeat(2)
    truth = torch.from_numpy(dataset.state[ids].astype(np.int64)).repeat(2)
    layers = []
    for run in runs:
        plain = features(run, dataset, "train")
        both = torch.cat([plain, features(run, dataset, "train", mirror=True)])
        learned = linear_head(
            both,
            truth,
            len(STATES),
            plain.std(dim=0),
            steps=_STEPS,
            decay=1e-2,
            seed=run.info().seed,
            counts=counts / counts.mean(),
        )
        layers.append((run, *learned))

    def say(part: str) -> list[Predictions]:
        ids = split.parts[part]
        return [
            Predictions(
                ids=ids,
                y_true=dataset.state[ids].astype(np.int64),
                probs=F.softmax(F.linear(features(run, dataset, part), weight, bias), dim=1).numpy(),
                groups=dataset.duplicate_group[ids].astype(np.int64),
            )
            for run, weight, bias in layers
        ]

    return say


@cache
def _network(path: Path) -> CompactNet:
    model = build_model(RunFolder(path).info().model)
    assert isinstance(model, CompactNet), "last layers are learned anew for the compact networks"
    load_weights(RunFolder(path).best_path, model)
    return model.eval()


_kept: dict[tuple[Path, str, bool], Tensor] = {}


@torch.no_grad()
def features(run: RunFolder, dataset: Dataset, part: str, *, mirror: bool = False) -> Tensor:
    """(N, F) what the last layer of a run's network gets of the images of a part."""
    key = run.path, part, mirror
    if key not in _kept:
        images = dataset.images[dataset.split("official").parts[part]]
        faces = np.ascontiguousarray(images[:, :, ::-1] if mirror else images)
        network = _network(run.path)
        _kept[key] = torch.cat(
            [
                network.stages(torch.from_numpy(to_input(faces[at : at + 256]))).mean(dim=(2, 3))
                for at in range(0, len(faces), 256)
            ]
        )
    return _kept[key]
