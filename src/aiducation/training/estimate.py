"""How long a published network should take on a GPU, by arithmetic: operations, bytes, kernels, and which of them decides.

It is an estimate made before anything was measured. Its parts are counted from the network; the rates below are assumptions,
which the first measurement on such a card replaces.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiducation.errors import ConfigError
from aiducation.preprocess import SIDE
from aiducation.training.models import PublishedConfig, model_size

#: Bytes that a step moves for each weight of a linear layer. Rounded for the products: read 4, write 2. Forward: read 2. Gradient
#: of the input: read 2. Gradient of the weight: write 2, as float32: read 2, write 4. Adam: read weight, gradient, two moments,
#: 16; write weight and two moments, 12.
BYTES_A_WEIGHT = 46

#: Maps that a step reads or writes for each residual block. Forward: two convolutions 4, two batch norms 6 (the means need a
#: pass of their own), two ReLUs 4, the sum 3. Backward: two ReLUs 6, the sum's two gradients 3, two batch norms 10, two
#: convolutions 8.
MAPS_A_BLOCK = 44

#: Kernels of a step for each block, and for head, loss, augmentation and optimizer together.
KERNELS_A_BLOCK, OTHER_KERNELS = 30, 60

_BFLOAT16 = 2


@dataclass(frozen=True, kw_only=True)
class Card:
    """Rates of a graphics card.

    Attributes:
        bytes_s: memory traffic that large copies reach, bytes a second.
        operations_s: bfloat16 products of large matrices, operations a second.
        kernel_s: what the shortest kernel of a recorded step takes, seconds.
    """

    bytes_s: float
    operations_s: float
    kernel_s: float = 2.5e-6

    def convolution_rate(self, channels: int) -> float:
        """Operations a second of convolutions: few channels fill only a part of the matrix units' tiles of 128."""
        return self.operations_s * min(1.0, channels / 128)


#: Nine tenths of the memory rates that the vendor states, and six tenths of the arithmetic ones. Source: NVIDIA's data sheets of
#: H100 SXM (3.35 TB/s, 989 TFLOP/s dense bfloat16) and H200 (4.8 TB/s, the same arithmetic).
CARDS: dict[str, Card] = {
    "H100": Card(bytes_s=0.9 * 3.35e12, operations_s=0.6 * 989e12),
    "H200": Card(bytes_s=0.9 * 4.8e12, operations_s=0.6 * 989e12),
}


@dataclass(frozen=True, kw_only=True)
class StepCost:
    """What one step of a network costs.

    Attributes:
        head_bytes, map_bytes: traffic of the linear layers' weights; of the maps between convolutions.
        operations: of all convolutions and linear layers, forward and backward.
        kernels: started on the device.
        seconds: part ("head", "maps", "convolutions", "kernels") -> seconds if it were alone.
    """

    head_bytes: float
    map_bytes: float
    operations: float
    kernels: int
    seconds: dict[str, float]

    @property
    def total_s(self) -> float:
        """Seconds of a step by itself: a convolution's products hide behind its traffic or the other way round; no kernel is
        shorter than the shortest."""
        convolutions = max(self.seconds["convolutions"], self.seconds["maps"])
        return max(self.seconds["head"] + convolutions, self.seconds["kernels"])

    @property
    def bound(self) -> str:
        """The part that takes longest."""
        return max(self.seconds, key=lambda part: self.seconds[part])


def step_cost(model: str, card: Card, *, batch: int = 64) -> StepCost:
    """The cost of a step of a published network with bfloat16 products.

    Raises:
        ConfigError: it is not a published network.
    """
    config = PublishedConfig.parse(model)
    if config is None:
        raise ConfigError(f"{model} is none of the published networks; only their steps are estimated.")
    size = model_size(model)
    features = config.channels * config.pool_size**2
    weights = features * features * config.fc_layers + 4 * features
    head_bytes = float(BYTES_A_WEIGHT * weights)
    map_bytes = float(MAPS_A_BLOCK * config.blocks * batch * config.channels * SIDE**2 * _BFLOAT16)
    operations = 6.0 * size.multiply_adds * batch
    kernels = KERNELS_A_BLOCK * config.blocks + OTHER_KERNELS
    return StepCost(
        head_bytes=head_bytes,
        map_bytes=map_bytes,
        operations=operations,
        kernels=kernels,
        seconds={
            "head": head_bytes / card.bytes_s,
            "maps": map_bytes / card.bytes_s,
            "convolutions": (operations - 6.0 * weights * batch) / card.convolution_rate(config.channels),
            "kernels": kernels * card.kernel_s,
        },
    )


def whole_grid(costs: dict[str, StepCost], card: Card, steps: int) -> dict[str, float]:
    """Seconds for all networks: one after the other, and the least that a card needs however many run at once.

    Args:
        steps: of each network.
    """
    traffic = sum(cost.head_bytes + cost.map_bytes for cost in costs.values()) * steps / card.bytes_s
    products = sum(cost.seconds["convolutions"] for cost in costs.values()) * steps
    return {
        "one_after_the_other_s": sum(cost.total_s for cost in costs.values()) * steps,
        "memory_traffic_s": traffic,
        "convolutions_s": products,
        "at_once_at_least_s": max(traffic, products),
    }
