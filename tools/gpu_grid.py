"""The published grid on a GPU that is there for minutes: what to take along, the run, and an estimate before it.

    python tools/gpu_grid.py pack DATA FOLDER                the labelled images of a prepared folder as one small file
    python tools/gpu_grid.py run FOLDER OUT --budget 700     on the GPU: as many whole networks as the time allows
    python tools/gpu_grid.py estimate --json results/gpu_estimate.json
    aiducation report RUNS --out report                      RUNS: where OUT/runs.tar.gz was unpacked

"run" needs PyTorch, SciPy and safetensors, and nothing of the project but its source (PYTHONPATH=src). Each finished network is
in OUT/runs.tar.gz at once: log, predictions as 16-bit numbers, hash of its weights. So whatever stops the machine, whole networks
are what there is. "estimate" counts operations, bytes and kernels of each network (``aiducation.training.estimate``).
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
import tempfile
import threading
from pathlib import Path

from aiducation.environment import environment

STUDY = Path(__file__).parents[1] / "studies" / "published.toml"

#: Images of the official split's training part, and of a step.
IMAGES, BATCH = 12_923, 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    pack = commands.add_parser("pack")
    pack.add_argument("data", type=Path)
    pack.add_argument("folder", type=Path)
    run = commands.add_parser("run")
    run.add_argument("folder", type=Path)
    run.add_argument("out", type=Path)
    run.add_argument("--budget", type=float, required=True, help="seconds from the start of this command")
    run.add_argument("--at-once", type=int, default=3, help="networks at a time on the card")
    run.add_argument("--study", type=Path, default=STUDY)
    run.add_argument("--device", default="cuda")
    estimate = commands.add_parser("estimate")
    estimate.add_argument("--epochs", type=int, default=100)
    estimate.add_argument("--json", type=Path)
    options = parser.parse_args()
    {"pack": pack_data, "run": run_grid, "estimate": show_estimate}[options.command](options)


def pack_data(options: argparse.Namespace) -> None:
    from aiducation.data.dataset import Dataset
    from aiducation.data.packed import pack

    images = pack(Dataset.load(options.data), options.folder)
    print(f"{images}: {images.stat().st_size / 1e6:.1f} MB")


def run_grid(options: argparse.Namespace) -> None:
    from aiducation.data.dataset import Dataset
    from aiducation.data.packed import unpack
    from aiducation.training.study import PlannedRun, read_study
    from aiducation.training.within import run_within

    options.out.mkdir(parents=True, exist_ok=True)
    lock = threading.Lock()
    with tempfile.TemporaryDirectory() as scratch:
        runs = Path(scratch) / "runs"

        def tell(run: PlannedRun, what: str) -> None:
            print(f"{run.name}: {what}", file=sys.stderr, flush=True)
            if what == "finished":
                with lock:
                    _bring_home(runs, options.out / "runs.tar.gz")

        def tell_epoch(run: PlannedRun, row: dict[str, float]) -> None:
            if row["epoch"] in (1, 2, 3) or row["epoch"] % 10 == 0:
                print(
                    f"{run.name}: epoch {row['epoch']:.0f}, {row['seconds']:.2f} s, loss {row['train_loss']:.4f}, "
                    f"accuracy {row['valid_accuracy']:.4f}",
                    file=sys.stderr,
                    flush=True,
                )

        finished = run_within(
            read_study(options.study),
            Dataset.load(unpack(options.folder)),
            runs,
            seconds=options.budget,
            at_once=options.at_once,
            small=True,
            device=options.device,
            on_run=tell,
            on_epoch=tell_epoch,
        )
    print(f"{len(finished)} networks finished: {', '.join(run.config.model for run in finished)}")


def _bring_home(runs: Path, archive: Path) -> None:
    """Every finished run in one file, which is whole at any moment."""
    new = archive.with_name(f"{archive.name}.new")
    with tarfile.open(new, "w:gz") as tar:
        for info in sorted(runs.rglob("run.json")):
            for path in sorted(info.parent.iterdir()):
                tar.add(path, path.relative_to(runs.parent).as_posix())
    new.replace(archive)


def show_estimate(options: argparse.Namespace) -> None:
    from aiducation.training.estimate import BYTES_A_WEIGHT, CARDS, MAPS_A_BLOCK, step_cost, whole_grid
    from aiducation.training.models import PUBLISHED_MODELS, model_size

    steps = -(-IMAGES // BATCH) * options.epochs
    value: dict[str, object] = {
        "images": IMAGES,
        "batch": BATCH,
        "epochs": options.epochs,
        "steps": steps,
        "bytes_a_weight": BYTES_A_WEIGHT,
        "maps_a_block": MAPS_A_BLOCK,
    }
    for name, card in CARDS.items():
        costs = {model: step_cost(model, card, batch=BATCH) for model in PUBLISHED_MODELS}
        print(f"{name}: {card.bytes_s / 1e12:.2f} TB/s, {card.operations_s / 1e12:.0f} TFLOP/s in large products")
        print(f"{'network':<22}{'weights':>9}{'GFLOP':>8}{'GB':>7}{'ms a step':>11}{'seconds':>9}  bound by")
        for model, cost in costs.items():
            traffic = (cost.head_bytes + cost.map_bytes) / 1e9
            print(
                f"{model:<22}{model_size(model).parameters / 1e6:>7.1f} M{cost.operations / 1e9:>8.0f}{traffic:>7.1f}"
                f"{cost.total_s * 1e3:>11.2f}{cost.total_s * steps:>9.0f}  {cost.bound}"
            )
        grid = whole_grid(costs, card, steps)
        print(", ".join(f"{what}: {seconds:,.0f}" for what, seconds in grid.items()))
        value[name] = {
            "bytes_s": card.bytes_s,
            "operations_s": card.operations_s,
            "kernel_s": card.kernel_s,
            "grid": {what: round(seconds, 1) for what, seconds in grid.items()},
            "networks": {
                model: {
                    "head_bytes": cost.head_bytes,
                    "map_bytes": cost.map_bytes,
                    "operations": cost.operations,
                    "kernels": cost.kernels,
                    "step_ms": round(cost.total_s * 1e3, 3),
                    "parts_ms": {part: round(seconds * 1e3, 3) for part, seconds in cost.seconds.items()},
                    "seconds": round(cost.total_s * steps, 1),
                    "bound": cost.bound,
                }
                for model, cost in costs.items()
            },
        }
    if options.json:
        options.json.write_text(json.dumps(value | {"environment": environment()}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
