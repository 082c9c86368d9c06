"""Training speed: this project's trainer against the usual loop, on the same model and images, in one run.

    python benchmarks/training_speed.py [--data DATA] [--models NAME ...] [--images 2048] [--rounds 3] [--out FILE.json]

The usual loop is what most public FER2013 projects do: PNG files on disk, a DataLoader with workers, Pillow transforms image by
image (mirror, rotation, conversion to a float tensor), plain Adam, float32. Both train one epoch a round, in processes of their
own, in turn (A B A B ...), after a warm-up on a few batches; the ratio is that of the medians. Without --data, synthetic faces.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.synthetic import make_synthetic
from aiducation.environment import environment

MODELS = ("B16_N4_FC1_K3_AP20", "Compact_W16_D1")
WARM_UP = 256


def main() -> None:
    options = _options()
    if options.loop:
        print(json.dumps(LOOPS[options.loop](options.models[0], Path(options.folder))))
        return
    with tempfile.TemporaryDirectory() as folder:
        _write_images(Path(folder), options)
        results = [_compare(model, folder, options.rounds) for model in options.models]
    print(f"{'model':<22}{'usual loop':>14}{'this trainer':>14}{'ratio':>8}")
    for r in results:
        print(f"{r['model']:<22}{r['usual']:>10.0f} /s {r['ours']:>10.0f} /s {r['ratio']:>7.2f}")
    if options.out:
        value = {"images": options.images, "rounds": options.rounds, "results": results, "environment": environment()}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(value, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder made by 'aiducation prepare'")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--images", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write the results as JSON")
    parser.add_argument("--loop", choices=LOOPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _write_images(folder: Path, options: argparse.Namespace) -> None:
    from PIL import Image

    if options.data:
        dataset = Dataset.load(options.data)
        ids = np.random.default_rng(0).permutation(dataset.labelled)[: options.images]
        images, targets = dataset.images[ids], dataset.state[ids].astype(np.int64)
    else:
        images = make_synthetic(options.images, seed=0).pixels
        targets = np.random.default_rng(0).integers(0, 4, len(images))
    np.savez(folder / "images.npz", images=images, targets=targets)
    for i, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{i}.png")


def _compare(model: str, folder: str, rounds: int) -> dict[str, object]:
    speeds: dict[str, list[float]] = {"usual": [], "ours": []}
    for _ in range(rounds):
        for loop in speeds:
            command = [sys.executable, __file__, "--loop", loop, "--models", model, "--folder", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            speeds[loop].append(json.loads(done.stdout))
            print(f"{model} {loop}: {speeds[loop][-1]:.0f} images/s", file=sys.stderr)
    median = {loop: statistics.median(values) for loop, values in speeds.items()}
    return {"model": model, **median, "ratio": median["ours"] / median["usual"], "rounds": speeds}


def _usual_loop(model_name: str, folder: Path) -> float:
    """Images a second of the usual loop."""
    import random

    import torch
    import torch.nn.functional as F
    from PIL import Image, ImageOps
    from torch.utils.data import DataLoader

    from aiducation.training.models import build_model

    targets = np.load(folder / "images.npz")["targets"]

    class Faces(torch.utils.data.Dataset):
        def __init__(self, n: int) -> None:
            self.n = n

        def __len__(self) -> int:
            return self.n

        def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
            image = Image.open(folder / f"{i}.png").convert("L")
            if random.random() < 0.5:
                image = ImageOps.mirror(image)
            image = image.rotate(random.uniform(-10, 10))
            return torch.from_numpy(np.array(image)).float().div(255)[None], int(targets[i])

    model = build_model(model_name)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)

    def epoch(n: int) -> None:
        model.train()
        for images, labels in DataLoader(Faces(n), batch_size=64, shuffle=True, num_workers=2):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            loss.item()  # the usual loop adds it up for the progress line

    epoch(WARM_UP)
    start = time.perf_counter()
    epoch(len(targets))
    return len(targets) / (time.perf_counter() - start)


def _our_loop(model_name: str, folder: Path) -> float:
    """Images a second of ``Learner.train_one_epoch``."""
    import torch

    from aiducation.training.batches import Part
    from aiducation.training.config import TrainConfig
    from aiducation.training.learner import Learner

    saved = np.load(folder / "images.npz")
    learner = Learner(TrainConfig(model=model_name))
    ids = np.arange(len(saved["targets"]))
    device = learner.compute.device
    part = Part(
        ids=ids,
        groups=ids,
        images=torch.from_numpy(saved["images"]).to(device),
        targets=torch.from_numpy(saved["targets"]).to(device),
    )
    warm = Part(ids=ids[:WARM_UP], groups=ids[:WARM_UP], images=part.images[:WARM_UP], targets=part.targets[:WARM_UP])
    learner.train_one_epoch(warm)
    start = time.perf_counter()
    learner.train_one_epoch(part)  # ends with its metrics on the host, so all work is done
    return len(part) / (time.perf_counter() - start)


LOOPS = {"usual": _usual_loop, "ours": _our_loop}

if __name__ == "__main__":
    main()
