"""ModelInfo: what an exported model expects and means. It travels inside the ``.onnx`` file as metadata."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiducation.errors import ModelFileError
from aiducation.states import OUTCOMES, STATES

#: Key of the ONNX metadata that holds the description as JSON.
METADATA_KEY = "aiducation"

#: Version of this description.
FORMAT = 1

#: Letters of a description and of a text in it, and how deep its values may be nested.
_LONGEST, _LONGEST_TEXT, _DEEPEST = 1_000_000, 10_000, 10

#: Scores of which the page and the API show a number with its interval, or the number alone.
_WITH_INTERVAL = ("accuracy", "five_way_accuracy", "f1_macro")
_ALONE = (
    *("answered", "accuracy_when_answered", "calibration_error", "calibration_error_four", "other_auc"),
    *("test_accuracy", "images", "images_of_four_states"),
)
_BY_STATE = ("recall", "five_way_recall")


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
        if len(text) > _LONGEST:
            raise ModelFileError(f"The model's description has {len(text):,} letters, more than {_LONGEST:,}.")
        try:
            value = json.loads(text)
            _check_sound(value)
            version = value.pop("format")
            if version != FORMAT:
                raise ModelFileError(f"The model's description has format {version}; this version reads {FORMAT}.")
            info = cls(**{**value, "outcomes": tuple(value["outcomes"]), "limits": tuple(value["limits"])})
            _check_kinds(value)
            return info
        except RecursionError as error:
            raise ModelFileError("The model's description cannot be read: it is nested too deep.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, ModelFileError):
                raise
            raise ModelFileError(f"The model's description cannot be read: {error}.") from error


def _check_sound(value: Any, depth: int = 0) -> None:
    """Make sure that any page, table or terminal can show a value: finite numbers, texts of letters, and not too deep."""
    if depth > _DEEPEST:
        raise ModelFileError("The model's description cannot be read: it is nested too deep.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ModelFileError("The model's description has a number that is none (NaN or infinite).")
    if isinstance(value, int) and abs(value) >= 1 << 63:
        raise ModelFileError("The model's description has a number that is too large.")
    if isinstance(value, str):
        shown = value.replace("\n", "").replace("\t", "")
        if len(value) > _LONGEST_TEXT or not shown.isprintable():  # surrogates and control characters are not
            raise ModelFileError("The model's description has a text that is too long or cannot be shown.")
    for inner in value if isinstance(value, list) else (*value, *value.values()) if isinstance(value, dict) else ():
        _check_sound(inner, depth + 1)


def _check_kinds(value: dict[str, Any]) -> None:
    """Make sure that each value is of its kind; what only ``training`` and unknown scores say is free."""
    wrong = [name for name in ("name", "criteria", "data_hash") if not isinstance(value.get(name, ""), str)]
    wrong += [name for name in ("scores", "charts", "training") if not isinstance(value.get(name, {}), dict)]
    wrong += [name for name in ("side", "scale", "temperature", "threshold") if not _is_number(value.get(name, 1))]
    wrong += [name for name in ("limits", "outcomes") if not _is_list(value[name], lambda one: isinstance(one, str))]
    if not wrong:
        scores, charts = value.get("scores", {}), value.get("charts", {})
        wrong += [f"scores.{name}" for name in _WITH_INTERVAL if name in scores and not _is_interval(scores[name])]
        wrong += [f"scores.{name}" for name in _ALONE if name in scores and not _is_number(scores[name])]
        wrong += [f"scores.{name}" for name in _BY_STATE if name in scores and not _is_by_state(scores[name])]
        wrong += ["charts"] if charts and not _is_charts(charts, len(value["outcomes"])) else []
    if not value.get("name") or len(value["name"]) > 200 or "\n" in value["name"]:
        wrong.append("name")
    if wrong:
        raise ModelFileError(f"The model's description cannot be read: {' and '.join(wrong)} is of the wrong kind.")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_list(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(fits, value))


def _is_interval(value: Any) -> bool:
    """A number with its limits where they are known."""
    return (
        isinstance(value, dict)
        and _is_number(value.get("estimate"))
        and all(value.get(name) is None or _is_number(value[name]) for name in ("low", "high"))
    )


def _is_by_state(value: Any) -> bool:
    return isinstance(value, dict) and all(
        key in OUTCOMES and (one is None or _is_interval(one)) for key, one in value.items()
    )


def _is_charts(value: dict[str, Any], outcomes: int) -> bool:
    rows, bins = value.get("confusion"), value.get("reliability")
    names = ("low", "high", "confidence", "accuracy", "count")
    return (
        _is_list(rows, lambda row: _is_list(row, _is_number) and len(row) == outcomes)
        and len(rows or ()) == outcomes
        and _is_list(bins, lambda one: isinstance(one, dict) and all(_is_number(one.get(name)) for name in names))
    )
