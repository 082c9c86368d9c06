"""Epochs by recorded steps: the same numbers as step by step."""

from __future__ import annotations

import dataclasses
import gc
import weakref
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from aiducation.data.dataset import Dataset
from aiducation.training.batches import Part
from aiducation.training.config import TrainConfig
from aiducation.training.device import Compute
from aiducation.training.epoch_graph import RECORDING, EpochGraph
from aiducation.training.judge import Judge
from aiducation.training.learner import Learner
from aiducation.training.recipes import recipe_of

CONFIG = TrainConfig(model="B3_N2_FC1_K5_AP4", epochs=2, batch_size=32, precision="float32")


def parts_of(dataset: Dataset) -> tuple[Part, Part]:
    labelled, device = dataset.labelled, torch.device("cpu")
    return Part.of(dataset, labelled[:97], device), Part.of(dataset, labelled[100:160], device)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [{}, {"flip": 0.0, "rotation": 0.0}, {"precision": "bfloat16"}, {"batch_size": 30}, {"batch_size": 200}],
)
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
    assert seen == [(32, 97), (64, 97), (97, 97)], "the last image joins the batch before"


def test_networks_with_dropout_are_not_recorded(dataset: Dataset) -> None:
    """Several networks at a time would draw from one generator."""
    train, _ = parts_of(dataset)
    config = dataclasses.replace(CONFIG, model="Compact_W2_D1")
    recorded, usual = (Learner(config, device="cpu", recorded=how) for how in (True, False))
    assert recorded.train_one_epoch(train) == usual.train_one_epoch(train)


def test_a_finished_network_s_memory_is_free_at_once(dataset: Dataset) -> None:
    """Not when circles are swept up, which may be much later."""
    train, valid = parts_of(dataset)
    Learner(CONFIG, device="cpu")  # PyTorch keeps the first optimizer of a process for a while
    gc.disable()
    try:
        learner = Learner(CONFIG, device="cpu", recorded=True)
        learner.train_eval(train, valid)
        weights = weakref.ref(next(learner.model.parameters()))
        del learner
        assert weights() is None
    finally:
        gc.enable()


class Recording:
    """A CUDA graph as far as it can be had without a GPU: the first ``fails`` of them are broken."""

    fails = made = ended = 0

    def __init__(self) -> None:
        Recording.made += 1

    def capture_begin(self, *, capture_error_mode: str) -> None:
        assert capture_error_mode == "thread_local"

    def capture_end(self) -> None:
        Recording.ended += 1
        if Recording.made <= Recording.fails:
            raise RuntimeError("operation failed due to a previous error during capture")


class Stream:
    def synchronize(self) -> None:
        pass


@pytest.mark.parametrize("fails", [0, 2, 3])
def test_a_broken_recording_is_tried_again(dataset: Dataset, monkeypatch: pytest.MonkeyPatch, fails: int) -> None:
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
    monkeypatch.setattr(torch.cuda, "stream", nullcontext)
    Recording.fails, Recording.made, Recording.ended = fails, 0, 0
    learner, recipe = Learner(CONFIG, device="cpu"), recipe_of(CONFIG)
    epochs = EpochGraph(
        learner.model,
        learner.optimizer,
        lambda outputs, truth: recipe.loss(outputs, truth, ()),
        CONFIG,
        learner.compute,
        parts_of(dataset)[0],
    )
    with pytest.warns(UserWarning, match="could not be recorded.*previous error") if fails == 3 else nullcontext():
        made = epochs._captured(32, Stream())  # type: ignore[arg-type]
    assert (made is None) == (fails == 3)
    assert Recording.made == Recording.ended == min(fails + 1, 3)


def test_what_is_judged_for_the_first_time_waits_for_recordings() -> None:
    network = torch.nn.Linear(1, 1)
    for device, first in (("cuda", True), ("cpu", False)):
        judge = Judge(network, recipe_of(CONFIG), Compute(device=torch.device(device), dtype=torch.float32))
        waits = [judge._undisturbing(what, n) is RECORDING for what, n in (("probs", 9), ("probs", 9), ("scores", 9))]
        assert waits == [first, False, first]
