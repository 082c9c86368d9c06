"""Several annotation files at once: nobody's labels are silently taken for another person's."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiducation.exchange.several import read_several, telling_names

HEAD = "source,person,from_s,to_s,state\n"
NAMED = "source,person,from_s,to_s,state,annotator\n"


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["labels.csv", "labels .csv"])
def test_two_files_of_one_name_are_two_annotators(name: str, tmp_path: Path) -> None:
    one = written(tmp_path / "anna" / name, HEAD + "a.mp4,Mia,0,5,bored\n")
    other = written(tmp_path / "ben" / name, HEAD + "a.mp4,Mia,0,5,focused\n")
    found = read_several([one, other])
    assert found.together.annotators == (f"anna/{name}", f"ben/{name}")
    assert len(found.notes) == 1 and "count as 2 annotators" in found.notes[0] and "column annotator" in found.notes[0]


def test_about_different_recordings_one_name_is_one_annotator(tmp_path: Path) -> None:
    one = written(tmp_path / "monday" / "anna.csv", HEAD + "a.mp4,Mia,0,5,bored\n")
    other = written(tmp_path / "friday" / "anna.csv", HEAD + "b.mp4,Mia,0,5,focused\n")
    found = read_several([one, other])
    assert found.together.annotators == ("anna",) and not found.notes


def test_who_is_named_keeps_the_name(tmp_path: Path) -> None:
    one = written(tmp_path / "1" / "labels.csv", NAMED + "a.mp4,Mia,0,5,bored,Anna\n")
    other = written(tmp_path / "2" / "labels.csv", NAMED + "a.mp4,Mia,5,9,focused,Anna\n")
    found = read_several([one, other])
    assert found.together.annotators == ("Anna",) and not found.notes


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["x/l.csv", "y/l.csv"], ["x/l.csv", "y/l.csv"]),
        (["a/x/l.csv", "b/x/l.csv"], ["a/x/l.csv", "b/x/l.csv"]),
        (["l.csv", "l.eaf"], ["l.csv", "l.eaf"]),
        (["l.csv"], ["l.csv"]),
    ],
)
def test_names_are_as_short_as_they_can_be(paths: list[str], names: list[str]) -> None:
    assert telling_names([Path(path) for path in paths]) == names


def test_names_that_differ_in_capitals_alone_are_told(tmp_path: Path) -> None:
    """Otherwise somebody is compared with herself, and agrees."""
    one = written(tmp_path / "Anna.csv", HEAD + "a.mp4,Mia,0,5,bored\n")
    other = written(tmp_path / "two.csv", NAMED + "a.mp4,Mia,0,5,bored,anna\na.mp4,Mia,0,5,bored,Ben\n")
    assert read_several([one, other]).notes == (
        "Names of annotators that differ in capital letters or blanks alone: Anna, anna. They count as 2 annotators; write the "
        "name of one person always in the same way.",
    )
