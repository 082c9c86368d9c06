"""Label Studio's JSON: faces of photos as rectangles with a state, spans of recordings as timeline labels.

Rectangles are measured in percent of the picture and turn about their upper left corner; x and y of an ellipse are its middle,
about which it turns. Frames are counted from 1, and both ends of a range belong to it; they are not the recording's pictures: the
editor multiplies times by the frameRate of the labeling interface, which is 24 if it has none. Regions of sound are in seconds.
Source: https://labelstud.io/guide/task_format and https://labelstud.io/tags/timelinelabels; the code of Label Studio 1.23.2 for
ellipses (EllipseRegion.jsx; https://labelstud.io/tags/ellipselabels says that x and y are the upper left corner), for frames
(Video.js, VideoCanvas.tsx, VideoRegion.js) and for who labelled (tasks/serializers.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from aiducation.errors import DataFileError, InputError
from aiducation.exchange.format import AnnotationFormat, Labels, Media, ReadOptions, wrong
from aiducation.exchange.shapes import Box, around_ellipse, around_points
from aiducation.exchange.targets import frames_to, person_of, unsaid, with_lengths
from aiducation.files import write_text
from aiducation.observations.annotations import LABELS, Annotation, Annotations, Target
from aiducation.observations.spans import timed
from aiducation.records import naming, parse, read_bytes
from aiducation.tables.table import clean
from aiducation.visible import json_text

_LARGEST = 1 << 28

#: Names of the controls that are written; docs/annotations.md gives the labeling interfaces that declare them.
_FACES, _SPANS = "state", "state_over_time"

#: What names the annotator in the data of a task.
_ANNOTATOR = "annotator"

#: What stands in the value of a region that has a place in the picture, and in that of one from which a box follows.
_PLACES, _BOXES = ("x", "points", "vertices", "rle", "start"), ("height", "radiusX", "points")

#: Frames per second of a recording of which nobody knows them; any number is right that the labeling interface has, too.
_USUAL_FPS = 25.0

_UPLOAD = re.compile(r"^[0-9a-f]{8}-")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def _recognizes(start: bytes, name: str) -> bool:
    plain = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    return (
        plain.startswith((b"[", b"{"))
        and b'"data"' in start
        and (b'"annotations"' in start or b'"completions"' in start)
    )


def _read(path: Path, options: ReadOptions) -> Labels:
    with naming(path):
        value = parse(read_bytes(path, _LARGEST))
    tasks = value if isinstance(value, list) else [value]
    numbers_tell = len(_numbers(tasks)) > 1
    items: list[Annotation] = []
    notes: list[str] = []
    wordless = placeless = 0
    for k, task in enumerate(tasks, start=1):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise wrong(path, f"task {k:,}", "it has no 'data'. Export as JSON, not as JSON-MIN or another kind.")
        given = task.get("annotations") or task.get("completions") or []
        for said in given if isinstance(given, list) else [given]:
            if not isinstance(said, dict) or not isinstance(said.get("result"), list):
                raise wrong(path, f"task {k:,}", "an annotation has no 'result'.")
            if said.get("was_cancelled"):
                notes.append(f"{path.name}: an annotation of task {k:,} was skipped by its annotator and is left out.")
                continue
            one = _Said(
                path=path, place=f"task {k:,}", task=task, said=said, options=options, numbers_tell=numbers_tell
            )
            items += one.annotations()
            wordless += one.wordless()
            placeless += one.placeless()
    if wordless:
        notes.append(f"{path.name}: regions without a label that were left out: {wordless:,}.")
    if placeless:
        notes.append(f"{path.name}: points, lines and brush strokes that were left out: {placeless:,}.")
    if not items:
        raise DataFileError(
            f"{path} has no label that names a state: {', '.join(LABELS)}. If other words are used, "
            f"translate them with --code."
        )
    return Labels(annotations=Annotations(tuple(items)), notes=tuple(notes))


@dataclass(frozen=True, kw_only=True)
class _Said:
    """One annotator's annotation of one task."""

    path: Path
    place: str
    task: Mapping[str, Any]
    said: Mapping[str, Any]
    options: ReadOptions
    numbers_tell: bool  # the file has several annotators who are numbers

    def _regions(self) -> list[list[Mapping[str, Any]]]:
        """What belongs together: a rectangle and the choices for it share an id.."""
        regions: dict[str, list[Mapping[str, Any]]] = {}
        for k, one in enumerate(self.said["result"]):
            if isinstance(one, dict) and one.get("type") == "relation":
                continue
            if not isinstance(one, dict) or not isinstance(one.get("value"), dict):
                raise wrong(self.path, self.place, f"result {k + 1:,} has no 'value'.")
            regions.setdefault(str(one.get("id", k)), []).append(one)
        return list(regions.values())

    def wordless(self) -> int:
        """How many regions have no label."""
        return sum(not self._said(parts) for parts in self._regions())

    def placeless(self) -> int:
        """How many regions with a label have a shape from which no box follows."""
        return sum(
            bool(self._said(parts)) and _has(parts, _PLACES) and not (_has(parts, _BOXES) or any(map(_is_sound, parts)))
            for parts in self._regions()
        )

    @staticmethod
    def _said(parts: list[Mapping[str, Any]]) -> list[str]:
        keys = ("labels", "choices")
        return [word for one in parts for key in (one.get("type"), *keys) for word in _words(one["value"], key)]

    def annotations(self) -> Iterator[Annotation]:
        for parts in self._regions():
            try:
                yield from self._region(parts)
            except InputError as error:
                raise error if isinstance(error, DataFileError) else wrong(self.path, self.place, error) from error
            except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
                raise wrong(
                    self.path, self.place, f"a result does not have the form that Label Studio writes ({error!r})."
                ) from error

    def _region(self, parts: list[Mapping[str, Any]]) -> Iterator[Annotation]:
        words = self._said(parts)
        known = [label for word in words if (label := self.options.codes.label(word)) is not None]
        if words and not known:
            raise InputError(self.options.codes.unknown(words[0]))
        state = next(filter(None, known), "")
        if not state:
            return
        for target in self._targets(parts):
            yield Annotation(target=target, state=state, annotator=self._annotator, made_at=self._made_at)

    def _targets(self, parts: list[Mapping[str, Any]]) -> Iterator[Target]:
        source = _source(self.task["data"]) or self.options.source
        if not source:
            raise InputError("the photo or recording is not named; name it with --source.")
        for one in parts:
            value = one["value"]
            if "ranges" in value:
                for span in value["ranges"]:
                    times = frames_to(int(span["start"]) - 1, int(span["end"]), self._fps(value))
                    yield Target(source=source, **times, **person_of(_person(one)))
                return
            if "sequence" in value:
                yield from self._sequence(source, one)
                return
            if _is_sound(one):
                start, end = float(value["start"]), float(value["end"])
                yield Target(source=source, from_s=round(start, 4), to_s=round(end, 4), **person_of(_person(one)))
                return
            if _has([one], _BOXES):
                yield Target(source=source, box=_box(value, one), person=_named(one)[:400])
                return
        if not _has(parts, _PLACES):
            yield Target(source=source, face=0)  # a choice for the whole picture

    def _sequence(self, source: str, one: Mapping[str, Any]) -> Iterator[Target]:
        """The spans during which a rectangle over time is shown; the frame in which it is switched off still shows it."""
        value = one["value"]
        fps, about = self._fps(value), {"source": source, **person_of(_person(one))}
        first = at = 0
        for key in value["sequence"]:
            at = int(key["frame"])
            first = first or at
            if not key.get("enabled", True):
                yield Target(**frames_to(first - 1, at, fps), **about)
                first = 0
        if first:
            last = value.get("framesCount") or float(value.get("duration") or 0) * fps
            yield Target(**frames_to(first - 1, max(round(last), at), fps), **about)

    def _fps(self, value: Mapping[str, Any]) -> float:
        """Frames a second of the labeling interface. What the region itself says is sure; people often give the recording's."""
        for key in reversed(value.get("sequence", [])):
            if key.get("time") and key.get("frame"):
                return float(key["frame"]) / float(key["time"])
        if value.get("framesCount") and value.get("duration"):
            return float(value["framesCount"]) / float(value["duration"])
        if self.options.fps:
            return self.options.fps
        if isinstance(given := self.task["data"].get("fps"), (int, float)) and given > 0:
            return float(given)
        raise InputError(
            "its times are frame numbers, which Label Studio counts by the frameRate of its labeling interface (24 if it has "
            "none), whatever the recording has: give that number with --fps."
        )

    @property
    def _annotator(self) -> str:
        """A number is a name within one Label Studio alone: on every other one, somebody has it, too. What was imported is by
        whoever its task names, as we write it."""
        by = self.said.get("completed_by")
        named = (by.get("email") or by.get("username")) if isinstance(by, dict) else by if isinstance(by, str) else None
        if not named and (by is None or self.said.get("import_id") is not None):
            named = self.task["data"].get(_ANNOTATOR)
        if not named and self.numbers_tell:
            named = _number(by)
        return self.options.annotator or clean(str("" if named is None else named)) or self.path.stem

    @property
    def _made_at(self) -> str:
        found = _TIME.match(str(self.said.get("updated_at") or self.said.get("created_at") or ""))
        return f"{found[0]}Z" if found else ""


def _numbers(tasks: list[Any]) -> set[Any]:
    """The annotators whom a file knows by a number alone."""
    given = (task.get("annotations") or task.get("completions") for task in tasks if isinstance(task, dict))
    said = (one for some in given if isinstance(some, list) for one in some if isinstance(one, dict))
    return {number for one in said if (number := _number(one.get("completed_by"))) is not None}


def _number(by: object) -> int | None:
    """The number of an annotator who has no name."""
    if isinstance(by, dict):
        by = None if by.get("email") or by.get("username") else by.get("id")
    return by if isinstance(by, int) else None


def _is_sound(one: Mapping[str, Any]) -> bool:
    """Whether a part is a region of an audio track."""
    value = one["value"]
    return "start" in value and "end" in value and ("channel" in value or "original_length" in one)


def _words(value: Mapping[str, Any], key: Any) -> list[str]:
    found = value.get(str(key), [])
    return [str(word) for word in found] if isinstance(found, list) else []


def _named(one: Mapping[str, Any]) -> str:
    """The meta text of a region, which says who it is; "" if there is none."""
    meta = (one.get("meta") or {}).get("text") or []
    return clean(meta if isinstance(meta, str) else str(meta[0]) if meta else "")


def _person(one: Mapping[str, Any]) -> str:
    """Who a region is about: its meta text, or else its own number."""
    return _named(one) or f"region {one.get('id', '')}".strip()


def _source(data: Mapping[str, Any]) -> str:
    """The name of the file at an address: without folders, and without the mark that Label Studio puts before uploads."""
    address = next((str(data[key]) for key in ("image", "video") if key in data), "")
    address = address or next((str(value) for value in data.values() if isinstance(value, str)), "")
    parts = urlsplit(address)
    inside = parse_qs(parts.query).get("d", [""])[0]  # files on the server's own disk
    name = PureWindowsPath(unquote(inside or parts.path)).name
    return _UPLOAD.sub("", name) if "/upload/" in address else name


def _has(parts: list[Mapping[str, Any]], keys: tuple[str, ...]) -> bool:
    """Whether one of these keys is in the value of a part."""
    return any(key in one["value"] for one in parts for key in keys)


def _box(value: Mapping[str, Any], one: Mapping[str, Any]) -> Box:
    """The upright box, in pixels: rectangles may be turned about their upper left corner, ellipses about their middle."""
    across, down = one["original_width"] / 100, one["original_height"] / 100
    if "points" in value:
        return around_points((x * across, y * down) for x, y in value["points"])
    x, y, degrees = value["x"] * across, value["y"] * down, value.get("rotation") or 0
    if "radiusX" in value:
        return around_ellipse((x, y), (value["radiusX"] * across, value["radiusY"] * down), degrees)
    wide, high = value["width"] * across, value["height"] * down
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = ((0.0, 0.0), (wide, 0.0), (0.0, high), (wide, high))
    return around_points((x + a * cos - b * sin, y + a * sin + b * cos) for a, b in corners)


def _write(annotations: Annotations, path: Path, media: Media) -> list[str]:
    notes = unsaid(annotations, "Label Studio", photos=True)
    annotations = annotations.where(lambda one: one.target.track is None or one.target.from_s is not None)
    tasks = [*_photo_tasks(annotations, media, notes), *_video_tasks(annotations, media, notes)]
    for k, task in enumerate(tasks, start=1):
        task["id"] = k
    write_text(path, json_text(tasks, indent=1) + "\n")
    return notes


def _photo_tasks(annotations: Annotations, media: Media, notes: list[str]) -> Iterator[dict[str, Any]]:
    labels = annotations.of("state").where(lambda one: one.target.box is not None and one.target.from_s is None)
    without = annotations.of("state").where(lambda one: one.target.face is not None and one.target.box is None)
    for source, about in labels.by_source().items():
        if source not in media.sizes:
            notes.append(
                f"Label Studio gives boxes in percent of the picture, and the size of {source} is not known, so its "
                f"labels are left out."
            )
            continue
        width, height = media.sizes[source]
        said = {
            annotator: [_rectangle(k, one, width, height) for k, one in enumerate(about) if one.annotator == annotator]
            for annotator in about.annotators
        }
        yield from _by_annotator({"image": quote(source)}, said)
    if len(without):
        notes.append(f"Labels of photos without a box, which Label Studio needs, are left out: {len(without):,}.")


def _rectangle(k: int, one: Annotation, width: int, height: int) -> dict[str, Any]:
    left, top, right, bottom = one.target.box or (0.0, 0.0, 0.0, 0.0)
    place = {"x": left / width, "y": top / height, "width": (right - left) / width, "height": (bottom - top) / height}
    value = {name: round(100 * share, 6) for name, share in place.items()} | {
        "rotation": 0,
        "rectanglelabels": [one.state],
    }
    return {
        "id": f"face{k}",
        "type": "rectanglelabels",
        "from_name": _FACES,
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        **({"meta": {"text": [one.target.person]}} if one.target.person else {}),
        "value": value,
    }


def _video_tasks(annotations: Annotations, media: Media, notes: list[str]) -> Iterator[dict[str, Any]]:
    spans = annotations.of("state").where(lambda one: one.target.from_s is not None)
    for source, about in spans.by_source().items():
        fps = media.fps.get(source, 0.0)
        fps = fps if fps >= 1 else _USUAL_FPS  # what is below 1, the editor counts as seconds a frame
        said: dict[str, list[dict[str, Any]]] = {}
        for one in timed(with_lengths(about, 1 / fps)):
            said.setdefault(one.annotator, []).extend(
                {
                    "id": f"{one.who}, {k}",
                    "type": "timelinelabels",
                    "from_name": _SPANS,
                    "to_name": "video",
                    "meta": {"text": [one.who]},
                    "value": {
                        "ranges": [
                            {
                                "start": round(s.from_s * fps) + 1,
                                "end": max(round(s.to_s * fps), round(s.from_s * fps) + 1),
                            }
                        ],
                        "timelinelabels": [s.state],
                    },
                }
                for k, s in enumerate(one.spans)
            )
        yield from _by_annotator({"video": quote(source), "fps": fps}, said)


def _by_annotator(data: Mapping[str, Any], said: Mapping[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Tasks of one photo or recording. Label Studio refuses files with addresses of people whom it does not know, and keeps names
    nowhere but in the data of a task, so everybody without an address has a task."""
    known = {annotator: results for annotator, results in said.items() if "@" in annotator}
    if known:
        yield {"data": dict(data), "annotations": [_annotation(by, results) for by, results in known.items()]}
    for annotator, results in said.items():
        if annotator not in known:
            named = {_ANNOTATOR: annotator} if annotator else {}
            yield {"data": {**data, **named}, "annotations": [_annotation("", results)]}


def _annotation(address: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    """An annotation; its id comes back as ``import_id``, which tells it from what is labelled in the same task later."""
    by = {"completed_by": {"email": address}} if address else {}
    return {"id": 1, **by, "was_cancelled": False, "ground_truth": False, "result": results}


LABEL_STUDIO = AnnotationFormat(
    name="label-studio",
    about="Label Studio's JSON: rectangles in photos, timeline labels in recordings",
    ending=".json",
    recognizes=_recognizes,
    read=_read,
    write=_write,
)
