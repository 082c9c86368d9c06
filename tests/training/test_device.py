"""The choice of device and precision."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from aiducation import allocator
from aiducation.errors import ConfigError
from aiducation.training.device import Compute, choose_compute
from needs import NO_GPU
from waiting import PATIENCE_S


def test_the_processor_is_always_there() -> None:
    compute = choose_compute("cpu", "float32")
    assert compute.device == torch.device("cpu")
    assert compute.dtype == torch.float32
    assert compute.fused_adam
    assert compute.describe() == {"device": "cpu", "precision": "float32", "threads": torch.get_num_threads()}


def test_auto_takes_a_gpu_where_there_is_one() -> None:
    best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert choose_compute().device.type == best


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_products_are_computed_in_the_precision_asked_for(precision: str, dtype: torch.dtype) -> None:
    with choose_compute("cpu", precision).autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


def test_auto_precision_is_one_of_the_two() -> None:
    assert choose_compute("cpu", "auto").dtype in (torch.float32, torch.bfloat16)


@NO_GPU.mark()
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_refused(device: str) -> None:
    with pytest.raises(ConfigError, match=f"'{device}' is not available. Available are: cpu"):
        choose_compute(device)


@pytest.mark.parametrize(("device", "hint"), [("gpu", ""), ("cuda:one", "Did you mean 'cuda:0'"), ("cppu", "'cpu'")])
def test_an_unknown_device_is_refused(device: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=f"Unknown device '{device}'.*{hint}"):
        choose_compute(device)


@pytest.mark.parametrize("beside_others", [True, False])
def test_convolutions_are_not_searched_beside_other_networks(
    monkeypatch: pytest.MonkeyPatch, beside_others: bool
) -> None:
    """As if there were a GPU: the search waits for the whole device."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", beside_others)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda precision: None)
    choose_compute("cuda", "float32", beside_others=beside_others)
    assert torch.backends.cudnn.benchmark is not beside_others


def test_the_gpu_that_is_named_is_the_one_that_streams_are_made_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were two: the streams and recordings of a network on the second one must not be those of the first."""
    chosen: list[int] = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda precision: None)
    for device in ("cuda:1", "cuda"):
        assert choose_compute(device, "float32").device == torch.device(device)
    assert chosen == [1]


def test_a_compute_can_be_described_as_json() -> None:
    described = Compute(device=torch.device("cpu"), dtype=torch.bfloat16).describe()
    assert described["precision"] == "bfloat16"


def test_only_the_processor_s_memory_is_kept() -> None:
    before = allocator.settings()
    with choose_compute("cpu", "float32").memory():
        assert allocator.settings() != before or allocator.settings()[allocator.MMAP_MAX] == 65_536, "not glibc"
    assert allocator.settings() == before
    with Compute(device=torch.device("cuda"), dtype=torch.float32).memory():
        assert allocator.settings() == before


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_training_counts_denormal_numbers_as_zero(threads: int) -> None:
    """In a process of its own: threads that PyTorch has started before keep what they began with."""
    code = (
        "import warnings; warnings.simplefilter('error'); import torch, numpy as np;"
        f"torch.set_num_threads({threads});"
        "from aiducation.training.device import choose_compute; choose_compute('cpu');"
        "small = torch.full((1_000_000,), 1e-30) * 1e-9;"  # enough for every thread
        "print(int(torch.count_nonzero(small)), np.finfo(np.float64).eps > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert done.stdout.split() == ["0", "True"]
