"""Judging a run on one part of its split."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.errors import DataMismatchError, RunError
from aiducation.runs import RunFolder
from aiducation.training.config import TrainConfig
from aiducation.training.evaluate_run import evaluate_run
from aiducation.training.train_run import train_run


@pytest.fixture(scope="module")
def whole(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run. Read only: tests share it."""
    run = RunFolder(tmp_path_factory.mktemp("whole") / "run")
    train_run(dataset, "official", TrainConfig(model="Compact_W4_D1", epochs=1), run.path, device="cpu")
    return run


def test_every_part_can_be_evaluated(whole: RunFolder, dataset: Dataset) -> None:
    for part in ("train", "valid", "test"):
        made = evaluate_run(whole, dataset, part, device="cpu")
        assert np.array_equal(made.ids, dataset.split("official").parts[part])
    assert not (whole.path / "train.npz").exists()


def test_other_data_is_refused(whole: RunFolder, dataset: Dataset) -> None:
    info = dataclasses.replace(dataset.info, data_hash="0" * 64)
    with pytest.raises(DataMismatchError, match="trained on other data"):
        evaluate_run(whole, dataclasses.replace(dataset, info=info), "valid", device="cpu")


def test_a_folder_without_a_run_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not the folder of a run"):
        evaluate_run(RunFolder(tmp_path), dataset, "valid", device="cpu")


def test_a_run_keeps_its_split(dataset: Dataset, tmp_path: Path) -> None:
    """A split from a file elsewhere, even one that is gone later, can be judged from the run's folder."""
    elsewhere = tmp_path / "mine.json"
    dataset.split("random").save(elsewhere)
    train_run(dataset, str(elsewhere), TrainConfig(model="Compact_W8_D1", epochs=1), tmp_path / "run")
    elsewhere.unlink()
    made = evaluate_run(RunFolder(tmp_path / "run"), dataset, "train")
    assert made.ids.tolist() == dataset.split("random").parts["train"].tolist()
