"""Results as JSON values that fit ``schema``, and back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from aiducation.errors import DataFileError
from aiducation.states import OUTCOMES
from aiducation.visible import as_text
from aiducation.vision.faces import COLUMNS, QUALITY_COLUMNS, Detections, Faces, MadeWith, Quality, Recording
from aiducation.vision.group import group_entry
from aiducation.vision.schema import READABLE_VERSIONS, SCHEMA_VERSION
from aiducation.vision.signature import GENERATOR
from aiducation.vision.timeline import MIN_GROUP


def to_json(result: Faces | Recording, model: Mapping[str, Any], *, min_group: int = MIN_GROUP) -> dict[str, Any]:
    """A result as JSON values that fit ``schema``; figures of groups smaller than ``min_group`` are withheld."""
    return {**head(result, model, min_group=min_group), "faces": list(face_entries(result))}


def head(result: Faces | Recording, model: Mapping[str, Any], *, min_group: int = MIN_GROUP) -> dict[str, Any]:
    """Everything of ``to_json`` but the faces, of which a long recording has many."""
    about: dict[str, Any] = {
        "generator": GENERATOR,
        "schema_version": SCHEMA_VERSION,
        "kind": "recording" if isinstance(result, Recording) else "photo",
        "source": readable(result.source),
        "width": result.width,
        "height": result.height,
        "model": plain(dict(model)),
        "notes": list(result.notes),
    }
    if isinstance(result, Recording):
        about |= {
            "every_s": result.every_s,
            "times_s": [round(float(t), 4) for t in result.times],
            "standing_s": [round(float(f.time_s or 0.0), 4) for f in result.frames if f.standing],
            "cuts_s": [round(float(t), 4) for t in result.cuts],
            "complete": result.complete,
            "decoding": plain(dict(result.decoding)),
        }
    else:
        about["maybe"] = maybe_entries(result)
    return about | {"group": group_entry(result, min_group)}


def maybe_entries(faces: Faces) -> list[list[float]]:
    """Boxes of what may be a face all the same: whoever covers faces covers these, too."""
    return [[round(float(value), 1) for value in box] for box in faces.maybe]


def face_entries(result: Faces | Recording) -> Iterator[dict[str, Any]]:
    """The ``faces`` of the JSON, one after the other: a row of the table and the landmarks."""
    for frame in result.frames if isinstance(result, Recording) else (result,):
        for row, points in zip(table_rows(frame), frame.detections.landmarks, strict=True):
            yield {**row, "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in points]}


def from_json(value: Mapping[str, Any]) -> Faces | Recording:
    """The result that ``to_json`` wrote, its numbers as rounded there.

    Raises:
        DataFileError: the values do not fit the schema.
    """
    try:
        if value["schema_version"] not in READABLE_VERSIONS:
            known = " or ".join(map(str, READABLE_VERSIONS))
            raise DataFileError(f"This result has version {value['schema_version']} of the schema, not {known}.")
        about = {name: value[name] for name in ("source", "width", "height")}
        made_with = MadeWith(model=value["model"])
        if value["kind"] == "photo":
            maybe = np.array(value.get("maybe", []), np.float32).reshape(-1, 4)
            notes = tuple(value.get("notes", ()))
            faces = faces_from_entries(value["faces"], **about)
            return replace(faces, made_with=made_with, maybe=maybe, notes=notes)
        by_time: dict[float, list[Mapping[str, Any]]] = {time_s: [] for time_s in value["times_s"]}
        for entry in value["faces"]:
            by_time[round(entry["time_s"], 4)].append(entry)
        stood = set(value.get("standing_s", []))
        cuts = set(value.get("cuts_s", ()))
        frames = tuple(
            faces_from_entries(
                entries,
                **about,
                time_s=time_s,
                frame=entries[0]["frame"] if entries else None,
                standing=time_s in stood,
                cut=time_s in cuts,
            )
            for time_s, entries in by_time.items()
        )
        options = {name: value[name] for name in ("every_s", "complete")}
        return Recording(
            **about,
            **options,
            frames=frames,
            notes=tuple(value["notes"]),
            made_with=made_with,
            decoding=value.get("decoding", {}),
        )
    except DataFileError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise DataFileError(f"This is no result of aiducation analyze: {error!r}.") from error


def faces_from_entries(
    entries: Sequence[Mapping[str, Any]],
    *,
    source: str,
    width: int,
    height: int,
    time_s: float | None = None,
    frame: int | None = None,
    standing: bool = False,
    cut: bool = False,
) -> Faces:
    """One picture's faces from its ``face_entries``."""
    n = len(entries)

    def numbers(names: Sequence[str]) -> np.ndarray:
        rows = [[np.nan if entry[name] is None else entry[name] for name in names] for entry in entries]
        return np.array(rows, np.float32).reshape(n, len(names))

    quality = numbers(QUALITY_COLUMNS)
    return Faces(
        source=source,
        width=width,
        height=height,
        detections=Detections(
            boxes=numbers(("left", "top", "right", "bottom")),
            landmarks=np.array([entry["landmarks"] for entry in entries], np.float32).reshape(n, 5, 2),
            scores=numbers(("score",))[:, 0],
        ),
        quality=Quality(**{name: quality[:, k] for k, name in enumerate(QUALITY_COLUMNS)}),
        probs=numbers([f"p_{outcome}" for outcome in OUTCOMES]),
        states=tuple(entry["state"] for entry in entries),
        reasons=tuple(entry["reason"] or "" for entry in entries),
        track_ids=np.array([-1 if entry["track_id"] is None else entry["track_id"] for entry in entries], np.int64),
        time_s=time_s,
        frame=frame,
        standing=standing,
        cut=cut,
    )


def table_rows(result: Faces | Recording) -> Iterator[dict[str, Any]]:
    """The tidy table row by row, so that a long recording is never in memory as one table."""
    for frame in result.frames if isinstance(result, Recording) else (result,):
        for values in zip(*frame.columns().values(), strict=True):
            row = dict(zip(COLUMNS, values, strict=True))
            yield {**row, "source": readable(row["source"])}


def readable(name: str) -> str:
    """A file name as text that any file can hold: a byte that was not UTF-8 on the disk is written as ``\\xff``."""
    return as_text(name)


def plain(value: Any) -> Any:
    """Values as JSON knows them: tuples as lists, numbers that are none as null."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
