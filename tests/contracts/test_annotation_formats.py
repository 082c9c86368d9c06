"""What every entry of ANNOTATION_FORMATS keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiducation.errors import DataFileError
from aiducation.exchange.format import Media, ReadOptions
from aiducation.exchange.formats import ANNOTATION_FORMATS, format_of, read_annotations, write_annotations
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.spans import timed
from annotation_makers import TWO_PEOPLE, coded, photo_labels

WRITTEN = [name for name, one in ANNOTATION_FORMATS.items() if one.write]
MEDIA = Media(
    sizes={"class.jpg": (1280, 720), "lesson.mp4": (1280, 720)}, fps={"lesson.mp4": 25.0}, length_s={"lesson.mp4": 30.0}
)


def spans(annotations: Annotations) -> set[tuple[object, ...]]:
    return {
        (one.source, one.annotator, one.who, round(span.from_s, 3), round(span.to_s, 3), span.state)
        for one in timed(annotations)
        for span in one.spans
    }


@pytest.mark.parametrize("name", [name for name in WRITTEN if ANNOTATION_FORMATS[name].recordings])
def test_spans_come_back(name: str, tmp_path: Path) -> None:
    said = coded(TWO_PEOPLE, box=(10.0, 20.0, 60.0, 80.0))
    path = tmp_path / f"said{ANNOTATION_FORMATS[name].ending}"
    write_annotations(said, path, name, MEDIA)
    assert format_of(path).name == name
    options = ReadOptions(source="lesson.mp4" if name == "cvat-video" else "", fps=25.0)
    wanted = spans(said)
    if name in ("cvat-video", "label-studio"):  # they count pictures
        wanted = {(*key[:3], round(key[3] * 25) / 25, round(key[4] * 25) / 25, key[5]) for key in wanted}
    assert spans(read_annotations(path, options).annotations) == wanted


@pytest.mark.parametrize("name", [name for name in WRITTEN if ANNOTATION_FORMATS[name].photos])
def test_labels_of_photos_come_back(name: str, tmp_path: Path) -> None:
    said = photo_labels(["bored", "cannot_tell", "other", "neutral", "angry", "focused"])
    path = tmp_path / f"said{ANNOTATION_FORMATS[name].ending}"
    write_annotations(said, path, name, MEDIA)
    assert format_of(path).name == name
    back = read_annotations(path).annotations
    assert [(one.state, one.annotator, one.target.source) for one in back] == [
        (one.state, one.annotator, one.target.source) for one in said
    ]
    for one, other in zip(back, said, strict=True):
        assert one.target.box == pytest.approx(other.target.box, abs=0.01)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_it_cannot_hold_is_said(name: str, tmp_path: Path) -> None:
    hide = Annotation(kind="hide", target=Target(source="lesson.mp4", track=9))
    one = ANNOTATION_FORMATS[name]
    said = coded(TWO_PEOPLE, box=(10.0, 20.0, 60.0, 80.0)) if one.recordings else photo_labels(["bored"])
    path = tmp_path / f"said{one.ending}"
    notes = write_annotations(Annotations((*said, hide)), path, name, MEDIA)
    if name in ("json", "csv"):
        assert not notes and hide in read_annotations(path).annotations.items
    else:
        assert any("1 annotation of the kind hide" in note for note in notes)


@pytest.mark.parametrize("name", ANNOTATION_FORMATS)
def test_damage_is_one_sentence(name: str, tmp_path: Path) -> None:
    one = ANNOTATION_FORMATS[name]
    for text in (
        "",
        "{",
        "<a",
        "[]",
        "\0\1",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>',
    ):
        path = tmp_path / f"damaged{one.ending}"
        path.write_text(text)
        with pytest.raises(DataFileError) as said:
            one.read(path, ReadOptions(source="x", fps=25.0))
        assert len(str(said.value)) < 700 and "Traceback" not in str(said.value)


@pytest.mark.parametrize("name", ANNOTATION_FORMATS)
def test_it_is_described(name: str) -> None:
    one = ANNOTATION_FORMATS[name]
    assert one.name == name and one.about and one.ending.startswith(".") and (one.photos or one.recordings)
