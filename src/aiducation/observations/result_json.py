"""Results as JSON values that fit ``schema``, and back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from aiducation.column_names import QUALITY_COLUMNS
from aiducation.errors import DataFileError
from aiducation.observations.detections import Detections, Quality
from aiducation.observations.faces import Faces, MadeWith, rows_of
from aiducation.observations.group import Group, group_of
from aiducation.observations.outcomes import merge, outcomes_of
from aiducation.observations.recording import Recording
from aiducation.observations.schema import READABLE_VERSIONS, SCHEMA_VERSION, readable_schema
from aiducation.schemas import check, shortened
from aiducation.signature import GENERATOR
from aiducation.states import EMOTIONS, OUTCOMES, UNCLEAR, VIEWS
from aiducation.visible import as_text

#: Versions of the schema in which faces have no votes.
_WITHOUT_VOTES = (1, 2, 3)

#: Pixels that a place has at most; the largest pictures have 65,535 a side.
LARGEST_PLACE = 1e6


def to_json(result: Faces | Recording, group: Group | None = None) -> dict[str, Any]:
    """A result as JSON values that fit ``schema``.

    Args:
        result: what was seen.
        group: what is said of all its faces together, as ``group_of`` gives it; None for the default smallest group.
    """
    return {**head(result, group or group_of(result)), "faces": list(face_entries(result))}


def head(result: Faces | Recording, group: Group) -> dict[str, Any]:
    """Everything of ``to_json`` but the faces, of which a long recording has many."""
    about: dict[str, Any] = {
        "generator": GENERATOR,
        "schema_version": SCHEMA_VERSION,
        "kind": "recording" if isinstance(result, Recording) else "photo",
        "source": as_text(result.source),
        "width": result.width,
        "height": result.height,
        "model": plain(dict(result.made_with.model)),
        "settings": plain(dict(result.made_with.settings)),
        "notes": plain(result.notes),
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
        if result.duration_s is not None:
            about["duration_s"] = round(result.duration_s, 4)
    else:
        about["low_confidence"] = low_confidence_entries(result)
    return about | {"group": group.entry()}


def low_confidence_entries(faces: Faces) -> list[list[float]]:
    """Boxes of low-confidence detections: whoever anonymizes faces anonymizes these, too."""
    return [[round(float(value), 1) for value in box] for box in faces.low_confidence]


def face_entries(result: Faces | Recording) -> Iterator[dict[str, Any]]:
    """The ``faces`` of the JSON, one after the other: a row of the table and the landmarks."""
    for frame in result.pictures:
        for row, points in zip(table_rows(frame), frame.detections.landmarks.tolist(), strict=True):
            yield {**row, "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in points]}


def from_json(value: Mapping[str, Any]) -> Faces | Recording:
    """The result that ``to_json`` wrote, its numbers as rounded there. Nothing else is read: see ``checked_faces``.

    Raises:
        DataFileError: the values do not fit the schema, or each other.
    """
    if not isinstance(value, Mapping):
        raise DataFileError("This is not a result of aiducation analyze: it is not a JSON object.")
    if "schema_version" in value and value["schema_version"] not in READABLE_VERSIONS:
        known = " or ".join(map(str, READABLE_VERSIONS))
        raise DataFileError(f"This result has version {shortened(value['schema_version'])} of the schema, not {known}.")
    try:
        kind, version = "recording" if value.get("kind") == "recording" else "photo", value.get("schema_version")
        if why := check(dict(value), _readable(kind, version not in _WITHOUT_VOTES)):
            raise ValueError(why)
        return _recording(value) if value["kind"] == "recording" else _photo(value)
    except ValueError as error:
        raise DataFileError(f"This is not a result of aiducation analyze: {str(error).rstrip('.')}.") from error


_readable = lru_cache(readable_schema)


def _made_with(value: Mapping[str, Any]) -> MadeWith:
    return MadeWith(model=value["model"], settings=value.get("settings", {}))


def _photo(value: Mapping[str, Any]) -> Faces:
    about = {name: value[name] for name in ("source", "width", "height")}
    faces = checked_faces(value["faces"], **about, view=_view(value))
    low_confidence = np.array(value.get("low_confidence", value.get("maybe", [])), np.float32).reshape(-1, 4)
    if not np.isfinite(low_confidence).all():
        raise ValueError("'low_confidence' holds a number that is too large")
    return replace(
        faces, made_with=_made_with(value), low_confidence=low_confidence, notes=tuple(value.get("notes", ()))
    )


def _recording(value: Mapping[str, Any]) -> Recording:
    about = {name: value[name] for name in ("source", "width", "height")}
    times = value["times_s"]
    if any(after <= before for before, after in itertools.pairwise(times)):
        raise ValueError("its times are not in ascending order")
    by_time: dict[float, list[Mapping[str, Any]]] = {time_s: [] for time_s in times}
    for entry in value["faces"]:
        if entry["time_s"] is None or round(entry["time_s"], 4) not in by_time:
            raise ValueError(f"a face has the time {shortened(entry['time_s'])}, which is not in times_s")
        by_time[round(entry["time_s"], 4)].append(entry)
    stood, cuts = set(value.get("standing_s", [])), set(value.get("cuts_s", ()))
    if not stood | cuts <= by_time.keys():
        raise ValueError("it names a time that is not in times_s")
    frames = tuple(
        checked_faces(
            entries,
            **about,
            view=_view(value),
            time_s=time_s,
            frame=entries[0]["frame"] if entries else None,
            standing=time_s in stood,
            cut=time_s in cuts,
        )
        for time_s, entries in by_time.items()
    )
    return Recording(
        **about,
        **{name: value[name] for name in ("every_s", "complete")},
        frames=frames,
        notes=tuple(value["notes"]),
        made_with=_made_with(value),
        duration_s=value.get("duration_s"),
        decoding=value.get("decoding", {}),
    )


def _view(value: Mapping[str, Any]) -> str:
    """The view of a result; one that does not say it has the published states."""
    group = value.get("group")
    view = group.get("view", "states") if isinstance(group, Mapping) else "states"
    if not isinstance(view, str) or view not in VIEWS:
        raise ValueError(f"there is no view {shortened(view)}")
    return view


def checked_faces(entries: Sequence[Mapping[str, Any]], *, time_s: float | None = None, **about: Any) -> Faces:
    """One picture's faces from its ``face_entries`` that fit ``faces_schema``, if what they say fits together.

    Args:
        entries: as ``check`` found them good.
        time_s: the picture's time.
        about: its other fields, as ``Faces`` names them; all entries must agree with them.

    Raises:
        ValueError: they contradict each other: a box without an area, probabilities that do not add up to 1, another time.
    """
    for number, entry in enumerate(entries):
        place = f"face {number}" + (f" at {time_s:g} s" if time_s is not None else "")
        seen_s = entry["time_s"]
        if (seen_s is None) != (time_s is None) or (time_s is not None and abs(seen_s - time_s) > 1e-3):
            raise ValueError(f"{place} has a different time")
        if (entry["face"], entry["source"], entry["frame"]) != (number, about["source"], about.get("frame")):
            raise ValueError(f"{place} has a different number, source or frame than its picture")
        if not (entry["left"] <= entry["right"] and entry["top"] <= entry["bottom"]):
            raise ValueError(f"{place} has a box that ends before it begins")
        chances = [entry[f"p_{outcome}"] for outcome in OUTCOMES]
        asked = [chance for chance in chances if chance is not None]
        if asked and (len(asked) < len(chances) or abs(sum(asked) - 1) > 0.01):
            raise ValueError(f"the probabilities of {place} do not add up to 1")
        largest = merge(np.array(chances, float), about.get("view", "states")).max() if asked else 0.0
        if entry["state"] not in (*outcomes_of(about.get("view", "states")), UNCLEAR):
            raise ValueError(f"the state of {place} is not one that its view shows")
        if (entry["confidence"] is None) != (not asked) or (asked and abs(entry["confidence"] - largest) > 0.001):
            raise ValueError(f"the confidence of {place} is not its largest probability")
    faces = _faces_from_entries(entries, time_s=time_s, **about)
    for number, (entry, expression) in enumerate(zip(entries, faces.expressions, strict=True)):
        votes = [entry.get(f"v_{emotion}") for emotion in EMOTIONS]
        if 0 < votes.count(None) < len(votes) or sum(vote or 0 for vote in votes) > 1.01:
            raise ValueError(f"the votes of face {number} are not shares of one whole")
        if entry.get("expression") != (expression or None):
            raise ValueError(f"the expression of face {number} is not that of its votes")
    return faces


def _faces_from_entries(entries: Sequence[Mapping[str, Any]], **about: Any) -> Faces:
    n = len(entries)

    def numbers(names: Sequence[str]) -> np.ndarray:
        rows = [[np.nan if entry.get(name) is None else entry[name] for name in names] for entry in entries]
        return np.array(rows, np.float64).reshape(n, len(names)).clip(-1e30, 1e30).astype(np.float32)

    quality = numbers(QUALITY_COLUMNS)
    landmarks = np.array([entry["landmarks"] for entry in entries], np.float64).reshape(n, 5, 2)
    boxes = numbers(("left", "top", "right", "bottom"))
    if n and max(np.abs(boxes).max(), np.abs(landmarks).max(), quality.max()) > LARGEST_PLACE:
        raise ValueError("a face lies outside the picture")
    return Faces(
        detections=Detections(boxes=boxes, landmarks=landmarks.astype(np.float32), scores=numbers(("score",))[:, 0]),
        quality=Quality(**{name: quality[:, k] for k, name in enumerate(QUALITY_COLUMNS)}),
        probs=numbers([f"p_{outcome}" for outcome in OUTCOMES]),
        votes=numbers([f"v_{emotion}" for emotion in EMOTIONS]),
        states=tuple(entry["state"] for entry in entries),
        reasons=tuple(entry["reason"] or "" for entry in entries),
        track_ids=np.array([-1 if entry["track_id"] is None else entry["track_id"] for entry in entries], np.int64),
        **about,
    )


def table_rows(result: Faces | Recording) -> Iterator[dict[str, Any]]:
    """The tidy table row by row, so that a long recording is never in memory as one table."""
    for frame in result.pictures:
        source = as_text(frame.source)
        for row in rows_of(frame):
            yield {**row, "source": source}


def plain(value: Any) -> Any:
    """Values as JSON knows them: tuples as lists, numbers that are none as null, texts as ``as_text`` ones."""
    if isinstance(value, dict):
        return {as_text(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (int, float, bool)) else as_text(str(value))
