"""The options of a training run: one frozen value, passed whole and saved with the run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from aiducation.errors import ConfigError, unknown_name
from aiducation.schemas import shortened

PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """What to train and how. The defaults are the published study's (its table 2.1).

    Attributes:
        model: name of the model.
        epochs: passes over the training images.
        batch_size: images a step.
        learning_rate: of Adam, constant.
        weight_decay: of Adam (added to the gradient, as torch's Adam does).
        flip: probability of a horizontal mirror image, training images only.
        rotation: largest rotation in degrees to either side, training images only.
        seed: of initial weights, order of the images and augmentation.
        precision: "float32", "bfloat16" (mixed), or "auto": mixed where the processor computes it in hardware.
        weights: a table with the columns id and weight: how much each training image counts, others 1; "" for all alike.

    Raises:
        ConfigError: a value is of another type or outside its range.
    """

    model: str = "B16_N4_FC1_K3_AP20"
    epochs: int = 100
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    flip: float = 0.5
    rotation: float = 10.0
    seed: int = 0
    precision: str = "auto"
    weights: str = ""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            given, kind = getattr(self, field.name), type(field.default)
            if not isinstance(given, (int, float) if kind is float else kind) or isinstance(given, bool):
                raise ConfigError(f"Training option {field.name} must be of type {kind.__name__}, not {given!r:.60}.")
        ranges: dict[str, tuple[float, float]] = {
            "epochs": (1, 100_000),
            "batch_size": (2, 65_536),
            "learning_rate": (1e-9, 100),
            "weight_decay": (0, 100),
            "flip": (0, 1),
            "rotation": (0, 180),
            "seed": (0, 2**31 - 1),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"{name} must be from {low:g} to {high:g}, not {shortened(value)}.")
        if self.precision not in PRECISIONS:
            raise unknown_name("precision", self.precision, PRECISIONS)

    def to_json(self) -> dict[str, Any]:
        """JSON values of every field; without ``weights`` where all images count alike, as runs before it were written."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "weights" or value}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> TrainConfig:
        """Read what ``to_json`` gave, or a table of a study file.

        Raises:
            ConfigError: a field is unknown, of the wrong type or outside its range.
        """
        fields = {field.name for field in dataclasses.fields(cls)}
        for name in value:
            if name not in fields:
                raise unknown_name("training option", name, sorted(fields))
        return cls(**value)


def differing_options(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of the options in which two configurations differ; a different number of epochs does not count."""
    return sorted(name for name in {*one, *other} - {"epochs"} if one.get(name) != other.get(name))
