"""The ``label.csv`` files that FER+'s repository keeps for training."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.data.dataset import Dataset
from aiducation.data.vote_files import read_ferplus, read_votes
from aiducation.data.votes import VoteTable
from aiducation.errors import DataFileError
from commands import COULD_NOT, RunCli, check_refused

PARTS = ("FER2013Train", "FER2013Valid", "FER2013Test")


def lines(table: VoteTable, part: int) -> list[str]:
    """As Microsoft writes them: without a heading, and without images that have no name."""
    chosen = np.flatnonzero((table.usage == part) & (table.names != ""))
    return [f'{table.names[i]},"(0, 0, 48, 48)",{",".join(map(str, table.votes[i]))}\n' for i in chosen]


@pytest.fixture
def folder(synthetic_table: VoteTable, tmp_path: Path) -> Path:
    """Pictures and votes in three folders."""
    for part, name in enumerate(PARTS):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "label.csv").write_text("".join(lines(synthetic_table, part)))
    for pixels, usage, name in zip(synthetic_table.pixels, synthetic_table.usage, synthetic_table.names, strict=True):
        if name:
            Image.fromarray(pixels).save(tmp_path / "data" / PARTS[usage] / str(name))
    return tmp_path / "data"


def test_the_folders_give_what_the_table_gives(
    folder: Path, synthetic_table: VoteTable, synthetic_files: tuple[Path, Path]
) -> None:
    read, expected = read_votes(folder, folder), read_votes(folder, synthetic_files[1])
    for name in ("pixels", "usage", "votes", "names"):
        np.testing.assert_array_equal(getattr(read, name), getattr(expected, name))
    assert len(read) == (synthetic_table.names != "").sum()


def test_one_part_alone(folder: Path, synthetic_table: VoteTable) -> None:
    votes, usage, names = read_ferplus(folder / "FER2013Valid" / "label.csv")
    chosen = (synthetic_table.usage == 1) & (synthetic_table.names != "")
    np.testing.assert_array_equal(votes, synthetic_table.votes[chosen])
    np.testing.assert_array_equal(names, synthetic_table.names[chosen])
    assert set(usage) == {1}


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-16"), (",", "cp1252")])
def test_what_spreadsheets_make_of_them(delimiter: str, encoding: str, folder: Path) -> None:
    before = read_votes(folder, folder)
    for path in folder.rglob("label.csv"):
        with path.open(newline="") as file:
            rows = [(name.upper(), *rest) for name, *rest in csv.reader(file)]
        with path.open("w", newline="", encoding=encoding) as file:
            csv.writer(file, delimiter=delimiter).writerows([*rows, ()])
    after = read_votes(folder, folder)
    np.testing.assert_array_equal(after.votes, before.votes)
    np.testing.assert_array_equal(after.pixels, before.pixels)


def test_a_prepared_folder_names_its_sources(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    command = ("prepare", folder, folder, "--duplicates", "identical", "--split", "official", "--out", tmp_path / "out")
    assert run_cli(*command).code == 0
    assert set(Dataset.load(tmp_path / "out").info.sources) == {f"{part}/label.csv" for part in PARTS}


def test_the_whole_table_in_a_folder_wins(folder: Path, synthetic_files: tuple[Path, Path]) -> None:
    """The repository holds both; the whole table alone fits ``fer2013.csv``."""
    (folder.parent / "fer2013new.csv").write_bytes(synthetic_files[1].read_bytes())
    for got, expected in zip(read_ferplus(folder.parent), read_ferplus(synthetic_files[1]), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_they_do_not_fit_the_table_of_pixels(
    folder: Path, synthetic_files: tuple[Path, Path], tmp_path: Path, run_cli: RunCli
) -> None:
    for votes in (folder, folder / PARTS[0] / "label.csv"):
        answer = run_cli("prepare", synthetic_files[0], votes, "--out", tmp_path / "out")
        check_refused(answer, COULD_NOT, "name images, but not the rows of fer2013.csv", "fer2013new.csv")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda f: (f / "FER2013Train").rename(f / "Train"), "does not say which usage of FER2013"),
        (lambda f: (f / "FER2013Test" / "label.csv").write_text("a,b\n"), r"is not a label\.csv of FER\+.* a, b"),
        (
            lambda f: (
                (f / "FER2013Test" / "label.csv").open("a").write('x.png,"(0, 0, 96, 96)",10,0,0,0,0,0,0,0,0,0\n')
            ),
            r"expected name, box \(0, 0, 48, 48\) and ten votes, got 'x\.png,\(0, 0, 96, 96\)",
        ),
        (
            lambda f: (f / "FER2013Test" / "label.csv").open("a").write('x.png,"(0, 0, 48, 48)",1\n'),
            "ten votes, got 'x",
        ),
        (
            lambda f: (
                (f / "FER2013Test" / "label.csv").open("a").write('x.png,"(0, 0, 48, 48)",11,0,0,0,0,0,0,0,0,0\n')
            ),
            "column neutral: '11' is not a number of votes",
        ),
    ],
)
def test_damaged_folders(damage: Callable[[Path], object], words: str, folder: Path) -> None:
    damage(folder)
    with pytest.raises(DataFileError, match=words):
        read_votes(folder, folder)


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"without fer2013new\.csv and without a label\.csv"):
        read_ferplus(tmp_path)
