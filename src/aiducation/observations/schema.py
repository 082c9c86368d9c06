"""The written schema of the results: what each column of the table means, and each field of the JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiducation.column_names import TIMELINE_COLUMNS
from aiducation.observations.columns import COLUMN_MEANINGS, Column
from aiducation.observations.counts import counted_as
from aiducation.observations.outcomes import outcomes_of
from aiducation.observations.reasons import REASONS
from aiducation.states import UNCLEAR, VIEWS

#: Version of the JSON; a number changes when a reader of the old one would misread the new one. In version 1 times began with the
#: first picture, and ``frame`` counted the pictures that were decoded;
#: in versions 1 and 2 ``low_confidence`` was called ``maybe``, and there were no ``settings``.
SCHEMA_VERSION = 3

#: Versions that can be read.
READABLE_VERSIONS = (1, 2, 3)


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
    "in pixels as a player shows it, upright and with square pixels. A recording that changes its size has that of its largest "
    "frame; every smaller one is fitted into it, and all places are given there."
)

_HEAD: dict[str, dict[str, Any]] = {
    "generator": {"type": "string", "pattern": "^aiducation ", "description": "What made the file, with its version."},
    "schema_version": {"const": SCHEMA_VERSION, "description": "Version of this schema."},
    "kind": {"enum": ["photo", "recording"], "description": "What was analyzed."},
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
        "description": "Options of the analysis, as the report names them.",
    },
    "notes": {
        "type": "array",
        "items": {"type": "string"},
        "description": "What a reader should know of the file, one sentence each: what was mended, what is missing.",
    },
}

_PHOTO_HEAD: dict[str, dict[str, Any]] = {
    "low_confidence": {
        "type": "array",
        "items": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        "description": "Left, top, right and bottom of low-confidence detections: nothing is said about them, but they are "
        "anonymized.",
    },
}

_RECORDING_HEAD: dict[str, dict[str, Any]] = {
    "every_s": {"type": "number", "exclusiveMinimum": 0, "description": "Sampling interval in seconds."},
    "times_s": {
        "type": "array",
        "items": {"type": "number", "minimum": 0},
        "description": "Seconds of every sample, also of those without a face. The first picture is a sample; then one is due at "
        "each multiple of the interval: the picture that begins then or up to 0.2 s later, or else the one that stands. Before "
        "the first picture of the recording there is none.",
    },
    "standing_s": {
        "type": "array",
        "items": {"type": "number", "minimum": 0},
        "description": "Those of times_s at which the picture of the sample before still stood, because no new one came or it "
        "was the same: its faces are given again, and count.",
    },
    "cuts_s": {
        "type": "array",
        "items": {"type": "number", "minimum": 0},
        "description": "Seconds of the first frame after each cut to another scene; tracks begin anew there.",
    },
    "complete": {
        "type": "boolean",
        "description": "False if pictures are missing: the analysis was stopped, the file breaks off, or it changed while it was "
        "read; `notes` say from when on.",
    },
    "decoding": {
        "type": "object",
        "description": "What gave the pictures: software, container, decoder, video track (from 0) of how many tracks, and "
        "policy: every picture of the file was decoded, or the needed pictures alone, which gives the same samples. Empty for "
        "live ones.",
        "properties": {
            **{name: {"type": "string"} for name in ("software", "container", "decoder")},
            **{name: {"type": "integer", "minimum": 0} for name in ("track", "tracks")},
            "policy": {"enum": ["every picture", "needed pictures"]},
        },
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
    "A time at which several people changed together, or came or left, or another scene showed others.",
    {
        "kind": {
            "enum": ["expression", "arrival", "departure", "scene"],
            "description": "What changed; scene: a cut shows other faces or states, and nobody is followed over it.",
        },
        "from_s": {"type": "number", "minimum": 0, "description": "When it began, seconds since the start."},
        "to_s": {"type": ["number", "null"], "minimum": 0, "description": "When it ended; null if it lasted."},
        "outcome": {
            "enum": [*_SHOWN, None],
            "description": "What they turned to or from; null for faces that came or left. Of a scene: what other numbers of "
            "faces show, or null where the number of faces itself is another one.",
        },
        "changed": {**_COUNT, "description": "People who did, or faces that came or left."},
        "people": {
            **_COUNT,
            "description": "People followed before and after; or faces, before or after, whichever is more.",
        },
        "before": {**_COUNT, "description": "Of them, those that showed the outcome before; or faces before."},
        "after": {**_COUNT, "description": "Likewise afterwards, until to_s."},
        "mean_before": {
            **_MEAN,
            "description": "Mean probability of the outcome before; null for faces that came or left.",
        },
        "mean_after": {**_MEAN, "description": "Likewise afterwards, until to_s."},
        "chance": {
            **_MEAN,
            "description": "Share of recordings of people who change independently of each other that show a change as large at "
            "any time; null for faces that came or left, which are counted.",
        },
        "certain": {
            "type": "boolean",
            "description": "Whether that share is at most 0.01; always for what is counted.",
        },
        **{name: {"type": "string", "description": f"{text} in words."} for name, text in _WORDS.items()},
    },
)

_TIMELINE = _object(
    "Recordings only. The group over time, a value a step; null where it is withheld or unknown.",
    {
        "step_s": {"type": "number", "exclusiveMinimum": 0, "description": "Length of a step in seconds."},
        "start_s": _column("Seconds at which each step begins."),
        "faces": _column(
            "Mean number of faces in a sample, without those that do not move; null where there is no sample."
        ),
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
    "The group: what is said of all faces together.",
    {
        "min_group": {
            "type": "integer",
            "minimum": 1,
            "description": "Of fewer faces neither group figures nor, in views, states are shown.",
        },
        "view": {
            "enum": list(VIEWS),
            "description": "Which outcomes the states merge: none, or neutral and focused as calm. Figures are named by what it "
            "shows; the probabilities of faces are those of the five outcomes in every view.",
        },
        "found": {
            "type": "integer",
            "minimum": 0,
            "description": "Faces, in all frames of a recording together; those that do not move are not counted.",
        },
        "judged": {"type": "integer", "minimum": 0, "description": "Of them, those that got a state."},
        "withheld": {"type": ["string", "null"], "description": "Why there are no shares; null if there are."},
        "states_withheld": {
            "type": ["string", "null"],
            "description": "Why views (picture, video, report, page) show no states of single faces, or not at all times; null "
            "if they show all. The rows of the faces are complete all the same.",
        },
        "withheld_s": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 2, "maxItems": 2},
            "description": "Recordings only. Start and end in seconds of each stretch of time in which views show no states.",
        },
        "counts": {
            "type": ["object", "null"],
            "description": "Faces by the state they were given; in a recording on average in a frame that views show. Null where "
            "withheld.",
            "required": [name for name in _COUNTED if name not in _ONLY_SOME],
            "properties": {name: {"type": "number", "minimum": 0} for name in _COUNTED},
            "additionalProperties": False,
        },
        "shares": {
            "type": ["object", "null"],
            "description": "Mean probability of each outcome over the faces seen well enough, with its 95 % interval: "
            "that of a larger group of which these people are a sample.",
            "required": list(_ALWAYS),
            "properties": {outcome: _interval(f"Share of {outcome}.") for outcome in _SHOWN},
            "additionalProperties": False,
        },
        "timeline": _TIMELINE,
        "changes": {
            "type": "array",
            "items": _CHANGE,
            "description": "Recordings only. The certain changes of several people at once and the largest others, in order of "
            "time; arrivals and departures.",
        },
        "needed": {
            "type": ["integer", "null"],
            "description": "Recordings only. How many people would have to change together for a minute to be certain in 80 of "
            "100 such recordings; null if more than there are, or not tested.",
        },
        "conclusion": {"type": "string", "description": "Recordings only. What is certain, in a sentence."},
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
        "description": "One entry a face a frame, in order of time.",
        "items": {"type": "object", "required": list(face), "properties": face, "additionalProperties": False},
    }


def readable_schema(kind: str) -> dict[str, Any]:
    """What a result of a kind must look like to be read: of any readable version, the group aside, which is computed anew."""
    version = {"schema_version": {"enum": list(READABLE_VERSIONS)}, "kind": {"enum": [kind]}}
    before = {"maybe": _PHOTO_HEAD["low_confidence"]}  # its name in versions 1 and 2
    properties = {**_HEAD, **_PHOTO_HEAD, **before, **_RECORDING_HEAD, **version, "group": {}, "faces": faces_schema()}
    needed = ["schema_version", "kind", "source", "width", "height", "model", "faces"]
    if kind == "recording":
        needed += ["every_s", "times_s", "complete", "notes"]
    return {"type": "object", "required": needed, "properties": properties, "additionalProperties": False}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a result file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Result of aiducation analyze",
        "description": "Apparent states of faces: what they look like, not what anybody feels or attends to.",
        "type": "object",
        "required": [*_HEAD, "group", "faces"],
        "properties": {**_HEAD, **_PHOTO_HEAD, **_RECORDING_HEAD, "group": GROUP_SCHEMA, "faces": faces_schema()},
        "if": {"properties": {"kind": {"const": "recording"}}},
        "then": {"required": list(_RECORDING_HEAD)},
        "additionalProperties": False,
    }


def schema_page() -> str:
    """The columns as a page of the documentation (docs/schema.md)."""
    lines = [
        "# Columns of the results",
        "",
        "One row a face a frame, the same in CSV, Parquet, `to_dataframe()` and the `faces` of the JSON (which adds the five",
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
        "In the CSV a text that a spreadsheet would take for a formula (behind blanks and quotes it begins with `=`, `+`, `-` or",
        "`@`, plain or full-width, or the text with a tab or a line end) has an apostrophe in front; numbers never have.",
        "Line ends in a name stand in quotes as they are; for many rows of such names PyArrow needs `newlines_in_values=True`.",
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
        "| `group` | What is said of all faces together; its fields follow. |",
        "| `faces` | One entry a face a frame, in order of time. |",
        "",
        "### `group`",
        "",
        "| field | meaning |",
        "|---|---|",
        *(f"| `{name}` | {about['description']} |" for name, about in GROUP_SCHEMA["properties"].items()),
        "",
    ]
    return "\n".join(lines)
