"""--source: labels never land in the file of another photo or recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiducation.errors import DataFileError
from aiducation.exchange.format import Media, ReadOptions
from aiducation.exchange.formats import ANNOTATION_FORMATS, read_annotations, write_annotations
from aiducation.exchange.several import read_several
from aiducation.observations.annotations import Annotations
from annotation_makers import TWO_PEOPLE, coded, photo_labels
from commands import COULD_NOT, RunCli, check_refused

BOX = (10.0, 20.0, 60.0, 80.0)
BOTH = ("a.mp4", "b.mp4")
MEDIA = Media(sizes=dict.fromkeys(BOTH, (1280, 720)), fps=dict.fromkeys(BOTH, 25.0), length_s=dict.fromkeys(BOTH, 30.0))

#: Formats whose files are about one recording.
SINGLE = ("elan", "cvat-video")
WRITTEN = [name for name, one in ANNOTATION_FORMATS.items() if one.write]


def labels(name: str, *sources: str) -> Annotations:
    """Labels that a format holds, about each source."""
    if ANNOTATION_FORMATS[name].recordings:
        several = [coded(TWO_PEOPLE, source=source, box=BOX) for source in sources]
    else:
        several = [photo_labels(["bored", "other", "angry"], source=source) for source in sources]
    return Annotations(tuple(one for some in several for one in some))


@pytest.mark.parametrize("name", WRITTEN)
def test_the_single_one_of_a_file_gets_another_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"anna{ANNOTATION_FORMATS[name].ending}"
    write_annotations(labels(name, "a.mp4"), path, name, MEDIA)
    plain = read_annotations(path, ReadOptions(fps=25.0))
    found = read_annotations(path, ReadOptions(source="week 3/a.mp4", fps=25.0))
    assert found.annotations.sources == ("week 3/a.mp4",) and len(found.annotations) == len(plain.annotations)
    assert set(found.media.sizes) == ({"week 3/a.mp4"} if plain.media.sizes else set())


@pytest.mark.parametrize("name", [name for name in WRITTEN if name not in SINGLE])
def test_one_of_several_is_chosen_and_never_renamed(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"anna{ANNOTATION_FORMATS[name].ending}"
    write_annotations(labels(name, *BOTH), path, name, MEDIA)
    plain = read_annotations(path, ReadOptions(fps=25.0)).annotations
    found = read_annotations(path, ReadOptions(source="a.mp4", fps=25.0))
    assert plain.sources == BOTH and found.annotations == plain.about("a.mp4")
    assert any(" not about a.mp4, which --source chooses, left out." in line for line in found.notes)
    with pytest.raises(DataFileError, match=r"about 2 photos or recordings: a\.mp4, b\.mp4\. Choose one"):
        read_annotations(path, ReadOptions(source="c.mp4", fps=25.0))


def test_files_about_one_recording_each_are_not_mixed(tmp_path: Path) -> None:
    paths = []
    for source in BOTH:
        paths.append(tmp_path / f"{source}.csv")
        write_annotations(labels("csv", source), paths[-1], "csv")
    found = read_several(paths, ReadOptions(source="a.mp4"))
    assert found.together.sources == ("a.mp4",) and len(found.together) == len(labels("csv", "a.mp4"))
    [line] = found.notes
    assert line.startswith("7 annotations in b.mp4.csv not about a.mp4, which --source chooses")
    again = read_several(
        paths, ReadOptions(source="lesson.mp4")
    )  # two annotators, who called one recording differently
    assert again.together.sources == ("lesson.mp4",) and not again.notes


TABLE = "Subject,Behavior,Behavior type,Start (s),Stop (s){more}\nMia,bored,STATE,0,5{a}\nMia,angry,STATE,5,9{b}\n"


def test_a_table_of_boris(tmp_path: Path) -> None:
    path = tmp_path / "anna.csv"
    path.write_text(
        TABLE.format(more=",Media file name", a=",C:\\films\\a.mp4", b=",C:\\films\\b.mp4"), encoding="utf-8"
    )
    [one] = read_annotations(path, ReadOptions(source="b.mp4")).annotations
    assert (one.target.source, one.state) == ("b.mp4", "angry")
    path.write_text(TABLE.format(more="", a="", b=""), encoding="utf-8")
    assert read_annotations(path, ReadOptions(source="b.mp4")).annotations.sources == ("b.mp4",)


#: As BORIS 9 exports an observation of two files of 100 s and 50 s, one after the other; times run on.
_HEAD = ["Observation id", "Source", "Media duration (s)", "Subject", "Behavior", "Behavior type"]
_ONE = ["lesson", "player #1:C:\\films\\a.mp4;C:\\films\\b.mp4|player #2:C:\\films\\room.mp4", "100.000;50.000|160.000"]


def _table(head: list[str], *rows: list[str]) -> str:
    return "".join("\t".join(row) + "\n" for row in [head, *rows])


def test_a_table_of_boris_about_several_files(tmp_path: Path) -> None:
    whole = _table(
        [*_HEAD, "Start (s)", "Stop (s)", "Media file name"],
        [*_ONE, "Mia", "bored", "STATE", "90.0", "120.0", "C:\\films\\a.mp4"],
        [*_ONE, "Mia", "angry", "STATE", "120.0", "130.0", "C:\\films\\b.mp4"],
    )
    single = _table(
        [*_HEAD, "Time", "Media file name"],
        [*_ONE, "Mia", "bored", "START", "90.0", "C:\\films\\a.mp4"],
        [*_ONE, "Mia", "bored", "STOP", "120.0", "C:\\films\\b.mp4"],
        [*_ONE, "Mia", "angry", "START", "120.0", "C:\\films\\b.mp4"],
        [*_ONE, "Mia", "angry", "STOP", "130.0", "C:\\films\\b.mp4"],
    )
    for text in (whole, single):
        (tmp_path / "anna.tsv").write_text(text, encoding="utf-8")
        found = [(one.target, one.state) for one in read_annotations(tmp_path / "anna.tsv").annotations]
        assert [(one.source, one.from_s, one.to_s, state) for one, state in found] == [
            ("a.mp4", 90.0, 100.0, "bored"),
            ("b.mp4", 0.0, 20.0, "bored"),
            ("b.mp4", 20.0, 30.0, "angry"),
        ]
        for unknown in (text.replace("100.000;50.000", "100.000;NA"), text.replace(_ONE[1], "")):
            (tmp_path / "anna.tsv").write_text(unknown, encoding="utf-8")
            with pytest.raises(DataFileError, match="several media files, and their lengths are not known"):
                read_annotations(tmp_path / "anna.tsv")


@pytest.mark.parametrize("name", ["csv", "json"])
def test_the_advice_of_the_command_works(name: str, tmp_path: Path, run_cli: RunCli) -> None:
    path, out = tmp_path / f"anna.{name}", tmp_path / "anna.eaf"
    write_annotations(labels(name, *BOTH), path, name)
    command = ("annotations", path, "--to", "elan", "--out", out)
    check_refused(run_cli(*command), COULD_NOT, "about 2 recordings: a.mp4, b.mp4. Choose one with --source.")
    answer = run_cli(*command, "--source", "a.mp4")
    assert answer.code == 0 and " not about a.mp4" in answer.err
    found = read_annotations(out).annotations
    assert found.sources == ("a.mp4",) and len(found) == len(labels(name, "a.mp4"))
    check_refused(
        run_cli(*command, "--source", "c.mp4", "--force"), COULD_NOT, "a.mp4, b.mp4. Choose one of these names"
    )
