"""Group labels by hand: what can be said, how it is kept and read back, and which group a face is in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import DataFileError, InputError
from aiducation.exchange.formats import read_annotations, write_annotations
from aiducation.observations.annotation_json import annotations_from_json, annotations_to_json
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.group_attributes import GROUP_ATTRIBUTES, MONK_TONES
from aiducation.observations.group_labels import by_annotator, group_ratings, seen_groups
from aiducation.study_report.group_agreement import group_agreement, group_note


def label(
    source: str,
    attribute: str,
    value: str,
    annotator: str = "anna",
    *,
    face: int | None = 0,
    box: Sequence[float] | None = None,
    track: int | None = None,
) -> Annotation:
    left, top, right, bottom = box or (0, 0, 0, 0)
    return Annotation(
        kind="group",
        target=Target(
            source=source,
            face=None if track is not None else face,
            track=track,
            box=None if box is None else (left, top, right, bottom),
        ),
        attribute=attribute,
        value=value,
        annotator=annotator,
        made_at="2026-11-28T14:30:00Z",
    )


SAID = Annotations(
    (
        label("a.png", "skin_tone", "3"),
        label("a.png", "skin_tone", "6", "ben"),
        label("a.png", "glasses", "none"),
        label("a.png", "glasses", "glasses", "ben"),
        label("photos/b.png", "skin_tone", "9"),
        label("b.png", "skin_tone", "8", "ben"),
        label("photos/b.png", "age", "cannot_tell"),
        label("photos/b.png", "head_cover", "hair or forehead covered"),
    )
)


def test_they_are_kept_and_read_back(tmp_path: Path) -> None:
    assert annotations_from_json(annotations_to_json(SAID)) == SAID
    for format in ("json", "csv"):
        path = tmp_path / f"said.{format}"
        assert write_annotations(SAID, path, format) == []
        assert read_annotations(path).annotations == SAID


def test_a_table_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "anna.csv"
    path.write_text("file,attribute,value\na.png,Skin tone,4.0\na.png,glasses,Sunglasses\nb.png,age,cannot tell\n")
    read = read_annotations(path).annotations
    assert [(one.kind, one.attribute, one.value, one.annotator) for one in read] == [
        ("group", "skin_tone", "4", "anna"),
        ("group", "glasses", "sunglasses", "anna"),
        ("group", "age", "cannot_tell", "anna"),
    ]
    path.write_text("file,attribute,value\na.png,skin_tone,11\n")
    with pytest.raises(DataFileError, match=r"line 2.*'11' of skin_tone is not one of 1, 2"):
        read_annotations(path)


def test_other_tools_say_that_they_cannot_hold_them(tmp_path: Path) -> None:
    said = Annotations((*SAID, Annotation(target=Target(source="l.mp4", track=1, from_s=0, to_s=2), state="bored")))
    notes = write_annotations(said, tmp_path / "said.eaf", "elan")
    assert any("annotations of the kind group; left out: 8." in line for line in notes)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "group", "attribute": "hair", "value": "red"}, "attribute 'hair' is not one of age, glasses"),
        ({"kind": "group", "attribute": "glasses", "value": "blue"}, "'blue' of glasses is not one of none"),
        ({"kind": "state", "state": "bored", "attribute": "glasses"}, "has no attribute"),
    ],
)
def test_nothing_else_can_be_said(values: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Annotation(target=Target(source="a.png", face=0), **values)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no face is named"):
        Annotation(target=Target(source="a.png"), kind="group", attribute="glasses", value="none")


def test_annotators_are_compared_face_by_face() -> None:
    found = {one.attribute.name: one for one in group_ratings(by_annotator(SAID))}
    assert list(found) == ["age", "glasses", "head_cover", "skin_tone"]
    tones = found["skin_tone"]
    assert tones.raters == ("anna", "ben") and tones.units == (("a.png", "face 0"), ("b.png", "face 0"))
    np.testing.assert_array_equal(tones.table, [[2, 8], [5, 7]])
    assert found["age"].cannot_tell == 1 and (found["age"].table == -1).all()


def test_places_that_overlap_and_one_track_are_one_face() -> None:
    said = Annotations(
        (
            label("a.png", "glasses", "none", face=None, box=(0, 0, 40, 50)),
            label("a.png", "glasses", "glasses", "ben", face=None, box=(2, 0, 42, 50)),
            label("a.png", "glasses", "glasses", "ben", face=None, box=(80, 0, 120, 50)),
            label("l.mp4", "glasses", "none", track=3),
            label("l.mp4", "glasses", "sunglasses", track=3),
        )
    )
    (one,) = group_ratings(by_annotator(said))
    assert one.units == (("a.png", "place 1"), ("l.mp4", "track 3"), ("a.png", "place 2"))
    np.testing.assert_array_equal(one.table, [[0, 2, -1], [1, -1, 1]])


def test_the_group_of_a_face_is_the_median_or_what_most_say() -> None:
    more = Annotations(
        (*SAID, label("a.png", "skin_tone", "4", "cleo"), label("c.png", "glasses", "none", box=(0, 0, 10, 10)))
    )
    found = {one.source: one for one in seen_groups(by_annotator(more))}
    assert found["a.png"].groups == {"skin_tone": "medium (4 to 6)"} and found["a.png"].divided == ("glasses",)
    assert found["b.png"].groups == {"skin_tone": "dark (7 to 10)", "head_cover": "hair or forehead covered"}
    assert found["c.png"].groups == {"glasses": "none"}
    two = Annotations(
        (
            label("d.png", "glasses", "none", face=0, box=(0, 0, 10, 10)),
            label("d.png", "glasses", "glasses", face=1, box=(20, 0, 60, 50)),
        )
    )
    assert seen_groups(by_annotator(two))[0].groups == {"glasses": "glasses"}, "the larger face"


@pytest.mark.parametrize(
    ("attribute", "values", "group"),
    [
        ("skin_tone", ("3", "7"), ""),
        ("skin_tone", ("4", "6"), "medium (4 to 6)"),
        ("skin_tone", ("3", "4", "9"), "medium (4 to 6)"),
        ("skin_tone", ("1", "3", "4", "9"), ""),
        ("skin_tone", ("1", "2", "3", "9"), "light (1 to 3)"),
        ("age", ("teenager", "child"), ""),
        ("age", ("child", "child"), "child"),
    ],
)
def test_annotators_who_are_evenly_divided_over_groups_make_none(
    attribute: str, values: tuple[str, ...], group: str
) -> None:
    """The lower of two would be younger or lighter every time."""
    said = Annotations(tuple(label("a.png", attribute, value, f"rater {i}") for i, value in enumerate(values)))
    (found,) = seen_groups(by_annotator(said))
    assert found.groups.get(attribute, "") == group and found.divided == (() if group else (attribute,))


def test_every_tone_has_a_swatch_and_a_group() -> None:
    tones = GROUP_ATTRIBUTES["skin_tone"]
    assert tones.values == tuple(str(i) for i in range(1, 11)) and set(tones.colors) == set(tones.groups) == set(
        tones.values
    )
    brightness = [int(color[1:3], 16) for color in MONK_TONES]
    assert len(set(MONK_TONES)) == 10 and brightness[-1] < 60 < 200 < brightness[0]


def test_of_two_labels_of_one_face_the_later_one_counts_and_is_told() -> None:
    anna = [label("a.jpg", "glasses", value) for value in ("none", "glasses", "glasses")]
    ben = [label("a.jpg", "glasses", "glasses", "ben"), label("a.jpg", "age", "child", "ben")]
    both = {"anna": Annotations(tuple(anna)), "ben": Annotations(tuple(ben))}
    assert {one.attribute.name: one.contradictions for one in group_ratings(both)} == {"age": 0, "glasses": 1}
    assert group_note(group_agreement(both)).endswith(
        "only the later one counts: 1. Fewer than 5 people: glasses. Their intervals are too narrow."
    )
    assert "later" not in group_note(group_agreement({"ben": both["ben"]}))
