"""Two results, or two sets of data, with the same values are equal, and ``==`` answers for any number of faces."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation import Dataset, Predictions, Split, VoteTable, group_of, read_votes
from makers import lesson


def _values(dataset: Dataset, votes: VoteTable) -> dict[str, Any]:
    recording = lesson()
    faces = max(recording.frames, key=len)
    group = group_of(recording, 1)
    return {
        "detections": faces.detections,
        "quality": faces.quality,
        "faces": faces,
        "recording": recording,
        "group": group,
        "timeline": group.over_time,
        "votes": votes,
        "dataset": dataset,
        "split": dataset.split("official"),
        "predictions": Predictions(
            ids=np.arange(3), y_true=np.zeros(3, int), probs=np.full((3, 4), 0.25), groups=np.arange(3)
        ),
    }


def test_the_same_values_are_equal(dataset: Dataset, synthetic_files: tuple[Path, Path]) -> None:
    for name, value in _values(dataset, read_votes(*synthetic_files)).items():
        again = copy.deepcopy(value)
        assert value == again, name
        assert value != name
    recording = lesson()
    assert len(recording.frames[0]) > 1 and np.isnan(recording.frames[0].votes).any(), "several faces, some not judged"


def test_one_other_number_makes_them_unequal(dataset: Dataset, synthetic_files: tuple[Path, Path]) -> None:
    values = _values(dataset, read_votes(*synthetic_files))
    for name in ("detections", "quality", "faces", "timeline", "votes", "dataset", "predictions"):
        value = values[name]
        field = next(f.name for f in dataclasses.fields(value) if isinstance(getattr(value, f.name), np.ndarray))
        other = copy.deepcopy(value)
        getattr(other, field).flat[0] += 1
        assert value != other, name
    recording, split = values["recording"], values["split"]
    assert recording != dataclasses.replace(recording, frames=recording.frames[:-1])
    assert recording != dataclasses.replace(recording, frames=recording.frames[::-1])
    moved = {**split.parts, "test": split.parts["test"][:-1]}
    assert split != dataclasses.replace(split, parts=moved)
    assert split != dataclasses.replace(split, parts={**moved, "more": split.parts["test"][-1:]})


def test_what_is_read_back_is_equal(dataset: Dataset, tmp_path: Path) -> None:
    """Wherever it lies: the folder does not count."""
    dataset.save(tmp_path / "data")
    assert Dataset.load(tmp_path / "data") == dataset
    split = dataset.split("official")
    split.save(tmp_path / "split.json")
    assert Split.load(tmp_path / "split.json") == split


def test_values_with_arrays_have_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(lesson().frames[0])
