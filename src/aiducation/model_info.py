"""ModelInfo: what an exported model expects and means. It travels inside the ``.onnx`` file as metadata."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from aiducation.errors import ModelFileError
from aiducation.files import finite
from aiducation.records import parse
from aiducation.schemas import ANY_OBJECT, check, listed, number, or_null, record, shortened, text
from aiducation.states import OUTCOMES, STATES

#: Key of the ONNX metadata that holds the description as JSON.
METADATA_KEY = "aiducation"

#: Version of this description.
FORMAT = 1

#: Letters of a description and of a text in it, and how deep its values may be nested.
_LONGEST, _LONGEST_TEXT, _DEEPEST = 1_000_000, 10_000, 10

_TEXT, _NUMBER = text(longest=_LONGEST_TEXT), number()
_INTERVAL = {
    "type": "object",
    "required": ["estimate"],
    "properties": {"estimate": _NUMBER, "low": or_null(_NUMBER), "high": or_null(_NUMBER)},
}
_BY_STATE = record(dict.fromkeys(OUTCOMES, or_null(_INTERVAL)), optional=OUTCOMES)

#: Scores of which the page and the API show a number with its interval, or the number alone; others may be anything.
_SCORES = {
    **dict.fromkeys(("accuracy", "five_way_accuracy", "f1_macro"), _INTERVAL),
    **dict.fromkeys(("recall", "five_way_recall"), _BY_STATE),
    **dict.fromkeys(("answered", "calibration_error", "calibration_error_four", "other_auc"), _NUMBER),
    **dict.fromkeys(("test_accuracy", "images", "images_of_four_states"), _NUMBER),
    "accuracy_when_answered": or_null(_NUMBER),  # where nothing was answered there is none
}

#: What the description looks like.
_SCHEMA = record(
    {
        "name": text(longest=200, pattern=r"^[^\n]+$"),
        "outcomes": listed(_TEXT, most=20),
        "side": _NUMBER,
        "scale": _NUMBER,
        "criteria": _TEXT,
        "data_hash": _TEXT,
        "temperature": _NUMBER,
        "threshold": _NUMBER,
        "scores": {"type": "object", "properties": _SCORES},
        "charts": ANY_OBJECT,
        "limits": listed(_TEXT, most=1000),
        "training": ANY_OBJECT,
    },
    optional=("side", "scale", "criteria", "data_hash", "temperature", "threshold", "scores", "charts", "training"),
)


def _charts(outcomes: int) -> dict[str, Any]:
    """What charts look like, if there are any."""
    rows = listed(listed(_NUMBER, least=outcomes, most=outcomes), least=outcomes, most=outcomes)
    names = ("low", "high", "confidence", "accuracy", "count")
    one_bin = {"type": "object", "required": list(names), "properties": dict.fromkeys(names, _NUMBER)}
    return {
        "type": "object",
        "required": ["confusion", "reliability"],
        "properties": {"confusion": rows, "reliability": listed(one_bin, most=1000)},
    }


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
        if len(text) > _LONGEST:
            raise ModelFileError(f"The model's description has {len(text):,} letters, more than {_LONGEST:,}.")
        try:
            value = parse(text)
            if not isinstance(value, dict) or "format" not in value:
                raise ValueError("it has no format")
            if (version := value.pop("format")) != FORMAT:
                raise ModelFileError(
                    f"The model's description has format {shortened(version)}; this version reads {FORMAT}."
                )
            _check_sound(value)
            if why := check(value, _SCHEMA):
                raise ValueError(why)
        except ModelFileError:
            raise
        except ValueError as error:
            raise ModelFileError(f"The model's description cannot be read: {str(error).rstrip('.')}.") from error
        info = cls(**{**value, "outcomes": tuple(value["outcomes"]), "limits": tuple(value["limits"])})
        if why := check(info.charts, _charts(len(info.outcomes)) if info.charts else {}):
            raise ModelFileError(f"The model's description cannot be read: in its charts, {why}.")
        return info


def _check_sound(value: Any, depth: int = 0) -> None:
    """Make sure that any page, table or terminal can show a value: texts of letters, and not too deep."""
    if depth > _DEEPEST:
        raise ModelFileError("The model's description cannot be read: it is nested too deep.")
    if isinstance(value, str):
        shown = value.replace("\n", "").replace("\t", "")
        if len(value) > _LONGEST_TEXT or not shown.isprintable():  # surrogates and control characters are not
            raise ModelFileError("The model's description has a text that is too long or cannot be shown.")
    for inner in value if isinstance(value, list) else (*value, *value.values()) if isinstance(value, dict) else ():
        _check_sound(inner, depth + 1)
