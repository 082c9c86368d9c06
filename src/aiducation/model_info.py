"""ModelInfo: what an exported model expects and means. It travels inside the ``.onnx`` file as metadata."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from aiducation.errors import ModelFileError
from aiducation.files import finite
from aiducation.records import parse
from aiducation.schemas import ANY_OBJECT, check, listed, number, or_null, record, shortened, text, whole
from aiducation.states import OUTCOMES, STATES

#: Key of the ONNX metadata that holds the description as JSON.
METADATA_KEY = "aiducation"

#: Version of this description, and those that can be read: 2 added priors, camera and elsewhere; 3 votes and covers.
FORMAT, READABLE = 3, (1, 2, 3)

#: Letters of a description and of a text in it, and how deep its values may be nested.
_LONGEST, _LONGEST_TEXT, _DEEPEST = 1_000_000, 10_000, 10

_TEXT, _NUMBER = text(longest=_LONGEST_TEXT), number()
_INTERVAL = {
    "type": "object",
    "required": ["estimate"],
    "properties": {"estimate": _NUMBER, "low": or_null(_NUMBER), "high": or_null(_NUMBER)},
}
_BY_STATE = record(dict.fromkeys(OUTCOMES, or_null(_INTERVAL)), optional=OUTCOMES)
_SHARES = record(dict.fromkeys(OUTCOMES, number(0, 1)), optional=OUTCOMES)

_MAYBE_INTERVAL = {**_INTERVAL, "properties": dict.fromkeys(("estimate", "low", "high"), or_null(_NUMBER))}

#: Figures on a set of faces from elsewhere: those that card, page and report show.
_SET_SCORES = (
    "accuracy",
    "balanced_accuracy",
    "calm_accuracy",
    "calm_balanced_accuracy",
    "calibration_error",
    "accuracy_when_answered",
    "calm_calibration_error",
    "calm_accuracy_when_answered",
    "neutral_against_focused",
)
_SET = {
    "type": "object",
    "required": ["name", "faces"],
    "properties": {
        "name": text(longest=200),
        "what": _TEXT,
        "faces": whole(),
        "coverage": number(0, 1),
        "calm_coverage": number(0, 1),
        **dict.fromkeys(_SET_SCORES, _MAYBE_INTERVAL),
    },
}
_ELSEWHERE = {"type": "object", "properties": {"sets": listed(_SET, most=100)}}

#: Scores of which the page and the API show a number with its interval, or the number alone; others may be anything.
_SCORES = {
    **dict.fromkeys(("accuracy", "five_way_accuracy", "f1_macro"), _INTERVAL),
    **dict.fromkeys(("recall", "five_way_recall"), _BY_STATE),
    **dict.fromkeys(("answered", "calibration_error", "calibration_error_four", "other_auc"), _NUMBER),
    **dict.fromkeys(("test_accuracy", "images", "images_of_four_states"), _NUMBER),
    **dict.fromkeys(("covers_found", "clear_images_called_covered"), _NUMBER),
    "accuracy_when_answered": or_null(_NUMBER),  # where nothing was answered there is none
}

#: What is known of people and cameras that the model was not trained on, all or nothing.
CAMERA_FIELDS = ("temperature", "split_temperature", "calm_temperature", "threshold", "calm_threshold")

#: What the description looks like.
_SCHEMA = record(
    {
        "name": text(longest=200, pattern=r"^[^\n]+$"),
        "outcomes": listed(text(longest=50), most=20),
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
        "priors": _SHARES,
        "assumed_priors": text(longest=50),
        "camera": record(dict.fromkeys(CAMERA_FIELDS, _NUMBER), optional=CAMERA_FIELDS),
        "elsewhere": _ELSEWHERE,
        "vote_temperature": _NUMBER,
        "cover_threshold": number(0, 1),
    },
    optional=(
        "side",
        "scale",
        "criteria",
        "data_hash",
        "temperature",
        "threshold",
        "scores",
        "charts",
        "training",
        "priors",
        "assumed_priors",
        "camera",
        "elsewhere",
        "vote_temperature",
        "cover_threshold",
    ),
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
        scale: gray levels are divided by this number before the network gets them.
        criteria: rule set that made the states it learned from.
        data_hash: SHA-256 of the prepared data.
        temperature: logits are divided by it before the softmax, so that probabilities are right.
        threshold: below this probability the answer is "not sure".
        scores: what was measured, name -> value.
        charts: what a page draws of it: "confusion", counts of test images, rows true and columns predicted; "reliability", a
            list of bins with "low", "high", "confidence", "accuracy", "count". Empty if it was not measured.
        limits: what it cannot do, one sentence for each limit.
        training: how it was made: split, images, epochs, seed, commit.
        priors: share of each outcome in the images that the temperature was fitted on: the probabilities assume them. Empty if
            nobody wrote them down.
        assumed_priors: "training" or "balanced": which priors an analysis assumes by default; see
            ``observations.assumptions``.
        camera: values for people and cameras that it was not trained on: "temperature", by which logits are divided
            there, "split_temperature", the same for neutral against focused alone, and "threshold"; "calm_temperature"
            and "calm_threshold" for the view calm. Empty if it was not measured.
        vote_temperature: the same as ``temperature`` for the votes, if the network has them.
        cover_threshold: from this probability on, a face counts as covered; 0 if that is not looked for.
        elsewhere: scores on such faces, by set; see ``observations.elsewhere``. Empty if it was not measured.

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
    priors: dict[str, float] = field(default_factory=dict)
    assumed_priors: str = "training"
    camera: dict[str, float] = field(default_factory=dict)
    elsewhere: dict[str, Any] = field(default_factory=dict)
    vote_temperature: float = 1.0
    cover_threshold: float = 0.0

    def __post_init__(self) -> None:
        if self.outcomes not in (STATES, OUTCOMES):
            raise ModelFileError(
                f"Model '{self.name}' distinguishes {', '.join(self.outcomes)}; this version knows "
                f"{', '.join(OUTCOMES)}."
            )
        if self.side != 48 or self.scale != 255.0:
            raise ModelFileError(
                f"Model '{self.name}' wants {self.side}x{self.side} pixels divided by {self.scale:g}; this version "
                f"provides 48x48 pixels divided by 255."
            )
        temperatures = (self.temperature, self.vote_temperature)
        thresholds = (self.threshold, self.cover_threshold)
        if not all(0.01 <= one <= 100 for one in temperatures) or not all(0 <= one < 1 for one in thresholds):
            raise ModelFileError(f"Model '{self.name}' has an impossible temperature or threshold.")
        self._check_assumed()

    def _check_assumed(self) -> None:
        if self.priors and (not set(self.priors) <= set(self.outcomes) or abs(sum(self.priors.values()) - 1) > 0.01):
            raise ModelFileError(f"The priors of model '{self.name}' are not shares of its outcomes that add up to 1.")
        if self.assumed_priors not in ("training", "balanced"):
            raise ModelFileError(
                f"Model '{self.name}' assumes the priors {shortened(self.assumed_priors)}; allowed are training, balanced."
            )
        if self.assumed_priors == "balanced" and not self.priors:
            raise ModelFileError(f"Model '{self.name}' assumes balanced priors but does not state its own.")
        if self.camera and (
            set(self.camera) != set(CAMERA_FIELDS)
            or not all(0.01 <= self.camera[name] <= 100 for name in CAMERA_FIELDS[:3])
            or not all(0 <= self.camera[name] < 1 for name in CAMERA_FIELDS[3:])
        ):
            raise ModelFileError(
                f"Model '{self.name}' has an impossible temperature or threshold for cameras, or only some of them."
            )

    def to_json(self) -> str:
        """The description as JSON; scores that could not be computed, as where no face shows "other", are left out."""
        value = finite(dataclasses.asdict(self))
        value["scores"] = {name: score for name, score in value["scores"].items() if score is not None}
        return json.dumps({"format": FORMAT, **value}, sort_keys=True)

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
            if (version := value.pop("format")) not in READABLE or isinstance(version, bool):
                known = " and ".join(map(str, READABLE))
                raise ModelFileError(
                    f"The model's description has format {shortened(version)}; this version reads {known}."
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
        raise ModelFileError("The model's description cannot be read: it is nested too deeply.")
    if isinstance(value, str):
        shown = value.replace("\n", "").replace("\t", "")
        if len(value) > _LONGEST_TEXT or not shown.isprintable():  # surrogates and control characters are not
            raise ModelFileError("The model's description has a text that is too long or cannot be shown.")
    for inner in value if isinstance(value, list) else (*value, *value.values()) if isinstance(value, dict) else ():
        _check_sound(inner, depth + 1)
