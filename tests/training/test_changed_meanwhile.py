"""What was changed while a training was paused: it does not go on with other images, or with other weights of images."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.errors import DataMismatchError, RunError
from aiducation.runs import RunFolder
from aiducation.training.config import TrainConfig
from aiducation.training.study import PlannedRun, is_done
from aiducation.training.train_run import train_run
from small_data import NO_STATE, PARTS, small_data

CONFIG = TrainConfig(model="B2_N1_FC0_K3_AP2", epochs=2, precision="float32")


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    return small_data(tmp_path / "data")


def test_a_split_of_the_same_name_and_size(data: Dataset, tmp_path: Path) -> None:
    run, planned = tmp_path / "run", PlannedRun(split="official", fold=None, config=CONFIG)
    train_run(data, "official", CONFIG, run, until=1, device="cpu")
    assert is_done(run, planned, data, 1)
    split = data.split("official")
    train, valid = split.parts["train"].copy(), split.parts["valid"].copy()
    train[-1], valid[0] = valid[0], train[-1]  # one image of each part is in the other one
    parts = {**split.parts, "train": np.sort(train), "valid": np.sort(valid)}
    dataclasses.replace(split, parts=parts).save(tmp_path / "data" / "splits" / "official.json")
    with pytest.raises(RunError, match="was begun with other images in the parts of the split 'official'"):
        train_run(data, "official", CONFIG, run, resume=True, device="cpu")
    assert not is_done(run, planned, data, 1)
    split.save(tmp_path / "data" / "splits" / "official.json")
    (run / "split.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match=r"split\.json is damaged, so that nothing says which images"):
        train_run(data, "official", CONFIG, run, resume=True, device="cpu")
    (run / "split.json").unlink()
    assert train_run(data, "official", CONFIG, run, resume=True, device="cpu").epochs_done == 2


def test_a_table_of_weights(data: Dataset, tmp_path: Path) -> None:
    table, run = tmp_path / "weights.csv", RunFolder(tmp_path / "run")
    table.write_text("id,weight\n0,2\n1,3\n", encoding="utf-8")
    config = dataclasses.replace(CONFIG, weights=str(table))
    train_run(data, "official", config, run.path, until=1, device="cpu")
    table.write_text("id,weight\n0,2\n1,1\n", encoding="utf-8")
    with pytest.raises(RunError, match=r"weights\.csv is not as it was when this training began"):
        train_run(data, "official", config, run.path, resume=True, device="cpu")
    table.write_text("id,weight\n1,3\n0,2\n2,1\n", encoding="utf-8")  # the same weights
    assert train_run(data, "official", config, run.path, resume=True, device="cpu").epochs_done == 2


def test_weights_that_know_the_images_that_judge_them(data: Dataset, tmp_path: Path) -> None:
    first = tmp_path / "first"
    train_run(data, "official", CONFIG, first, until=1, device="cpu")
    split = data.split("official")
    for part in ("valid", "test"):
        turned = {**split.parts, part: split.parts["train"][:20], "train": split.parts[part]}
        dataclasses.replace(split, name="turned", parts=turned).save(tmp_path / f"{part}.json")
        for start in (first, first / "best.safetensors"):
            with pytest.raises(RunError, match=f"was trained on 20 of the 20 images of the {part} split"):
                train_run(data, str(tmp_path / f"{part}.json"), CONFIG, tmp_path / "run", start=start, device="cpu")
    assert not (tmp_path / "run").exists()
    assert train_run(data, "official", CONFIG, tmp_path / "run", start=first, until=1, device="cpu").start is not None


def test_a_split_with_images_of_no_state(data: Dataset, tmp_path: Path) -> None:
    split = data.split("official")
    others = np.arange(sum(PARTS), sum(PARTS) + NO_STATE)
    parts = {**split.parts, "train": np.concatenate([split.parts["train"], others])}
    dataclasses.replace(split, name="wide", parts=parts).save(tmp_path / "wide.json")
    with pytest.raises(DataMismatchError, match=r"8 of 88 images of this split show none of the four states"):
        train_run(data, str(tmp_path / "wide.json"), CONFIG, tmp_path / "run", device="cpu")
