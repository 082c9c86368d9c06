"""Schemas of what the API answers: those of results, and of what only the API has. The OpenAPI document holds them by name."""

from __future__ import annotations

from typing import Any

from aiducation.observations.columns import COLUMN_MEANINGS
from aiducation.observations.schema import schema
from aiducation.states import OUTCOMES, UNCLEAR, WITHHELD
from aiducation.web.jobs import STATES
from aiducation.web.problems import ERROR_SCHEMA

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_NUMBER_OR_NULL = {"type": ["number", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_OBJECT = {"type": "object"}


def _all_of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_JOB = _all_of(
    {
        "id": {**_TEXT, "description": "Cannot be guessed; who knows it may see and delete the recording."},
        "source": {**_TEXT, "description": "The file's name."},
        "state": {"enum": list(STATES)},
        "before": {**_COUNT, "description": "Recordings that come first."},
        "done_s": {**_NUMBER, "description": "How far it is, in seconds of the recording."},
        "total_s": {**_NUMBER_OR_NULL, "description": "Its length, by its own packets; null before it is known."},
        "left_s": {**_NUMBER_OR_NULL, "description": "Seconds until it is done; null if unknown."},
        "took_s": {**_NUMBER, "description": "Seconds that it took, once it is over."},
        "complete": {
            "type": ["boolean", "null"],
            "description": "Once it is done: whether all of it was analyzed; the result's notes say what is missing, and why.",
        },
        "every_s": {**_NUMBER, "description": "As asked for, like the three that follow."},
        "track": {
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "Video track; null for the one with most faces.",
        },
        "min_group": _COUNT,
        "anonymize": {"enum": [False, True, "text", "all"]},
        "error": {"oneOf": [{"type": "null"}, ERROR_SCHEMA["properties"]["error"]], "description": "Why it failed."},
        "links": {
            "type": "object",
            "additionalProperties": _TEXT,
            "description": "Addresses: self, events, source, and once done every format of the result.",
        },
    }
)

_SPAN = {**_list_of({"type": ["number", "string"]}), "minItems": 3, "maxItems": 3}

_TRACK = _all_of(
    {
        "track_id": _COUNT,
        "views": {**_COUNT, "description": "Frames that show it."},
        "seen_well": {**_COUNT, "description": "Of them, those in which it was judged."},
        "state": {
            "enum": [*OUTCOMES, UNCLEAR, WITHHELD],
            "description": "The most probable one on average; withheld where the group is too small for single states.",
        },
        "first_s": _NUMBER,
        "last_s": _NUMBER,
        "probs": {**_all_of(dict.fromkeys(OUTCOMES, _NUMBER_OR_NULL)), "description": "Mean probabilities."},
        "spans": {**_list_of(_SPAN), "description": "Stretches of time in one state (or withheld): start, end, state."},
    }
)

_LIVE = _all_of(
    {
        "session": {**_TEXT, "description": "Cannot be guessed; who knows it may see and delete the session."},
        "source": _TEXT,
        "seconds": _NUMBER,
        "frames": _COUNT,
        "faces_at_a_time": _NUMBER,
        "marks": _list_of(_all_of({"time_s": _NUMBER, "note": _TEXT})),
    }
)

_MODEL = _all_of(
    {
        "name": _TEXT,
        "outcomes": {**_list_of({"enum": list(OUTCOMES)}), "description": "What its outputs are, in their order."},
        "criteria": {**_TEXT, "description": "Rules that made states from votes."},
        "data_hash": {**_TEXT, "description": "SHA-256 of the data it learned from."},
        "temperature": _NUMBER,
        "threshold": {**_NUMBER, "description": "Below this probability this server answers unclear."},
        "own_threshold": {**_NUMBER, "description": "The threshold that the model's file has."},
        "scores": {**_OBJECT, "description": "What was measured on test images."},
        "charts": {**_OBJECT, "description": "Confusion matrix and reliability, for drawing."},
        "limits": {**_list_of(_TEXT), "description": "What it cannot do."},
        "training": {**_OBJECT, "description": "How it was made."},
        "has_scores": {"type": "boolean", "description": "Whether scores and charts are all there."},
        "test_accuracy": _NUMBER_OR_NULL,
        "version": {**_TEXT, "description": "Of this package."},
        "detector": _TEXT,
        "smallest_face": {**_NUMBER, "description": "In pixels; smaller ones get no state."},
        "min_group": {**_COUNT, "description": "Of fewer faces neither group figures nor states are shown."},
        "looks": {**_OBJECT, "description": "Colour and letter of each state."},
        "reasons": {**_OBJECT, "description": "Why a state can be unclear, in words."},
        "server_limits": {**_OBJECT, "description": "Bytes, pixels, seconds, faces."},
    }
)

_HEALTH = _all_of(
    {
        "status": {"const": "ok"},
        "version": _TEXT,
        "running_s": _NUMBER,
        "recordings": _all_of(dict.fromkeys(STATES, _COUNT)),
    }
)


def schemas() -> dict[str, Any]:
    """Every schema by its name."""
    result = schema()
    summary = {
        name: result["properties"][name] for name in result["properties"] if name not in ("faces", "low_confidence")
    }
    faces = {"times_s": _list_of({**COLUMN_MEANINGS["time_s"].json_schema(), "type": "number"})}
    return {
        "Result": result,
        "Summary": _all_of({**summary, "tracks": _list_of(_TRACK)}),
        "Faces": _all_of({**faces, "faces": result["properties"]["faces"]}),
        "Job": _JOB,
        "LiveSession": _LIVE,
        "Model": _MODEL,
        "Health": _HEALTH,
        "Error": ERROR_SCHEMA,
    }


def json_of(name: str, description: str) -> dict[str, Any]:
    """The OpenAPI entry of an answer that fits one of these schemas."""
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
