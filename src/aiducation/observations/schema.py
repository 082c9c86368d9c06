"""The written schema of the results: what each column of the table means, and each field of the JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiducation.column_names import TIMELINE_COLUMNS
from aiducation.observations.change_point import CERTAIN
from aiducation.observations.columns import COLUMN_MEANINGS, Column
from aiducation.observations.counts import counted_as
from aiducation.observations.outcomes import outcomes_of
from aiducation.observations.reasons import REASONS
from aiducation.states import EXPRESSIONS, UNCLEAR, VIEWS

#: Version of the JSON; a number changes when a reader of the old one would misread the new one. In version 1 times began with the
#: first picture, and ``frame`` counted the pictures that were decoded; in versions 1 and 2 ``low_confidence`` was called
#: ``maybe``, and there were no ``settings``; before version 4 there were no votes.
SCHEMA_VERSION = 4

#: Versions that can be read.
READABLE_VERSIONS = (1, 2, 3, 4)

_LANDMARKS: dict[str, Any] = {
    "type": "array",
    "description": "x and y in pixels of the person's right eye, left eye, nose, right and left corner of the mouth.",
    "minItems": 5,
    "maxItems": 5,
    "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
}

#: What a view can show, each once; of these, what every view shows.
_SHOWN = tuple(dict.fromkeys(name for view in VIEWS for name in outcomes_of(view)))
_ALWAYS = tuple(name for name in _SHOWN if all(name in outcomes_of(view) for view in VIEWS))
_COUNTED = tuple(dict.fromkeys(name.replace(" ", "_") for view in VIEWS for name in counted_as(view)))
_ONLY_SOME = tuple(name for name in (*_SHOWN, *_COUNTED) if name in _SHOWN and name not in _ALWAYS)

#: Sentences about a change.
_WORDS = {"words": "What was seen", "size": "Counts and mean probabilities", "sure": "How sure it is"}

#: Endings of the timeline's columns.
_ENDS = {"": "", "_low": ", lower end of its 95 % interval", "_high": ", upper end of its 95 % interval"}

#: Of width and height.
_AS_SHOWN = (
    "in pixels as a player shows it, upright and with square pixels. If the size changes within a recording, this is "
    "the size of the largest frame; smaller frames are fitted into it, and all coordinates refer to it."
)

_HEAD: dict[str, dict[str, Any]] = {
    "generator": {
        "type": "string",
        "pattern": "^aiducation ",
        "description": "Program that made the file, with its version.",
    },
    "schema_version": {"const": SCHEMA_VERSION, "description": "Version of this schema."},
    "kind": {"enum": ["photo", "recording"], "description": "What was analyzed: a photo or a recording."},
    "source": COLUMN_MEANINGS["source"].json_schema(),
    "width": {"type": "integer", "minimum": 0, "description": f"Width of the picture {_AS_SHOWN}"},
    "height": {"type": "integer", "minimum": 0, "description": f"Height of the picture {_AS_SHOWN}"},
    "model": {
        "type": "object",
        "description": "The model: its name, criteria, temperature, threshold, data hash and measured scores.",
    },
    "settings": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Options of the analysis, with the names that the report uses.",
    },
    "notes": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Remarks about the file, one sentence each: for example, which damage was repaired, and what "
        "is missing.",
    },
}

_PHOTO_HEAD: dict[str, dict[str, Any]] = {
    "low_confidence": {
        "type": "array",
        "items": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        "description": "Low-confidence detections (left, top, right, bottom): they get no state, but they are "
        "anonymized.",
    },
}

_RECORDING_HEAD: dict[str, dict[str, Any]] = {
    "every_s": {"type": "number", "exclusiveMinimum": 0, "description": "Sampling interval in seconds."},
    "times_s": {
        "type": "array",
        "items": {"type": "number", "minimum": 0},
        "description": "Times of all samples in seconds, including samples without a face. The first picture is a "
        "sample; after it, one sample is taken at each multiple of the sampling interval. It is the picture that "
        "begins at that time or up to 0.2 s later; otherwise the picture that is shown at that time. No sample lies "
        "before the first picture.",
    },
    "standing_s": {
        "type": "array",
        "items": {"type": "number", "minimum": 0},
        "description": "The times in times_s at which the picture of the previous sample was still shown, because no "
        "new picture came or the new one was identical. Its faces are repeated and are counted again.",
    },
    "cuts_s": {
        "type": "array",
        "items": {"type": "number", "minimum": 0},
        "description": "Time in seconds of the first frame after each cut to another scene; new tracks begin there.",
    },
    "complete": {
        "type": "boolean",
        "description": "False if pictures are missing because the analysis was stopped, the file breaks off, or the "
        "file changed while it was being read; `notes` say from which time on.",
    },
    "decoding": {
        "type": "object",
        "description": "How the pictures were decoded: software, container, decoder, number of the video track (from "
        "0), number of tracks, and policy (whether every picture was decoded or only the needed pictures; both give "
        "the same samples). Empty for live sessions.",
        "properties": {
            **{name: {"type": "string"} for name in ("software", "container", "decoder")},
            **{name: {"type": "integer", "minimum": 0} for name in ("track", "tracks")},
            "policy": {"enum": ["every picture", "needed pictures"]},
        },
    },
    "ends_s": {
        "type": "number",
        "minimum": 0,
        "description": "When its last picture or sound ends; left out if not known.",
    },
}


def _interval(meaning: str) -> dict[str, Any]:
    share = {"type": "number", "minimum": 0, "maximum": 1}
    names = ("share", "low", "high")
    properties = dict.fromkeys(names, share)
    return {"type": "object", "description": meaning, "required": list(names), "properties": properties}


def _object(meaning: str, properties: Mapping[str, Any], *, optional: Sequence[str] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "description": meaning,
        "required": required,
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _column(meaning: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": ["number", "null"]}, "description": meaning}


_COUNT = {"type": "integer", "minimum": 0}
_MEAN = {"type": ["number", "null"], "minimum": 0, "maximum": 1}

_CHANGE = _object(
    "A change point: several people changed together, faces came or left, or a cut to another scene shows other faces.",
    {
        "kind": {
            "enum": ["expression", "arrival", "departure", "scene"],
            "description": "What changed. scene: a cut shows other faces or states; people cannot be tracked across "
            "it.",
        },
        "from_s": {"type": "number", "minimum": 0, "description": "When the change began, in seconds."},
        "to_s": {
            "type": ["number", "null"],
            "minimum": 0,
            "description": "When the change ended, in seconds; null if it lasted.",
        },
        "outcome": {
            "enum": [*_SHOWN, None],
            "description": "The state that people changed to or from; null for faces that came or left. For a scene: "
            "the state that a different number of faces shows, or null if the number of faces itself is different.",
        },
        "changed": {**_COUNT, "description": "How many people changed; or how many faces came or left."},
        "people": {
            **_COUNT,
            "description": "How many people were tracked both before and after; or the number of faces before or "
            "after, whichever is larger.",
        },
        "before": {
            **_COUNT,
            "description": "How many of them showed the outcome before; or the number of faces before.",
        },
        "after": {**_COUNT, "description": "The same after the change, until to_s."},
        "mean_before": {
            **_MEAN,
            "description": "Mean probability of the outcome before; null for faces that came or left.",
        },
        "mean_after": {**_MEAN, "description": "The same after the change, until to_s."},
        "chance": {
            **_MEAN,
            "description": "Share of simulated recordings, in which people change independently of each other, that "
            "show an equally large change at any time; null for faces that came or left, because these are counted.",
        },
        "certain": {
            "type": "boolean",
            "description": f"Whether chance is at most {CERTAIN:g}; always true for what is counted.",
        },
        **{name: {"type": "string", "description": f"{text}, in words."} for name, text in _WORDS.items()},
    },
)

_TIMELINE = _object(
    "Recordings only. The group over time: one value for each step, null where it is withheld or unknown.",
    {
        "step_s": {"type": "number", "exclusiveMinimum": 0, "description": "Length of a step in seconds."},
        "start_s": _column("Seconds at which each step begins."),
        "faces": _column("Mean number of faces in a sample, without static faces; null where there is no sample."),
        "unclear": _column("Share of faces that could not be seen well enough."),
        **{
            f"n_{name}": _column(f"Mean number of faces in a frame that are {name.replace('_', ' ')}.")
            for name in _COUNTED
        },
        **{f"{o}{end}": _column(f"Share of {o}{words}.") for o in _SHOWN for end, words in _ENDS.items()},
    },
    optional=[f"{start}{o}{end}" for o in _ONLY_SOME for start, end in (("n_", ""), *(("", end) for end in _ENDS))],
)


def timeline_columns(view: str) -> dict[str, Column]:
    """What each column of the timeline's table means in a view."""
    meanings = {name: _TIMELINE["properties"][name]["description"] for name in TIMELINE_COLUMNS[view]}
    return {name: Column("number", text, optional=name != "start_s") for name, text in meanings.items()}


#: What is said of all faces together.
GROUP_SCHEMA: dict[str, Any] = _object(
    "Figures of the group: all faces together.",
    {
        "min_group": {
            "type": "integer",
            "minimum": 1,
            "description": "Smallest group: for fewer faces, no group figures are given, and reports, pictures, "
            "videos and the page show no states.",
        },
        "view": {
            "enum": list(VIEWS),
            "description": "Which states are shown: states (all four) or calm (neutral and focused merged). Group "
            "figures use the states of the view; the probabilities of faces are always those of the five outcomes.",
        },
        "found": {
            "type": "integer",
            "minimum": 0,
            "description": "Number of faces, in all frames of a recording together, without static faces.",
        },
        "judged": {"type": "integer", "minimum": 0, "description": "How many of them got a state."},
        "withheld": {"type": ["string", "null"], "description": "Why there are no shares; null if there are shares."},
        "states_withheld": {
            "type": ["string", "null"],
            "description": "Why pictures, videos, reports and the page do not show the states of single faces, or "
            "not at all times; null if they show all. The rows of the faces are always complete.",
        },
        "withheld_s": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 2, "maxItems": 2},
            "description": "Recordings only. Start and end in seconds of each stretch of time in which no states of "
            "single faces are shown.",
        },
        "counts": {
            "type": ["object", "null"],
            "description": "Number of faces with each state; for a recording, the mean over the frames whose states "
            "are shown. Null where withheld.",
            "required": [name for name in _COUNTED if name not in _ONLY_SOME],
            "properties": {name: {"type": "number", "minimum": 0} for name in _COUNTED},
            "additionalProperties": False,
        },
        "expressions": {
            "type": ["object", "null"],
            "description": "Number of faces of the state other by what they show, such as smiling; for a recording, the "
            "mean over the frames whose states are shown. Faces without a likely expression are left out. Null where "
            "withheld.",
            "properties": {word: {"type": "number", "minimum": 0} for word in EXPRESSIONS.values()},
            "additionalProperties": False,
        },
        "shares": {
            "type": ["object", "null"],
            "description": "Mean probability of each outcome over the faces seen well enough, with its 95 % interval "
            "for a larger group, if these people were a random sample of it.",
            "required": list(_ALWAYS),
            "properties": {outcome: _interval(f"Share of {outcome}.") for outcome in _SHOWN},
            "additionalProperties": False,
        },
        "timeline": _TIMELINE,
        "changes": {
            "type": "array",
            "items": _CHANGE,
            "description": "Recordings only. Change points in order of time: the certain changes of several people "
            "at once, the largest other changes, arrivals and departures.",
        },
        "needed": {
            "type": ["integer", "null"],
            "description": "Recordings only. How many people would have to change together for a minute so that the "
            "change is certain in 80 of 100 such recordings; null if there are not so many people, or if it was not "
            "tested.",
        },
        "conclusion": {"type": "string", "description": "Recordings only. What is certain, in one sentence."},
        "untested": {
            "type": ["string", "null"],
            "description": "Recordings only. Why it could not be tested whether the group changed; null if it could.",
        },
    },
    optional=("view", "withheld_s", "timeline", "changes", "needed", "conclusion", "untested"),
)


def faces_schema() -> dict[str, Any]:
    """That of the list of faces."""
    face = {name: column.json_schema() for name, column in COLUMN_MEANINGS.items()} | {"landmarks": _LANDMARKS}
    return {
        "type": "array",
        "description": "One entry for each face in each frame, in order of time.",
        "items": {"type": "object", "required": list(face), "properties": face, "additionalProperties": False},
    }


def _faces_before_votes() -> dict[str, Any]:
    """The list of faces of versions before 4."""
    known = faces_schema()
    needed = [name for name in known["items"]["required"] if name != "expression" and not name.startswith("v_")]
    return {**known, "items": {**known["items"], "required": needed}}


def readable_schema(kind: str, votes: bool) -> dict[str, Any]:
    """What a result of a kind must look like to be read: of any version with votes, or of any before; the group aside, which is
    computed anew."""
    version = {"schema_version": {"enum": list(READABLE_VERSIONS)}, "kind": {"enum": [kind]}}
    before = {"maybe": _PHOTO_HEAD["low_confidence"]}  # its name in versions 1 and 2
    faces = faces_schema() if votes else _faces_before_votes()
    properties = {**_HEAD, **_PHOTO_HEAD, **before, **_RECORDING_HEAD, **version, "group": {}, "faces": faces}
    needed = ["schema_version", "kind", "source", "width", "height", "model", "faces"]
    if kind == "recording":
        needed += ["every_s", "times_s", "complete", "notes"]
    return {"type": "object", "required": needed, "properties": properties, "additionalProperties": False}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a result file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Result of aiducation analyze",
        "description": "Apparent states of faces: what faces look like, not what people feel or pay attention to.",
        "type": "object",
        "required": [*_HEAD, "group", "faces"],
        "properties": {**_HEAD, **_PHOTO_HEAD, **_RECORDING_HEAD, "group": GROUP_SCHEMA, "faces": faces_schema()},
        "if": {"properties": {"kind": {"const": "recording"}}},
        "then": {"required": [name for name in _RECORDING_HEAD if name != "ends_s"]},
        "additionalProperties": False,
    }


def schema_page() -> str:
    """The columns as a page of the documentation (docs/schema.md)."""
    lines = [
        "# Columns of the results",
        "",
        "One row for each face in each frame, the same in CSV, Parquet, `to_dataframe()` and the `faces` of the JSON "
        "(which adds the five",
        "`landmarks`). A missing value is an empty cell in CSV and null elsewhere. This page is generated by",
        "`aiducation.observations.schema.schema_page()`; `schema()` beside it gives the JSON Schema (draft 2020-12).",
        "",
        "| column | type | unit | range | meaning |",
        "|---|---|---|---|---|",
    ]
    for name, column in COLUMN_MEANINGS.items():
        kind = f"{column.kind}, can be missing" if column.optional else column.kind
        lines.append(f"| `{name}` | {kind} | {column.unit} | {column.range_words()} | {column.meaning} |")
    lines += [
        "",
        f"`state` is one of {', '.join((*outcomes_of('states'), UNCLEAR))}; in the view calm one of",
        f"{', '.join((*outcomes_of('calm'), UNCLEAR))}. `reason` is one of {', '.join(REASONS)}.",
        "",
        "In CSV files, a text that a spreadsheet would read as a formula (after blanks and quotes it begins with "
        "`=`, `+`, `-` or",
        "`@`, plain or full-width, or it begins with a tab or a line end) gets an apostrophe in front; numbers never "
        "get one.",
        "Line ends in a name are kept, in quotes; to read many rows with such names, PyArrow needs "
        "`newlines_in_values=True`.",
        "With `--csv-dialect excel` cells are separated by semicolons, numbers have decimal commas, and the file begins with a",
        "byte-order mark.",
        "",
        "## Head of the JSON",
        "",
        "| field | meaning |",
        "|---|---|",
        *(f"| `{name}` | {about['description']} |" for name, about in _HEAD.items()),
        *(f"| `{name}` | Photos only. {about['description']} |" for name, about in _PHOTO_HEAD.items()),
        *(f"| `{name}` | Recordings only. {about['description']} |" for name, about in _RECORDING_HEAD.items()),
        "| `group` | Figures of all faces together; its fields are listed below. |",
        "| `faces` | One entry for each face in each frame, in order of time. |",
        "",
        "### `group`",
        "",
        "| field | meaning |",
        "|---|---|",
        *(f"| `{name}` | {about['description']} |" for name, about in GROUP_SCHEMA["properties"].items()),
        "",
    ]
    return "\n".join(lines)
