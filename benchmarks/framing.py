"""How does the product's detector frame faces, compared with the squares that the training images are?

    python benchmarks/framing.py DATA [--images 600] [--json results/framing.json]

DATA is a folder of 'prepare'. Training images are placed into larger pictures at several sizes, upright and turned, and
changed as a camera changes them (light, blur, noise, JPEG). Where the detector finds the face, the square that the product
would cut out is compared with the true one: width as a ratio, shift as a share of the side, turn in degrees.
``CameraPictures`` takes its framing and shift from these figures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from alignment import as_photo

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TRAIN
from aiducation.environment import environment
from aiducation.preprocess import to_input
from aiducation.training.camera_pictures import CameraPictures, as_camera
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.vision.alignment import squares
from aiducation.vision.detectors import DETECTORS

#: Sides in pixels of a face's square in its picture, and degrees by which it is turned at most.
SIZES, TURNS = (32, 48, 96, 192), (0.0, 12.0)

#: Shares of the faces below the figures that are printed.
SHARES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)

#: What a camera does besides framing.
CAMERA = CameraPictures(framing=(1.0, 1.0), rotation=0.0, shift=0.0, stretch=0.0, cover=0.0)


def measured(faces: np.ndarray, size: int, turn: float, seed: int) -> np.ndarray:
    """(M, 4) of the M faces that are found: log of the width's ratio, shift to the right and down, turn that is left."""
    detector, rng = DETECTORS["yunet"].make(threads=1), np.random.default_rng(seed)
    rows = []
    for face in faces:
        angle = float(rng.uniform(-turn, turn))
        seen = detector.detect(as_photo(face, size, angle))
        if len(seen) != 1:
            continue
        centres, halves, tilts = squares(seen, width=1.0)
        shift = (centres[0] - size) / size
        # A picture that is turned by some degrees anticlockwise shows a face that is turned so much, less what is undone.
        rows.append([np.log(2 * halves[0] / size), *shift, angle + tilts[0]])
    return np.array(rows).reshape(-1, 4)


def figures(found: np.ndarray) -> dict[str, Any]:
    """Quantiles of what was measured."""
    names = ("width", "shift_right", "shift_down", "turn")
    columns = [np.exp(found[:, 0]), *found[:, 1:].T]
    return {
        name: {f"{share:g}": round(float(np.quantile(one, share)), 3) for share in SHARES}
        for name, one in zip(names, columns, strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    data = Dataset.load(given.data)
    ids = FlagshipRecipe(FlagshipConfig()).split(data, "official").parts[TRAIN]
    chosen = np.sort(np.random.default_rng(0).permutation(ids)[: given.images])
    plain = torch.from_numpy(to_input(np.ascontiguousarray(data.images[chosen])))
    mirrored, _ = as_camera(plain, CAMERA, torch.Generator().manual_seed(0))
    faces = (mirrored[:, 0] * 255).round().to(torch.uint8).numpy()
    told: dict[str, Any] = {"images": len(faces), "of_each_size": {}}
    every = []
    for size in SIZES:
        found = np.concatenate([measured(faces, size, turn, seed) for seed, turn in enumerate(TURNS)])
        told["of_each_size"][str(size)] = {"found": len(found), "of": len(TURNS) * len(faces), **figures(found)}
        every.append(found)
    told["all"] = figures(np.concatenate(every))
    print(json.dumps(told, indent=1))
    if given.json:
        given.json.write_text(json.dumps({**told, "environment": environment()}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
