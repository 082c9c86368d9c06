"""Columns: what each column of the tidy table means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiducation.observations.reasons import REASONS
from aiducation.states import CALM, EMOTIONS, EXPRESSIONS, OUTCOMES, UNCLEAR


@dataclass(frozen=True)
class Column:
    """What a column of the tidy table holds.

    Attributes:
        kind: "string", "integer" or "number", as JSON Schema calls them.
        meaning: a sentence.
        unit: "" for a number without one.
        low, high: range, both ends included; None where there is no limit.
        optional: whether the value can be missing (null, an empty cell).
        allowed: the values it can have, if they are few.
    """

    kind: str
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    optional: bool = False
    allowed: tuple[str, ...] = ()

    def json_schema(self) -> dict[str, Any]:
        """The column as part of a JSON Schema."""
        text = f"{self.meaning} Unit: {self.unit}." if self.unit else self.meaning
        about: dict[str, Any] = {"type": [self.kind, "null"] if self.optional else self.kind, "description": text}
        if self.low is not None:
            about["minimum"] = self.low
        if self.high is not None:
            about["maximum"] = self.high
        if self.allowed:
            about["enum"] = [*self.allowed, *([None] if self.optional else [])]
        return about

    def range_words(self) -> str:
        """The range for a reader."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"{self.low:g} or more" if self.low is not None else ""


def _share(meaning: str, *, optional: bool = False) -> Column:
    return Column("number", meaning, low=0, high=1, optional=optional)


def _pixels(meaning: str) -> Column:
    return Column(
        "number",
        f"{meaning}, counted from the picture's upper left corner; the edge can lie outside the picture.",
        unit="pixels",
    )


#: What each of ``column_names.COLUMNS`` means, in their order.
COLUMN_MEANINGS: dict[str, Column] = {
    "source": Column(
        "string",
        "Name of the file, with its subfolders if a folder was analyzed; or camera:0, screen:0.",
    ),
    "frame": Column(
        "integer",
        "Number of the frame in the recording, counted from 0; missing for a photo.",
        low=0,
        optional=True,
    ),
    "time_s": Column(
        "number",
        "Time as a player shows it, counted from the first sound or picture of the recording; missing for a photo.",
        "seconds",
        low=0,
        optional=True,
    ),
    "face": Column(
        "integer",
        "Number of the face in its picture, counted from 0. In a photo, faces are numbered in reading order, as in "
        "the annotated picture.",
        low=0,
    ),
    "track_id": Column(
        "integer",
        "Track: the same face over time, within one recording only. The number is random, and missing for photos.",
        low=0,
        optional=True,
    ),
    "state": Column(
        "string",
        "Apparent state, or other (an expression outside the four states), or unclear. In the view calm, neutral and "
        "focused are merged into calm.",
        allowed=(*OUTCOMES, CALM, UNCLEAR),
    ),
    "expression": Column(
        "string",
        "What a face of the state other shows most, by the votes below; missing for other states, if no such vote is "
        "likely, or if the model has no votes.",
        optional=True,
        allowed=tuple(EXPRESSIONS.values()),
    ),
    "reason": Column("string", "Why the state is unclear; missing otherwise.", optional=True, allowed=tuple(REASONS)),
    "confidence": _share(
        "Probability of the most probable outcome; missing if the model did not judge the face.", optional=True
    ),
    **{f"p_{o}": _share(f"Probability of {o}; the five probabilities add up to 1.", optional=True) for o in OUTCOMES},
    **{
        f"v_{e}": _share(
            f"Share of raters who would name {e}, as the raters of FER+ would vote; missing if the model has no votes.",
            optional=True,
        )
        for e in EMOTIONS
    },
    "left": _pixels("Left edge of the face's box"),
    "top": _pixels("Upper edge of the face's box"),
    "right": _pixels("Right edge of the face's box"),
    "bottom": _pixels("Lower edge of the face's box"),
    "score": _share("Score of the face detector: higher means more certainly a face. It is not a probability."),
    "size": Column("number", "Shorter side of the box, in pixels of the original frame.", "pixels", low=0),
    "sharpness": _share("Sharpness of the face: 0 if it is blurred or flat, about 1 if it is sharp."),
    "brightness": _share("Mean gray level of the face: 0 is black, 1 is white."),
    "contrast": _share("Standard deviation of the face's gray levels."),
    "yaw": Column(
        "number", "How far the head is turned sideways: 0 is frontal, -1 and 1 are profiles.", low=-1, high=1
    ),
    "roll": Column(
        "number", "Tilt of the head: the angle of the line through the eyes.", "degrees", low=-180, high=180
    ),
    "visible": _share("Share of the box that lies inside the picture."),
}
