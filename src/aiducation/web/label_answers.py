"""What the API takes and answers about people's labels, as pydantic models."""

from __future__ import annotations

import base64
import math
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from aiducation.observations.annotation_json import ENTRY_SCHEMA
from aiducation.observations.annotations import CHOSEN
from aiducation.preprocess import SIDE
from aiducation.states import OUTCOMES
from aiducation.vision.explanation import EXPLANATIONS
from aiducation.web.answers import Answer, Count, _FromResult, _one_of, _required
from aiducation.web.problems import Problem

#: Faces of one request at most, and of one list to label.
MOST_FACES = 2000

#: Base64 of an aligned face.
Pixels = Annotated[
    str,
    Field(
        min_length=4 * -(-SIDE * SIDE // 3),
        max_length=4 * -(-SIDE * SIDE // 3),
        description=f"An aligned face as the model sees it: {SIDE} x {SIDE} gray levels of one byte each, row by row, in Base64.",
    ),
]


def encoded(face: np.ndarray) -> str:
    """(48, 48) uint8 as ``Pixels``."""
    return base64.b64encode(np.ascontiguousarray(face).tobytes()).decode()


def box_of(box: np.ndarray) -> tuple[float, float, float, float]:
    """(4,) sides of a box, rounded as the JSON of results has them."""
    left, top, right, bottom = (round(float(side), 1) for side in box)
    return left, top, right, bottom


def decoded(pixels: list[str]) -> np.ndarray:
    """(N, 48, 48) uint8 of N ``Pixels``.

    Raises:
        Problem: one is not Base64.
    """
    try:
        content = b"".join(base64.b64decode(one, validate=True) for one in pixels)
        return np.frombuffer(content, np.uint8).reshape(len(pixels), SIDE, SIDE)
    except ValueError as error:
        raise Problem("invalid", f"pixels: an aligned face is {SIDE} x {SIDE} bytes in Base64.") from error


class Asked(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# --- annotations ----------------------------------------------------------------------------------------------------------


class Medium(Asked):
    """What is known of a photo or recording, for tools that count frames or measure in percent."""

    source: str = Field(max_length=4000)
    width: int | None = Field(default=None, ge=1, le=1_000_000)
    height: int | None = Field(default=None, ge=1, le=1_000_000)
    fps: float | None = Field(default=None, ge=0.001, le=1000, description="Frames a second.")
    length_s: float | None = Field(default=None, ge=0, le=1e7)
    frames_off: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000,
        description="By how many frames the numbers that times give differ at most from the recording's own.",
    )


class AnnotationList(Answer):
    """Annotations, and what a reader should know of them."""

    annotations: list[Annotated[dict[str, Any], Field(json_schema_extra=ENTRY_SCHEMA)]] = Field(
        description="The edits in their order; each as in the file (docs/annotations.md)."
    )
    notes: list[str] = Field(description="What was left out, and why.")
    media: list[Medium] = Field(description="What is known of their photos and recordings.")


class EditList(AnnotationList):
    """The edits of a result."""

    edition: int = Field(
        description="The number of this list. A request that gives it puts nothing in the place of a list that it does not know."
    )


class AnnotationsToWrite(Asked):
    """Annotations that are to be a file."""

    annotations: list[dict[str, Any]] = Field(max_length=100_000)
    media: list[Medium] = Field(default_factory=list, max_length=10_000)
    recordings: list[Annotated[str, Field(max_length=100)]] = Field(
        default_factory=list,
        max_length=100,
        description="Recordings of this server that they are about: it knows where faces are, and the frames per second.",
    )


class LeftOut(Answer):
    """What a file of another tool would not have."""

    notes: list[str] = Field(description="A sentence for each thing that the tool cannot hold.")


class MarkedTime(Asked):
    """A time of a live session."""

    time_s: float = Field(ge=0, le=1e7)
    note: str = Field(default="", max_length=10_000)


class LiveMarks(Asked):
    """The marked times of a live session."""

    marks: list[MarkedTime] = Field(max_length=10_000)


# --- what to label ----------------------------------------------------------------------------------------------------------


class OfferedFace(Asked):
    """A face that could be labelled."""

    probs: list[float] | None = Field(
        description="Probability of each outcome; null if the model was not asked about the face.",
        min_length=len(OUTCOMES),
        max_length=len(OUTCOMES),
    )
    person: str = Field(default="", max_length=400, description="Who it is, or which track; empty if not known.")


class OfferedFaces(Asked):
    """Faces of which some are to be labelled."""

    faces: list[OfferedFace] = Field(max_length=100_000)
    n: int = Field(ge=1, le=MOST_FACES, description="How many at most.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="The same seed chooses the same faces.")


_WHY = Field(
    description="Why the face was chosen; only faces chosen at random measure the model.",
    json_schema_extra=_one_of(*filter(None, CHOSEN)),
)


class ChosenFace(Answer):
    """A face that is to be labelled."""

    index: Count = Field(description="Its number among those that were sent.")
    chosen: str = _WHY


class ChosenFaces(Answer):
    """Faces in the order in which to label them."""

    faces: list[ChosenFace]


class RecordingSample(_FromResult):
    """Faces of a recording in the order in which to label them."""

    @classmethod
    def schema_of(cls, result: dict[str, Any]) -> dict[str, Any]:
        face = result["properties"]["faces"]["items"]
        chosen = {"type": "string", **_one_of(*filter(None, CHOSEN))}
        return _required({"faces": {"type": "array", "items": _required({"chosen": chosen, "face": face})}})


# --- aligned faces ------------------------------------------------------------------------------------------------------------


class AlignedFace(Answer):
    """A face as the model sees it."""

    face: Count = Field(description="Its number in the picture.")
    box: tuple[float, float, float, float] = Field(description="Left, top, right, bottom in pixels of the picture.")
    pixels: Pixels


class AlignedFaces(Answer):
    """Faces of one picture as the model sees them."""

    faces: list[AlignedFace]


class ToExplain(Asked):
    """A face whose answer is to be explained."""

    pixels: Pixels
    state: str | None = Field(
        default=None,
        max_length=40,
        description="Which; null for the most probable one.",
        json_schema_extra={"enum": [*OUTCOMES, None]},
    )
    method: str = Field(default="activation", max_length=40, json_schema_extra=_one_of(*EXPLANATIONS))


class LabelledPixels(Asked):
    """A labelled face."""

    pixels: Pixels
    state: str = Field(max_length=40, json_schema_extra=_one_of(*OUTCOMES))
    person: str = Field(default="", max_length=400)


class ToAdapt(Asked):
    """Labelled faces that the model is to be adapted to."""

    faces: list[LabelledPixels] = Field(max_length=MOST_FACES)
    name: str = Field(default="adapted", min_length=1, max_length=100)


class Adapted(Answer):
    """What adapting gave."""

    better: bool = Field(description="Whether the new model is reliably better on people who were held out.")
    held_out: dict[str, Any] = Field(description="Both models on people who were held out.")
    notes: list[str] = Field(description="What a reader should know.")
    model: str | None = Field(description="The new model file (.onnx) in Base64; null where it is not better.")


# --- agreement ---------------------------------------------------------------------------------------------------------------

#: Index into ``annotations.LABELS`` without "cannot tell", or -1 where a rater said nothing.
Rating = Annotated[int, Field(ge=-1, lt=len(OUTCOMES))]


class TwoRaters(Asked):
    """What two raters said of the same faces, one of whom may be the model."""

    first: list[Rating] = Field(
        max_length=MOST_FACES, description="Number of the outcome that each face was given, from 0; -1 for none."
    )
    second: list[Rating] = Field(max_length=MOST_FACES)
    people: list[Annotated[str, Field(max_length=400)]] = Field(
        max_length=MOST_FACES, description="Who each face is, or the photo that it is in: intervals resample people."
    )


class Estimate(Answer):
    """A figure with its 95 % interval."""

    estimate: float | None
    low: float | None = Field(description="Null where too few people were seen.")
    high: float | None


class TwoAgree(Answer):
    """How far two raters agree."""

    faces: Count = Field(description="That both rated.")
    people: Count
    same: Count = Field(description="Faces that both gave the same state.")
    observed: Estimate = Field(description="The share of these.")
    kappa: Estimate = Field(description="Cohen's kappa.")


# --- comparing ----------------------------------------------------------------------------------------------------------------


def finite_or_none(value: float) -> float | None:
    """A number as JSON has it, rounded; null where there is none."""
    return round(value, 4) if math.isfinite(value) else None


class ComparedRecording(Answer):
    """Shares of one recording over time."""

    label: str
    people: Count
    shares: dict[str, list[float | None]] = Field(
        description="Of each state, in each step; null where too few were seen."
    )
    low: dict[str, list[float | None]] = Field(description="Lower end of the 95 % interval over people.")
    high: dict[str, list[float | None]]


class StateDifference(Answer):
    """How far a share differs, on average over time."""

    state: str
    first: float | None
    second: float | None
    difference: float | None
    low: float | None = Field(description="Ends of the 95 % interval over people.")
    high: float | None


class Comparison(Answer):
    """Two recordings side by side."""

    headline: str
    step_s: float
    first: ComparedRecording
    second: ComparedRecording
    differences: list[StateDifference]
    notes: list[str]
