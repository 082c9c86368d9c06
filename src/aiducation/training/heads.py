"""What the flagship says beside the outcome: votes and covered faces, how both are calibrated and how good they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aiducation.data.dataset import Dataset
from aiducation.data.splits import TEST, VALID, Split
from aiducation.data.votes import vote_shares
from aiducation.evaluation.calibration import softmax
from aiducation.evaluation.ferplus_benchmark import majority, named
from aiducation.preprocess import to_input
from aiducation.training.camera_pictures import CameraPictures, as_camera
from aiducation.training.camera_recipe import BARELY, COVERED
from aiducation.training.covers import cover
from aiducation.training.draws import Draw

#: Faces at a time.
_BATCH = 256

#: A face counts as covered from the probability on that this share of the validation images, as they are, reaches. Some of them
#: really are covered.
_FALSE_ALARMS = 0.005

#: Figures of covers that a model's description carries.
COVER_SCORES = ("covers_found", "clear_images_called_covered")

#: Temperatures of the votes that are tried.
_TEMPERATURES = np.geomspace(0.5, 2.0, 61)


@torch.inference_mode()
def head_logits(network: nn.Module, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, 5) outcome, (N, 10) vote and (N, 1) cover logits, float32, of (N, 48, 48) uint8 faces on the CPU."""
    network.eval()
    made = [
        network(torch.from_numpy(to_input(np.ascontiguousarray(faces[start : start + _BATCH]))))
        for start in range(0, len(faces), _BATCH)
    ]
    outcomes, votes, covers = (torch.cat(parts).float().numpy() for parts in zip(*made, strict=True))
    return outcomes, votes, covers


def vote_figures(dataset: Dataset, split: Split, network: nn.Module) -> dict[str, Any]:
    """The temperature that makes shares of votes likely on validation images, and the benchmark of FER+ on both parts.

    The benchmark takes every image of the official part, also those that cleaning left out; ``benchmarks/ferplus.py`` does so.
    Here are the kept ones.
    """
    answer: dict[str, Any] = {}
    for part in (VALID, TEST):
        ids = split.parts[part]
        logits, votes = head_logits(network, dataset.images[ids])[1], dataset.votes[ids].astype(np.float64)
        if part == VALID:
            answer["temperature"] = vote_temperature(logits, votes)
        truth = majority(votes)
        right = named(logits)[truth >= 0] == truth[truth >= 0]
        answer[part] = (
            {"images": len(right), "accuracy": round(float(right.mean()), 4)} if len(right) else {"images": 0}
        )
    return answer


def vote_temperature(logits: np.ndarray, votes: np.ndarray) -> float:
    """The temperature of (N, 10) vote logits that makes (N, 10) votes most likely."""
    shares = vote_shares(votes)
    losses = [-(shares * np.log(softmax(logits, t) + 1e-12)).sum(axis=1).mean() for t in _TEMPERATURES]
    return round(float(_TEMPERATURES[int(np.argmin(losses))]), 3)


def cover_figures(faces: np.ndarray, logits_of: Callable[[np.ndarray], np.ndarray], seed: int) -> dict[str, float]:
    """From which probability a face counts as covered, and how many covers are found.

    Args:
        faces: (N, 48, 48) uint8 validation images, which choose the threshold as they are.
        logits_of: gives (N,) logits that faces are covered.
        seed: of the made covers.
    """
    clear = _probability(logits_of(faces))
    threshold = math.ceil(1e4 * float(np.quantile(clear, 1 - _FALSE_ALARMS, method="higher"))) / 1e4
    images, generator = torch.from_numpy(to_input(np.ascontiguousarray(faces))), torch.Generator().manual_seed(seed)
    figures = {
        "threshold": threshold,
        "clear_images_called_covered": round(float((clear > threshold).mean()), 4),
    }
    made, hidden = cover(images, 1.0, Draw(len(images), images.device, generator))
    found, much, little = _found(made, hidden, logits_of, threshold)
    figures |= {
        "covers_found": round(float(found[much].mean()), 4),
        "small_covers_called_covered": round(float(found[little].mean()), 4),
    }
    for name, share in (("covers_found_by_camera", 1.0), ("clear_images_called_covered_by_camera", 0.0)):
        found, much, little = _found(*as_camera(images, CameraPictures(cover=share), generator), logits_of, threshold)
        figures[name] = round(float(found[much if share else little].mean()), 4)
    return figures


def _found(
    images: Tensor, hidden: Tensor, logits_of: Callable[[np.ndarray], np.ndarray], threshold: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) bool each: which pictures are called covered, in which much of the face is hidden, in which hardly anything."""
    pixels = (images[:, 0] * 255).round().to(torch.uint8).numpy()
    return _probability(logits_of(pixels)) > threshold, hidden.numpy() > COVERED, hidden.numpy() < BARELY


def _probability(logits: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-logits.astype(np.float64))))
