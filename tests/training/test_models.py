"""The twelve published networks, exactly; and the compact family."""

from __future__ import annotations

import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from aiducation.errors import ConfigError
from aiducation.training.models import (
    COMPACT_MODELS,
    PUBLISHED_MODELS,
    CompactConfig,
    PublishedConfig,
    PublishedNet,
    ResBlock,
    build_model,
    model_size,
)

#: Names in the order of the published table 2.2, copied from it.
TABLE_2_2 = (
    "B16_N4_FC1_K3_AP20",
    "B32_N4_FC1_K3_AP20",
    "B16_N8_FC2_K3_AP20",
    "B32_N8_FC2_K3_AP20",
    "B16_N4_FC1_K5_AP20",
    "B32_N4_FC1_K5_AP20",
    "B16_N8_FC2_K5_AP20",
    "B32_N8_FC2_K5_AP20",
    "B16_N4_FC1_K7_AP20",
    "B32_N4_FC1_K7_AP20",
    "B16_N8_FC2_K7_AP20",
    "B32_N8_FC2_K7_AP20",
)


def layer_sizes(name: str) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]]]:
    """What the description of the architecture says: (inputs, outputs, kernel) of each convolution and (inputs, outputs)
    of each linear layer, worked out from the name alone."""
    b, n, fc, k, ap = (int(text) for text in re.findall(r"\d+", name))
    convolutions = [(1, b, k)] + [(b, b, k)] * (2 * n - 1)
    flat = b * ap * ap
    return convolutions, [(flat, flat)] * fc + [(flat, 4)]


def expected_parameters(name: str) -> int:
    convolutions, linear = layer_sizes(name)
    in_convolutions = sum(i * o * k * k + o for i, o, k in convolutions)
    in_norms = sum(2 * o for _, o, _ in convolutions)
    return in_convolutions + in_norms + sum(i * o + o for i, o in linear)


def expected_multiply_adds(name: str) -> int:
    convolutions, linear = layer_sizes(name)
    return sum(48 * 48 * i * o * k * k for i, o, k in convolutions) + sum(i * o for i, o in linear)


def meta(name: str) -> nn.Module:
    """A model without memory for its weights."""
    with torch.device("meta"):
        return build_model(name)


def test_the_twelve_stand_in_the_order_of_table_2_2() -> None:
    assert PUBLISHED_MODELS == TABLE_2_2


@pytest.mark.parametrize("name", [*TABLE_2_2, "B4_N2_FC1_K3_AP4", "B5_N1_FC0_K1_AP48"])
def test_a_published_name_is_parsed_into_the_configuration_that_makes_it(name: str) -> None:
    config = PublishedConfig.parse(name)
    assert config is not None
    assert config.name == name


@pytest.mark.parametrize("name", [*COMPACT_MODELS, "Compact_W3_D5"])
def test_a_compact_name_is_parsed_into_the_configuration_that_makes_it(name: str) -> None:
    config = CompactConfig.parse(name)
    assert config is not None
    assert config.name == name


@pytest.mark.parametrize("name", [*TABLE_2_2, "B4_N2_FC1_K3_AP4", "B6_N3_FC0_K7_AP10"])
def test_parameters_and_multiply_adds_follow_from_the_description(name: str) -> None:
    size = model_size(name)
    assert size.parameters == expected_parameters(name)
    assert size.multiply_adds == expected_multiply_adds(name)
    statistics = sum(2 * o for _, o, _ in layer_sizes(name)[0])  # running mean and variance
    counters = len(layer_sizes(name)[0])  # one int64 a batch norm
    assert size.weight_bytes == 4 * (size.parameters + statistics) + 8 * counters


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("B16_N4_FC1_K3_AP20", 41_008_660),
        ("B16_N8_FC2_K5_AP20", 82_055_572),
        ("B32_N4_FC1_K7_AP20", 164_257_572),
        ("B32_N8_FC2_K3_AP20", 327_896_868),
    ],
)
def test_parameter_counts_in_full(name: str, parameters: int) -> None:
    assert model_size(name).parameters == parameters


@pytest.mark.parametrize("name", TABLE_2_2)
def test_over_99_per_cent_of_the_parameters_are_in_the_head(name: str) -> None:
    model = meta(name)
    assert isinstance(model, PublishedNet)
    share = sum(p.numel() for p in model.head.parameters()) / sum(p.numel() for p in model.parameters())
    assert share > 0.99


@pytest.mark.parametrize("name", TABLE_2_2)
def test_the_kernel_size_of_the_name_is_the_one_used(name: str) -> None:
    convolutions, _ = layer_sizes(name)
    built = [module for module in meta(name).modules() if isinstance(module, nn.Conv2d)]
    assert [tuple(conv.weight.shape) for conv in built] == [(o, i, k, k) for i, o, k in convolutions]
    assert all(conv.stride == (1, 1) for conv in built)


@pytest.mark.parametrize("kernel_size", [3, 5, 7])
def test_maps_stay_48x48_through_all_blocks(kernel_size: int) -> None:
    model = PublishedNet(PublishedConfig(channels=3, blocks=3, kernel_size=kernel_size, pool_size=2))
    assert model.blocks(torch.rand(2, 1, 48, 48)).shape == (2, 3, 48, 48)


def test_eight_blocks_have_two_hidden_layers_and_four_have_one() -> None:
    for name in TABLE_2_2:
        config = PublishedConfig.parse(name)
        assert config is not None
        assert (config.blocks, config.fc_layers) in {(4, 1), (8, 2)}
        assert config.pool_size == 20


@pytest.mark.parametrize("in_channels", [1, 3])
def test_a_block_is_what_the_formula_says(in_channels: int) -> None:
    """ReLU(norm(conv(ReLU(norm(conv(x))))) + x), with batch norm written out; one channel is added to all."""
    torch.manual_seed(0)
    block = ResBlock(in_channels, 3, kernel_size=5).train()
    for norm in (block.norm1, block.norm2):
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.uniform_(norm.bias, -0.5, 0.5)
    x = torch.rand(2, in_channels, 9, 9)

    def normalised(y: torch.Tensor, norm: nn.BatchNorm2d) -> torch.Tensor:
        mean = y.mean(dim=(0, 2, 3), keepdim=True)
        variance = (y - mean).square().mean(dim=(0, 2, 3), keepdim=True)
        return (y - mean) / (variance + 1e-5).sqrt() * norm.weight[:, None, None] + norm.bias[:, None, None]

    y = normalised(F.conv2d(x, block.conv1.weight, block.conv1.bias, padding=2), block.norm1).clamp(min=0)
    y = normalised(F.conv2d(y, block.conv2.weight, block.conv2.bias, padding=2), block.norm2)
    expected = (y + torch.cat([x] * 3, dim=1) if in_channels == 1 else y + x).clamp(min=0)
    torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-5)


def test_the_head_sees_the_pooled_map() -> None:
    model = PublishedNet(PublishedConfig(channels=2, blocks=1, fc_layers=1, pool_size=4)).eval()
    x = torch.rand(3, 1, 48, 48)
    pooled = model.blocks(x).reshape(3, 2, 4, 12, 4, 12).mean(dim=(3, 5)).reshape(3, 32)
    hidden, last = model.head[0], model.head[2]
    expected = (pooled @ hidden.weight.T + hidden.bias).clamp(min=0) @ last.weight.T + last.bias
    torch.testing.assert_close(model(x), expected)


def test_compact_models_are_well_under_five_million_parameters() -> None:
    sizes = {name: model_size(name).parameters for name in COMPACT_MODELS}
    assert all(size < 3_000_000 for size in sizes.values()), sizes


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("B16_N4_FC1_K4_AP20", "kernel size 4 is even"),
        ("B0_N4_FC1_K3_AP20", "must be positive"),
        ("B16_N0_FC1_K3_AP20", "must be positive"),
        ("Compact_W0_D1", "must be positive"),
        ("B16_N4_FC1_K3_AP2O", "Did you mean 'B16_N4_FC1_K3_AP20'"),
        ("compact_W16_D1", "Did you mean 'Compact_W16_D1'"),
        ("B16_N4_FC1_K3_AP20 ", "Did you mean 'B16_N4_FC1_K3_AP20'"),
        ("resnet18", "Unknown model 'resnet18'"),
        ("", "Unknown model ''"),
    ],
)
def test_a_name_that_no_model_has_says_why(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        build_model(name)
