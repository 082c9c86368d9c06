"""Where a training step spends its time, and how much of it is arithmetic that no loop can save.

    python benchmarks/training_profile.py [--model Compact_W16_D1] [--threads N] [--run RUN] [--out FILE.json]

Prints the operators of one step by their share, and the arithmetic rate (6 operations a multiply-add: forward, gradient of the
input, gradient of the weights) of this trainer beside that of the usual settings (float32, plain Adam) on images in memory. When
both spend nearly all their time in convolutions, the ratio of these rates is the most that any loop around them can gain.

With --run, a step that goes on from a run's checkpoint: with denormal numbers, to which many of its weights have decayed, and
with zeros in their place, as this trainer has it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.profiler import ProfilerActivity, profile

from aiducation.allocator import keeping_freed_memory
from aiducation.environment import environment
from aiducation.runs import RunFolder
from aiducation.training.config import TrainConfig
from aiducation.training.learner import Learner
from aiducation.training.models import build_model, model_size

BATCH = 64
STEPS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="Compact_W16_D1")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--run", type=Path, help="folder of a run to go on from, in one thread")
    parser.add_argument("--out", type=Path, help="write the results as JSON")
    options = parser.parse_args()
    if options.run:
        options.threads, options.model = 1, RunFolder(options.run).info().model
    torch.set_num_threads(options.threads)

    operations = 6 * model_size(options.model).multiply_adds * BATCH
    if options.run:
        step = our_step(options.model, RunFolder(options.run).checkpoint_path)
        steps = {"with denormal numbers": with_denormals(step), "this trainer": step}
    else:
        steps = {"usual settings": usual_step(options.model), "this trainer": our_step(options.model)}
    results = {}
    for name, step in steps.items():  # the usual one first: the trainer's choices hold for the whole process
        with keeping_freed_memory() if name == "this trainer" else nullcontext():  # as in an epoch
            seconds = median_time(step)
            shares = operator_shares(step)
        results[name] = {"ms": seconds * 1e3, "gflops": operations / seconds / 1e9, "shares": shares}
        print(f"{name}: {seconds * 1e3:.1f} ms a step of {BATCH}, {operations / seconds / 1e9:.0f} GFLOP/s")
        for operator, share in shares.items():
            print(f"  {share:6.1%}  {operator}")
    first, ours = results.values()
    ratio = first["ms"] / ours["ms"]
    print(f"{options.model}, {options.threads} threads: ratio {ratio:.2f} without any loading or augmentation")
    if options.out:
        value = {"model": options.model, "threads": options.threads, "ratio": ratio, "results": results}
        options.out.write_text(json.dumps(value | {"environment": environment()}, indent=2) + "\n")


def usual_step(model: str) -> Callable[[], None]:
    network = build_model(model)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, weight_decay=1e-4)
    images, targets = torch.rand(BATCH, 1, 48, 48), torch.randint(0, 4, (BATCH,))

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(network(images), targets).backward()
        optimizer.step()

    return step


def our_step(model: str, checkpoint: Path | None = None) -> Callable[[], None]:
    """A step with the Learner's own network, optimizer and precision, fresh or from a checkpoint."""
    learner = Learner(TrainConfig(model=model), device="cpu")
    if checkpoint:
        learner.load_checkpoint(checkpoint)
        print(f"denormal weights: {denormal_share(learner.model):.1%}")
    images, targets = torch.rand(BATCH, 1, 48, 48), torch.randint(0, 4, (BATCH,))

    def step() -> None:
        learner.optimizer.zero_grad(set_to_none=True)
        with learner.compute.autocast():
            loss = F.cross_entropy(learner.model(images.contiguous(memory_format=torch.channels_last)), targets)
        loss.backward()
        learner.optimizer.step()

    return step


def denormal_share(network: torch.nn.Module) -> float:
    """Share of the weights that are denormal, told by their bits: this process may take them for zeros."""
    bits = torch.cat([p.detach().flatten().view(torch.int32) for p in network.parameters()]) & 0x7FFF_FFFF
    return float(((bits > 0) & (bits < 0x0080_0000)).float().mean())


def with_denormals(step: Callable[[], None]) -> Callable[[], None]:
    def slower() -> None:
        torch.set_flush_denormal(False)
        step()
        torch.set_flush_denormal(True)

    return slower


def median_time(step: Callable[[], None]) -> float:
    for _ in range(3):
        step()
    times = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def operator_shares(step: Callable[[], None]) -> dict[str, float]:
    """Share of the time of the ten costliest operators."""
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _ in range(5):
            step()
    events = profiler.key_averages()
    total = sum(event.self_cpu_time_total for event in events)
    costliest = sorted(events, key=lambda event: -event.self_cpu_time_total)[:10]
    return {event.key: event.self_cpu_time_total / total for event in costliest}


if __name__ == "__main__":
    main()
