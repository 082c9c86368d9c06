"""Random numbers for changing a batch of images, drawn on the CPU so that devices agree."""

from __future__ import annotations

import torch
from torch import Tensor


class Draw:
    """Random numbers, one for each of n images, shaped (n, 1, 1, 1) to multiply images."""

    def __init__(self, n: int, device: torch.device, generator: torch.Generator) -> None:
        self.n, self.device, self.generator = n, device, generator

    def between(self, low: float, high: float) -> Tensor:
        drawn = torch.rand(self.n, generator=self.generator) * (high - low) + low
        return drawn.to(self.device)[:, None, None, None]

    def around(self, limit: float) -> Tensor:
        return self.between(-limit, limit)

    def up_to(self, limit: float) -> Tensor:
        return self.between(0.0, limit)

    def chosen(self, probability: float) -> Tensor:
        """(B, 1, 1, 1) bool."""
        return self.between(0.0, 1.0) < probability
