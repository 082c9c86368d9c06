"""Annotations as JSON values that fit a schema, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiducation.errors import DataFileError, InputError
from aiducation.observations.annotations import CHOSEN, KINDS, LABELS, Annotation, Annotations, Target
from aiducation.schemas import check, listed, number, one_of, record, shortened, text, truth, whole
from aiducation.signature import GENERATOR

#: Version of the file; it changes when a reader of the old one would misread the new one.
ANNOTATIONS_VERSION = 1

_TARGET = {
    "source": text(longest=4000),
    "face": whole(0, 1_000_000),
    "box": listed(number(-1e6, 1e6), least=4, most=4),
    "track_id": whole(),
    "person": text(longest=400),
    "from_s": number(0, 1e7),
    "to_s": number(0, 1e7),
}
_REST = {
    "kind": one_of(*KINDS),
    "state": one_of(*LABELS),
    "into": whole(),
    "attribute": text(longest=40),
    "value": text(longest=40),
    "annotator": text(longest=400),
    "made_at": text(longest=60),
    "note": text(longest=4000),
    "chosen": one_of(*filter(None, CHOSEN)),
    "answer_shown": truth(),
}

#: An entry; what is not known is left out.
ENTRY_SCHEMA = record(
    {**_TARGET, **_REST}, optional=[name for name in (*_TARGET, *_REST) if name not in ("source", "kind")]
)

#: What is known of a photo or recording; tools that count frames, or measure in percent, need it.
MEDIUM_SCHEMA = record(
    {
        "source": text(longest=4000),
        "width": whole(1, 1_000_000),
        "height": whole(1, 1_000_000),
        "fps": number(0.001, 1000),
        "length_s": number(0, 1e7),
        "frames_off": whole(0, 1_000_000_000),
    },
    optional=("width", "height", "fps", "length_s", "frames_off"),
)

_HEAD = {
    "generator": text(longest=100),
    "annotations_version": whole(ANNOTATIONS_VERSION, ANNOTATIONS_VERSION),
    "media": listed(MEDIUM_SCHEMA),
}

#: The whole file.
ANNOTATIONS_SCHEMA = record({**_HEAD, "annotations": listed(ENTRY_SCHEMA)}, optional=("generator", "media"))


def entry_of(annotation: Annotation) -> dict[str, Any]:
    """An annotation as JSON values; what is not known is left out."""
    target = annotation.target
    values: dict[str, Any] = {
        "kind": annotation.kind,
        "source": target.source,
        "face": target.face,
        "box": None if target.box is None else [round(float(v), 2) for v in target.box],
        "track_id": target.track,
        "person": target.person or None,
        "from_s": None if target.from_s is None else round(target.from_s, 4),
        "to_s": None if target.to_s is None else round(target.to_s, 4),
        "answer_shown": annotation.answer_shown or None,
        "into": annotation.into,
    }
    values |= {
        name: getattr(annotation, name) or None
        for name in ("state", "attribute", "value", "annotator", "made_at", "note", "chosen")
    }
    return {name: value for name, value in values.items() if value is not None}


def annotation_of(entry: Mapping[str, Any]) -> Annotation:
    """The annotation that ``entry_of`` wrote.

    Raises:
        InputError: the entry does not fit the schema, or its values contradict each other.
    """
    if why := check(dict(entry), ENTRY_SCHEMA):
        raise InputError(f"{why}.")
    about: dict[str, Any] = {name: entry[name] for name in _TARGET if name in entry and name not in ("track_id", "box")}
    if "box" in entry:
        left, top, right, bottom = map(float, entry["box"])
        about["box"] = (left, top, right, bottom)
    target = Target(track=entry.get("track_id"), **about)
    return Annotation(target=target, **{name: entry[name] for name in _REST if name in entry})


def annotations_to_json(annotations: Annotations, media: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """All annotations as JSON values that fit ``ANNOTATIONS_SCHEMA``, and what is known of their sources (``MEDIUM_SCHEMA``)."""
    head: dict[str, Any] = {"generator": GENERATOR, "annotations_version": ANNOTATIONS_VERSION}
    about = {"media": list(media)} if media else {}
    return {**head, **about, "annotations": [entry_of(one) for one in annotations]}


def annotations_from_json(value: Any) -> Annotations:
    """The annotations that ``annotations_to_json`` wrote.

    Raises:
        DataFileError: the values do not fit the schema, or each other; the message names the entry, counted from 1.
    """
    check_version(value, "annotations_version", ANNOTATIONS_VERSION, "annotations")
    if why := check(value, ANNOTATIONS_SCHEMA):
        raise DataFileError(f"This is not an annotation file: {why}.")
    items = []
    for number_, entry in enumerate(value["annotations"], start=1):
        try:
            items.append(annotation_of(entry))
        except InputError as error:
            raise DataFileError(f"Annotation {number_}: {error}") from error
    return Annotations(tuple(items))


def check_version(value: Any, name: str, known: int, what: str) -> None:
    """Refuse a file of another version.

    Raises:
        DataFileError: it is one.
    """
    if isinstance(value, Mapping) and name in value and value[name] != known:
        raise DataFileError(
            f"This file of {what} has version {shortened(value[name])}, and this program reads version {known}. "
            "Read it with the program that wrote it, or with a newer version of this one."
        )
