"""Annotations as values and JSON."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import numpy as np
import pytest

from aiducation.errors import DataFileError, InputError
from aiducation.observations.annotation_json import ANNOTATIONS_SCHEMA, annotations_from_json, annotations_to_json
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.spans import timed
from aiducation.observations.track_names import TrackNames
from annotation_makers import TWO_PEOPLE, coded, photo_labels

EDITS = Annotations(
    (
        *coded(TWO_PEOPLE),
        *photo_labels(["bored", "cannot_tell"]),
        Annotation(kind="exclude", target=Target(source="lesson.mp4", from_s=2.0, to_s=3.0), note="break"),
        Annotation(kind="event", target=Target(source="lesson.mp4", from_s=4.0), note="quiz", annotator="Ben"),
        Annotation(kind="merge", target=Target(source="lesson.mp4", track=4), into=3),
        Annotation(kind="split", target=Target(source="lesson.mp4", track=3, from_s=9.0), into=77),
        Annotation(kind="hide", target=Target(source="lesson.mp4", track=9), made_at="2026-11-28T14:30:00Z"),
        Annotation(
            target=Target(source="a.jpg", box=(1.5, 2.0, 30.25, 40.0)),
            state="other",
            chosen="random",
            answer_shown=True,
        ),
    )
)


def test_json_holds_everything() -> None:
    value = json.loads(json.dumps(annotations_to_json(EDITS)))
    jsonschema.validate(value, ANNOTATIONS_SCHEMA)
    assert annotations_from_json(value) == EDITS


def test_who_labelled_what_in_order_of_appearance() -> None:
    assert EDITS.annotators == ("Anna", "") and EDITS.sources == ("lesson.mp4", "class.jpg", "a.jpg")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another version": ({"annotations_version": 2, "annotations": []}, "version 2"),
    "no version": ({"annotations": []}, "annotations_version"),
    "no state": ({"kind": "state", "source": "a.jpg", "face": 1}, "'' is not one of neutral"),
    "another state": ({"kind": "state", "source": "a.jpg", "face": 1, "state": "happy"}, "'annotations"),
    "nobody": ({"kind": "state", "source": "a.jpg", "state": "bored"}, "no face is named"),
    "backwards": (
        {"kind": "state", "source": "a", "track_id": 1, "from_s": 3, "to_s": 2, "state": "bored"},
        "before it",
    ),
    "both": ({"kind": "state", "source": "a", "face": 1, "track_id": 1, "state": "bored"}, "one of the two"),
    "an empty box": ({"kind": "state", "source": "a", "box": [1, 1, 1, 2], "state": "bored"}, "box"),
    "an endless exclusion": ({"kind": "exclude", "source": "a", "from_s": 1}, "later end"),
    "a silent event": ({"kind": "event", "source": "a", "from_s": 1}, "what happened"),
    "merged with itself": ({"kind": "merge", "source": "a", "track_id": 1, "into": 1}, "another track"),
    "a split without a time": ({"kind": "split", "source": "a", "track_id": 1, "into": 2}, "needs the time"),
    "an odd time": ({"kind": "hide", "source": "a", "face": 1, "made_at": "yesterday"}, "not a time such as"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str) -> None:
    value, words = WRONG[name]
    if "kind" in value:
        value = {"annotations_version": 1, "annotations": [{"kind": "hide", "source": "a", "face": 0}, value]}
    with pytest.raises(DataFileError, match=words) as said:
        annotations_from_json(value)
    if "annotations" in value and len(value["annotations"]) == 2 and not words.startswith("'annotations"):
        assert str(said.value).startswith("Annotation 2: ")


def test_numbers_below_zero_are_no_faces() -> None:
    with pytest.raises(InputError, match="must be 0 or more"):
        Target(source="a.jpg", face=-1)


def test_the_later_label_counts() -> None:
    said = coded({"track 1": [(0, 10, "neutral"), (2, 4, "bored"), (4, 6, "bored"), (8, 12, "angry")]})
    (one,) = timed(said)
    assert [(s.from_s, s.to_s, s.state) for s in one.spans] == [
        (0, 2, "neutral"),
        (2, 6, "bored"),
        (6, 8, "neutral"),
        (8, 12, "angry"),
    ]
    assert one.contradictions == 3 and one.who == "track 1"


def test_names_stay_in_their_file() -> None:
    names = TrackNames(source="lesson.mp4", names={12: "Mia", 3: "Zoë"})
    assert TrackNames.from_json(json.loads(json.dumps(names.to_json()))) == names
    typed = TrackNames(source="lesson.mp4", names={12: " Mia\u00a0", 3: "Zoë", 4: "  "})
    assert typed == names, "they are compared with persons of labels, which have no blanks around them"
    for wrong in ({"names_version": 2}, {"names_version": 1, "source": "a", "names": {"x": "Mia"}}, []):
        with pytest.raises(DataFileError, match="names of tracks"):
            TrackNames.from_json(wrong)


@pytest.mark.parametrize("fps", [24, 25, 30, 30_000 / 1001, 60])
def test_spans_of_rounded_times_begin_and_end_with_their_pictures(fps: float) -> None:
    times = np.arange(200) / fps
    for first in range(150):
        span = Target(source="a.mp4", track=1, from_s=round(first / fps, 4), to_s=round((first + 5) / fps, 4))
        assert np.flatnonzero(span.holds(times)).tolist() == list(range(first, first + 5))
        one = Target(source="a.mp4", track=1, from_s=round(first / fps, 4))
        assert np.flatnonzero(one.holds(times)).tolist() == [first]
        assert np.flatnonzero(one.holds(times + 0.5 / fps, 0.5 / fps)).tolist() == [first], "of two as near, the later"
