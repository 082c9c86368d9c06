"""Accuracy by groups that people annotated: from group labels, from tables, and of images of a prepared data set."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.data.dataset import Dataset
from aiducation.errors import DataFileError
from aiducation.exchange.formats import write_annotations
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.group_labels import by_annotator
from aiducation.states import STATES
from aiducation.vision.annotated_groups import labelled_groups, table_groups
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused

TONES = ("2", "5", "8")


def say(source: str, attribute: str, value: str, annotator: str = "anna") -> Annotation:
    return Annotation(
        kind="group", target=Target(source=source, face=0), attribute=attribute, value=value, annotator=annotator
    )


@pytest.fixture
def faces(tmp_path: Path, dataset: Dataset) -> tuple[Path, list[str]]:
    """Forty synthetic faces of 48x48 pixels, ten a state, and their names."""
    names = []
    for k, state in enumerate(STATES):
        (tmp_path / "faces" / state).mkdir(parents=True)
        for i in np.flatnonzero(dataset.state == k)[:10]:
            names.append(f"{i}.png")
            Image.fromarray(dataset.images[i]).save(tmp_path / "faces" / state / names[-1])
    return tmp_path / "faces", names


@pytest.fixture
def files(tmp_path: Path, faces: tuple[Path, list[str]]) -> list[Path]:
    """What two annotators say; three faces wear sunglasses, which is withheld."""
    _, names = faces
    anna = [say(name, "skin_tone", TONES[i % 3]) for i, name in enumerate(names)]
    anna += [say(name, "glasses", "sunglasses" if i < 3 else "none") for i, name in enumerate(names[:-2])]
    anna.append(say("stranger.png", "glasses", "none"))
    ben = [say(name, "skin_tone", TONES[i % 3], "ben") for i, name in enumerate(names)]
    ben.append(say(names[-3], "glasses", "glasses", "ben"))
    paths = [tmp_path / "anna.json", tmp_path / "ben.csv"]
    write_annotations(Annotations(tuple(anna)), paths[0], "json")
    write_annotations(Annotations(tuple(ben)), paths[1], "csv")
    return paths


@pytest.mark.slow
def test_own_faces_are_compared_by_what_annotators_saw(
    faces: tuple[Path, list[str]], files: list[Path], tmp_path: Path, run_cli: RunCli
) -> None:
    given = [word for path in files for word in ("--groups", path)]
    answer = run_cli("groups", faces[0], *given, "--view", "states", "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert "Pictures with group labels that are not among these faces: 1." in answer.err
    assert "Faces about whose glasses annotators are evenly divided, and which are in no group: 1." in answer.err
    assert "index.html in a browser" in answer.err
    found = json.loads((tmp_path / "out" / "groups.json").read_text(encoding="utf-8"))
    by_hand = [one for one in found["groups"] if one["attribute"] in found["by_hand"]]
    assert [(one["attribute"], one["group"], one["faces"]) for one in by_hand] == [
        ("glasses", "none", 34),
        ("apparent skin tone", "light (1 to 3)", 14),
        ("apparent skin tone", "medium (4 to 6)", 13),
        ("apparent skin tone", "dark (7 to 10)", 13),
    ]
    assert by_hand[0]["difference"] is None, "a comparison would tell about three people"
    assert found["withheld"] == {"glasses": ["sunglasses"]}
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "what an annotator saw in a picture, not what a person is" in page
    assert "Withheld, because they show fewer than 5 people: glasses, sunglasses." in page
    assert page.index("<h3>Apparent skin tone") < page.index("<h2>Measured groups")
    assert "skin tone" in (tmp_path / "out" / "groups.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_evaluate_gives_scores_by_group(
    faces: tuple[Path, list[str]], files: list[Path], tmp_path: Path, run_cli: RunCli
) -> None:
    answer = run_cli("evaluate", faces[0], "--groups", files[0], "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert "apparent skin tone" in answer.out and "what an annotator saw" in answer.out
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "By group" in page and "medium (4 to 6)" in page
    assert (tmp_path / "out" / "groups.csv").is_file()
    shown = json.loads(run_cli("evaluate", faces[0], "--groups", files[0], "--json").out)
    assert {one["attribute"] for one in shown["groups"]["groups"]} == {"glasses", "apparent skin tone"}
    assert "groups" not in json.loads(run_cli("evaluate", faces[0], "--json").out)


@pytest.mark.slow
def test_a_table_may_have_any_attributes(faces: tuple[Path, list[str]], tmp_path: Path, run_cli: RunCli) -> None:
    folder, _ = faces
    rows = [f"{path},{'A' if i % 2 else 'B'}," for i, path in enumerate(sorted(folder.rglob("*.png")))]
    (tmp_path / "groups.csv").write_text("file,room,hair\n" + "\n".join(rows) + "\n")
    found = json.loads(run_cli("groups", folder, "--groups", tmp_path / "groups.csv", "--json").out)
    assert found["by_hand"] == ["room", "hair"]
    assert [(one["group"], one["faces"]) for one in found["groups"] if one["attribute"] == "room"] == [
        ("A", 20),
        ("B", 20),
    ]


def test_a_picture_that_a_table_lists_twice_is_refused(tmp_path: Path) -> None:
    """Also under another way of writing its place; otherwise the later group would count."""
    table = tmp_path / "rooms.csv"
    table.write_text("file,room\na.png,A\nb.png,B\n./a.png,B\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"line 4: ./a.png was listed before, on line 2; keep one row"):
        table_groups(table, [tmp_path / "a.png"])


def test_the_table_of_the_faces_may_have_the_groups_too(tmp_path: Path) -> None:
    """States and single people are no groups: names of people do not get into a report, not even as withheld."""
    table = tmp_path / "faces.csv"
    table.write_text("file,state,person,Room\na.png,bored,Mia,A\nb.png,angry,Tom,B\n", encoding="utf-8")
    assert table_groups(table, [tmp_path / "b.png", tmp_path / "a.png"]) == {"room": ["B", "A"]}
    table.write_text("file,room,Room\na.png,A,B\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="has the column room twice"):
        table_groups(table, [tmp_path / "a.png"])


@pytest.mark.slow
def test_an_attribute_that_two_give_is_not_silently_that_of_one(
    faces: tuple[Path, list[str]], prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    """Of what is measured, too: otherwise a table says that people gave what was measured."""
    folder, _ = faces
    for name, column in (("a.csv", "room"), ("b.csv", "room"), ("c.csv", "brightness")):
        rows = [f"{path},{'A' if i % 2 else 'B'}" for i, path in enumerate(sorted(folder.rglob("*.png")))]
        (tmp_path / name).write_text(f"file,{column}\n" + "\n".join(rows) + "\n")
        (tmp_path / f"id {name}").write_text(f"id,{column}\n" + "\n".join(f"{i},A" for i in range(200)) + "\n")
    for names in (["a.csv", "b.csv"], ["c.csv"]):
        for data, before in ((folder, ""), (prepared, "id ")):
            words = [word for name in names for word in ("--groups", tmp_path / f"{before}{name}")]
            check_refused(run_cli("groups", data, *words), COULD_NOT, "is given twice")


def test_wrong_files_are_one_sentence(
    faces: tuple[Path, list[str]], files: list[Path], tmp_path: Path, prepared: Path, run_cli: RunCli
) -> None:
    folder, names = faces
    (tmp_path / "table.csv").write_text("file,room\nelsewhere.png,A\n")
    check_refused(run_cli("groups", folder, "--groups", tmp_path / "table.csv"), COULD_NOT, "names no group of these")
    states = Annotations((Annotation(target=Target(source=names[0], face=0), state="bored"),))
    write_annotations(states, tmp_path / "states.json", "json")
    check_refused(run_cli("groups", folder, "--groups", tmp_path / "states.json"), COULD_NOT, "has no group label")
    check_refused(run_cli("groups", prepared, "--groups", files[0]), COULD_NOT, "None of the group labels is about")
    check_refused(run_cli("groups", folder, "--pictures", tmp_path / "x"), WRONG_USE, "aiducation prepare")
    check_refused(run_cli("groups", prepared, "--number", "5"), WRONG_USE, "--number goes with --pictures")
    for words in (("--weights", tmp_path / "w.csv", "--by", "size"), ("--out", tmp_path / "y"), ("--groups", files[0])):
        check_refused(run_cli("groups", prepared, "--pictures", tmp_path / "x", *words), WRONG_USE, "does nothing with")
    assert not (tmp_path / "x").exists() and not (tmp_path / "y").exists()
    said = by_annotator(Annotations((say("1.png", "glasses", "none"),)))
    with pytest.raises(DataFileError, match="could be about"):
        labelled_groups([Path("a/1.png"), Path("b/1.png")], said)
    named = by_annotator(Annotations((say("b/1.png", "glasses", "none"), say("a/1.png", "glasses", "glasses"))))
    alone = {"anna": Annotations((say("b/1.png", "glasses", "none"), say("a/1.png", "glasses", "glasses")))}
    for order in (slice(None), slice(None, None, -1)):
        some = {"anna": Annotations(tuple(alone["anna"])[order])}
        groups, notes = labelled_groups([Path("x/a/1.png")], some)
        assert groups["glasses"] == ["glasses"] and "Pictures with group labels" in notes[0]
        with pytest.raises(DataFileError, match="could both be about"):
            labelled_groups([Path("x/1.png")], some)
    groups, _ = labelled_groups([Path("x/a/1.png"), Path("x/b/1.png")], named)
    assert groups == {"glasses": ["glasses", "none"]}


@pytest.mark.slow
def test_images_of_a_prepared_set_are_labelled_by_hand(
    prepared: Path, dataset: Dataset, tmp_path: Path, run_cli: RunCli
) -> None:
    answer = run_cli("groups", prepared, "--pictures", tmp_path / "pictures", "--number", "40")
    assert answer.code == 0, answer.err
    pictures = sorted((tmp_path / "pictures").iterdir())
    ids = dataset.split("official").parts["test"]
    assert 30 < len(pictures) <= 40 and all(int(path.stem[-5:]) in ids for path in pictures)
    with Image.open(pictures[0]) as one:
        assert one.size == (480, 480), "the face has 288 pixels, and its edge around it"
    said = [say(path.name, "age", "child" if i % 2 else "older adult") for i, path in enumerate(pictures)]
    write_annotations(Annotations(tuple(said)), tmp_path / "said.json", "json")
    answer = run_cli("groups", prepared, "--groups", tmp_path / "said.json", "--view", "states", "--json")
    found = json.loads(answer.out)
    ages = [(one["group"], one["faces"]) for one in found["groups"] if one["attribute"] == "apparent age group"]
    assert [name for name, _ in ages] == ["child", "older adult"]
    assert sum(n for _, n in ages) == len(pictures) and "faces without a group label" in answer.err


@pytest.mark.slow
def test_one_group_can_count_more(prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    path = tmp_path / "weights.csv"
    answer = run_cli("groups", prepared, "--weights", path, "--by", "brightness", "--more", "dark", "--times", "3")
    assert answer.code == 0, answer.err
    weights = {line.split(",")[1] for line in path.read_text().splitlines()[1:]}
    assert {float(one) for one in weights} == {1.0, 3.0}
    check_refused(run_cli("groups", prepared, "--times", "3"), WRONG_USE, "--times goes with --more")


def test_agreement_on_group_labels_has_a_table(files: list[Path], tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("agree", *files, "--out", tmp_path / "agreement")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("Agreement on group labels.") and "ordinal" in answer.out
    assert "Nobody gave a state" in answer.err
    page = (tmp_path / "agreement" / "index.html").read_text(encoding="utf-8")
    assert "<h2>Group labels</h2>" in page and "Overview</h2>" not in page
    found = json.loads((tmp_path / "agreement" / "agreement.json").read_text(encoding="utf-8"))
    tones = next(one for one in found["group_labels"] if one["attribute"] == "skin_tone")
    assert tones["units"] == 40 and tones["krippendorff_alpha"]["estimate"] == 1 and tones["measure"] == "ordinal"
    assert found["pairs"] == []


def test_agreement_on_few_faces_says_what_it_cannot_tell(tmp_path: Path, run_cli: RunCli) -> None:
    """Intervals over four people; and why the states that were given are not compared."""
    for who, photo in (("anna", "1.png"), ("ben", "2.png")):
        said = [say(f"{n}.png", "glasses", ("none", "glasses")[n % 2], who) for n in range(4)]
        state = Annotation(target=Target(source=photo, face=0), state="bored", annotator=who)
        write_annotations(Annotations((*said, state)), tmp_path / f"{who}.json", "json")
    answer = run_cli("agree", tmp_path / "anna.json", tmp_path / "ben.json")
    assert answer.code == 0, answer.err
    assert "States are not compared. No face" in answer.err
    assert "Fewer than 5 people: glasses. Their intervals are too narrow." in answer.out
