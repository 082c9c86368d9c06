"""Disks and folders that refuse, and readers that stop listening, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aiducation.data.vote_files import read_votes
from aiducation.errors import DataFileError, OutputError
from aiducation.files import write_text
from commands import COULD_NOT, Answer, RunCli, check_refused
from needs import ORDINARY_USER, UNIX, need_package

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def run_process(*arguments: object, before: Callable[[], None] | None = None) -> Answer:
    command = [sys.executable, "-m", "aiducation", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=before)
    return Answer(done.returncode, done.stdout, done.stderr)


def small_files_only(limit: int) -> Callable[[], None]:
    """Let the process write files of so many bytes only: writing more fails as on a full disk."""
    UNIX.check()
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


@pytest.mark.slow
def test_real_processes_answer_with_exit_codes(prepared: Path, tmp_path: Path) -> None:
    answer = run_process("leaks", prepared, "official")
    assert (answer.code, answer.err) == (0, "") and "no photo" in answer.out
    check_refused(run_process("leaks", tmp_path, "official"), 1, str(tmp_path), "not a prepared data set")
    check_refused(run_process("leaks", prepared, "offical"), 2, "Did you mean 'official'?")
    assert run_process("leaks").code == 2


@pytest.mark.slow
@pytest.mark.parametrize("limit", [500, 40_000, 1_000_000], ids=["splits", "arrays", "images"])
def test_full_disk_while_preparing(limit: int, synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ("prepare", *synthetic_files, "--out", out, "--duplicates", "identical")
    answer = run_process(*command, before=small_files_only(limit))
    assert answer.code == COULD_NOT
    assert answer.err.strip().splitlines()[-1].startswith(f"Error: Cannot write {out}")
    assert "Traceback" not in answer.err
    assert not (out / "dataset.json").exists()
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_full_disk_while_exporting(name: str, prepared: Path, tmp_path: Path) -> None:
    if name.endswith("parquet"):
        need_package("pyarrow")
    command = ("table", prepared, "--out", tmp_path / name)
    check_refused(run_process(*command, before=small_files_only(10_000)), COULD_NOT, "Cannot write", name)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_full_disk_while_training(prepared: Path, tmp_path: Path) -> None:
    need_package("torch")
    out = tmp_path / "run"
    command = ("train", prepared, "--out", out, "--model", "B2_N1_FC1_K3_AP4", "--epochs", 1, "--device", "cpu")
    answer = run_process(*command, before=small_files_only(9_000))
    assert answer.code == COULD_NOT
    assert "Traceback" not in answer.err
    assert answer.err.strip().splitlines()[-1].startswith(f"Error: Cannot write {out}")
    assert not (out / "best.safetensors").exists()
    assert not list(out.rglob("*.tmp"))


@pytest.mark.slow
def test_a_reader_that_stops_gets_no_traceback(prepared: Path) -> None:
    command = [sys.executable, "-m", "aiducation", "table", str(prepared), "--rows", "600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


@ORDINARY_USER.mark()
def test_read_only_folder(synthetic_files: tuple[Path, Path], tmp_path: Path, run_cli: RunCli) -> None:
    tmp_path.chmod(0o500)
    answer = run_cli("prepare", *synthetic_files, "--out", tmp_path / "out")
    tmp_path.chmod(0o700)
    check_refused(answer, COULD_NOT, "Permission denied", str(tmp_path))


@ORDINARY_USER.mark()
def test_unreadable_file(synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    locked = tmp_path / "fer2013.csv"
    locked.touch(mode=0o200)
    with pytest.raises(DataFileError, match="Permission denied"):
        read_votes(locked, synthetic_files[1])


@pytest.mark.parametrize("name", ["file/b.txt", f"{'a' * 300}/b.txt"], ids=["a file", "too long"])
def test_a_folder_that_cannot_be(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="is a file, not a folder" if name.startswith("file") else "Cannot write"):
        write_text(tmp_path / name, "words")
