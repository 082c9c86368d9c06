"""A data set of own labelled faces: people stay together, duplicates are found, training takes it."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.data.criteria import CRITERIA, get_criteria
from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.errors import DataFileError
from aiducation.evaluation.adaptation import folds
from aiducation.states import OUTCOMES, STATES
from aiducation.vision.own_dataset import dealt_out, joined, votes_of_labels
from commands import COULD_NOT, RunCli


@pytest.fixture
def table(dataset: Dataset, tmp_path: Path) -> Path:
    """Forty drawn faces, two of each person, and one picture twice."""
    first = np.unique(dataset.duplicate_group, return_index=True)[1]
    rows = np.concatenate([first[dataset.state[first] == k][:10] for k in range(len(STATES))])
    with (tmp_path / "own.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "state", "person"])
        for i, row in enumerate([*rows, rows[0]]):
            Image.fromarray(dataset.images[row]).save(tmp_path / f"{i}.png")
            writer.writerow([f"{i}.png", STATES[dataset.state[row]], f"p{i // 2}"])
    return tmp_path / "own.csv"


def test_people_and_duplicates_stay_together(table: Path, tmp_path: Path, run_cli: RunCli) -> None:
    answer = run_cli("prepare", table, "--out", tmp_path / "data")
    assert answer.code == 0 and "duplicates of other faces: 1" in answer.out, answer.err
    made = Dataset.load(tmp_path / "data")
    group = made.duplicate_group
    assert all(group[2 * i] == group[2 * i + 1] for i in range(20)) and group[40] == group[0]
    assert np.bincount(made.state).tolist() == [11, 10, 10, 10]
    split = made.split("official")
    assert all(set(made.state[ids].tolist()) == {0, 1, 2, 3} for ids in split.parts.values())
    assert run_cli("leaks", tmp_path / "data", "official").code == 0


def test_splits_of_earlier_data_go(table: Path, prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Otherwise reports of the folder would stop at splits of data that is not there any more."""
    folder = Path(shutil.copytree(prepared, tmp_path / "data"))
    answer = run_cli("prepare", table, "--out", folder, "--force")
    assert answer.code == 0, answer.err
    assert list(Dataset.load(folder).splits()) == ["official"]


@pytest.mark.parametrize("name", CRITERIA)
def test_votes_stand_for_their_label(name: str) -> None:
    votes = votes_of_labels(get_criteria(name))
    assert votes.sum(axis=1).tolist() == [10] * len(OUTCOMES)
    assert outcome_index(get_criteria(name).assign(votes.astype(np.int16))).tolist() == list(range(len(OUTCOMES)))


def test_groups_are_joined() -> None:
    assert joined(np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 2, 3])).tolist() == [0, 0, 0, 1, 2]


def states_in(part: np.ndarray, truth: np.ndarray) -> list[set[int]]:
    return [set(truth[part == k].tolist()) for k in range(3)]


def test_every_part_has_every_state_however_people_differ() -> None:
    """Each person mostly shows one or two of the states, as in a class; folds alone leave parts without some."""
    random, lacking, sets = np.random.default_rng(0), 0, 0
    while sets < 40:
        sizes = random.integers(3, 40, size=random.integers(6, 16))
        shown = random.dirichlet([0.4] * 4, size=len(sizes))
        truth = np.concatenate([random.choice(4, size=n, p=chances) for n, chances in zip(sizes, shown, strict=True)])
        people = np.repeat(np.arange(len(sizes)), sizes)
        fewest = min(len(np.unique(people[truth == k])) for k in range(4))
        if fewest < 4:
            continue
        sets += 1
        fold = np.minimum(folds(truth, people, min(7, fewest), 0), 2)
        lacking += states_in(fold, truth) != [{0, 1, 2, 3}] * 3
        part = dealt_out(truth, people, 0)
        assert states_in(part, truth) == [{0, 1, 2, 3}] * 3
        assert all(len(np.unique(part[people == who])) == 1 for who in np.unique(people))
        if states_in(fold, truth) == [{0, 1, 2, 3}] * 3:
            assert np.array_equal(part, fold), "what was right stays"
    assert lacking > 5


def test_people_who_cannot_be_divided_are_refused() -> None:
    """The fourth person would have to be in a part without the three others, who are in all three."""
    shows = {0: "abc", 1: "ade", 2: "bdf", 3: "acd"}
    truth = np.array([state for state, people in shows.items() for _ in people])
    people = np.array([ord(who) for people in shows.values() for who in people])
    with pytest.raises(DataFileError, match="6 people cannot be divided"):
        dealt_out(truth, people, 0)


def test_too_few_people_are_refused(table: Path, tmp_path: Path, run_cli: RunCli) -> None:
    text = table.read_text().splitlines()
    table.write_text("\n".join([text[0], *(line for line in text[1:] if ",bored," not in line)]) + "\n")
    answer = run_cli("prepare", table, "--out", tmp_path / "data")
    assert answer.code == COULD_NOT and "bored has faces of 0 people" in answer.err
    assert not (tmp_path / "data").exists()
