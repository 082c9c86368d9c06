"""Benchmarks: what decides what their figures mean. They themselves run by hand."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import ferplus
import foreign_faces
import measured_groups

PRESS = """file,label,state,subject,source_file
0.jpg,neutral,neutral,,images/George_W_Bush_0001.jpg
1.jpg,anger,angry,,images/George_W_Bush_0002.jpg
2.jpg,neutral,neutral,,images/Bono_0001.jpg
3.jpg,neutral,neutral,,images/Somebody_12.jpg
4.jpg,neutral,neutral,,images/Somebody_13.jpg
5.jpg,neutral,neutral,S1,images/Bono_0002.jpg
"""


@pytest.mark.parametrize(("name", "people"), [("muxspace", [0, 0, 2, 3, 4, 5]), ("others", [0, 1, 2, 3, 4, 5])])
def test_people_of_foreign_faces_are_those_of_the_files_names(tmp_path: Path, name: str, people: list[int]) -> None:
    """Other sets have names of this form that say nothing about a person."""
    (tmp_path / name).mkdir()
    labels = tmp_path / name / "labels.csv"
    labels.write_text(PRESS, encoding="utf-8")
    found = foreign_faces.people_of(labels)
    assert [found.index(one) for one in found] == people


def test_faces_that_are_kept_learn_of_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier version kept knows rows of the table only by chance: it is cut out again. No picture 1: no face there."""
    cut: list[str] = []

    def cut_out(_: object, path: Path, *, width: float) -> tuple[np.ndarray | None, int]:
        cut.append(path.name)
        return (None, 0) if path.name == "1.jpg" else (np.full((48, 48), 7, np.uint8), 1)

    monkeypatch.setattr(foreign_faces, "cut_out", cut_out)
    folder, cache = tmp_path / "sets" / "muxspace", tmp_path / "cache"
    folder.mkdir(parents=True)
    cache.mkdir()
    (folder / "labels.csv").write_text(PRESS.replace("Bono_0001", "George_W_Bush_0003"), encoding="utf-8")
    old = {"faces": np.zeros((2, 48, 48), np.uint8), "truth": np.zeros(2), "groups": np.arange(2), "not_found": 0}
    np.savez(cache / f"muxspace-{foreign_faces.WIDTH}.npz", **old)
    for _ in range(2):
        (one,) = foreign_faces.foreign_sets(tmp_path / "sets", cache)
        assert len(one.faces) == 5 and one.not_found == 1
        assert len(set(one.groups)) == 4 and one.groups[0] == one.groups[1]
    assert len(cut) == 6


def test_a_part_without_images_of_the_ferplus_benchmark_is_one_sentence(dataset: Dataset) -> None:
    nobody = dataclasses.replace(dataset, votes=np.zeros_like(dataset.votes))
    with pytest.raises(SystemExit, match="The part test of the prepared data has no image of the benchmark"):
        ferplus.measure(nobody, Path("any.onnx"), "test", nobody.votes)


def test_copies_of_a_photo_are_one_piece_of_evidence_in_the_ferplus_benchmark() -> None:
    right = np.repeat(np.random.default_rng(0).random(60) < 0.7, 20)
    together = ferplus.interval(right, np.repeat(np.arange(60), 20))
    apart = ferplus.interval(right, np.arange(1200))
    assert together[1] - together[0] > 3 * (apart[1] - apart[0]) > 0
    assert together[0] < right.mean() < together[1]


def test_the_page_of_groups_can_be_written_from_its_file(tmp_path: Path) -> None:
    """And is the one that is kept; a later section stays."""
    root = Path(__file__).parents[1]
    page = tmp_path / "groups.md"
    page.write_text("old\n\n## Retraining with more weight\n", encoding="utf-8")
    measured_groups.write_page(page, measured_groups.kept(root / "results" / "measured_groups.json"))
    written, heading, rest = page.read_text(encoding="utf-8").partition("## Retraining")
    assert (root / "docs" / "groups.md").read_text(encoding="utf-8").startswith(written + heading)
    assert rest == " with more weight\n"
