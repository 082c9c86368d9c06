"""Tables that are read once for all tests of this folder."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from aiducation.data.vote_files import read_votes
from aiducation.data.votes import VoteTable


@pytest.fixture(scope="session")
def real_table(shared_data: Path, made_once: Callable[..., Path]) -> VoteTable:
    """All of FER2013 with FER+, read by one of all test processes. Read only: tests share it."""

    def make(folder: Path) -> None:
        table = read_votes(shared_data / "fer2013.csv.gz", shared_data / "fer2013new.csv")
        (folder / "table.pickle").write_bytes(pickle.dumps(table))

    table: VoteTable = pickle.loads((made_once("real-table", make) / "table.pickle").read_bytes())
    return table


@pytest.fixture(scope="session")
def synthetic_table(synthetic_files: tuple[Path, Path]) -> VoteTable:
    """600 synthetic faces as the two files give them. Read only: tests share it."""
    return read_votes(*synthetic_files)
