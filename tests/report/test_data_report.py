from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.report.data_report import write_data_report
from aiducation.states import OTHER, STATES

FACES = {"samples", "mean_faces"}
NUMBERS = {"emotions", "cleaning", "states", "agreement", "entropy", "intensity", "duplicates", "splits"}


@pytest.fixture(scope="module")
def report(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_report(dataset, tmp_path_factory.mktemp("report")).parent


def test_every_figure_is_there_as_svg_and_png(report: Path) -> None:
    assert {path.stem for path in (report / "figures").iterdir()} == FACES | NUMBERS
    for path in (report / "figures").glob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_the_page_stands_alone(report: Path, check_page: Callable[[str], None]) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    check_page(page)
    for name in FACES | NUMBERS:
        assert f'<figure id="{name}"' in page


def test_the_numbers_are_those_of_the_data(report: Path, dataset: Dataset) -> None:
    numbers = json.loads((report / "data_report.json").read_text(encoding="utf-8"))
    assert numbers["images"] == len(dataset) and numbers["kept"] == int(dataset.kept.sum())
    for i, name in enumerate(STATES):
        assert numbers["states"][name] == int(np.sum(dataset.kept & (dataset.state == i)))
    assert sum(numbers["states"].values()) == numbers["kept"]
    assert numbers["labelled"] == numbers["kept"] - numbers["states"][OTHER]
    parts = numbers["splits"]["official"]
    assert {part: sum(counts.values()) for part, counts in parts.items()} == {
        part: len(ids) for part, ids in dataset.split("official").parts.items()
    }


def test_tables_hold_the_same_numbers(report: Path) -> None:
    numbers = json.loads((report / "data_report.json").read_text(encoding="utf-8"))
    with (report / "states.csv").open(newline="", encoding="utf-8") as file:
        assert {row["state"]: int(row["all"]) for row in csv.DictReader(file)} == numbers["states"]


def test_without_faces_no_face_is_written(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "samples.png").write_bytes(b"of an earlier report")
    page = write_data_report(dataset, tmp_path, with_faces=False).read_text(encoding="utf-8")
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == NUMBERS
    assert "<image" not in page and "data:image" not in page
    assert "cleared for publication" in page


def test_the_counts_of_the_study_come_out_on_the_real_files(shared_data: Path) -> None:
    """Agreement and entropy need the votes alone, which are read in a second; images are not."""
    from aiducation.data import analysis
    from aiducation.data.cleaning import clean
    from aiducation.data.criteria import CRITERIA
    from aiducation.data.votes import read_ferplus
    from aiducation.published import STATE_COUNTS

    votes, _, _ = read_ferplus(shared_data / "fer2013new.csv")
    kept, _ = clean(votes)
    counts = analysis.state_counts(CRITERIA["published"].assign(votes), kept)
    assert {name: counts[name] for name in STATES} == STATE_COUNTS
    assert counts[OTHER] == 35_459 - 16_256
    assert np.median(analysis.vote_entropy(votes)[kept]) == pytest.approx(0.9219, abs=1e-3)
