"""How much of a training step is arithmetic that no rearrangement of memory can save.

    python benchmarks/training_bound.py [--models NAME ...] [--json FILE]

Times, on one thread and in processor time, a whole step of a published network, and alone, again and again on the same data: its
convolutions (forward and backward) and the matrix products of its head. What is left is all that better layouts, fused passes or
fewer copies could save. Beside it the rate of a large square product, which is what the processor can do.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from training_profile import BATCH, our_step

from aiducation.allocator import keeping_freed_memory
from aiducation.environment import environment
from aiducation.preprocess import SIDE
from aiducation.training.device import choose_compute
from aiducation.training.models import PublishedConfig, model_size

#: A square product of this side shows what the processor can do.
_LARGE = 2048


def median_s(work: Callable[[], Any], times: int = 5) -> float:
    work()
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


def convolutions_s(config: PublishedConfig, dtype: torch.dtype) -> float:
    """Seconds of all convolutions of a step; the first, of one channel, is left out."""
    k, c = config.kernel_size, config.channels
    x = torch.randn(BATCH, c, SIDE, SIDE, dtype=dtype).to(memory_format=torch.channels_last)
    w = torch.randn(c, c, k, k, dtype=dtype).to(memory_format=torch.channels_last)
    bias, g = torch.zeros(c, dtype=dtype), torch.randn_like(x)
    padding = [k // 2] * 2
    forward = median_s(lambda: F.conv2d(x, w, bias, padding=padding))
    backward = median_s(
        lambda: torch.ops.aten.convolution_backward(
            g, x, w, [c], [1, 1], padding, [1, 1], False, [0, 0], 1, [True, True, True]
        )
    )
    return (2 * config.blocks - 1) * (forward + backward)


def head_s(config: PublishedConfig, dtype: torch.dtype) -> float:
    """Seconds of the three products of each hidden linear layer."""
    n = config.channels * config.pool_size**2
    w, x, g = (torch.randn(rows, n, dtype=dtype) for rows in (n, BATCH, BATCH))
    products = (lambda: F.linear(x, w), lambda: g @ w, lambda: g.t() @ x)
    return config.fc_layers * sum(median_s(product) for product in products)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["B16_N8_FC2_K5_AP20", "B16_N8_FC2_K7_AP20"])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    dtype = choose_compute("cpu").dtype
    rows: dict[str, dict[str, float]] = {}
    with keeping_freed_memory():
        square = torch.randn(_LARGE, _LARGE, dtype=dtype)
        rate = 2 * _LARGE**3 / median_s(lambda: square @ square) / 1e9
        for name in options.models:
            config = PublishedConfig.parse(name)
            assert config is not None, f"{name} is no published network"
            step, convolutions, head = median_s(our_step(name)), convolutions_s(config, dtype), head_s(config, dtype)
            arithmetic = convolutions + head
            rows[name] = {
                "step_ms": round(step * 1e3, 1),
                "convolutions_ms": round(convolutions * 1e3, 1),
                "head_ms": round(head * 1e3, 1),
                "other_ms": round((step - arithmetic) * 1e3, 1),
                "gflop": round(6 * model_size(name).multiply_adds * BATCH / 1e9, 1),
                "gflops_in_arithmetic": round(6 * model_size(name).multiply_adds * BATCH / arithmetic / 1e9, 1),
                "most_that_can_be_gained": round(step / arithmetic, 2),
            }
            print(name, json.dumps(rows[name]), flush=True)
    print(f"a product of {_LARGE} x {_LARGE}: {rate:.0f} GFLOP/s ({str(dtype).removeprefix('torch.')}, one thread)")
    if options.json:
        value = {"dtype": str(dtype).removeprefix("torch."), "square_gflops": round(rate, 1), "networks": rows}
        options.json.write_text(json.dumps(value | {"environment": environment()}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
