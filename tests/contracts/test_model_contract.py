"""What every entry of MODELS keeps. The large ones are checked without memory for their weights."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from aiducation.training.models import MODELS, build_model, model_size

#: Above this, a real forward pass takes seconds and hundreds of megabytes.
SMALL = 1_000_000

#: Every registered model that is small, and small members of the published family with the structure of the large ones.
REAL = ["Compact_W8_D1", "Compact_W16_D1", "B4_N4_FC1_K3_AP20", "B2_N8_FC2_K5_AP20", "B4_N4_FC1_K7_AP6"]


def built(name: str) -> nn.Module:
    torch.manual_seed(0)
    return MODELS[name]() if name in MODELS else build_model(name)


def faces(n: int = 2) -> torch.Tensor:
    return torch.rand(n, 1, 48, 48, generator=torch.Generator().manual_seed(0))


def test_small_models_are_tried_for_real() -> None:
    assert {name for name in MODELS if model_size(name).parameters < SMALL} == {*REAL} & {*MODELS}


@pytest.mark.parametrize("name", MODELS)
def test_two_faces_give_two_rows_of_four_logits(name: str) -> None:
    with torch.device("meta"):
        logits = MODELS[name]().eval()(torch.empty(2, 1, 48, 48))
    assert logits.shape == (2, 4)
    assert logits.dtype == torch.float32


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_is_trained_and_float32(name: str) -> None:
    with torch.device("meta"):
        parameters = list(MODELS[name]().parameters())
    assert all(p.requires_grad and p.dtype == torch.float32 for p in parameters)


@pytest.mark.parametrize("name", MODELS)
def test_weights_of_one_fit_into_another_of_the_same_name(name: str) -> None:
    with torch.device("meta"):
        one, other = MODELS[name](), MODELS[name]()
    assert other.load_state_dict(one.state_dict(), strict=True, assign=True)
    shapes = [{key: (t.shape, t.dtype) for key, t in model.state_dict().items()} for model in (one, other)]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("name", REAL)
def test_logits_are_finite_and_gradients_reach_every_parameter(name: str) -> None:
    model = built(name).train()
    logits = model(faces(8))
    assert logits.isfinite().all()
    F.cross_entropy(logits, torch.tensor([0, 1, 2, 3] * 2)).backward()
    for key, parameter in model.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.isfinite().all(), key
        # A bias before batch norm is subtracted again: its gradient is zero but for rounding.
        assert parameter.grad.abs().max() > 0, key


@pytest.mark.parametrize("name", REAL)
def test_judging_is_deterministic_and_images_do_not_affect_each_other(name: str) -> None:
    model = built(name).eval()
    images = faces(4)
    with torch.no_grad():
        once, again = model(images), model(images)
        alone = torch.cat([model(image[None]) for image in images])
    assert torch.equal(once, again)
    torch.testing.assert_close(alone, once, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", REAL)
def test_a_last_batch_of_one_image_can_be_trained_on(name: str) -> None:
    logits = built(name).train()(faces(1))
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", REAL)
def test_saved_weights_give_the_same_logits(name: str) -> None:
    model = built(name).train()
    model(faces(4))  # moves the batch-norm statistics, which are part of the weights
    torch.manual_seed(1)
    other = build_model(name)
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        assert torch.equal(other.eval()(faces()), model.eval()(faces()))
