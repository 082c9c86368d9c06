"""The published grid on a GPU that is there for minutes: what to take along, a check, the run, and an estimate before it.

    python tools/gpu_grid.py pack DATA FOLDER                the labelled images of a prepared folder as one small file
    python tools/gpu_grid.py check FOLDER                    on the GPU, first: a tiny network in every way that "run" needs
    python tools/gpu_grid.py run FOLDER OUT --budget 560     on the GPU: as many whole networks as the time allows
    python tools/gpu_grid.py estimate --json results/gpu_estimate.json
    aiducation report RUNS --out report                      RUNS: where OUT/runs.tar.gz was unpacked

"check" and "run" need PyTorch, NumPy and safetensors, and nothing of the project but its source. Each finished network is in
OUT/runs.tar.gz at once: log, predictions as 16-bit numbers, hash of its weights. So whatever stops the machine, whole networks
are what there is. As one command of at most ten minutes, with all that it prints in a file that comes back:

    SECONDS=0; export PYTHONPATH=src CUDA_DEVICE_MAX_CONNECTIONS=32; mkdir -p OUT; exec >OUT/log.txt 2>&1
    python tools/gpu_grid.py check FOLDER && python tools/gpu_grid.py run FOLDER OUT --budget $((560 - SECONDS))

"estimate" counts operations, bytes and kernels of each network (``aiducation.training.estimate``).
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import json
import os
import sys
import tarfile
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from aiducation.environment import COMMIT_VARIABLE, environment
from aiducation.errors import AiducationError
from aiducation.words import many

if TYPE_CHECKING:
    from aiducation.training.learner import Learner
    from aiducation.training.study import PlannedRun

#: When the command began. What is slow is imported later, so that it counts.
START = time.monotonic()

ROOT = Path(__file__).parents[1]
STUDY, ELSEWHERE = ROOT / "studies" / "published.toml", ROOT / "results" / "study" / "runs"

#: Images of the official split's training part, and of a step.
IMAGES, BATCH = 11_594, 64

#: In a packed folder: the commit it was packed at, and the hash of the source there.
SOURCE_FILE = "source.json"

#: Seconds that the last network may take for its files after the time is over.
GRACE_S = 15.0

#: Seconds that threads get to say where they are before the process is ended from outside.
LOCKED_S = 15.0

#: How much the losses of one network may differ between ways to train it. Sums are rounded in another order in each, which moves
#: the mean over an epoch of training little; so early, validation moves more.
CLOSE = {"train_loss": 0.02, "valid_loss": 0.1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    pack = commands.add_parser("pack")
    pack.add_argument("data", type=Path)
    pack.add_argument("folder", type=Path)
    check = commands.add_parser("check")
    check.add_argument("folder", type=Path)
    check.add_argument("--model", default="B4_N4_FC1_K3_AP4")
    check.add_argument("--device", default="auto")
    check.set_defaults(budget=120.0, stuck=120.0)
    run = commands.add_parser("run")
    run.add_argument("folder", type=Path)
    run.add_argument("out", type=Path)
    run.add_argument("--budget", type=float, default=560.0, help="seconds from the start of this command")
    run.add_argument("--stuck", type=float, default=120.0, help="end after so many seconds without an epoch")
    run.add_argument("--at-once", type=int, default=3, help="networks at a time on the card")
    run.add_argument("--study", type=Path, default=STUDY)
    run.add_argument(
        "--elsewhere", type=Path, default=ELSEWHERE, help="runs; networks that are finished there come last"
    )
    run.add_argument("--device", default="cuda")
    estimate = commands.add_parser("estimate")
    estimate.add_argument("--epochs", type=int, default=100)
    estimate.add_argument("--data", type=Path, help="a prepared or packed folder whose official split is trained on")
    estimate.add_argument("--json", type=Path)
    options = parser.parse_args()
    {"pack": pack_data, "check": check_device, "run": run_grid, "estimate": show_estimate}[options.command](options)


def pack_data(options: argparse.Namespace) -> None:
    from aiducation.data.dataset import Dataset
    from aiducation.data.packed import pack

    images = pack(Dataset.load(options.data), options.folder)
    source = {"commit": environment()["commit"], "sha256": _source_hash()}
    (options.folder / SOURCE_FILE).write_text(json.dumps(source) + "\n", encoding="utf-8")
    print(f"{images}: {images.stat().st_size / 1e6:.1f} MB")


def _source_hash() -> str:
    package, found = ROOT / "src" / "aiducation", hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        found.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()


def _name_commit(folder: Path) -> None:
    """Let results name the commit of this source where its repository did not come along."""
    try:
        source = json.loads((folder / SOURCE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        source = {}
    if source.get("sha256") == _source_hash():
        os.environ[COMMIT_VARIABLE] = str(source["commit"])
    else:
        _say(f"{folder} was not packed with this very source: without a repository, results name no commit.")


def _say(what: str) -> None:
    print(f"{time.monotonic() - START:7.1f} s  {what}", file=sys.stderr, flush=True)


class _Watch:
    """Ends the command where no sign of life comes in time; before, all threads say where they are."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.end, self.stuck, self.timer = START + options.budget + GRACE_S, options.stuck, None
        self.sign()

    def sign(self) -> None:
        self.stop()
        seconds = max(0.1, min(self.stuck, self.end - time.monotonic()))
        self.timer = threading.Timer(seconds, self._give_up, [seconds])
        self.timer.daemon = True
        self.timer.start()
        # A call that keeps Python's lock stops the timer, too. Python's own watchdog needs no lock, but it comes last: it reads
        # threads while they run, and where one leaves a function at that moment the process crashes (cpython issue 140815).
        faulthandler.dump_traceback_later(seconds + LOCKED_S, exit=True)

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        faulthandler.cancel_dump_traceback_later()

    def _give_up(self, seconds: float) -> None:
        _say(f"No sign of life for {seconds:.1f} s.")
        for thread, frame in sys._current_frames().items():
            if thread != threading.get_ident():
                print(f"Thread {thread:#x}:", *traceback.format_stack(frame), sep="\n", file=sys.stderr, flush=True)
        os._exit(1)


def run_grid(options: argparse.Namespace) -> None:
    watch = _Watch(options)
    _name_commit(options.folder)
    from aiducation.data.dataset import Dataset
    from aiducation.data.packed import unpack
    from aiducation.training.study import read_study
    from aiducation.training.within import run_within

    options.out.mkdir(parents=True, exist_ok=True)
    planned, lock = read_study(options.study), threading.Lock()
    finished: list[str] = []
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        runs = Path(scratch) / "runs"

        def tell(run: PlannedRun, what: str) -> None:
            _say(f"{run.name}: {what}")
            if what.startswith("failed") and sys.exc_info()[0]:
                traceback.print_exc()
            with lock:
                if what == "finished":
                    finished.append(run.name)
                    _bring_home(runs, finished, options.out / "runs.tar.gz")

        def tell_epoch(run: PlannedRun, row: dict[str, float]) -> None:
            with lock:
                watch.sign()
            if row["epoch"] in (1, 2, 3) or row["epoch"] % 10 == 0:
                _say(f"{run.name}: {_in_words(row)}")

        try:
            run_within(
                planned,
                Dataset.load(unpack(options.folder, Path(scratch) / "data")),
                runs,
                seconds=options.budget - (time.monotonic() - START),
                at_once=options.at_once,
                last=_finished(options.elsewhere, planned),
                small=True,
                device=options.device,
                on_run=tell,
                on_epoch=tell_epoch,
            )
        except AiducationError as error:
            _say(str(error))
            failed = 1
    print(f"{many(len(finished), 'network')} finished: {', '.join(finished)}")
    sys.exit(failed)


def _finished(folder: Path, planned: list[PlannedRun]) -> set[str]:
    """Names of the runs that are finished in a folder."""
    from aiducation.runs import RunFolder

    there = {run.name: RunFolder(folder / run.name) for run in planned}
    return {name for name, run in there.items() if run.exists() and run.info().finished}


def _in_words(row: dict[str, float]) -> str:
    return (
        f"epoch {row['epoch']:.0f}, {row['seconds']:.2f} s, loss {row['train_loss']:.4f}, validation "
        f"{row['valid_loss']:.4f}, accuracy {row['valid_accuracy']:.4f}"
    )


def _bring_home(runs: Path, names: list[str], archive: Path) -> None:
    """The finished runs in one file, which is whole at any moment. Where that fails, the next network tries it again."""
    new = archive.with_name(f"{archive.name}.new")
    try:
        with tarfile.open(new, "w:gz") as tar:
            for name in names:
                tar.add(runs / name, f"runs/{name}")
        new.replace(archive)
    except (OSError, tarfile.TarError):
        traceback.print_exc()


def check_device(options: argparse.Namespace) -> None:
    """Train a tiny network step by step, recorded, and two at a time; ends with 1 if that is not the same or not recorded."""
    watch = _Watch(options)
    from aiducation.data.dataset import Dataset
    from aiducation.data.packed import unpack
    from aiducation.training.config import TrainConfig
    from aiducation.training.learner import Learner
    from aiducation.training.train_run import parts_of
    from aiducation.training.within import stream_of_its_own

    config = TrainConfig(model=options.model, epochs=2)
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as pool:
        dataset = Dataset.load(unpack(options.folder, Path(scratch) / "data"))

        def train(how: str, *, recorded: bool, beside_others: bool = False) -> Learner:
            with stream_of_its_own(options.device):
                learner = Learner(config, device=options.device, recorded=recorded, beside_others=beside_others)
                parts = parts_of(learner, dataset, dataset.split("official"))
                learner.train_eval(
                    parts["train"], parts["valid"], on_epoch=lambda row: _say(f"{how}: {_in_words(row)}")
                )
                learner.predictions(parts["valid"])
            return learner

        learners = {how: train(how, recorded=how == "recorded") for how in ("step by step", "recorded")}
        begun = {
            how: pool.submit(train, how, recorded=True, beside_others=True) for how in ("one of two", "other of two")
        }
        learners |= {how: one.result() for how, one in begun.items()}
    watch.stop()
    wrong = _differences(learners)
    if learners["recorded"].compute.device.type == "cuda":
        wrong += [f"{how}: not recorded" for how, one in learners.items() if how != "step by step" and not one.replays]
    else:
        _say("There is no CUDA GPU here: only the steps themselves were checked, not that a GPU records them.")
    _say("; ".join(wrong) or "All ways of training agree.")
    sys.exit(bool(wrong))


def _differences(learners: dict[str, Learner]) -> list[str]:
    """Where networks that were trained in several ways are not the same."""
    (_, usual), *others = learners.items()
    return [
        f"{how}: {name} {row[name]:.4f} instead of {right[name]:.4f} in epoch {row['epoch']:.0f}"
        for how, learner in others
        for row, right in zip(learner.log, usual.log, strict=True)
        for name, most in CLOSE.items()
        if not abs(row[name] - right[name]) <= most
    ]


def show_estimate(options: argparse.Namespace) -> None:
    from aiducation.data.splits import Split
    from aiducation.training.estimate import BYTES_A_WEIGHT, CARDS, MAPS_A_BLOCK, step_cost, whole_grid
    from aiducation.training.models import PUBLISHED_MODELS, model_size

    images = len(Split.load(options.data / "splits" / "official.json").parts["train"]) if options.data else IMAGES
    steps = -(-images // BATCH) * options.epochs
    value: dict[str, object] = {
        "images": images,
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
