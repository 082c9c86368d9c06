"""Made covers, and the heads for votes and covered faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aiducation.data.dataset import Dataset
from aiducation.evaluation.ferplus_benchmark import majority, named
from aiducation.model_info import ModelInfo
from aiducation.training.camera_recipe import BARELY, COVERED, CameraConfig, CameraRecipe
from aiducation.training.covers import cover
from aiducation.training.draws import Draw
from aiducation.training.flagship import FlagshipConfig, FlagshipNet
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.training.onnx_model import export_network
from aiducation.training.quantize import quantize
from aiducation.vision.classifier import Classifier


def made(images: torch.Tensor, probability: float) -> tuple[torch.Tensor, torch.Tensor]:
    return cover(images, probability, Draw(len(images), images.device, torch.Generator().manual_seed(0)))


def test_covers_change_what_they_hide_and_nothing_else() -> None:
    images = torch.rand(400, 1, 48, 48, generator=torch.Generator().manual_seed(1))
    covered, hidden = made(images, 1.0)
    changed = (covered != images).float().mean(dim=(1, 2, 3))
    assert (changed[hidden > COVERED] > 0).all() and covered.min() >= 0 and covered.max() <= 1
    assert (hidden > COVERED).float().mean() > 0.5 and (hidden < BARELY).any(), "large and small ones"
    assert hidden.max() < 0.9, "something of the face is left"
    same, none = made(images, 0.0)
    assert torch.equal(same, images) and not none.any()


def test_only_clear_cases_teach_what_covered_is() -> None:
    recipe = CameraRecipe(CameraConfig(cycles=(1,)))
    assert recipe.network().cover_head.weight.requires_grad
    assert not FlagshipRecipe(FlagshipConfig(cycles=(1,))).network().cover_head.weight.requires_grad

    def loss(hidden: float, logit: float) -> float:
        outputs = (torch.zeros(4, 5), torch.zeros(4, 10), torch.full((4, 1), logit))
        lesson = (torch.full((4, 5), 0.2), torch.full((4, 10), 0.1), torch.full((4,), hidden))
        return float(recipe.loss(outputs, torch.zeros(4, dtype=torch.int64), lesson))

    assert loss(0.5, 5.0) < loss(0.5, -5.0) and loss(0.0, -5.0) < loss(0.0, 5.0)
    between = (BARELY + COVERED) / 2
    assert loss(between, 5.0) == loss(between, -5.0)


@pytest.mark.slow
def test_a_file_says_votes_and_covers_in_floats_and_in_eight_bits(dataset: Dataset, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = FlagshipNet(FlagshipConfig(stem=8, stages=((8, 1), (8, 1)))).eval()
    info = ModelInfo(name="small", vote_temperature=0.8, cover_threshold=0.5)
    path = export_network(network, info, tmp_path / "small.onnx")
    faces = np.ascontiguousarray(dataset.images[:24])
    with torch.no_grad():
        _, votes, covers = (one.numpy() for one in network(torch.from_numpy(faces[:, None] / np.float32(255))))
    shares = np.exp(votes / 0.8) / np.exp(votes / 0.8).sum(axis=1, keepdims=True)
    for one in (path, quantize(path, tmp_path / "small-int8.onnx", faces)):
        answers = Classifier(one).answers(faces)
        np.testing.assert_allclose(answers.votes, shares[:, :8], atol=0.05)
        sure = np.abs(covers[:, 0]) > 0.1
        assert (answers.covered == (covers[:, 0] > 0))[sure].all()
    plain = export_network(network, ModelInfo(name="small"), tmp_path / "plain.onnx")
    assert not Classifier(plain).answers(faces).covered.any(), (
        "a network that did not learn covers says nothing of them"
    )


def test_the_benchmark_of_ferplus_leaves_out_single_votes_and_needs_a_majority() -> None:
    votes = np.zeros((5, 10), int)
    votes[0, [1, 2, 3]] = 5, 4, 1  # 5 of 9 after the single vote is left out
    votes[1, [1, 2]] = 5, 5
    votes[2, [8, 1]] = 6, 4  # unknown
    votes[3, :10] = 1  # nobody agrees
    votes[4, 7] = 10
    np.testing.assert_array_equal(majority(votes), [1, -1, -1, -1, 7])
    logits = np.zeros((2, 10))
    logits[0, [9, 3]] = 5, 2
    logits[1, 0] = 1
    np.testing.assert_array_equal(named(logits), [3, 0])
