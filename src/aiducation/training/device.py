"""Where and how to compute: device, precision, memory. Chosen by measurement; see docs/decisions.md."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from aiducation import allocator
from aiducation.errors import ConfigError, unknown_name

DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True, kw_only=True)
class Compute:
    """Device and precision of a training run."""

    device: torch.device
    dtype: torch.dtype

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which the forward pass runs."""
        if self.dtype == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def memory(self) -> AbstractContextManager[object]:
        """The context in which epochs run: on the processor, memory that is freed is kept for the next step."""
        return allocator.keeping_freed_memory() if self.device.type == "cpu" else nullcontext()

    @property
    def fused_adam(self) -> bool:
        """Whether Adam updates all parameters in one pass over memory: the published heads are bound by memory traffic."""
        return self.device.type in ("cpu", "cuda")  # PyTorch 2.4 has no such Adam for MPS

    def describe(self) -> dict[str, object]:
        """Device, precision and threads, as JSON values."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        return {"device": name, "precision": str(self.dtype).removeprefix("torch."), "threads": torch.get_num_threads()}


def choose_compute(device: str = "auto", precision: str = "auto", *, beside_others: bool = False) -> Compute:
    """The best device that is there, and mixed precision where its hardware computes it.

    Args:
        device: one of ``DEVICES``, or like "cuda:1".
        precision: see ``TrainConfig``.
        beside_others: other networks train at the same time in this process.

    Raises:
        ConfigError: the device is not there.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, index = device.partition(":")
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if kind not in there or (index and not index.isdecimal()):
        raise unknown_name("device", device, (*DEVICES, "cuda:0"))
    if int(index or 0) >= there[kind]:
        here = [name if i == 0 else f"{name}:{i}" for name, count in there.items() for i in range(count)]
        raise ConfigError(f"Device '{device}' is not available. Available are: {', '.join(here)}.")
    if precision == "auto":
        precision = "bfloat16" if _computes_bfloat16(kind) else "float32"
    if kind == "cpu":
        flush_denormals()
    elif kind == "cuda":
        if index:  # streams and recordings are made on the present one
            torch.cuda.set_device(int(index))
        # The search for the fastest convolution waits for the whole device again and again: for all that others have queued.
        torch.backends.cudnn.benchmark = not beside_others
        torch.set_float32_matmul_precision("high")
    return Compute(device=torch.device(device), dtype=getattr(torch, precision))


def _computes_bfloat16(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if kind == "cpu":
        return _cpu_has("avx512_bf16") or _cpu_has("amx_bf16")
    return False


def _cpu_has(flag: str) -> bool:
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            return any(flag in line.split() for line in file if line.startswith("flags"))
    except OSError:
        return False


def flush_denormals() -> None:
    """Let numbers below 1.2e-38 count as zero, in this thread and those that it starts from now on.

    Weights of the published models that nothing needs decay to such denormal numbers, with which processors are many times
    slower: after ten epochs a step took three times as long (``benchmarks/training_profile.py --run``).
    """
    for kind in (np.float32, np.float64):
        np.finfo(kind)  # NumPy before 2.4 describes them at first use, and would then warn of the missing numbers
    torch.set_flush_denormal(True)
