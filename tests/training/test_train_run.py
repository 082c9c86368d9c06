"""One run in its folder: what it writes, and that pausing, stopping and going on change no number."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open

from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError, OutputExistsError, RunError
from aiducation.runs import LOG_COLUMNS, RunFolder
from aiducation.temporary import temporary_name
from aiducation.training.config import TrainConfig
from aiducation.training.evaluate_run import evaluate_run
from aiducation.training.learner import Learner
from aiducation.training.study import PlannedRun, is_done
from aiducation.training.train_run import train_run
from commands import COULD_NOT, RunCli, check_refused

#: Chosen so that the best epoch moves from the first to the third, and is not the last.
TINY = TrainConfig(model="Compact_W4_D1", epochs=4, learning_rate=0.003, seed=1, precision="float32")

TIMES = ("images_per_s", "seconds")


def start(dataset: Dataset, folder: Path, config: TrainConfig = TINY, **options: Any) -> RunFolder:
    train_run(dataset, options.pop("split", "official"), config, folder, device="cpu", **options)
    return RunFolder(folder)


@pytest.fixture(scope="module")
def whole(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nothing interrupted. Read only: tests share it."""
    return start(dataset, tmp_path_factory.mktemp("whole") / "run")


def assert_same_numbers(one: RunFolder, other: RunFolder) -> None:
    """Log, best weights and predictions agree bit for bit."""
    logs = [run.log() for run in (one, other)]
    for column in logs[0]:
        if column not in TIMES:
            assert np.array_equal(logs[0][column], logs[1][column]), column
    assert one.best_path.read_bytes() == other.best_path.read_bytes()
    for part in ("valid", "test"):
        made = [run.predictions(part) for run in (one, other)]
        assert made[0].info == made[1].info
        for name in ("ids", "y_true", "probs", "groups"):
            assert np.array_equal(getattr(made[0], name), getattr(made[1], name)), (part, name)


class StopError(Exception):
    """Stands for whatever ends a process."""


def stop_in_epoch(epoch: int) -> Callable[[int, int], None]:
    """A progress callback that stops the training in the middle of an epoch."""
    seen = 0

    def progress(done: int, total: int) -> None:
        nonlocal seen
        if done == 64:
            seen += 1
        if seen == epoch and done > total // 2:
            raise StopError

    return progress


def test_a_finished_run_has_all_its_files(whole: RunFolder, dataset: Dataset) -> None:
    names = {"run.json", "split.json", "log.csv", "best.safetensors", "checkpoint.safetensors", "valid.npz", "test.npz"}
    assert {path.name for path in whole.path.iterdir()} == names
    info, split = whole.info(), dataset.split("official")
    assert (info.model, info.split, info.fold, info.seed) == ("Compact_W4_D1", "official", None, 1)
    assert (info.n_train, info.n_valid, info.n_test) == tuple(len(split.parts[p]) for p in ("train", "valid", "test"))
    assert info.data_hash == dataset.data_hash
    assert info.finished
    assert TrainConfig.from_json(info.config) == TINY
    assert info.environment["device"] == "cpu"


def test_its_files_are_those_that_older_versions_wrote(whole: RunFolder) -> None:
    """Runs that were begun with an older version go on with this one, and the other way round."""
    assert set(json.loads(whole.info_path.read_text(encoding="utf-8"))) == {
        *(
            "model",
            "config",
            "split",
            "fold",
            "seed",
            "data_hash",
            "criteria",
            "n_train",
            "n_valid",
            "n_test",
            "epochs",
        ),
        *("parameters", "epochs_done", "best_epoch", "states", "environment"),
    }
    assert set(whole.info().config) == {
        *("model", "epochs", "batch_size", "learning_rate", "weight_decay", "flip", "rotation", "seed", "precision"),
    }
    with safe_open(whole.checkpoint_path, framework="np") as file:
        kinds = {name.split(".")[0] for name in file.keys()}  # noqa: SIM118 - it is no dictionary
        assert kinds == {"model", "best", "exp_avg", "exp_avg_sq", "step"}
        assert set(json.loads(file.metadata()["info"])) == {"config", "log", "best_epoch"}
    assert set(whole.log()) == set(LOG_COLUMNS)


def test_the_best_epoch_s_weights_made_the_predictions(whole: RunFolder, dataset: Dataset) -> None:
    log, info = whole.log(), whole.info()
    assert info.best_epoch == 1 + int(log["valid_accuracy"].argmax())
    for part in ("valid", "test"):
        made = whole.predictions(part)
        assert np.array_equal(made.ids, dataset.split("official").parts[part])
        assert np.array_equal(made.y_true, dataset.state[made.ids])
        assert made.info["part"] == part
        assert made.info["epoch"] == info.best_epoch
        assert made.info["data_hash"] == dataset.data_hash
    assert whole.predictions("valid").correct.mean() == pytest.approx(log["valid_accuracy"].max(), abs=1e-6)


@pytest.mark.slow
def test_predictions_say_which_images_have_a_copy_in_the_training_part(dataset: Dataset, tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, epochs=1)
    run = start(dataset, tmp_path / "run", config, split="published")
    split = dataset.split("published")
    in_train = set(dataset.duplicate_group[split.parts["train"]].tolist())
    for part in ("valid", "test"):
        expected = [int(i) for i in split.parts[part] if int(dataset.duplicate_group[i]) in in_train]
        assert run.predictions(part).info["has_copy_in_train"] == expected
    clean = start(dataset, tmp_path / "clean", config, split="random")
    assert clean.predictions("valid").info["has_copy_in_train"] == []


def test_the_same_run_twice_gives_the_same_numbers(whole: RunFolder, dataset: Dataset, tmp_path: Path) -> None:
    assert_same_numbers(start(dataset, tmp_path / "run"), whole)


@pytest.mark.slow
def test_pausing_and_going_on_changes_no_number(whole: RunFolder, dataset: Dataset, tmp_path: Path) -> None:
    for epoch in range(1, TINY.epochs):
        run = start(dataset, tmp_path / "run", until=epoch, resume=True)
        info = run.info()
        assert (info.epochs_done, info.finished) == (epoch, False)
        assert run.predictions("valid").info["epoch"] == info.best_epoch
        assert not run.has_predictions("test"), "the test images are judged once, at the end"
    assert_same_numbers(start(dataset, tmp_path / "run", resume=True), whole)


@pytest.mark.slow
@pytest.mark.parametrize(("epoch", "checkpoint_every"), [(1, 0.0), (2, 3600.0), (4, 0.0)])
def test_stopping_amid_an_epoch_changes_no_number(
    whole: RunFolder, dataset: Dataset, tmp_path: Path, epoch: int, checkpoint_every: float
) -> None:
    with pytest.raises(StopError):
        start(dataset, tmp_path / "run", progress=stop_in_epoch(epoch), checkpoint_every=checkpoint_every)
    run = RunFolder(tmp_path / "run")
    kept = epoch - 1 if checkpoint_every == 0 else 0
    assert run.info().epochs_done == len(run.log()["epoch"]) == kept
    assert_same_numbers(start(dataset, tmp_path / "run", resume=True), whole)


@pytest.mark.slow
def test_predictions_never_outlive_the_weights_that_made_them(dataset: Dataset, tmp_path: Path) -> None:
    """A run paused, continued and stopped again must not show predictions of an earlier best epoch."""
    run = start(dataset, tmp_path / "run", until=1)
    evaluate_run(run, dataset, "test", unfinished=True, device="cpu")
    with pytest.raises(StopError):
        start(dataset, run.path, resume=True, progress=stop_in_epoch(3), checkpoint_every=0.0)
    info = run.info()
    assert info.epochs_done == 3
    for part in ("valid", "test"):
        assert run.has_predictions(part) == (info.best_epoch == 1), "they are there only if no later epoch was better"
    made = evaluate_run(run, dataset, "valid", device="cpu")
    assert made.info["epoch"] == info.best_epoch
    assert made.correct.mean() == pytest.approx(run.log()["valid_accuracy"].max(), abs=1e-6)


@pytest.mark.slow
def test_an_early_look_at_the_test_split_is_not_its_result(
    whole: RunFolder, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same weights are kept at the early look and in the end; a kill came just before the test."""
    run = start(dataset, tmp_path / "run", until=3)
    evaluate_run(run, dataset, "test", unfinished=True, device="cpu")
    planned = PlannedRun(split="official", fold=None, config=TINY)

    def die(*_: object, **__: object) -> None:
        raise StopError

    with monkeypatch.context() as patch:
        patch.setattr("aiducation.training.train_run.predict", die)
        with pytest.raises(StopError):
            start(dataset, run.path, resume=True)
    assert run.info().finished and run.info().best_epoch < TINY.epochs
    assert run.predictions("test").info["unfinished"] == "3 of 4 epochs" and run.current_predictions("test") is None
    assert not is_done(run.path, planned, dataset, None)
    assert_same_numbers(start(dataset, run.path, resume=True), whole)
    assert is_done(run.path, planned, dataset, None)


@pytest.mark.slow
def test_a_kill_between_checkpoint_and_log_is_made_up_for(
    whole: RunFolder, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(dataset, tmp_path / "run", until=2)
    write = Learner.save_checkpoint

    def write_and_die(learner: Learner, path: Path) -> None:
        write(learner, path)
        raise StopError

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "save_checkpoint", write_and_die)
        with pytest.raises(StopError):
            start(dataset, run.path, resume=True, checkpoint_every=0.0)
    assert run.info().epochs_done == 2
    assert_same_numbers(start(dataset, run.path, resume=True), whole)


@pytest.mark.slow
def test_what_a_killed_writer_left_is_removed(whole: RunFolder, dataset: Dataset, tmp_path: Path) -> None:
    run = start(dataset, tmp_path / "run", until=2)
    checkpoint = run.checkpoint_path.read_bytes()
    half = run.path / temporary_name()
    half.write_bytes(checkpoint[: len(checkpoint) // 2])
    assert_same_numbers(start(dataset, run.path, resume=True), whole)
    assert not half.exists()


@pytest.mark.slow
def test_a_truncated_checkpoint_says_what_to_do_and_that_works(
    whole: RunFolder, dataset: Dataset, tmp_path: Path
) -> None:
    run = start(dataset, tmp_path / "run", until=2)
    run.checkpoint_path.write_bytes(run.checkpoint_path.read_bytes()[:1000])
    with pytest.raises(RunError, match=r"checkpoint\.safetensors is missing or damaged.*give it another name"):
        start(dataset, run.path, resume=True)
    run.checkpoint_path.unlink()
    assert_same_numbers(start(dataset, run.path, resume=True), whole)


def test_a_finished_run_is_left_alone(whole: RunFolder, dataset: Dataset) -> None:
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in whole.path.iterdir()}
    start(dataset, whole.path, resume=True)
    start(dataset, whole.path, resume=True, until=2)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in whole.path.iterdir()} == before


@pytest.mark.slow
def test_lost_predictions_are_made_again(whole: RunFolder, dataset: Dataset, tmp_path: Path) -> None:
    run = start(dataset, tmp_path / "run")
    run.predictions_path("valid").unlink()
    run.predictions_path("test").unlink()
    assert_same_numbers(start(dataset, run.path, resume=True), whole)


@pytest.mark.slow
def test_lost_weights_are_made_again(whole: RunFolder, dataset: Dataset, tmp_path: Path) -> None:
    run = start(dataset, tmp_path / "run")
    run.best_path.unlink()
    with pytest.raises(RunError, match="'aiducation train --resume' then makes it again"):
        evaluate_run(run, dataset, "train", device="cpu")
    assert_same_numbers(start(dataset, run.path, resume=True), whole)


@pytest.mark.slow
def test_more_epochs_continue_to_what_a_longer_run_gives(whole: RunFolder, dataset: Dataset, tmp_path: Path) -> None:
    run = start(dataset, tmp_path / "run", dataclasses.replace(TINY, epochs=2))
    assert run.info().finished
    assert run.has_predictions("test")
    run = start(dataset, run.path, resume=True)
    assert run.info().epochs == 4
    assert_same_numbers(run, whole)


@pytest.mark.slow
def test_fewer_epochs_than_done_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    run = start(dataset, tmp_path / "run", until=3)
    with pytest.raises(RunError, match="has 3 epochs already; choose at least as many, not 2"):
        start(dataset, run.path, dataclasses.replace(TINY, epochs=2), resume=True)
    assert not run.has_predictions("test")


def test_a_run_is_never_overwritten(whole: RunFolder, dataset: Dataset) -> None:
    with pytest.raises(OutputExistsError, match="--resume"):
        start(dataset, whole.path)


@pytest.mark.parametrize(
    ("changed", "split", "message"),
    [
        ({"model": "Compact_W3_D1"}, "official", "model = Compact_W4_D1, not Compact_W3_D1"),
        ({}, "random", "split = official, not random"),
        ({"seed": 2}, "official", "seed = 1, not 2"),
        ({"batch_size": 32}, "official", "batch_size = 64, not 32"),
        ({"flip": 0.0}, "official", "flip = 0.5, not 0.0"),
    ],
)
def test_going_on_with_other_options_is_refused(
    whole: RunFolder, dataset: Dataset, changed: dict[str, Any], split: str, message: str
) -> None:
    with pytest.raises(RunError, match=message):
        start(dataset, whole.path, dataclasses.replace(TINY, **changed), split=split, resume=True)


def test_a_fold_validates_on_itself_and_has_no_test(dataset: Dataset, tmp_path: Path) -> None:
    run = start(dataset, tmp_path / "run", dataclasses.replace(TINY, epochs=1), split="folds3", fold=1)
    folds = dataset.split("folds3").parts
    assert np.array_equal(run.predictions("valid").ids, folds["fold1"])
    assert run.info().fold == 1
    assert run.info().n_train == len(folds["fold0"]) + len(folds["fold2"])
    assert not run.has_predictions("test")
    with pytest.raises(ConfigError, match="Unknown part 'test'"):
        evaluate_run(run, dataset, "test", device="cpu")


def test_a_split_in_folds_wants_a_fold(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="--fold 0 to 2"):
        start(dataset, tmp_path / "run", split="folds3")
    with pytest.raises(ConfigError, match=r"folds 0\.\.2, not 3"):
        start(dataset, tmp_path / "run", split="folds3", fold=3)
    assert not (tmp_path / "run").exists()


HOLDER = """
import sys
from pathlib import Path
from aiducation.training.claims import claim
with claim(Path(sys.argv[1])) as mine:
    print(bool(mine), flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_a_second_process_is_refused_while_one_trains_in_the_folder(
    whole: RunFolder, dataset: Dataset, prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    run = start(dataset, tmp_path / "run", until=2)
    before = {path.name: path.read_bytes() for path in run.path.iterdir()}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLDER, str(run.path)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "True\n"
        with pytest.raises(RunError, match=rf"Another process is training in .*process {other.pid} on "):
            start(dataset, run.path, resume=True)
        options = ("--model", TINY.model, "--epochs", TINY.epochs, "--learning-rate", TINY.learning_rate, "--seed", 1)
        answer = run_cli("train", prepared, "--out", run.path, "--resume", "--precision", "float32", *options)
        check_refused(answer, COULD_NOT, "Another process is training in", "name another folder")
        assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != ".claim"} == before
        other.kill()
    assert_same_numbers(start(dataset, run.path, resume=True), whole)


def test_two_that_train_at_once_in_one_process_are_kept_apart(dataset: Dataset, tmp_path: Path) -> None:
    refused = []

    def again(row: dict[str, float]) -> None:
        with pytest.raises(RunError, match="Another process is training in") as caught:
            start(dataset, tmp_path / "run", resume=True)
        refused.append(str(caught.value))

    start(dataset, tmp_path / "run", dataclasses.replace(TINY, epochs=1), checkpoint_every=0.0, on_epoch=again)
    assert len(refused) == 1 and not (tmp_path / "run" / ".claim").exists()
