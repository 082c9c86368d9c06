"""ModelInfo: what an exported model expects and means. It travels inside the ``.onnx`` file as metadata."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from aiducation.errors import ModelFileError
from aiducation.states import OUTCOMES, STATES

#: Key of the ONNX metadata that holds the description as JSON.
METADATA_KEY = "aiducation"

#: Version of this description.
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """What a trained model expects and means.

    Attributes:
        name: of the model.
        outcomes: what its outputs are, in their order: the four states, or these and "other".
        side: height and width of its input in pixels, one gray channel.
        scale: gray levels are divided by this number before they go in.
        criteria: rule set that made the states it learned from.
        data_hash: SHA-256 of the prepared data.
        temperature: logits are divided by it before the softmax, so that probabilities can be taken at their word.
        threshold: below this probability the answer is "not sure".
        scores: what was measured, name -> value.
        charts: what a page draws of it: "confusion", counts of test images, rows true and columns predicted; "reliability", a
            list of bins with "low", "high", "confidence", "accuracy", "count". Empty if it was not measured.
        limits: what it cannot do, a sentence each.
        training: how it was made: split, images, epochs, seed, commit.

    Raises:
        ModelFileError: a value makes no sense.
    """

    name: str
    outcomes: tuple[str, ...] = OUTCOMES
    side: int = 48
    scale: float = 255.0
    criteria: str = "published"
    data_hash: str = ""
    temperature: float = 1.0
    threshold: float = 0.0
    scores: dict[str, Any] = field(default_factory=dict)
    charts: dict[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    training: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.outcomes not in (STATES, OUTCOMES):
            raise ModelFileError(
                f"Model '{self.name}' tells apart {', '.join(self.outcomes)}; this version knows {', '.join(OUTCOMES)}."
            )
        if self.side != 48 or self.scale != 255.0:
            raise ModelFileError(
                f"Model '{self.name}' wants {self.side}x{self.side} pixels divided by {self.scale:g}; "
                "this version gives 48x48 divided by 255."
            )
        if not 0.01 <= self.temperature <= 100 or not 0 <= self.threshold < 1:
            raise ModelFileError(f"Model '{self.name}' has an impossible temperature or threshold.")

    def to_json(self) -> str:
        """The description as JSON."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelInfo:
        """Read what ``to_json`` gave.

        Raises:
            ModelFileError: it is something else, or of a newer version.
        """
        try:
            value = json.loads(text)
            version = value.pop("format")
            if version != FORMAT:
                raise ModelFileError(f"The model's description has format {version}; this version reads {FORMAT}.")
            return cls(**{**value, "outcomes": tuple(value["outcomes"]), "limits": tuple(value["limits"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, ModelFileError):
                raise
            raise ModelFileError(f"The model's description cannot be read: {error}.") from error
