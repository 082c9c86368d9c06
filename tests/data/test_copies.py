from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.copies import PAIRS_FILE, REFERENCE, copy_counts, read_pairs, write_pairs
from aiducation.data.dataset import Dataset
from aiducation.data.duplicates import KINDS, LEVELS, Duplicates, find_identical
from aiducation.errors import DataFileError

#: Images 0 and 1 are identical, 2 is nearly so; 3 and 4 are re-cropped copies of each other; 5 is alone.
FOUND = Duplicates(
    group=np.array([0, 0, 0, 1, 1, 2], np.int32),
    pairs=np.array([[0, 1], [0, 2], [3, 4]]),
    kind=np.array([0, 1, 2], np.int8),
    similarity=np.array([1, 0.99, 0.9], np.float32),
)


def test_counts_by_example() -> None:
    usage = np.array([0, 0, 2, 2, 1, 2])
    counts = copy_counts(FOUND, usage, labelled=np.array([0, 2, 3, 5]))
    assert {name: counts[f"{name}_groups"] for name in LEVELS} == {"identical": 1, "near": 1, "all": 2}
    assert {name: counts[f"{name}_groups_across_usages"] for name in LEVELS} == {"identical": 0, "near": 1, "all": 2}
    assert counts["test_images_with_copy"] == 2  # images 2 and 3; 5 has no copy
    assert counts["test_images_with_labelled_copy"] == 1  # the copy of 3 shows no state
    assert counts["recropped_pairs"] == 1 and counts["mirrored_pairs"] == 0
    assert set(REFERENCE) <= set(counts)


def test_levels_that_were_not_searched_are_not_counted() -> None:
    found = find_identical(np.zeros((3, 48, 48), np.uint8))
    assert found.searched == ("identical",)
    counts = copy_counts(found, np.array([0, 1, 2]), np.arange(3))
    assert counts == {
        "identical_groups": 1,
        "identical_images": 3,
        "identical_largest_group": 3,
        "identical_pairs": 2,
        "identical_groups_across_usages": 1,
        "test_images_with_copy": 1,
        "test_images_with_labelled_copy": 1,
    }


def test_round_trip(tmp_path: Path) -> None:
    write_pairs(FOUND, tmp_path / "pairs.csv")
    read = read_pairs(tmp_path / "pairs.csv", FOUND.group, FOUND.searched)
    for name in ("group", "pairs", "kind", "similarity"):
        np.testing.assert_array_equal(getattr(read, name), getattr(FOUND, name))
    none = Duplicates(**{**vars(FOUND), "pairs": FOUND.pairs[:0], "kind": FOUND.kind[:0], "similarity": np.zeros(0)})
    write_pairs(none, tmp_path / "none.csv")
    assert read_pairs(tmp_path / "none.csv", FOUND.group, KINDS).pairs.shape == (0, 2)


def test_a_prepared_folder_knows_its_copies(dataset: Dataset) -> None:
    found = dataset.duplicates()
    assert dataset.info.duplicates == {"method": "full", **found.counts()}
    np.testing.assert_array_equal(found.levels()["all"], dataset.duplicate_group)


@pytest.mark.parametrize("text", ["", "image,copy\n0,1\n", "image,copy,kind,similarity\n0,1,twin,1\n",
                                  "image,copy,kind,similarity\n0,600,near,1\n", "image,copy,kind,similarity\n0\n"])  # fmt: skip
def test_damaged_pairs(text: str, prepared: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(prepared, tmp_path / "data"))
    (folder / PAIRS_FILE).write_text(text, encoding="utf-8")
    if text:
        with pytest.raises(DataFileError, match=f"{PAIRS_FILE} is missing or damaged"):
            Dataset.load(folder).duplicates()
    else:
        assert len(Dataset.load(folder).duplicates().pairs) == 0
    (folder / PAIRS_FILE).unlink()
    with pytest.raises(DataFileError, match=f"{PAIRS_FILE} is missing or damaged"):
        Dataset.load(folder).duplicates()
