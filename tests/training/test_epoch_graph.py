"""Epochs by recorded steps: the same numbers as step by step."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from aiducation.data.dataset import Dataset
from aiducation.training.batches import Part
from aiducation.training.config import TrainConfig
from aiducation.training.learner import Learner

CONFIG = TrainConfig(model="B3_N2_FC1_K5_AP4", epochs=2, batch_size=32, precision="float32")


def parts_of(dataset: Dataset) -> tuple[Part, Part]:
    labelled, device = dataset.labelled, torch.device("cpu")
    return Part.of(dataset, labelled[:97], device), Part.of(dataset, labelled[100:160], device)


@pytest.mark.parametrize("change", [{}, {"flip": 0.0, "rotation": 0.0}, {"precision": "bfloat16"}, {"batch_size": 200}])
def test_a_recorded_epoch_gives_the_numbers_of_its_steps(dataset: Dataset, change: dict[str, object]) -> None:
    """Also with a shorter last batch, and with one batch that is shorter than asked for."""
    config = dataclasses.replace(CONFIG, **change)  # type: ignore[arg-type]
    train, valid = parts_of(dataset)
    usual, recorded = (Learner(config, device="cpu", recorded=how) for how in (False, True))
    for one, other in zip(usual.train_eval(train, valid), recorded.train_eval(train, valid), strict=True):
        for name in ("train_loss", "valid_loss", "train_accuracy", "valid_accuracy"):
            assert other[name] == pytest.approx(one[name], abs=1e-5), name
    assert np.allclose(usual.predict(valid.images), recorded.predict(valid.images), atol=1e-5)


def test_it_tells_how_far_it_is(dataset: Dataset) -> None:
    train, _ = parts_of(dataset)
    seen: list[tuple[int, int]] = []
    Learner(CONFIG, device="cpu", recorded=True).train_one_epoch(train, progress=lambda *done: seen.append(done))
    assert seen == [(32, 97), (64, 97), (96, 97), (97, 97)]


def test_networks_with_dropout_are_not_recorded(dataset: Dataset) -> None:
    """Several networks at a time would draw from one generator."""
    train, _ = parts_of(dataset)
    config = dataclasses.replace(CONFIG, model="Compact_W2_D1")
    recorded, usual = (Learner(config, device="cpu", recorded=how) for how in (True, False))
    assert recorded.train_one_epoch(train) == usual.train_one_epoch(train)
