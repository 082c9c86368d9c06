"""A training whose folder goes away says so; claims that are none are not waited for; weights may be read like the rest."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import COULD_NOT, RunCli, check_refused
from needs import UNIX, need_package

need_package("torch")

from aiducation.training import place as places  # noqa: E402
from aiducation.training.learner import Learner  # noqa: E402

pytestmark = pytest.mark.hostile

TINY = "B1_N1_FC0_K3_AP1"


def train(run_cli: RunCli, prepared: Path, out: Path, epochs: int = 2, *more: object) -> object:
    return run_cli(
        "train",
        prepared,
        "--out",
        out,
        "--split",
        "random",
        "--model",
        TINY,
        "--epochs",
        epochs,
        "--device",
        "cpu",
        *more,
    )


def replace_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


def replace_by_folder(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    folder.mkdir()


@pytest.mark.parametrize(
    "lose",
    [
        shutil.rmtree,
        lambda folder: shutil.rmtree(folder.parent),
        lambda folder: folder.rename(folder.with_name("moved")),
        replace_by_file,
        replace_by_folder,
    ],
    ids=["deleted", "parent deleted", "moved", "a file", "another folder"],
)
@pytest.mark.parametrize("when", ["between epochs", "amid an epoch", "at the end"])
def test_a_folder_that_goes_away_ends_the_training_with_a_sentence(
    lose: Callable[[Path], object],
    when: str,
    prepared: Path,
    tmp_path: Path,
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, told = tmp_path / "parent" / "run", []
    one, judge = Learner.train_one_epoch, Learner.eval

    def losing(self: Learner, *words: object, **options: object) -> object:
        if when == "amid an epoch" and self.epochs_done == 1:
            lose(out)
        seen = one(self, *words, **options)  # type: ignore[arg-type]
        if when == "between epochs" and not told:
            told.append(when)
            lose(out)
        return seen

    def judging(self: Learner, part: object) -> object:
        if when == "at the end" and self.epochs_done == 2:
            lose(out)
        return judge(self, part)  # type: ignore[arg-type]

    monkeypatch.setattr(places, "_LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(Learner, "train_one_epoch", losing)
    monkeypatch.setattr(Learner, "eval", judging)
    answer = train(run_cli, prepared, out)
    assert answer.code == COULD_NOT, answer.err  # type: ignore[attr-defined]
    assert "was deleted, moved or replaced during the training" in answer.err  # type: ignore[attr-defined]
    assert "Traceback" not in answer.err and "Next" not in answer.err  # type: ignore[attr-defined]
    assert not (out / "run.json").exists(), "half a run was made anew"


@pytest.mark.parametrize("when", ["amid an epoch", "at the end"])
def test_a_training_that_another_took_over_writes_nothing_more(
    when: str, prepared: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine that slept for longer than a claim counts."""
    out, there = tmp_path / "run", dict[str, bytes]()
    one, judge = Learner.train_one_epoch, Learner.eval

    def take_over() -> None:
        (out / ".claim").write_text("another 1 elsewhere pid:[1]")
        there.update((path.name, path.read_bytes()) for path in out.iterdir())

    def training(self: Learner, *words: object, **options: object) -> object:
        if when == "amid an epoch" and self.epochs_done == 1:
            take_over()
        return one(self, *words, **options)  # type: ignore[arg-type]

    def judging(self: Learner, part: object) -> object:
        if when == "at the end" and self.epochs_done == 2:
            take_over()
        return judge(self, part)  # type: ignore[arg-type]

    monkeypatch.setattr(places, "_LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(Learner, "train_one_epoch", training)
    monkeypatch.setattr(Learner, "eval", judging)
    answer = train(run_cli, prepared, out)
    check_refused(answer, COULD_NOT, "was taken over by another process")  # type: ignore[arg-type]
    assert there and {path.name: path.read_bytes() for path in out.iterdir()} == there


def plan(folder: Path, seeds: str = "[0, 1]") -> Path:
    path = folder / "plan.toml"
    path.write_text(f'[train]\nepochs = 1\n[[grid]]\nmodels = ["{TINY}"]\nsplits = ["random"]\nseeds = {seeds}\n')
    return path


def test_a_study_whose_folder_is_deleted_does_not_begin_it_anew(
    prepared: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, one = tmp_path / "runs", Learner.train_one_epoch

    def losing(self: Learner, *words: object, **options: object) -> object:
        shutil.rmtree(out, ignore_errors=True)
        return one(self, *words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Learner, "train_one_epoch", losing)
    answer = run_cli("study", plan(tmp_path), "--data", prepared, "--out", out, "--device", "cpu")
    assert answer.code == COULD_NOT and "was deleted" in answer.err and "Next" not in answer.err, answer.err
    assert "Traceback" not in answer.err and not out.exists()


def future(path: Path, seconds: float = 1e6) -> None:
    path.write_text("dead 1 elsewhere pid:[1]")
    os.utime(path, (time.time() + seconds,) * 2)


BLOCKING: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (lambda path: path.mkdir(), "is a folder, not a claim"),
    "a pipe": (lambda path: os.mkfifo(path), "is a pipe or device, not a claim"),
    "a dangling link": (lambda path: path.symlink_to("nowhere"), "is a link, not a claim"),
    "a link to zeros": (lambda path: path.symlink_to("/dev/zero"), "is a link, not a claim"),
}
FRESH: dict[str, Callable[[Path], object]] = {
    "another machine's": lambda path: path.write_text("x 12 elsewhere pid:[1]"),
    "empty": lambda path: path.write_text(""),
    "junk": lambda path: path.write_bytes(bytes(range(256)) * 100),
    "huge": lambda path: (path.touch(), os.truncate(path, 200_000_000)),
    "a number that no process has": lambda path: path.write_text(f"x {10**30} y"),
    "odd digits": lambda path: path.write_text("x ² y"),
    "a little in the future": lambda path: future(path, 100),
}


@pytest.mark.parametrize("kind", [*BLOCKING, *FRESH])
def test_a_study_that_cannot_claim_anything_says_why_and_trains_nothing(
    kind: str, prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    """Nobody waits, and there is nothing to report."""
    UNIX.check()
    out = tmp_path / "runs"
    claim = out / "random" / TINY / "seed0" / ".claim"
    claim.parent.mkdir(parents=True)
    make, words = BLOCKING[kind] if kind in BLOCKING else (FRESH[kind], "No run of this study has results yet")
    make(claim)
    answer = run_cli("study", plan(tmp_path, "[0]"), "--data", prepared, "--out", out, "--device", "cpu")
    assert answer.code == COULD_NOT and words in answer.err, answer.err
    assert "Next" not in answer.err and "Traceback" not in answer.err
    last = answer.err.strip().splitlines()[-1]
    assert last.startswith("Error: ") and len(last) < 600 and last.isprintable()
    assert os.path.lexists(claim), "a claim of others was taken away"


@pytest.mark.parametrize("seconds", [1e6, 1e9])
def test_a_claim_far_in_the_future_is_stale(seconds: float, prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    out = tmp_path / "runs"
    claim = out / "random" / TINY / "seed0" / ".claim"
    claim.parent.mkdir(parents=True)
    future(claim, seconds)
    answer = run_cli("study", plan(tmp_path, "[0]"), "--data", prepared, "--out", out, "--device", "cpu")
    assert answer.code == 0 and "Next: aiducation report" in answer.err, answer.err
    assert not list(claim.parent.glob(".*"))


def test_a_claim_that_may_not_be_read_or_replaced_is_named(
    prepared: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a folder of another user, which tests that run as root cannot make."""
    from aiducation.training import claims

    def refuse(*_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(claims, "_take", refuse)
    answer = run_cli("study", plan(tmp_path, "[0]"), "--data", prepared, "--out", tmp_path / "runs", "--device", "cpu")
    assert answer.code == COULD_NOT and "cannot be claimed: Permission denied" in answer.err, answer.err
    assert "Next" not in answer.err


def test_one_bad_claim_or_run_does_not_keep_the_others_from_being_trained(
    prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "runs"
    first = out / "random" / TINY / "seed0"
    (first / ".claim").mkdir(parents=True)
    answer = run_cli("study", plan(tmp_path), "--data", prepared, "--out", out, "--device", "cpu")
    assert answer.code == COULD_NOT and "1 of 2 runs failed" in answer.err, answer.err
    assert (out / "random" / TINY / "seed1" / "test.npz").is_file()
    (first / ".claim").rmdir()
    (first / "run.json").write_text('{"model": 7}')
    (first / "valid.npz").write_text("x")
    answer = run_cli("study", plan(tmp_path), "--data", prepared, "--out", out, "--device", "cpu")
    assert answer.code == COULD_NOT and "1 of 2 runs failed" in answer.err and "run.json" in answer.err, answer.err


@pytest.mark.slow
@pytest.mark.parametrize("umask", [0o022, 0o027, 0o002])
def test_everything_of_a_run_has_the_permissions_that_the_umask_gives(
    umask: int, prepared: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    UNIX.check()
    before = os.umask(umask)
    try:
        answer = train(run_cli, prepared, tmp_path / "run", 1)
        assert answer.code == 0, answer.err  # type: ignore[attr-defined]
        assert run_cli("export", tmp_path / "run", "--out", tmp_path / "run" / "x.onnx").code == 0
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "run").iterdir() if path.is_file()}
    assert {"best.safetensors", "checkpoint.safetensors", "x.onnx"} < modes.keys()
    assert set(modes.values()) == {0o666 & ~umask}, {name: oct(mode) for name, mode in modes.items()}


def test_parts_that_vanish_are_named(prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    assert train(run_cli, prepared, tmp_path / "run", 1).code == 0  # type: ignore[attr-defined]
    for name in ("split.json", "best.safetensors"):
        run = Path(shutil.copytree(tmp_path / "run", tmp_path / name))
        (run / name).unlink()
        (run / "test.npz").unlink()
        answer = run_cli("evaluate", run, "--data", prepared, "--device", "cpu")
        check_refused(answer, COULD_NOT, name)
