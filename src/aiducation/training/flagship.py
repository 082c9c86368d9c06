"""The flagship: one small network for four states and "other". Its options and its layers; how it learns: ``flagship_recipe``."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from aiducation.data.votes import VOTE_COLUMNS
from aiducation.errors import ConfigError
from aiducation.schemas import check, like, shortened
from aiducation.states import OUTCOMES
from aiducation.training.augmentation import Augmentation
from aiducation.training.config import PRECISIONS
from aiducation.training.models import StridedBlock


@dataclass(frozen=True, kw_only=True)
class FlagshipConfig:
    """Everything that decides what the flagship becomes.

    Attributes:
        stem: channels of the first convolution, which halves the picture's side.
        stages: (channels, blocks) of each stage; every stage but the first halves the side again.
        cycles: epochs of each cycle, in which the learning rate falls to 0 as a cosine. From the second cycle on, the network
            also learns from what it said itself at the end of the cycle before: ten votes are a noisy sample, and its answer
            draws on all similar faces.
        teacher_weight: share of those answers in what the later cycles learn.
        batch_size, learning_rate, weight_decay: of AdamW; the rate rises over the first ``warmup`` epochs.
        vote_weight: weight of the loss on the vote distribution, beside the loss on the outcome.
        softness: share of the soft states in the outcome to learn; the rest is the outcome that the ten votes gave.
        averaging: decay of the running average of the weights, which is what is kept.
        dropout: before the two heads.
        augmentation: how far images are changed.
        seed: of weights, order, augmentation.
        precision: see ``TrainConfig``.

    Raises:
        ConfigError: a value is of another type or outside its range.
    """

    stem: int = 32
    stages: tuple[tuple[int, int], ...] = ((32, 1), (64, 2), (128, 2))
    cycles: tuple[int, ...] = (24, 40, 28)
    teacher_weight: float = 0.5
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    warmup: float = 1.0
    vote_weight: float = 1.0
    softness: float = 0.5
    averaging: float = 0.998
    dropout: float = 0.2
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0
    precision: str = "auto"

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[float, float, float]] = {
            "stem": (self.stem, 1, 4096),
            "the number of stages": (len(self.stages), 1, 6),
            "the number of cycles": (len(self.cycles), 1, 100),
            "batch_size": (self.batch_size, 2, 65_536),
            "learning_rate": (self.learning_rate, 1e-9, 100),
            "weight_decay": (self.weight_decay, 0, 100),
            "warmup": (self.warmup, 0, 1000),
            "vote_weight": (self.vote_weight, 0, 1000),
            "seed": (self.seed, 0, 2**31 - 1),
            **{name: (getattr(self, name), 0, 1) for name in ("teacher_weight", "softness", "averaging", "dropout")},
            **{f"channels of stage {i}": (width, 1, 4096) for i, (width, _) in enumerate(self.stages, 1)},
            **{f"blocks of stage {i}": (depth, 1, 100) for i, (_, depth) in enumerate(self.stages, 1)},
            **{f"epochs of cycle {i}": (length, 1, 100_000) for i, length in enumerate(self.cycles, 1)},
        }
        for name, (value, low, high) in ranges.items():
            if not low <= value <= high:
                raise ConfigError(f"{name} must be from {low:g} to {high:g}, not {shortened(value)}.")
        if self.precision not in PRECISIONS:
            raise ConfigError(f"precision must be one of {', '.join(PRECISIONS)}, not {shortened(self.precision)}.")

    @property
    def model(self) -> str:
        """The name that runs and files carry."""
        return "flagship"

    @property
    def epochs(self) -> int:
        """Epochs of all cycles."""
        return sum(self.cycles)

    def to_json(self) -> dict[str, Any]:
        """JSON values of every field, with the recipe's name."""
        return {"recipe": "flagship", **json.loads(json.dumps(dataclasses.asdict(self)))}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FlagshipConfig:
        """Read what ``to_json`` gave.

        Raises:
            ConfigError: a field is missing, unknown, of another type or outside its range.
        """
        given = {name: one for name, one in value.items() if name != "recipe"}
        wanted = {name: one for name, one in cls().to_json().items() if name != "recipe"}
        if why := check(given, like(wanted)):
            raise ConfigError(f"The options of the flagship are not valid: {why}.")
        if any(len(stage) != 2 for stage in given["stages"]):
            raise ConfigError(
                "The options of the flagship are not valid: each of its stages must be [channels, blocks]."
            )
        stages = tuple((int(width), int(depth)) for width, depth in given["stages"])
        augmentation = Augmentation(**given["augmentation"])
        return cls(**{**given, "stages": stages, "cycles": tuple(given["cycles"]), "augmentation": augmentation})


class FlagshipNet(nn.Module):
    """(N, 1, 48, 48) float32 in 0..1 -> (N, 5) outcome logits, (N, 10) vote logits, (N, 1) logit that the face is covered."""

    def __init__(self, config: FlagshipConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(1, config.stem, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(config.stem),
            nn.ReLU(),
        ]
        before = config.stem
        for stage, (width, depth) in enumerate(config.stages):
            for block in range(depth):
                layers.append(StridedBlock(before, width, stride=2 if stage and not block else 1))
                before = width
        self.stages = nn.Sequential(*layers)
        self.dropout = nn.Dropout(config.dropout)
        self.outcome_head = nn.Linear(before, len(OUTCOMES))
        self.vote_head = nn.Linear(before, len(VOTE_COLUMNS))
        self.cover_head = nn.Linear(before, 1)

    def features(self, x: Tensor) -> Tensor:
        """(N, F) float32, what the heads get."""
        # Gray level and contrast of the whole face are the camera's doing; the expression is in what remains.
        mean, deviation = x.mean(dim=(2, 3), keepdim=True), x.std(dim=(2, 3), keepdim=True)
        return self.stages((x - mean) / (deviation + 0.05)).mean(dim=(2, 3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = self.dropout(self.features(x))
        return self.outcome_head(features), self.vote_head(features), self.cover_head(features)
