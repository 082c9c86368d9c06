"""The networks: the twelve of the published study, and a compact family that fits a laptop.

A name holds the whole configuration: ``B16_N4_FC1_K3_AP20`` is made from a ``PublishedConfig`` and parsed back into one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from aiducation.errors import ConfigError, unknown_name
from aiducation.preprocess import SIDE
from aiducation.states import STATES
from aiducation.training import spectral


@dataclass(frozen=True, kw_only=True)
class PublishedConfig:
    """A network of the published study.

    Attributes:
        channels: B, feature maps of every block.
        blocks: N, number of residual blocks.
        fc_layers: FC, hidden fully connected layers.
        kernel_size: K, side of every convolution kernel; odd.
        pool_size: AP, side of the average-pooled map that the fully connected layers see.
    """

    channels: int = 16
    blocks: int = 4
    fc_layers: int = 1
    kernel_size: int = 3
    pool_size: int = 20

    def __post_init__(self) -> None:
        if min(self.channels, self.blocks, self.kernel_size, self.pool_size) < 1 or self.fc_layers < 0:
            raise ConfigError(f"{self.name}: every number must be positive (FC may be 0).")
        if self.kernel_size % 2 == 0:
            raise ConfigError(
                f"{self.name}: kernel size {self.kernel_size} is even; the maps keep their size only with an odd "
                f"kernel size."
            )

    @property
    def name(self) -> str:
        """The published name."""
        return f"B{self.channels}_N{self.blocks}_FC{self.fc_layers}_K{self.kernel_size}_AP{self.pool_size}"

    @classmethod
    def parse(cls, name: str) -> PublishedConfig | None:
        """The configuration that a name stands for, or None if the name has another form."""
        match = re.fullmatch(r"B(\d+)_N(\d+)_FC(\d+)_K(\d+)_AP(\d+)", name)
        if not match:
            return None
        channels, blocks, fc_layers, kernel_size, pool_size = map(int, match.groups())
        return cls(channels=channels, blocks=blocks, fc_layers=fc_layers, kernel_size=kernel_size, pool_size=pool_size)


@dataclass(frozen=True, kw_only=True)
class CompactConfig:
    """A small network: three strided stages of residual blocks, then global pooling.

    Attributes:
        width: channels of the stem; the stages have 2, 4 and 8 times as many.
        depth: residual blocks in each stage.
    """

    width: int = 16
    depth: int = 1

    def __post_init__(self) -> None:
        if min(self.width, self.depth) < 1:
            raise ConfigError(f"{self.name}: width and depth must be positive.")

    @property
    def name(self) -> str:
        return f"Compact_W{self.width}_D{self.depth}"

    @classmethod
    def parse(cls, name: str) -> CompactConfig | None:
        """The configuration that a name stands for, or None if the name has another form."""
        match = re.fullmatch(r"Compact_W(\d+)_D(\d+)", name)
        return cls(width=int(match[1]), depth=int(match[2])) if match else None


class ResBlock(nn.Module):
    """conv, batch norm, ReLU, conv, batch norm, plus the input, ReLU. Keeps height and width.

    A single-channel input is broadcast onto all channels of the sum, as in the published study.
    """

    def __init__(self, in_channels: int, channels: int, kernel_size: int) -> None:
        super().__init__()
        padding = kernel_size // 2
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size, padding=padding)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size, padding=padding)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        # In place: nobody needs what these steps begin with, and the sum has the type of the convolution's result. Written anew,
        # it would be float32 like the image in all blocks of mixed precision, with twice the traffic and a copy a convolution.
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        return F.relu(self.norm2(self.conv2(y)).add_(x), inplace=True)


class WideLinear(nn.Linear):
    """A linear layer whose weights are many times its batch, (N, in) -> (N, out): with the weights in front, a processor learns
    from the same product in less time."""

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training and spectral.in_float32_here(x)):
            return super().forward(x)
        return torch.addmm(self.bias[:, None], self.weight, x.t()).t()


class PublishedNet(nn.Module):
    """(N, 1, 48, 48) float32 in 0..1 -> (N, K) logits. Over 99 % of its parameters are in the fully connected layers."""

    def __init__(self, config: PublishedConfig, n_states: int = len(STATES)) -> None:
        super().__init__()
        self.config = config
        widths = [1] + [config.channels] * config.blocks
        self.blocks = nn.Sequential(*(ResBlock(i, o, config.kernel_size) for i, o in pairwise(widths)))
        features = config.channels * config.pool_size**2
        hidden: list[nn.Module] = []
        for _ in range(config.fc_layers):
            hidden += [WideLinear(features, features), nn.ReLU()]
        self.head = nn.Sequential(*hidden, nn.Linear(features, n_states))

    def forward(self, x: Tensor) -> Tensor:
        by_spectra = self.training and spectral.pays(self.blocks, x)
        maps = spectral.through_blocks(self.blocks, x) if by_spectra else self.blocks(x)
        pooled = F.adaptive_avg_pool2d(maps, self.config.pool_size)
        logits: Tensor = self.head(pooled.flatten(1))
        return logits


class StridedBlock(nn.Module):
    """A residual block whose first convolution may halve height and width; the shortcut follows by pooling and 1x1."""

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or in_channels != channels:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride), nn.Conv2d(in_channels, channels, 1, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class CompactNet(nn.Module):
    """(N, 1, 48, 48) float32 in 0..1 -> (N, K) logits.

    Maps shrink from 48 to 24, 12 and 6 while channels grow, so that work is spent where the features are rich, and global
    pooling replaces the published head: a hundredth of its parameters.
    """

    def __init__(self, config: CompactConfig, n_states: int = len(STATES)) -> None:
        super().__init__()
        self.config = config
        widths = [config.width * factor for factor in (1, 2, 4, 8)]
        layers: list[nn.Module] = [
            nn.Conv2d(1, widths[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        ]
        for before, after in pairwise(widths):
            layers.append(StridedBlock(before, after, stride=2))
            layers += [StridedBlock(after, after, stride=1) for _ in range(config.depth - 1)]
        self.stages = nn.Sequential(*layers)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(widths[-1], n_states)

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.stages(x).mean(dim=(2, 3))
        logits: Tensor = self.head(self.dropout(pooled))
        return logits


#: The twelve, in the order of the published table 2.2.
PUBLISHED_MODELS: tuple[str, ...] = tuple(
    PublishedConfig(channels=channels, blocks=blocks, fc_layers=fc_layers, kernel_size=kernel_size).name
    for kernel_size in (3, 5, 7)
    for blocks, fc_layers in ((4, 1), (8, 2))
    for channels in (16, 32)
)

COMPACT_MODELS: tuple[str, ...] = tuple(
    CompactConfig(width=width, depth=depth).name for width, depth in ((8, 1), (16, 1), (32, 1), (32, 2))
)

#: A family: its configuration's parser and its network.
_FAMILIES: tuple[tuple[Callable[[str], object], Callable[..., nn.Module]], ...] = (
    (PublishedConfig.parse, PublishedNet),
    (CompactConfig.parse, CompactNet),
)


def build_model(name: str) -> nn.Module:
    """A network with fresh weights, by its name; draws from torch's global random state.

    Raises:
        ConfigError: no family has such a name; suggests the nearest.
    """
    return MODELS[name]() if name in MODELS else _of_family(name)


def _of_family(name: str) -> nn.Module:
    for parse, network in _FAMILIES:
        config = parse(name)
        if config is not None:
            return network(config)
    raise unknown_name("model", name, MODELS)


def outcome_logits(outputs: Tensor | tuple[Tensor, ...]) -> Tensor:
    """The logits of the states among the outputs of any network here: the flagship's votes are a lesson, not an answer."""
    return outputs[0] if isinstance(outputs, tuple) else outputs


#: Name -> builder; a network of your own goes in here. Other sizes of a family are built by their name as well.
MODELS: dict[str, Callable[[], nn.Module]] = {
    name: partial(_of_family, name) for name in (*PUBLISHED_MODELS, *COMPACT_MODELS)
}


@dataclass(frozen=True, kw_only=True)
class ModelSize:
    """How large a network is.

    Attributes:
        parameters: trained numbers.
        multiply_adds: multiplications (each with its addition) for one image, convolutions and linear layers.
        weight_bytes: size of the float32 weights, batch-norm statistics included.
    """

    parameters: int
    multiply_adds: int
    weight_bytes: int


def model_size(name: str) -> ModelSize:
    """Measure a model without allocating its weights."""
    with torch.device("meta"):
        model = build_model(name).eval()
        counter = FlopCounterMode(display=False)
        with counter:
            model(torch.empty(1, 1, SIDE, SIDE))
    return ModelSize(
        parameters=sum(p.numel() for p in model.parameters()),
        multiply_adds=counter.get_total_flops() // 2,
        weight_bytes=sum(t.numel() * t.element_size() for t in model.state_dict().values()),
    )
