"""Fine-tuning: training that starts from the weights of another run."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from aiducation.data.dataset import Dataset
from aiducation.errors import DataMismatchError, ModelFileError, RunError
from aiducation.runs import RunFolder
from aiducation.training.config import TrainConfig
from aiducation.training.export import export_run
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.learner import Learner
from aiducation.training.onnx_weights import fill_from_onnx
from aiducation.training.start_weights import check_unseen, start_from
from aiducation.training.train_run import train_run, without_folds
from aiducation.vision.classifier import Classifier, default_model_path
from commands import RunCli
from needs import need_package
from tiny_flagship import TINY as FLAGSHIP

TINY = TrainConfig(model="Compact_W4_D1", epochs=1, precision="float32")


@pytest.fixture(scope="module")
def source(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run to start from. Read only: tests share it."""
    run = RunFolder(tmp_path_factory.mktemp("source") / "run")
    train_run(dataset, "official", TINY, run.path, device="cpu")
    return run


def test_the_network_begins_with_the_other_run_s_weights(source: RunFolder, dataset: Dataset) -> None:
    learner = Learner(dataclasses.replace(TINY, seed=9), device="cpu")
    for given in (source.path, source.best_path):
        about = start_from(learner, given)
        assert about["sha256"] == hashlib.sha256(source.best_path.read_bytes()).hexdigest()
        assert (about["model"], about["epoch"], about["data_hash"]) == (TINY.model, 1, dataset.data_hash)
    made = source.predictions("valid")
    assert np.array_equal(learner.predict(np.ascontiguousarray(dataset.images[made.ids])), made.probs)


def test_the_average_of_a_flagship_begins_there_too(flagship_run: RunFolder, dataset: Dataset) -> None:
    learner = Learner(dataclasses.replace(FLAGSHIP, seed=9), device="cpu")
    start_from(learner, flagship_run.path)
    made = flagship_run.predictions("valid")
    assert np.array_equal(learner.predict(np.ascontiguousarray(dataset.images[made.ids])), made.probs)


@pytest.mark.slow
def test_the_run_records_it_and_goes_on_only_from_it(
    source: RunFolder, prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    run = RunFolder(tmp_path / "run")
    command = ("train", prepared, "--out", run.path, "--model", TINY.model, "--device", "cpu", "--epochs")
    answer = run_cli(*command, 1, "--from", source.path)
    assert answer.code == 0, answer.err
    start = run.info().start
    assert start is not None and start["path"] == str(source.path)
    assert run_cli(*command, 2, "--resume").code == 0
    assert run_cli(*command, 3, "--resume", "--from", source.best_path).code == 0
    assert run.info().start == start and run.info().epochs_done == 3
    answer = run_cli(*command, 4, "--resume", "--from", run.best_path)
    assert answer.code == 1 and "was not begun with the weights of" in answer.err
    assert run_cli("train", prepared, "--out", tmp_path / "plain", "--model", TINY.model, "--epochs", 1).code == 0
    assert '"start"' not in (tmp_path / "plain" / "run.json").read_text()


@pytest.mark.slow
def test_a_run_that_was_stopped_before_its_first_checkpoint_starts_there_again(
    source: RunFolder, dataset: Dataset, tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    whole, run = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "run")
    train_run(dataset, "official", TINY, whole.path, start=source.path, device="cpu")
    with pytest.raises(KeyboardInterrupt):
        train_run(dataset, "official", TINY, run.path, start=source.path, device="cpu", progress=stop)
    assert not run.checkpoint_path.exists()
    train_run(dataset, "official", TINY, run.path, device="cpu", resume=True)
    assert run.best_path.read_bytes() == whole.best_path.read_bytes()


@pytest.mark.slow
def test_weights_that_learned_from_images_that_judge_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    """Also as a file that was moved or exported: it says on which split it learned, beside which fold, and of which data."""
    need_package("onnx")
    for split, fold, another in (("random", None, ("official", None)), ("folds3", 0, ("folds3", 1))):
        run = RunFolder(tmp_path / split)
        train_run(dataset, split, TINY, run.path, fold=fold, device="cpu")
        moved = Path(shutil.copy(run.best_path, tmp_path / f"{split}.safetensors"))
        for start in (run.path, run.best_path, moved, export_run(run, tmp_path / f"{split}.onnx")):
            with pytest.raises(RunError, match=f"images of the valid split, .* its own split '{split}'"):
                check_unseen(start, dataset, without_folds(dataset.split(another[0]), another[1]))
            assert check_unseen(start, dataset, without_folds(dataset.split(split), fold)) == ""
    elsewhere = dataclasses.replace(dataset, info=dataclasses.replace(dataset.info, data_hash="0" * 64))
    for start in (tmp_path / "random.onnx", tmp_path / "random.safetensors"):
        assert check_unseen(start, elsewhere, dataset.split("official")) == ""


@pytest.mark.slow
def test_weights_of_which_nothing_says_what_they_learned_from_get_a_note(
    source: RunFolder, dataset: Dataset, prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    learner = Learner(TINY, device="cpu")
    learner.save(by_hand := tmp_path / "by_hand.safetensors")
    earlier = tmp_path / "earlier.safetensors"  # files of runs named the data, but no split
    learner.save(earlier, epoch=1, data_hash=dataset.data_hash, criteria=dataset.info.criteria)
    command = ("train", prepared, "--model", TINY.model, "--device", "cpu", "--epochs", 1)
    for start in (by_hand, earlier):
        answer = run_cli(*command, "--out", tmp_path / start.stem, "--from", start)
        assert answer.code == 0 and f"Nothing says which images {start} was trained on" in " ".join(answer.err.split())
    answer = run_cli(*command, "--out", tmp_path / "run", "--from", source.path)
    assert answer.code == 0 and "Nothing says" not in answer.err


def test_what_cannot_be_started_from_is_named(source: RunFolder, dataset: Dataset, tmp_path: Path) -> None:
    def begin(start: Path, model: str = TINY.model) -> None:
        config = dataclasses.replace(TINY, model=model)
        train_run(dataset, "official", config, tmp_path / "run", start=start, device="cpu")

    with pytest.raises(RunError, match="has no weights to start from"):
        begin(tmp_path / "none")
    damaged = Path(shutil.copy(source.best_path, tmp_path / "damaged.safetensors"))
    damaged.write_bytes(damaged.read_bytes()[:1000])
    with pytest.raises(RunError, match="missing or damaged"):
        begin(damaged)
    with pytest.raises(DataMismatchError, match=r"belongs to another model|expects"):
        begin(source.path, "Compact_W8_D1")
    assert not (tmp_path / "run").exists()


def test_an_exported_file_that_is_damaged_or_another_s_is_named(dataset: Dataset, tmp_path: Path) -> None:
    need_package("onnx")
    packaged = default_model_path().with_name("flagship.onnx").read_bytes()
    faces = np.ascontiguousarray(dataset.images[:64])
    learner = Learner(FlagshipConfig(), device="cpu")
    for content in (packaged[: len(packaged) // 2], b"something else", b""):
        path = tmp_path / "given.onnx"
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=r"given\.onnx"):
            start_from(learner, path, lambda: faces)
    network = learner.recipe.network()
    network.outcome_head = torch.nn.Linear(128, 4)
    path.write_bytes(packaged)
    with pytest.raises(RunError, match=r"given\.onnx holds another network: it has no outcome_head of \(4, 128\)"):
        fill_from_onnx(network, path, torch.zeros(4, 1, 48, 48))


def test_the_packaged_model_is_a_start(dataset: Dataset) -> None:
    """Its batch norms are folded into the file; the network that goes on from there answers as the file does."""
    faces = np.ascontiguousarray(dataset.images[:64])
    learner = Learner(FlagshipConfig(), device="cpu")
    about = start_from(learner, Path("flagship"), lambda: faces)
    assert about["model"] == "flagship" and about["path"] == "flagship"
    packaged = Classifier(default_model_path().with_name("flagship.onnx"), threads=1)
    np.testing.assert_allclose(learner.logits(faces), packaged.logits(faces), atol=0.02)
