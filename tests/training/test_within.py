"""A study within a time: whole networks or nothing."""

from __future__ import annotations

import dataclasses
import itertools
import signal
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch

from aiducation.data.dataset import Dataset
from aiducation.data.packed import pack, unpack
from aiducation.errors import ConfigError, DataFileError, OutputExistsError, RunError
from aiducation.runs import RunFolder
from aiducation.study_report.study_runs import load_runs
from aiducation.temporary import is_temporary, temporary_name
from aiducation.training import within
from aiducation.training.clock import work_of
from aiducation.training.study import PlannedRun, read_study, run_study
from aiducation.training.train_run import train_run
from aiducation.training.within import in_order, run_within
from commands import WRONG_USE, RunCli, check_refused
from forked import start
from waiting import PATIENCE_S, until

PLAN = """
[train]
epochs = 2
precision = "float32"
[[grid]]
models = ["B2_N1_FC0_K3_AP2", "B3_N2_FC1_K3_AP4"]
"""


def read(tmp_path: Path, text: str = PLAN) -> list[PlannedRun]:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return read_study(path)


@pytest.mark.slow
def test_the_smallest_network_comes_first_and_all_are_finished(tmp_path: Path, dataset: Dataset) -> None:
    planned, told = read(tmp_path), []
    finished = run_within(
        planned,
        dataset,
        tmp_path / "runs",
        seconds=3600,
        device="cpu",
        on_run=lambda run, what: told.append((run, what)),
    )
    small, large = planned
    assert finished == planned
    assert told == [(small, "training"), (small, "finished"), (large, "training"), (large, "finished")]
    assert run_within(planned, dataset, tmp_path / "runs", seconds=3600, device="cpu") == planned, (
        "none is trained twice"
    )


@pytest.mark.slow
def test_a_network_gets_the_numbers_that_it_gets_without_a_budget(tmp_path: Path, dataset: Dataset) -> None:
    planned = read(tmp_path)
    run_within(planned, dataset, tmp_path / "whole", seconds=3600, device="cpu")
    run_within(planned, dataset, tmp_path / "small", seconds=3600, small=True, at_once=2, device="cpu")
    run_study(planned, dataset, tmp_path / "usual", device="cpu")
    for run in planned:
        usual, whole, small = (RunFolder(tmp_path / kind / run.name) for kind in ("usual", "whole", "small"))
        for part in ("valid", "test"):
            made = usual.predictions(part)
            assert np.array_equal(made.probs, whole.predictions(part).probs)
            assert np.allclose(made.probs, small.predictions(part).probs, atol=1e-3)
            assert np.array_equal(made.y_pred, small.predictions(part).y_pred), "16 bits change no answer"
            assert made.info["has_copy_in_train"] == small.predictions(part).info["has_copy_in_train"]
        assert whole.best_path.is_file() and not small.best_path.exists()
        assert whole.info().weights_sha256 == small.info().weights_sha256 is not None
        assert sum(path.stat().st_size for path in small.path.iterdir()) < 60_000
    assert len(load_runs(tmp_path / "small")) == 2, "the report reads them"


@pytest.mark.slow
def test_what_does_not_fit_the_time_is_given_up_and_leaves_nothing(tmp_path: Path, dataset: Dataset) -> None:
    """By a clock on which every look takes a second, so that the large network shows that it takes too long."""
    planned, told = read(tmp_path, PLAN.replace("epochs = 2", "epochs = 50")), []
    clock = itertools.count()
    finished = run_within(
        planned,
        dataset,
        tmp_path / "runs",
        seconds=60,
        device="cpu",
        now=lambda: float(next(clock)),
        on_run=lambda run, what: told.append(what.partition(":")[0]),
    )
    assert not finished
    assert told[:2] == ["training", "no time"] and set(told[2:]) <= {"training", "no time"}
    assert not list((tmp_path / "runs").rglob("*.json"))


def test_no_network_is_begun_that_cannot_end(tmp_path: Path, dataset: Dataset) -> None:
    planned, told = read(tmp_path), []
    assert not run_within(
        planned, dataset, tmp_path / "runs", seconds=0, device="cpu", on_run=lambda run, what: told.append(what)
    )
    assert told == ["no time: the time is over, 0 s are left"] * 2
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_kill_leaves_whole_networks_only(
    tmp_path: Path, prepared: Path, dataset: Dataset, how: signal.Signals
) -> None:
    """The large network has very many epochs, the small one few: at the kill one is finished, the other half trained."""
    text = PLAN.replace('models = ["B2_N1_FC0_K3_AP2", "B3_N2_FC1_K3_AP4"]', 'models = ["B2_N1_FC0_K3_AP2"]')
    planned = read(tmp_path, text + '[[grid]]\nmodels = ["B3_N2_FC1_K3_AP4"]\nepochs = 50000\n')
    small, large = (RunFolder(tmp_path / "runs" / run.name) for run in planned)
    words = ["study", tmp_path / "study.toml", "--data", prepared, "--out", tmp_path / "runs", "--device", "cpu"]
    command = [*map(str, words), "--budget", "1e9", "--at-once", "2", "--small"]
    running = start(command, tmp_path / "errors.txt")
    until(small.exists)
    running.kill(how)
    running.wait()
    assert small.info().finished and small.has_predictions("test")
    assert not large.path.exists()

    def left() -> list[Path]:
        return [path for path in (tmp_path / "runs").rglob("*") if is_temporary(path.name)]

    assert how is signal.SIGKILL or not left(), "Ctrl-C lets the command sweep up itself"
    assert run_study(planned[:1], dataset, tmp_path / "runs", device="cpu") == 0, "the usual study takes it for done"
    assert not left(), "the next command sweeps up after a kill"
    assert not small.checkpoint_path.exists()


@pytest.mark.parametrize("budget", [True, False])
def test_what_a_kill_left_half_written_is_swept_up(tmp_path: Path, dataset: Dataset, budget: bool) -> None:
    planned = read(tmp_path)
    half = (tmp_path / "runs" / planned[0].name).parent / temporary_name()
    (half / "seed0").mkdir(parents=True)
    (half / "seed0" / "log.csv").write_text("half of a lo", encoding="utf-8")
    if budget:
        run_within(planned, dataset, tmp_path / "runs", seconds=0, device="cpu")
    else:
        run_study(planned[:1], dataset, tmp_path / "runs", until=1, device="cpu")
    assert not half.exists()


@pytest.mark.slow
def test_an_unfinished_run_is_not_touched(tmp_path: Path, dataset: Dataset) -> None:
    planned, told = read(tmp_path), {}
    run_study(planned[:1], dataset, tmp_path / "runs", until=1, device="cpu")
    run_within(
        planned,
        dataset,
        tmp_path / "runs",
        seconds=3600,
        device="cpu",
        on_run=lambda run, what: told.update({run: what}),
    )
    assert told[planned[0]].startswith("failed: an unfinished run is there")
    assert RunFolder(tmp_path / "runs" / planned[0].name).info().epochs_done == 1
    assert told[planned[1]] == "finished"


def test_a_finished_run_without_a_checkpoint_is_never_begun_anew(tmp_path: Path, dataset: Dataset) -> None:
    """A time budget writes no checkpoint, and people delete large ones: going on from nothing would take its results away."""
    planned, told = read(tmp_path)[:1], {}
    (finished,) = run_within(planned, dataset, tmp_path / "runs", seconds=3600, small=True, device="cpu")
    folder = tmp_path / "runs" / finished.name
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "checkpoint.safetensors" not in before and "best.safetensors" not in before
    train_run(dataset, finished.split, finished.config, folder, resume=True, device="cpu")
    longer = dataclasses.replace(
        finished, config=dataclasses.replace(finished.config, epochs=finished.config.epochs + 1)
    )
    with pytest.raises(RunError, match="finished training without its checkpoint"):
        train_run(dataset, longer.split, longer.config, folder, resume=True, device="cpu")
    run_within(
        [longer],
        dataset,
        tmp_path / "runs",
        seconds=3600,
        device="cpu",
        on_run=lambda run, what: told.update({run: what}),
    )
    assert told[longer].startswith("failed: a run of other data, options or epochs is there")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.slow
def test_a_network_that_fails_is_reported_and_the_others_go_on(tmp_path: Path, dataset: Dataset) -> None:
    planned = read(tmp_path)

    def fail(run: PlannedRun, row: dict[str, float]) -> None:
        if run is planned[1]:
            raise RuntimeError("CUDA out of memory")

    with pytest.raises(RunError, match="1 of 2 runs failed"):
        run_within(planned, dataset, tmp_path / "runs", seconds=3600, device="cpu", on_epoch=fail)
    assert RunFolder(tmp_path / "runs" / planned[0].name).exists()
    assert not RunFolder(tmp_path / "runs" / planned[1].name).exists()


@pytest.mark.slow
def test_whatever_goes_wrong_the_other_networks_go_on(tmp_path: Path, dataset: Dataset) -> None:
    """Also a full disk, which is none of the project's own errors."""
    planned, told = read(tmp_path), {}

    def fail(run: PlannedRun, row: dict[str, float]) -> None:
        if run is planned[0]:
            raise OSError(28, "No space left on device")

    def tell(run: PlannedRun, what: str) -> None:
        told[run] = (what, sys.exc_info()[0])

    with pytest.raises(RunError, match="1 of 2 runs failed"):
        run_within(planned, dataset, tmp_path / "runs", seconds=3600, device="cpu", on_epoch=fail, on_run=tell)
    assert told == {
        planned[0]: ("failed: OSError: [Errno 28] No space left on device", OSError),
        planned[1]: ("finished", None),
    }


def test_the_smallest_comes_first_then_the_largest_and_last_what_is_wanted_least(tmp_path: Path) -> None:
    names = [f"B2_N1_FC0_K{k}_AP{side}" for side, k in itertools.product((2, 8), (3, 5))]
    runs = read(tmp_path, f"[[grid]]\nmodels = {names}\n".replace("'", '"'))
    small, second, third, large = sorted(runs, key=lambda run: work_of(run.config.model))
    assert in_order(runs) == [small, large, third, second]
    assert in_order(runs, {small.name, large.name}) == [small, third, second, large]
    assert in_order([]) == []


def test_networks_at_a_time_say_so_to_the_device(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(within, "train_whole", lambda *_, beside_others, **__: seen.append(beside_others))
    for at_once in (1, 2):
        run_within(read(tmp_path)[:1], dataset, tmp_path / "runs", seconds=3600, at_once=at_once, device="cpu")
    assert seen == [False, True]


def test_the_streams_of_networks_are_on_their_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were some; the present one is the first."""
    made: list[int | None] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "Stream", lambda device=None: made.append(device))
    monkeypatch.setattr(torch.cuda, "stream", nullcontext)
    for device in ("auto", "cuda", "cuda:1", "cpu"):
        with within.stream_of_its_own(device):
            pass
    assert made == [None, None, 1]


def test_who_gives_up_beside_another_leaves_the_room_to_it(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third network is begun by the thread of the first, when that is finished."""
    runs = read(tmp_path, PLAN.replace('"B3_N2_FC1_K3_AP4"', '"B3_N2_FC1_K3_AP4", "B3_N1_FC0_K3_AP2"'))
    small, large, third = runs
    gave_up, threads = threading.Event(), {}

    def train(dataset: Dataset, run: PlannedRun, folder: Path, **options: object) -> None:
        threads[run] = threading.current_thread()
        if run is large:
            until(lambda: small in threads)
            raise within.GivenUp("too slow")
        gave_up.wait(PATIENCE_S)

    def tell(run: PlannedRun, what: str) -> None:
        if run is large and what.startswith("no time"):
            gave_up.set()

    monkeypatch.setattr(within, "train_whole", train)
    out = tmp_path / "runs"
    assert run_within(runs, dataset, out, seconds=3600, at_once=2, device="cpu", on_run=tell) == [small, third]
    assert threads[third] is threads[small] is not threads[large]


def test_networks_with_dropout_are_refused_beside_others(tmp_path: Path, dataset: Dataset) -> None:
    planned = read(tmp_path, PLAN.replace("B3_N2_FC1_K3_AP4", "Compact_W2_D1"))
    with pytest.raises(ConfigError, match="Compact_W2_D1 draws random numbers, as dropout does"):
        run_within(planned, dataset, tmp_path / "runs", seconds=3600, at_once=2, device="cpu")


def test_options_that_need_a_budget(tmp_path: Path, prepared: Path, run_cli: RunCli) -> None:
    read(tmp_path)
    words = ["study", tmp_path / "study.toml", "--data", prepared, "--out", tmp_path / "runs"]
    check_refused(run_cli(*words, "--small"), WRONG_USE, "--small goes with --budget only")
    check_refused(run_cli(*words, "--budget", "9", "--jobs", "2"), WRONG_USE, "--jobs does not go with --budget")


@pytest.mark.slow
def test_larger_networks_are_more_work() -> None:
    names = [f"B{b}_N{n}_FC{fc}_K{k}_AP20" for b, (n, fc), k in itertools.product((16, 32), ((4, 1), (8, 2)), (3, 7))]
    assert sorted(names, key=work_of) == names


# --- the data on another machine -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_packed_data_trains_the_same_network(tmp_path: Path, dataset: Dataset) -> None:
    images = pack(dataset, tmp_path / "packed")
    assert np.load(images).shape == (len(dataset.labelled), 48, 48)
    assert not (tmp_path / "packed" / "images.npy").exists()
    before = sorted((tmp_path / "packed").rglob("*"))
    again = Dataset.load(unpack(tmp_path / "packed", tmp_path / "whole"))
    assert sorted((tmp_path / "packed").rglob("*")) == before, "what is carried stays small"
    assert np.array_equal(again.images[again.labelled], dataset.images[dataset.labelled])
    assert again.data_hash == dataset.data_hash and set(again.splits()) == set(dataset.splits())
    planned = read(tmp_path)[:1]
    for data, out in ((dataset, "here"), (again, "there")):
        run_within(planned, data, tmp_path / out, seconds=3600, device="cpu")
    here, there = (RunFolder(tmp_path / out / planned[0].name).info() for out in ("here", "there"))
    assert here.weights_sha256 == there.weights_sha256
    with pytest.raises(OutputExistsError, match="is not empty"):
        pack(dataset, tmp_path / "packed")


def test_damaged_packed_data_is_one_sentence(tmp_path: Path, dataset: Dataset) -> None:
    with pytest.raises(DataFileError, match="was not packed"):
        unpack(tmp_path, tmp_path / "whole")
    images = pack(dataset, tmp_path / "packed")
    np.save(images, np.zeros((3, 48, 48), np.uint8))
    with pytest.raises(DataFileError, match="3 images for"):
        unpack(tmp_path / "packed", tmp_path / "whole")
