"""What the API answers, as pydantic models: FastAPI checks answers with them and describes them in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, RootModel, WithJsonSchema
from pydantic.json_schema import models_json_schema

from aiducation.exports.hiding import Hide
from aiducation.observations.columns import COLUMN_MEANINGS
from aiducation.observations.schema import schema
from aiducation.states import CALM, OUTCOMES, UNCLEAR, WITHHELD
from aiducation.web.jobs import STATES
from aiducation.web.problems import Error, Fault

Count = Annotated[int, Field(ge=0)]


def _required(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _one_of(*values: str) -> dict[str, Any]:
    return {"enum": list(values)}


#: A number for each outcome, null where there is none.
_NUMBER_OR_NULL = {"type": ["number", "null"]}
ByOutcome = Annotated[dict[str, float | None], WithJsonSchema(_required(dict.fromkeys(OUTCOMES, _NUMBER_OR_NULL)))]

#: Start and end in seconds, and the state.
Span = Annotated[
    tuple[float, float, str],
    WithJsonSchema({"type": "array", "items": {"type": ["number", "string"]}, "minItems": 3, "maxItems": 3}),
]


class Answer(BaseModel):
    """What an address answers, or a part of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- results: described by the schema that the command line's files have, too ------------------------------------------


class _FromResult(RootModel[dict[str, Any]]):
    """JSON values whose schema is made of that of results (``aiducation.observations.schema``)."""

    @classmethod
    def schema_of(cls, result: dict[str, Any]) -> dict[str, Any]:
        """The schema, given that of results."""
        return result

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return cls.schema_of(schema())


class Result(_FromResult):
    """A photo or a recording with all its faces."""


class PhotoAnswer(Answer):
    """What became of one photo of several."""

    source: str = Field(description="The file's name.")
    result: Result | None = Field(description="As `POST /api/photo` answers it; null where there is an error.")
    error: Fault | None = Field(description="Why it could not be analyzed; null where there is a result.")


class PhotoBatch(Answer):
    """What became of several photos, in their order."""

    photos: list[PhotoAnswer]


class Track(Answer):
    """The same face over time in a recording."""

    track_id: Count
    views: Count = Field(description="Number of frames that show the track.")
    seen_well: Count = Field(description="How many of them the model judged.")
    state: str = Field(
        description="State that is most probable on average; withheld if the group is too small to show states of "
        "single faces.",
        json_schema_extra=_one_of(*OUTCOMES, CALM, UNCLEAR, WITHHELD),
    )
    first_s: float
    last_s: float
    probs: ByOutcome = Field(description="Mean probabilities.")
    spans: list[Span] = Field(description="Stretches of time with one state (or withheld): start, end, state.")


class Summary(_FromResult):
    """General information about a recording, the group over time and the tracks, without the rows of the faces."""

    @classmethod
    def schema_of(cls, result: dict[str, Any]) -> dict[str, Any]:
        properties = {
            name: value for name, value in result["properties"].items() if name not in ("faces", "low_confidence")
        }
        tracks = {"type": "array", "items": Track.model_json_schema(mode="serialization")}
        given = {*result["required"], *result["then"]["required"], "tracks"}
        properties["tracks"] = tracks
        return {**_required(properties), "required": [name for name in properties if name in given]}


class Faces(_FromResult):
    """The faces of a span of time of a recording."""

    @classmethod
    def schema_of(cls, result: dict[str, Any]) -> dict[str, Any]:
        times = {"type": "array", "items": {**COLUMN_MEANINGS["time_s"].json_schema(), "type": "number"}}
        return _required({"times_s": times, "faces": result["properties"]["faces"]})


# --- recordings ---------------------------------------------------------------------------------------------------------


class Job(Answer):
    """A recording that was sent, and how far its analysis is."""

    id: str = Field(
        description="Random id that cannot be guessed; everyone who knows it may see and delete the recording."
    )
    source: str = Field(description="The file's name.")
    state: str = Field(json_schema_extra=_one_of(*STATES))
    before: Count = Field(description="Number of recordings that will be analyzed before this one.")
    done_s: float = Field(description="How far the analysis is, in seconds of the recording.")
    total_s: float | None = Field(
        description="Length of the recording in seconds, as its packets give it; null before it is known."
    )
    left_s: float | None = Field(description="Estimated seconds until the analysis is done; null if unknown.")
    took_s: float = Field(description="Seconds that the analysis took, once it is over.")
    complete: bool | None = Field(
        description="Once the analysis is done: whether the whole recording was analyzed. The notes of the result "
        "say what is missing, and why."
    )
    every_s: float = Field(
        description="The sampling interval that was requested, in seconds. The next three fields "
        "are requested options, too."
    )
    track: Count | None = Field(description="Number of the video track; null for the track that shows the most faces.")
    min_group: Count
    anonymize: Hide
    error: Fault | None = Field(description="Why the analysis failed.")
    links: dict[str, str] = Field(
        description="Addresses: self, events, source and, once the analysis is done, every format of the result."
    )


# --- live sessions --------------------------------------------------------------------------------------------------------


class Mark(Answer):
    """A time that somebody marked."""

    time_s: float
    note: str


class LiveSession(Answer):
    """Summary of a live session."""

    session: str = Field(
        description="Random id that cannot be guessed; everyone who knows it may see and delete the session."
    )
    source: str
    seconds: float
    frames: Count
    faces_at_a_time: float
    marks: list[Mark]


class GroupNow(_FromResult):
    """The group of one moment: figures of all people together, or why they are withheld."""

    @classmethod
    def schema_of(cls, result: dict[str, Any]) -> dict[str, Any]:
        group: dict[str, Any] = result["properties"]["group"]
        return group


class ClassNow(Answer):
    """A class whose students' pages send numbers."""

    session: str = Field(description="Random id; its figures can be had below `/api/live/{session}`.")
    code: str = Field(description="By which students join.")
    open: bool = Field(description="Whether it goes on.")
    people: Count = Field(description="How many are connected now.")
    most_people: Count
    time_s: float
    group: GroupNow


class LiveHello(Answer):
    """The first message of a live socket."""

    type: Literal["hello"]
    session: str = Field(description="Key to continue the session if the connection breaks.")
    min_group: Count
    model: dict[str, Any]


class LiveFrame(_FromResult):
    """The result of one frame that was sent."""

    @classmethod
    def schema_of(cls, result: dict[str, Any]) -> dict[str, Any]:
        number, seconds = {"type": "integer", "minimum": 0}, {"type": "number", "minimum": 0}
        own = {"type": {"const": "frame"}, "number": number, "dropped": number, "seconds": seconds, "time_s": seconds}
        return _required(
            {**own, **{n: result["properties"][n] for n in ("width", "height", "group", "faces", "low_confidence")}}
        )


class LiveMarked(Mark):
    """A time was marked."""

    type: Literal["marked"]


class LiveSummary(LiveSession):
    """The last message of a live socket that was stopped."""

    type: Literal["summary"]


class LiveError(Error):
    """A message or a frame was wrong."""

    type: Literal["error"]
    number: Count | None = Field(default=None, description="Number of the frame, if the message was about a frame.")


class LiveMessage(RootModel[LiveHello | LiveFrame | LiveMarked | LiveSummary | LiveError]):
    """What a server sends over a live socket (``/api/live``)."""


# --- the server -----------------------------------------------------------------------------------------------------------


class Recordings(Answer):
    """How many recordings are in which state."""

    queued: Count
    running: Count
    done: Count
    failed: Count
    cancelled: Count


class Health(Answer):
    """Whether the server works."""

    status: Literal["ok"]
    version: str
    running_s: float
    recordings: Recordings


def live_schemas() -> dict[str, Any]:
    """The schemas of the messages of live sockets by name: no address that OpenAPI knows refers to them."""
    models = (LiveMessage, LiveHello, LiveFrame, LiveMarked, LiveSummary, LiveError)
    _, made = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    found: dict[str, Any] = made["$defs"]
    return found
