"""Several processes on one machine."""

from __future__ import annotations

import pytest
import torch

from aiducation.errors import RunError
from aiducation.training.processes import own_device, run_jobs


@pytest.mark.slow
def test_a_failed_process_is_reported_after_the_others_are_done(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RunError, match="2 of 2 processes failed; their messages are above"):
        run_jobs(["list", "nothing"], 2)
    assert capfd.readouterr().err.count("Unknown list 'nothing'") == 2


@pytest.mark.slow
def test_processes_that_succeed_are_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    run_jobs(["--version"], 2)
    shown = capfd.readouterr()
    assert len(shown.out.split()) == 2
    assert not shown.err


@pytest.mark.parametrize(
    ("asked", "rank", "gpus", "device"),
    [
        ("auto", "5", 4, "cuda:1"),
        ("auto", "0", 1, "auto"),
        ("auto", "1", 0, "auto"),
        ("auto", None, 4, "auto"),
        ("cpu", "1", 4, "cpu"),
    ],
)
def test_each_process_has_its_own_gpu(
    monkeypatch: pytest.MonkeyPatch, asked: str, rank: str | None, gpus: int, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert own_device(asked) == device
