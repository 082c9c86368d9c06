"""What every entry of ANNOTATION_FORMATS keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

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
        assert any("annotations of the kind hide; left out: 1." in note for note in notes)


BOX = (10.0, 20.0, 60.0, 80.0)


def photo(**about: Any) -> Target:
    return Target(source="class.jpg", **about)


def lesson(**about: Any) -> Target:
    return Target(source="lesson.mp4", **about)


#: One of everything that people can say, as the page and other tools make it.
SAID = {
    "face of a photo": Annotation(state="bored", target=photo(face=2, box=BOX)),
    "face of a photo, named": Annotation(state="bored", target=photo(box=BOX, person="Mia")),
    "face of a photo without a place": Annotation(state="bored", target=photo(face=2)),
    "picture of a track": Annotation(state="other", target=lesson(track=3, box=BOX, from_s=2.52, to_s=2.52)),
    "picture of a person": Annotation(state="other", target=lesson(person="Mia", box=BOX, from_s=2.52)),
    "picture of a track without a place": Annotation(state="bored", target=lesson(track=3, from_s=2.52, to_s=2.52)),
    "picture of nobody": Annotation(state="other", target=lesson(box=BOX, from_s=2.52, to_s=2.52)),
    "first picture": Annotation(state="angry", target=lesson(track=3, box=BOX, from_s=0.0, to_s=0.0)),
    "span of a track": Annotation(state="angry", target=lesson(track=3, box=BOX, from_s=1.0, to_s=4.0)),
    "span of a person": Annotation(state="angry", target=lesson(person="Mia", box=BOX, from_s=1.0, to_s=4.0)),
    "person called events": Annotation(state="angry", target=lesson(person="events", box=BOX, from_s=1.0, to_s=4.0)),
    "span of nobody": Annotation(state="angry", target=lesson(box=BOX, from_s=1.0, to_s=4.0)),
    "whole track": Annotation(state="neutral", target=lesson(track=3)),
    "whole track with a place": Annotation(state="neutral", target=lesson(track=3, box=BOX)),
    "noted": Annotation(
        state="angry", target=lesson(track=3, box=BOX, from_s=1.0, to_s=4.0), note="yawns & <looks> away"
    ),
    "noted in a photo": Annotation(state="angry", target=photo(face=0, box=BOX), note="yawns"),
    "chosen": Annotation(state="angry", target=photo(face=0, box=BOX), chosen="uncertain"),
    "after the answer": Annotation(
        state="angry", target=lesson(track=3, box=BOX, from_s=1.0, to_s=4.0), answer_shown=True
    ),
    "event": Annotation(kind="event", target=lesson(from_s=4.25), note="quiz"),
    "event with an end": Annotation(kind="event", target=lesson(from_s=4.25, to_s=9.0), note="quiz"),
    "event of a track": Annotation(kind="event", target=lesson(track=3, from_s=4.25), note="quiz"),
    "excluded": Annotation(kind="exclude", target=lesson(from_s=1.0, to_s=2.0)),
    "excluded, with why": Annotation(kind="exclude", target=lesson(from_s=1.0, to_s=2.0), note="break"),
    "excluded for a track": Annotation(kind="exclude", target=lesson(track=3, from_s=1.0, to_s=2.0)),
    "hidden": Annotation(kind="hide", target=lesson(track=3)),
    "merged": Annotation(kind="merge", target=lesson(track=3), into=4),
    "split": Annotation(kind="split", target=lesson(track=3, from_s=2.0), into=4),
    "group": Annotation(kind="group", target=photo(face=0, box=BOX), attribute="glasses", value="glasses"),
}


def meant(one: Annotation, frame_s: float) -> tuple[object, ...]:
    """What a reader should find again: a single picture may come back as a frame that lasts so long."""
    target = one.target
    first = target.from_s
    last = first if target.to_s is None else target.to_s
    single = first is not None and last is not None and last - first <= frame_s + 1e-6
    about = (one.kind, one.state, one.note, one.annotator, target.source, target.person, target.track, one.into)
    times = (first, first if single else last)
    return (*about, one.attribute, one.value, one.is_random, *(t if t is None else round(t, 2) for t in times))


@pytest.mark.parametrize("what", SAID)
@pytest.mark.parametrize("name", WRITTEN)
def test_nothing_is_lost_without_a_word(name: str, what: str, tmp_path: Path) -> None:
    said = replace(SAID[what], annotator="Anna")
    path = tmp_path / f"said{ANNOTATION_FORMATS[name].ending}"
    try:
        notes = write_annotations(Annotations((said,)), path, name, MEDIA)
    except DataFileError:
        return  # this is told, too
    if notes:
        assert all(note.endswith((".", "--result.")) for note in notes)
        return
    [back] = read_annotations(path, ReadOptions(fps=25.0)).annotations
    frame_s = 1 / 25 if name in ("cvat-video", "label-studio") else 0.0
    assert meant(back, frame_s) == meant(said, frame_s)
    holds_places = name in ("json", "csv", "cvat-images", "cvat-video")
    if said.target.box and (holds_places or (name == "label-studio" and said.target.from_s is None)):
        assert back.target.box == pytest.approx(BOX, abs=0.01)
    else:
        assert back.target.box is None


@pytest.mark.parametrize("name", [name for name in WRITTEN if ANNOTATION_FORMATS[name].recordings])
def test_pictures_that_the_page_gave_come_back(name: str, tmp_path: Path) -> None:
    """Labels of single pictures, which the page makes, beside a span that was labelled before."""
    span = replace(SAID["span of a person"], annotator="Anna")
    pictures = [
        Annotation(state=state, annotator="Anna", target=lesson(track=track, box=BOX, from_s=at, to_s=at))
        for track in (3, 12)
        for at, state in ((0.0, "bored"), (2.52, "angry"), (2.56, "angry"), (29.96, "cannot_tell"))
    ]
    path = tmp_path / f"said{ANNOTATION_FORMATS[name].ending}"
    assert write_annotations(Annotations((span, *pictures)), path, name, MEDIA) == []
    back = read_annotations(path, ReadOptions(fps=25.0)).annotations
    counts = name in ("cvat-video", "label-studio")
    found = {(one.target.who, round(one.target.from_s or 0.0, 2), one.state) for one in back}
    wanted = {(one.target.who, one.target.from_s, one.state) for one in (span, *pictures)}
    if counts:  # neighbours of one state are one span there
        wanted = {one for one in wanted if one[1] != 2.56}
        found = {one for one in found if one[1] != 2.56}
    assert found == wanted


@pytest.mark.parametrize("name", ["json", "csv", "elan", "boris"])
def test_excluded_spans_that_overlap_exclude_the_same_times(name: str, tmp_path: Path) -> None:
    """Where a tool begins and ends spans by turns, or holds one at a time, they are joined, and that is said."""
    spans_ = ((3.0, 8.0, "video"), (1.0, 5.0, "break"), (8.0, 9.0, "video"), (4.0, 4.5, ""))
    said = [
        Annotation(kind="exclude", annotator="Anna", target=lesson(from_s=first, to_s=last), note=note)
        for first, last, note in spans_
    ]
    label = replace(SAID["span of a track"], annotator="Anna")
    path = tmp_path / f"said{ANNOTATION_FORMATS[name].ending}"
    notes = write_annotations(Annotations((label, *said)), path, name, MEDIA)
    back = read_annotations(path).annotations.of("exclude")
    at = [t / 10 for t in range(100)]
    for some in (back, said):
        assert [t for t in at if any(one.target.holds(t) for one in some)] == at[10:90]
    if name in ("elan", "boris"):
        assert [(one.target.from_s, one.target.to_s, one.note) for one in back] == [
            (1.0, 8.0, "break; video"),
            (8.0, 9.0, "video"),
        ]
        assert notes == ["Excluded spans that overlapped an earlier one and were joined to it: 2."]
    else:
        assert list(back) == said and not notes


#: Names that files have, and that addresses, tables or markup could take for something of their own.
ODD = (
    "class #3",
    "100% done?",
    "Zoë & <Ö>",
    "10:30 a, b; c",
    "=1+1",
    'so-called "quiz"',
    "it's 50%",
    "-x",
    "007",
)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", WRITTEN)
def test_odd_names_come_back(name: str, odd: str, tmp_path: Path) -> None:
    format_, ending = ANNOTATION_FORMATS[name], ".mp4" if ANNOTATION_FORMATS[name].recordings else ".jpg"
    source = f"{odd}{ending}"
    times = {"track": 3, "from_s": 1.0, "to_s": 2.0} if format_.recordings else {}
    targets = [Target(source=source, box=BOX, **times)]
    if format_.recordings:
        targets.append(Target(source=source, box=BOX, person=odd.strip(), from_s=1.0, to_s=2.0))
    said = [Annotation(state="bored", annotator=odd.strip(), target=target) for target in targets]
    if format_.photos and format_.recordings:
        said.append(replace(said[0], target=Target(source=f"{odd}.jpg", box=BOX)))
    media = Media(sizes=dict.fromkeys((source, f"{odd}.jpg"), (640, 360)), fps={source: 25.0})
    path = tmp_path / f"said{format_.ending}"
    assert write_annotations(Annotations(tuple(said)), path, name, media) == []
    back = read_annotations(path, ReadOptions(fps=25.0)).annotations

    def about(some: Iterable[Annotation]) -> list[tuple[str, str, str]]:
        return sorted((one.target.source, one.target.who, one.annotator) for one in some)

    assert about(back) == about(said)


#: One name as people type it: a blank too many, a blank that does not break a line, a mark without a shape.
TYPED = ("Mia", " Mia", "Mia ", "\u00a0Mia\u2003", "Mia\u200b")


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("name", WRITTEN)
def test_blanks_around_names_make_nobody_another_person(name: str, typed: str, tmp_path: Path) -> None:
    format_ = ANNOTATION_FORMATS[name]
    times = {"from_s": 1.0, "to_s": 2.0} if format_.recordings else {}
    source = "lesson.mp4" if format_.recordings else "class.jpg"
    said = Annotation(state="bored", annotator=typed, target=Target(source=source, box=BOX, person=typed, **times))
    assert (said.annotator, said.target.person) == ("Mia", "Mia")
    path = tmp_path / f"said{format_.ending}"
    write_annotations(Annotations((said,)), path, name, MEDIA)
    [back] = read_annotations(path, ReadOptions(fps=25.0)).annotations
    assert (back.annotator, back.target.person) == ("Mia", "Mia")


@pytest.mark.parametrize("name", WRITTEN)
def test_blanks_that_a_tool_wrote_around_names_do_not_count(name: str, tmp_path: Path) -> None:
    """Who is called by blanks alone has the name of the file, as somebody who is not named."""
    format_ = ANNOTATION_FORMATS[name]
    times = {"from_s": 1.0, "to_s": 2.0} if format_.recordings else {}
    source = "lesson.mp4" if format_.recordings else "class.jpg"
    said = Annotation(state="bored", annotator="Anna-B", target=Target(source=source, box=BOX, person="Mia-C", **times))
    path = tmp_path / f"said{format_.ending}"
    write_annotations(Annotations((said,)), path, name, MEDIA)
    text = path.read_text(encoding="utf-8")
    for person, annotator, wanted in ((" Mia ", " Anna ", ("Mia", "Anna")), ("Mia", "  ", ("Mia", "said"))):
        path.write_text(text.replace("Mia-C", person).replace("Anna-B", annotator), encoding="utf-8")
        [back] = read_annotations(path, ReadOptions(fps=25.0)).annotations
        if name in ("json", "csv") and wanted[1] == "said":  # these say that nobody is named
            wanted = ("Mia", "")
        assert (back.target.person, back.annotator) == wanted


def test_frame_numbers_that_cannot_be_right_are_told(tmp_path: Path) -> None:
    """Label Studio's numbers are no pictures of the recording but times: see test_label_studio.py."""
    said = coded(TWO_PEOPLE, box=BOX)
    uneven = replace(MEDIA, frames_off={"lesson.mp4": 12})
    assert any("by up to 12" in note for note in write_annotations(said, tmp_path / "said.xml", "cvat-video", uneven))


def test_what_our_own_file_says_of_a_recording_is_enough_for_other_tools(tmp_path: Path) -> None:
    said = Annotations((SAID["picture of a track"], SAID["face of a photo"]))
    write_annotations(said, tmp_path / "said.json", "json", MEDIA)
    read = read_annotations(tmp_path / "said.json")
    assert read.media == MEDIA and read.annotations == said
    for name in ("cvat-video", "label-studio"):
        path = tmp_path / f"again{ANNOTATION_FORMATS[name].ending}"
        write_annotations(read.annotations, path, name, read.media)
        back = read_annotations(path, ReadOptions(fps=25.0)).annotations
        assert [one.target.from_s for one in back.about("lesson.mp4")] == [pytest.approx(2.52)]
    old = (
        '{"annotations_version": 1, "annotations": [{"kind": "state", "source": "a.jpg", "face": 0, "state": "bored"}]}'
    )
    (tmp_path / "old.json").write_text(old)
    assert read_annotations(tmp_path / "old.json").media == Media()


def test_our_own_file_holds_nothing_that_we_do_not_read(tmp_path: Path) -> None:
    """A comment of BORIS or an annotation of ELAN may be longer than a note here."""
    path = tmp_path / "said.json"
    for letters in (4000, 4001):
        label = replace(SAID["span of a track"], annotator="Anna", note="a" * letters)
        said = Annotations((SAID["event"], label))
        if letters > 4000:
            with pytest.raises(DataFileError, match=r"^Annotation 2 cannot be kept as JSON: .*note.*4,000.*--to csv"):
                write_annotations(said, path, "json", MEDIA)
        else:
            write_annotations(said, path, "json", MEDIA)
        assert read_annotations(path).annotations.items[1].note == "a" * 4000, "the file before stays"


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
