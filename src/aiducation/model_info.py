"""ModelInfo: what an exported model expects and means. It travels inside the ``.onnx`` file as metadata."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from aiducation.errors import ModelFileError
from aiducation.files import finite
from aiducation.records import parse
from aiducation.schemas import ANY_OBJECT, check, listed, named, number, or_null, record, text, whole
from aiducation.states import OUTCOMES, STATES

#: Key of the ONNX metadata that holds the description as JSON.
METADATA_KEY = "aiducation"

#: Version of this description.
FORMAT = 1


_SHARE, _TEXT = number(0, 1), text(longest=200)
_BIN = record(
    {"low": _SHARE, "high": _SHARE, "confidence": _SHARE, "accuracy": or_null(_SHARE), "count": number(0, 1e9)}
)
_CHARTS = ("confusion", "reliability")
_CONFUSION = listed(listed(whole(0, 2**31 - 1), most=20), most=20)
_INTERVAL = {
    "type": "object",
    "required": ["estimate"],
    "properties": dict.fromkeys(("estimate", "low", "high"), or_null(_SHARE)),
}

#: Scores that pages show; whatever else a model says of itself may be anything.
_SCORES = {
    **dict.fromkeys(("accuracy", "five_way_accuracy"), _INTERVAL),
    **dict.fromkeys(("recall", "five_way_recall"), named(_INTERVAL)),
    **dict.fromkeys(("test_accuracy", "answered", "accuracy_when_answered", "calibration_error"), or_null(_SHARE)),
}

#: What the description looks like.
_SCHEMA = record(
    {
        "format": whole(0, 1000),
        "name": _TEXT,
        "outcomes": listed(_TEXT, most=20),
        "side": whole(1, 4096),
        "scale": number(0, 1e6),
        "criteria": _TEXT,
        "data_hash": _TEXT,
        "temperature": number(0, 1e6),
        "threshold": number(),
        "scores": {"type": "object", "properties": _SCORES},
        "charts": record({"confusion": _CONFUSION, "reliability": listed(_BIN, most=1000)}, optional=_CHARTS),
        "limits": listed(text(), most=100),
        "training": ANY_OBJECT,
    },
    optional=("side", "scale", "criteria", "data_hash", "temperature", "threshold", "scores", "charts", "training"),
)


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
        return json.dumps({"format": FORMAT, **finite(dataclasses.asdict(self))}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelInfo:
        """Read what ``to_json`` gave.

        Raises:
            ModelFileError: it is something else, or of a newer version.
        """
        try:
            value = parse(text)
            version = value.get("format") if isinstance(value, dict) else None
            if version is not None and version != FORMAT:
                raise ModelFileError(f"The model's description has format {version}; this version reads {FORMAT}.")
            if why := check(value, _SCHEMA):
                raise ValueError(why)
            if len(value.get("charts", {})) == 1:
                raise ValueError(f"'charts' must hold {' and '.join(_CHARTS)}, or nothing")
        except ModelFileError:
            raise
        except ValueError as error:
            raise ModelFileError(f"The model's description cannot be read: {error}.") from error
        del value["format"]
        return cls(**{**value, "outcomes": tuple(value["outcomes"]), "limits": tuple(value["limits"])})
