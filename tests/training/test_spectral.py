"""Convolutions by way of their spectra: the same network, the same gradients, and no farther from exact numbers."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from aiducation.training import spectral
from aiducation.training.models import PublishedConfig, PublishedNet, WideLinear, build_model
from aiducation.training.team import Team, share_layers

Blocks = nn.Sequential


def learned(
    blocks: Blocks, images: Tensor, towards: Tensor, *, by_spectra: bool
) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """Result, gradients and running statistics after one step, of a copy of the blocks."""
    blocks = copy.deepcopy(blocks)
    made = spectral.through_blocks(blocks, images) if by_spectra else blocks(images)
    made.backward(towards)
    gradients = {name: p.grad for name, p in blocks.named_parameters() if p.grad is not None}
    return made.detach(), gradients, dict(blocks.named_buffers())


@pytest.mark.parametrize(("channels", "kernel_size", "side"), [(4, 7, 20), (6, 5, 21), (2, 11, 4), (3, 3, 9)])
def test_the_same_network_learns(channels: int, kernel_size: int, side: int) -> None:
    torch.manual_seed(0)
    config = PublishedConfig(channels=channels, blocks=3, kernel_size=kernel_size, pool_size=2)
    blocks = PublishedNet(config).double().blocks
    images, towards = torch.rand(5, 1, side, side).double(), torch.randn(5, channels, side, side).double()
    made, gradients, statistics = learned(blocks, images, towards, by_spectra=True)
    expected, expected_gradients, expected_statistics = learned(blocks, images, towards, by_spectra=False)
    torch.testing.assert_close(made, expected)
    assert gradients.keys() == expected_gradients.keys() == dict(blocks.named_parameters()).keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected_gradients[name], msg=name, rtol=1e-8, atol=1e-9)
    for name, values in statistics.items():
        torch.testing.assert_close(values, expected_statistics[name], msg=name)


def test_gradients_of_one_convolution() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(2, 3, 5, padding=2).double()
    x = torch.randn(6, 6, 2, 2, dtype=torch.float64, requires_grad=True)  # (W, H, C, N)
    assert torch.autograd.gradcheck(spectral.convolution, (x, conv.weight, conv.bias))


def test_no_farther_from_exact_numbers_than_the_direct_way() -> None:
    """In float32 the direct gradient of a weight is one long sum; that of the spectra has many short ones."""
    torch.manual_seed(0)
    conv = nn.Conv2d(16, 16, 7, padding=3)
    x, towards = torch.randn(32, 16, 48, 48), torch.randn(32, 16, 48, 48)

    def error(weight: Tensor, bias: Tensor) -> float:
        made = spectral.convolution(x.permute(3, 2, 1, 0).contiguous(), weight, bias).permute(3, 2, 1, 0)
        return float((torch.autograd.grad(made, weight, towards)[0] - exact).abs().max())

    double = copy.deepcopy(conv).double()
    exact = torch.autograd.grad(double(x.double()), double.weight, towards.double())[0].float()
    direct = float((torch.autograd.grad(conv(x), conv.weight, towards)[0] - exact).abs().max())
    assert error(conv.weight, conv.bias) < direct


def test_a_network_takes_the_faster_way_only_while_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network, images = build_model("B4_N2_FC1_K7_AP4"), torch.rand(3, 1, 48, 48)
    assert isinstance(network, PublishedNet)
    taken: list[int] = []
    way = spectral.through_blocks
    monkeypatch.setattr(spectral, "through_blocks", lambda blocks, x: taken.append(len(x)) or way(blocks, x))
    network(images)
    assert taken == [3]
    with torch.autocast("cpu", torch.bfloat16):
        network(images)
    network.eval()(images)
    network.train().double()(images.double())
    build_model("B4_N2_FC1_K5_AP4")(images)
    assert taken == [3]
    shared = share_layers(build_model("B4_N2_FC1_K7_AP4"), Team(size=2))
    assert not spectral.pays(shared.blocks, images)
    build_model("B32_N1_FC0_K5_AP4")(images)
    assert taken == [3, 3]


def test_a_wide_layer_is_a_linear_layer() -> None:
    torch.manual_seed(0)
    wide, plain = WideLinear(40, 30), nn.Linear(40, 30)
    plain.load_state_dict(wide.state_dict())
    x = torch.randn(7, 40, requires_grad=True)
    made, expected = wide(x), plain(x)
    torch.testing.assert_close(made, expected)
    towards = torch.randn(7, 30)
    ours = torch.autograd.grad(made, (x, wide.weight, wide.bias), towards)
    for gradient, right in zip(
        ours, torch.autograd.grad(expected, (x, plain.weight, plain.bias), towards), strict=True
    ):
        torch.testing.assert_close(gradient, right)
