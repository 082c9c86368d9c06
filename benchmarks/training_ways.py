"""How fast published networks learn on a processor that computes in float32: as they are written, and the way they are trained.

    python benchmarks/training_ways.py [--models NAME ...] [--steps 3] [--rounds 3] [--json FILE]

The same step of 64 images (forward, backward, Adam) as PyTorch goes through it by itself (``conv2d``, ``linear``), and with large
kernels by way of their spectra and the weights of wide layers in front; in turn, in processes of their own. Of all steps the
fastest counts: whatever else a machine does only adds to it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn
from training_profile import BATCH, our_step

from aiducation.allocator import keeping_freed_memory
from aiducation.environment import environment
from aiducation.training import spectral
from aiducation.training.device import choose_compute
from aiducation.training.models import PUBLISHED_MODELS, WideLinear

WAYS = ("written", "trained")

#: As ``allocator.start_with_huge_pages`` has it for every command.
_SURROUNDINGS = {**os.environ, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=PUBLISHED_MODELS)
    parser.add_argument("--steps", type=int, default=3, help="counted steps of each process, after two others")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(step_times(options.models[0], options.way, options.steps)))
        return
    dtype = choose_compute("cpu").dtype
    if dtype != torch.float32:
        raise SystemExit(f"This processor trains in {str(dtype).removeprefix('torch.')}, where both ways are one.")
    rows: dict[str, dict[str, float]] = {}
    print(f"{'model':<22}{'as written':>15}{'as trained':>15}{'ratio':>8}")
    for name in options.models:
        rows[name] = row = compared(name, options.steps, options.rounds)
        print(f"{name:<22}{row['written_ms']:>12.0f} ms{row['trained_ms']:>12.0f} ms{row['ratio']:>8.2f}", flush=True)
    if options.json:
        value = {"threads": torch.get_num_threads(), "batch": BATCH, "networks": rows, "environment": environment()}
        options.json.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def compared(name: str, steps: int, rounds: int) -> dict[str, float]:
    """Milliseconds of the fastest step either way, and their ratio."""
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            command = [sys.executable, __file__, "--models", name, "--way", way, "--steps", str(steps)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=_SURROUNDINGS)
            times[way] += json.loads(done.stdout)
    written, trained = (min(times[way]) * 1e3 for way in WAYS)
    return {"written_ms": round(written, 1), "trained_ms": round(trained, 1), "ratio": round(written / trained, 2)}


def step_times(name: str, way: str, steps: int) -> list[float]:
    """Seconds of each step, in this process, which goes one way."""
    if way == "written":
        spectral.pays = lambda *_: False
        WideLinear.forward = nn.Linear.forward
    times = []
    with keeping_freed_memory():
        step = our_step(name)
        for _ in range(steps + 2):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
    return times[2:]


if __name__ == "__main__":
    main()
