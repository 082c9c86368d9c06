"""A real process, really killed: what goes on afterwards ends in the numbers of a run that nothing interrupted."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest

from aiducation.runs import RunFolder
from aiducation.temporary import temporaries
from forked import COMMAND_LINE, Forked, start

pytestmark = pytest.mark.slow

MODEL, EPOCHS = "B4_N4_FC1_K3_AP4", 4

#: Columns of the log that measure time.
TIMES = ("images_per_s", "seconds")

#: The command line, in a process that is killed when half of its third checkpoint is on the disk.
KILLED_WRITING = """
import os, signal
from aiducation import cli
from aiducation.training import checkpoint

write, checkpoints = checkpoint.save_file, []

def write_half(tensors, path, info):
    write(tensors, path, info)
    checkpoints.extend([path] * ("checkpoint" in path.name))
    if len(checkpoints) == 3:
        os.truncate(path, path.stat().st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)

checkpoint.save_file = write_half
cli.main()
"""

#: The same, stopped by a signal from inside an epoch.
STOPPED_AMID_EPOCH = """
import os
from aiducation import cli
from aiducation.training import recipe

batches = recipe.training_batches

def some_batches(part, config, epoch):
    for number, batch in enumerate(batches(part, config, epoch)):
        if (epoch, number) == ({epoch}, 3):
            os.kill(os.getpid(), {signal})
        yield batch

recipe.training_batches = some_batches
cli.main()
"""


def train(prepared: Path, out: Path, *options: str, program: str = COMMAND_LINE) -> Forked:
    arguments = ["train", str(prepared), "--model", MODEL, "--out", str(out), "--epochs", str(EPOCHS)]
    arguments += ["--batch-size", "32", "--checkpoint-every", "0", "--device", "cpu", *options]
    return start(arguments, out.with_name("errors.txt"), program=program)


def finish(prepared: Path, out: Path, *options: str) -> RunFolder:
    code, errors = train(prepared, out, *options).wait()
    assert code == 0, errors
    return RunFolder(out)


def stopped_amid_epoch(epoch: int, with_: signal.Signals, prepared: Path, out: Path) -> tuple[int, str]:
    """Train until a signal comes some batches into an epoch; gives the exit code and what was written to stderr."""
    program = STOPPED_AMID_EPOCH.format(epoch=epoch, signal=int(with_))
    return train(prepared, out, program=program).wait()


def assert_same_numbers(one: RunFolder, other: RunFolder) -> None:
    logs = [run.log() for run in (one, other)]
    for column in logs[0]:
        if column not in TIMES:
            assert np.array_equal(logs[0][column], logs[1][column]), column
    assert one.best_path.read_bytes() == other.best_path.read_bytes()
    for part in ("valid", "test"):
        made = [run.predictions(part) for run in (one, other)]
        assert np.array_equal(made[0].ids, made[1].ids)
        assert np.array_equal(made[0].probs, made[1].probs)


@pytest.fixture(scope="module")
def whole(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nothing interrupted. Read only: tests share it."""
    return finish(prepared, tmp_path_factory.mktemp("whole") / "run")


def test_killed_amid_an_epoch(prepared: Path, tmp_path: Path, whole: RunFolder) -> None:
    out = tmp_path / "run"
    code, _ = stopped_amid_epoch(3, signal.SIGKILL, prepared, out)
    assert code == -signal.SIGKILL
    run = RunFolder(out)
    assert len(run.log()["epoch"]) == 2
    assert not run.has_predictions("test")
    assert_same_numbers(finish(prepared, out, "--resume"), whole)


def test_killed_while_the_checkpoint_is_written(prepared: Path, tmp_path: Path, whole: RunFolder) -> None:
    out = tmp_path / "run"
    killed = train(prepared, out, program=KILLED_WRITING)
    code, errors = killed.wait()
    assert code == -signal.SIGKILL, errors
    assert len(RunFolder(out).log()["epoch"]) == 2
    [left] = temporaries(out)
    assert {path.name for path in out.glob(".*")} == {".claim", left.path.name} and not left.alive and left.bytes
    assert_same_numbers(finish(prepared, out, "--resume"), whole)
    assert not list(out.glob(".*")), "half a checkpoint or a claim was left"


def test_ctrl_c_amid_an_epoch_keeps_whole_epochs(prepared: Path, tmp_path: Path, whole: RunFolder) -> None:
    out = tmp_path / "run"
    code, errors = stopped_amid_epoch(2, signal.SIGINT, prepared, out)
    assert code == 130
    assert "Stopped" in errors
    assert "Traceback" not in errors
    run = RunFolder(out)
    info = run.info()
    assert info.epochs_done == 1
    assert len(run.log()["epoch"]) == info.epochs_done
    assert not list(out.glob(".*"))
    assert_same_numbers(finish(prepared, out, "--resume"), whole)
