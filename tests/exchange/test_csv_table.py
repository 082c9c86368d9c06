"""Annotations in tables, as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiducation.errors import DataFileError
from aiducation.exchange.format import ReadOptions
from aiducation.exchange.formats import codes_of, read_annotations
from aiducation.observations.annotations import Annotations
from aiducation.tables.table import FALSE_WORDS, TRUE_WORDS
from aiducation.texts import LANGUAGES, texts_of


def read(tmp_path: Path, text: str, options: ReadOptions | None = None, name: str = "anna.csv") -> Annotations:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_annotations(path, options).annotations


def test_a_row_a_span(tmp_path: Path) -> None:
    said = read(
        tmp_path, "source;Person;from_s;to_s;State\nlesson.mp4;Mia;0,5;2,25;Bored\nlesson.mp4;track 3;1;2;cannot tell\n"
    )
    first, second = said.items
    assert (first.target.person, first.target.from_s, first.target.to_s, first.state) == ("Mia", 0.5, 2.25, "bored")
    assert first.annotator == "anna" and second.state == "cannot_tell" and second.target.track == 3


def test_a_row_a_picture(tmp_path: Path) -> None:
    """A label holds until the next row of the same person; where rows are missing, there is no label."""
    rows = "".join(f"{t},{who},{'bored' if t < 3 else 'angry'}\n" for t in (0, 1, 2, 3, 7, 8) for who in ("A", "B"))
    said = read(tmp_path, "time_s,person,state\n" + rows, ReadOptions(source="x.mp4"))
    spans = [(one.target.from_s, one.target.to_s, one.state) for one in said if one.target.person == "B"]
    assert spans == [
        (0, 1, "bored"),
        (1, 2, "bored"),
        (2, 3, "bored"),
        (3, 4, "angry"),
        (7, 8, "angry"),
        (8, 9, "angry"),
    ]
    frames = read(tmp_path, "frame,person,state\n0,A,bored\n25,A,angry\n", ReadOptions(source="x.mp4", fps=25.0))
    assert [(one.target.from_s, one.target.to_s) for one in frames] == [(0, 1), (1, 2)]


def test_names_that_other_readers_take_as_missing(tmp_path: Path) -> None:
    """pyannote.database (6.1.1) reads a speaker called NA as the number NaN.

    Source: findings/initials_become_nan_in_pyannote.sh.
    """
    names = ["NA", "None", "null", "nan", "N/A", "007", "1e3"]
    rows = "".join(f"{name},{name},lesson.mp4,0,1,bored\n" for name in names)
    said = read(tmp_path, "person,annotator,source,from_s,to_s,state\n" + rows)
    assert [(one.target.person, one.annotator) for one in said] == [(name, name) for name in names]


def test_a_row_without_a_state_ends_the_label_before_it(tmp_path: Path) -> None:
    """A picture of which somebody said nothing gets no label of its neighbours."""
    states = ("bored", "", "angry", "unclear", "unclear", "laughs", "bored")
    rows = "".join(f"{t},A,{state}\n" for t, state in enumerate(states))
    options = ReadOptions(source="x.mp4", codes=codes_of(["laughs="]))
    said = read(tmp_path, "time_s,person,state\n" + rows, options)
    spans = [(one.target.from_s, one.target.to_s, one.state) for one in said]
    assert spans == [(0, 1, "bored"), (2, 3, "angry"), (6, 7, "bored")]
    nobody = read(tmp_path, "time_s,person,state\n0,A,bored\n1,A,bored\n2,,\n", ReadOptions(source="x.mp4"))
    assert [one.target.to_s for one in nobody] == [1, 2]


def test_a_span_among_rows_of_pictures_stays_as_it_is(tmp_path: Path) -> None:
    rows = "0,,,A,bored\n1,,,A,bored\n,5,20,A,angry\n"
    said = read(tmp_path, "time_s,from_s,to_s,person,state\n" + rows, ReadOptions(source="x.mp4"))
    assert [(one.target.from_s, one.target.to_s) for one in said] == [(0, 1), (1, 2), (5, 20)]


def test_a_picture_without_a_row_has_no_label(tmp_path: Path) -> None:
    rows = "".join(f"{t},A,bored\n" for t in (0, 1, 2, 4, 5, 9))
    said = read(tmp_path, "time_s,person,state\n" + rows, ReadOptions(source="x.mp4"))
    assert [t for t in range(12) if any(one.target.holds(t) for one in said)] == [0, 1, 2, 4, 5, 9]


def test_a_row_a_face_of_a_photo(tmp_path: Path) -> None:
    said = read(tmp_path, "file,state\na.jpg,bored\n")
    assert said.items[0].target.source == "a.jpg" and said.items[0].target.face == 0
    said = read(tmp_path, "file,face,state\na.jpg,4,bored\n")
    assert said.items[0].target.face == 4


def test_other_words(tmp_path: Path) -> None:
    options = ReadOptions(codes=codes_of(["on task=focused", "laughs="]))
    said = read(tmp_path, "file,state\na.jpg,On  Task\nb.jpg,laughs\nc.jpg,unclear\n", options)
    assert [one.state for one in said] == ["focused"]


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "yes", "WAHR", "ja", "VRAI", "Oui"])
def test_that_the_answer_was_shown_is_understood_in_every_language(tmp_path: Path, word: str) -> None:
    """Spreadsheet programs write "true" anew, and such labels must not measure the model."""
    (one,) = read(tmp_path, f"file,state,answer_shown\na.jpg,bored,{word}\n").items
    assert one.answer_shown and not one.is_random


@pytest.mark.parametrize("word", ["", "false", "0", "No", "FALSCH", "nein", "FAUX", "non"])
def test_that_the_answer_was_not_shown(tmp_path: Path, word: str) -> None:
    (one,) = read(tmp_path, f"file,state,answer_shown\na.jpg,bored,{word}\n").items
    assert not one.answer_shown and one.is_random


def test_every_language_has_its_words_for_yes_and_no() -> None:
    for language in LANGUAGES:
        assert texts_of(language).gettext("yes") in TRUE_WORDS and texts_of(language).gettext("no") in FALSE_WORDS


def test_a_table_of_edits_alone_needs_no_state(tmp_path: Path) -> None:
    """Such as of somebody who has withdrawn their consent."""
    (one,) = read(tmp_path, "kind,source,person\nhide,lesson.mp4,track 12\n").items
    assert (one.kind, one.target.source, one.target.track) == ("hide", "lesson.mp4", 12)


WRONG = {
    "neither yes nor no": (
        "file,state,answer_shown\na.jpg,bored,maybe\n",
        "line 2: column answer_shown: 'maybe' is neither true nor false",
    ),
    "no state": ("file,face\na.jpg,1\n", "lacks the column state"),
    "no recording": ("from_s,to_s,person,state\n0,1,A,bored\n", "--source"),
    "frames": ("file,frame,person,state\na,0,A,bored\n", "--fps"),
    "a strange word": ("file,state\na.jpg,bored\nb.jpg,happy\n", r"line 3: column state: 'happy' is not one of"),
    "calm": (
        "file,state\na.jpg,bored\nb.jpg,calm\n",
        r"line 3: .*means neutral or focused.* --view states",
    ),
    "backwards": ("file,person,from_s,to_s,state\na,A,3,2,bored\n", "line 2: the span ends at 2 s, before"),
    "a word for a number": (
        "file,person,from_s,to_s,state\na,A,x,2,bored\n",
        "line 2: column from_s: 'x' is not a number",
    ),
    "half a box": ("file,left,state\na.jpg,3,bored\n", "line 2: a box needs all"),
    "no labels": ("file,state\na.jpg,\n", "has no label"),
    "a column twice": ("file,person,Person,state\na,A,B,bored\n", "says the person in several columns: person, person"),
    "two names of a column": ("file,state,source\na,bored,b\n", "says the source in several columns: file, source"),
    "times of other names": (
        "source,person,start,end,state\na,A,1,2,bored\n",
        "has the column start, which is not read",
    ),
    "a start without the end": ("source,track,from_s,End time,state\na,1,1,2,bored\n", "has the column end time"),
    "times in another unit": ("source,person,begin_ms,state\na,A,1,bored\n", "has the column begin_ms"),
    "a time of a clock": (
        "source,person,from_s,to_s,state\na,A,0:01:02.5,0:01:10,bored\n",
        "line 2: column from_s: '0:01:02.5' is not a number of seconds, such as 62.5",
    ),
    "other times": ("file,start_s,state\na.jpg,1,bored\n", "times must be in the columns from_s"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_place(name: str, tmp_path: Path) -> None:
    text, words = WRONG[name]
    with pytest.raises(DataFileError, match=words):
        read(tmp_path, text)


@pytest.mark.parametrize("column", ["value", "attribute"])
def test_columns_of_other_programs_do_not_become_group_labels(tmp_path: Path, column: str) -> None:
    (one,) = read(tmp_path, f"file,state,{column}\na.jpg,angry,3\n").items
    assert (one.kind, one.state, one.attribute, one.value) == ("state", "angry", "", "")
    with pytest.raises(
        DataFileError, match="kind state has no attribute"
    ):  # both in one row: one of them would be lost
        read(tmp_path, "file,state,attribute,value\na.jpg,angry,age,child\n")


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    """A misspelt heading, and a label that lasts a picture because its end is missing, change every figure."""
    path = tmp_path / "anna.csv"
    path.write_text("source,person,from_s,to_s,state,remark\na,A,0,,bored,?\na,A,5,9,angry,\n", encoding="utf-8")
    assert read_annotations(path).notes == (
        "anna.csv: columns that are not read: remark.",
        "anna.csv: rows with from_s and without to_s, each of which counts as the label of a single picture: 1.",
    )
    for heading in ("source,person,time_s,state,duration", "file,state,timestamp", "file,state,pretend,token"):
        row = ",".join("1" if name == "time_s" else "bored" if name == "state" else "x" for name in heading.split(","))
        path.write_text(f"{heading}\n{row}\n", encoding="utf-8")
        assert len(read_annotations(path).notes) == 1
    path.write_text("file,state,lead_time\na.JPG,bored,3.2\nb.png,angry,1.1\n", encoding="utf-8")
    assert read_annotations(path).notes == ("anna.csv: columns that are not read: lead_time.",)
