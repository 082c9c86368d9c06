"""The written schema of the results: what each column means, and the JSON that carries them."""

from __future__ import annotations

from typing import Any

from aiducation.states import OUTCOMES, UNCLEAR
from aiducation.vision.faces import COLUMNS, REASONS, Faces, Recording

#: Version of the JSON; a number changes when a reader of the old one would misread the new one.
SCHEMA_VERSION = 1

#: Column -> (JSON type, meaning).
_MEANINGS: dict[str, tuple[str | list[str], str]] = {
    "source": ("string", "File name, or camera:0 or screen:0."),
    "frame": (["integer", "null"], "Number of the frame in the recording; null for a photo."),
    "time_s": (["number", "null"], "Seconds since the start of the recording; null for a photo."),
    "face": ("integer", "Number of the face in its frame, from 0."),
    "track_id": (["integer", "null"], "The same face over time within one recording; random, null where not tracked."),
    "state": ("string", "Apparent state, or unclear."),
    "reason": (["string", "null"], "Why the state is unclear; null otherwise."),
    "confidence": (
        ["number", "null"],
        "Probability of the most probable outcome, 0 to 1; null where the face was not judged.",
    ),
    **{f"p_{o}": (["number", "null"], f"Probability that the face shows '{o}', 0 to 1.") for o in OUTCOMES},
    "left": ("number", "Left edge of the face's box in pixels."),
    "top": ("number", "Top edge of the box in pixels."),
    "right": ("number", "Right edge of the box in pixels."),
    "bottom": ("number", "Bottom edge of the box in pixels."),
    "score": ("number", "The face detector's own number, 0 to 1."),
    "size": ("number", "Shorter side of the box in pixels."),
    "sharpness": ("number", "0 for a blurred face, about 1 for a crisp one."),
    "brightness": ("number", "Mean gray level of the face, 0 to 1."),
    "contrast": ("number", "Standard deviation of the gray levels, 0 to 1."),
    "yaw": ("number", "Turn of the head: 0 frontal, -1 or 1 profile."),
    "roll": ("number", "Tilt of the line through the eyes in degrees."),
    "visible": ("number", "Share of the box inside the picture, 0 to 1."),
}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a result file."""
    columns: dict[str, Any] = {name: {"type": kind, "description": text} for name, (kind, text) in _columns()}
    columns["state"]["enum"] = [*OUTCOMES, UNCLEAR]
    columns["reason"]["enum"] = [*REASONS, None]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Result of aiducation analyze",
        "type": "object",
        "required": ["schema_version", "kind", "source", "width", "height", "model", "faces"],
        "properties": {
            "schema_version": {"const": SCHEMA_VERSION},
            "kind": {"enum": ["photo", "recording"]},
            "source": {"type": "string", "description": columns["source"]["description"]},
            "width": {"type": "integer", "description": "Width of the picture in pixels."},
            "height": {"type": "integer", "description": "Height of the picture in pixels."},
            "every_s": {"type": "number", "description": "Recording: seconds between the frames that were looked at."},
            "times_s": {
                "type": "array",
                "items": {"type": "number"},
                "description": "Recording: seconds of every frame that was looked at, also of those without a face.",
            },
            "complete": {
                "type": "boolean",
                "description": "Recording: false if the analysis was stopped before its end.",
            },
            "notes": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Recording: what the reader should know.",
            },
            "model": {
                "type": "object",
                "description": "Name, criteria, temperature, threshold and data hash of the model.",
            },
            "faces": {
                "type": "array",
                "description": "One entry a face a frame.",
                "items": {
                    "type": "object",
                    "required": list(COLUMNS),
                    "properties": columns,
                    "additionalProperties": False,
                },
            },
        },
    }


def to_json(result: Faces | Recording, model: dict[str, Any]) -> dict[str, Any]:
    """A result as JSON values that fit ``schema``."""
    table = result.columns()
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*table.values(), strict=True)]
    head: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "kind": "recording" if isinstance(result, Recording) else "photo",
        "source": result.source,
        "width": result.width,
        "height": result.height,
    }
    if isinstance(result, Recording):
        head |= {
            "every_s": result.every_s,
            "times_s": [round(float(t), 4) for t in result.times],
            "complete": result.complete,
            "notes": list(result.notes),
        }
    return {**head, "model": model, "faces": rows}


def schema_page() -> str:
    """The columns as a page of the documentation (docs/schema.md)."""
    lines = [
        "# Columns of the results",
        "",
        "One row a face a frame, the same in CSV, Parquet, `to_dataframe()` and the `faces` of the JSON. This page is generated",
        "from `aiducation.vision.schema`; `schema()` gives it as JSON Schema.",
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for name, (kind, text) in _columns():
        lines.append(f"| `{name}` | {kind if isinstance(kind, str) else ' or '.join(kind)} | {text} |")
    lines += ["", f"`state` is one of {', '.join((*OUTCOMES, UNCLEAR))}; `reason` one of {', '.join(REASONS)}.", ""]
    return "\n".join(lines)


def _columns() -> list[tuple[str, tuple[str | list[str], str]]]:
    return [(name, _MEANINGS[name]) for name in COLUMNS]
