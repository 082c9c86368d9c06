from __future__ import annotations

import csv
import json
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aiducation.data.copies import REFERENCE
from aiducation.data.dataset import Dataset
from aiducation.data.prepare import prepare
from aiducation.errors import OutputExistsError
from aiducation.states import OTHER, STATES
from aiducation.study_report import data_figures, data_report
from aiducation.study_report.data_report import write_data_report
from aiducation.study_report.data_tables import COPY_ROWS
from aiducation.study_report.page_parts import FigureFolder, PageFigure

FACES = {"samples", "mean_faces"}
NUMBERS = {"emotions", "cleaning", "states", "agreement", "entropy", "intensity", "duplicates", "splits"}


@pytest.fixture(scope="module")
def report(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_report(dataset, tmp_path_factory.mktemp("report")).parent


@pytest.mark.slow
def test_every_figure_is_there_as_svg_and_png(report: Path) -> None:
    assert {path.stem for path in (report / "figures").iterdir()} == FACES | NUMBERS
    for path in (report / "figures").glob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_page_stands_alone(report: Path, check_page: Callable[[str], None]) -> None:
    page = (report / "index.html").read_text(encoding="utf-8")
    check_page(page)
    for name in FACES | NUMBERS:
        assert f'<figure id="{name}"' in page


@pytest.mark.slow
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


@pytest.mark.slow
def test_tables_hold_the_same_numbers(report: Path) -> None:
    numbers = json.loads((report / "data_report.json").read_text(encoding="utf-8"))
    with (report / "states.csv").open(newline="", encoding="utf-8") as file:
        assert {row["state"]: int(row["all"]) for row in csv.DictReader(file)} == numbers["states"]


@pytest.mark.slow
def test_it_says_what_it_was_made_with(report: Path, dataset: Dataset) -> None:
    numbers = json.loads((report / "data_report.json").read_text(encoding="utf-8"))
    assert numbers["environment"].keys() >= {"commit", "packages", "command"}
    assert list(numbers["splits"]) == list(dataset.splits())


@pytest.mark.slow
def test_copies_stand_beside_the_reference(report: Path, dataset: Dataset) -> None:
    with (report / "duplicates.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["duplicates"] for row in rows] == list(COPY_ROWS.values())
    found = dict(zip(COPY_ROWS, rows, strict=True))
    assert {name: int(row["reference"]) for name, row in found.items() if row["reference"]} == REFERENCE
    assert int(found["all_groups"]["found"]) == dataset.info.duplicates["all_groups"]
    page = (report / "index.html").read_text(encoding="utf-8")
    assert "checked by eye" in page and "1,516" in page


@pytest.mark.slow
def test_an_identical_search_is_not_passed_off_as_more(synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    made = prepare(*synthetic_files, tmp_path / "data", splits=("random",), duplicates="identical")
    page = write_data_report(made, tmp_path / "report", with_faces=False).read_text(encoding="utf-8")
    assert "Only pixel-identical images were searched for" in page
    assert "nearly" not in (tmp_path / "report" / "duplicates.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_images_in_folders_come_without_labels(
    dataset: Dataset, synthetic_files: tuple[Path, Path], tmp_path: Path, check_page: Callable[[str], None]
) -> None:
    (tmp_path / "faces").mkdir()
    for name, pixels in list(zip(dataset.names, dataset.images, strict=True))[10:]:
        if name:
            Image.fromarray(np.asarray(pixels)).save(tmp_path / "faces" / str(name))
    made = prepare(
        tmp_path / "faces", synthetic_files[1], tmp_path / "data", splits=("random",), duplicates="identical"
    )
    page = write_data_report(made, tmp_path / "report").read_text(encoding="utf-8")
    check_page(page)
    assert "own labels are not known here" in page and f"{made.info.without_image} more images have votes" in page
    assert {path.stem for path in (tmp_path / "report" / "figures").iterdir()} == FACES | NUMBERS - {
        "emotions", "agreement",
    }  # fmt: skip
    assert not {path.stem for path in (tmp_path / "report").glob("*.csv")} & {"emotions", "agreement_rates"}


@pytest.mark.slow
def test_a_report_that_fails_leaves_nothing(
    dataset: Dataset, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(report, tmp_path / "old")
    before = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "old").rglob("*.*"))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the template is broken")

    def one_figure(figures: FigureFolder, _: Dataset, numbers: dict[str, Any]) -> dict[str, PageFigure]:
        return {"states": figures.add("states", data_figures.states_figure(numbers["states"]), "")}

    monkeypatch.setattr(data_report, "_number_figures", one_figure)
    monkeypatch.setattr(data_report, "write_page", fail)
    for out in (tmp_path / "new", tmp_path / "old"):
        with pytest.raises(RuntimeError, match="broken"):
            write_data_report(dataset, out, force=True, with_faces=False)
    assert sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "old").rglob("*.*")) == before
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.slow
def test_without_faces_no_face_is_written(dataset: Dataset, report: Path, tmp_path: Path) -> None:
    shutil.copytree(report, tmp_path, dirs_exist_ok=True)
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == FACES | NUMBERS
    with pytest.raises(OutputExistsError, match="--force"):
        write_data_report(dataset, tmp_path)
    page = write_data_report(dataset, tmp_path, with_faces=False, force=True).read_text(encoding="utf-8")
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == NUMBERS
    assert "<image" not in page and "data:image" not in page
    assert "cleared for publication" in page


def test_the_counts_of_the_study_come_out_on_the_real_files(shared_data: Path) -> None:
    """Agreement and entropy need the votes alone, which are read in a second; images are not."""
    from aiducation.data import analysis
    from aiducation.data.cleaning import clean
    from aiducation.data.criteria import CRITERIA
    from aiducation.data.vote_files import read_ferplus
    from aiducation.published import STATE_COUNTS

    votes, _, _ = read_ferplus(shared_data / "fer2013new.csv")
    kept, _ = clean(votes)
    counts = analysis.state_counts(CRITERIA["published"].assign(votes), kept)
    assert {name: counts[name] for name in STATES} == STATE_COUNTS
    assert counts[OTHER] == 35_459 - 16_256
    assert np.median(analysis.vote_entropy(votes)[kept]) == pytest.approx(0.9219, abs=1e-3)
