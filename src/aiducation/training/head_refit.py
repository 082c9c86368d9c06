"""The last layer learned anew: what the network sees stays, and how it decides comes from plain labels alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.preprocess import to_input
from aiducation.training.camera_pictures import CameraPictures, as_camera
from aiducation.training.flagship import FlagshipNet

#: Faces at a time; faces of a step, and the highest rate of the learning.
_BATCH, _FACES, _RATE = 256, 1024, 1e-2


def refit_outcomes(
    network: FlagshipNet, dataset: Dataset, ids: np.ndarray, pictures: CameraPictures, seed: int
) -> None:
    """Learn the outcome head anew from the labels of training images, with the rest of the network as it is.

    Each image is seen three times: as it is, as its mirror image, and as a camera shows it, without covers.

    Args:
        network: on the CPU; its outcome head is changed.
        dataset, ids: images to learn from.
        pictures: what cameras do.
        seed: of pictures and order.

    Source: classifier re-training, B. Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition", ICLR
    2020.
    """
    faces = dataset.images[ids]
    views = [_features(network, one) for one in (faces, faces[:, :, ::-1])]
    views.append(_features(network, faces, replace(pictures, cover=0.0), seed))
    truth = torch.from_numpy(outcome_index(dataset.state[ids])).repeat(len(views))
    weight, bias = linear_head(
        torch.cat(views),
        truth,
        network.outcome_head.out_features,
        views[0].std(dim=0),
        steps=2500,
        decay=1e-1,
        seed=seed,
    )
    with torch.no_grad():
        network.outcome_head.weight.copy_(weight)
        network.outcome_head.bias.copy_(bias)


def linear_head(
    features: Tensor,
    targets: Tensor,
    width: int,
    spread: Tensor,
    *,
    steps: int,
    decay: float,
    seed: int,
    counts: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """(K, F) weights and (K,) bias of a linear layer, learned by AdamW at a rate that falls as a cosine.

    Args:
        features: (N, F) float32.
        targets: (N,) int64 classes, or (N, K) shares.
        width: K.
        spread: (F,) by which features are divided while it learns.
        steps: of 1024 rows each.
        decay: weight decay.
        seed: of weights and order.
        counts: (N,) how much each row counts, of mean 1; None where all count alike.
    """
    scale = spread + 1e-6
    seen = features / scale
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = torch.nn.Linear(seen.shape[1], width)
        optimizer = torch.optim.AdamW(head.parameters(), _RATE, weight_decay=decay)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(steps):
            rows = torch.randint(0, len(seen), (_FACES,))
            each = F.cross_entropy(head(seen[rows]), targets[rows], reduction="none")
            loss = (each if counts is None else each * counts[rows]).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return (head.weight / scale).detach(), head.bias.detach()


@torch.no_grad()
def _features(network: FlagshipNet, faces: np.ndarray, pictures: CameraPictures | None = None, seed: int = 0) -> Tensor:
    """(N, F) float32, what the heads get of (N, 48, 48) uint8 faces."""
    network.eval()
    generator, made = torch.Generator().manual_seed(seed), []
    for start in range(0, len(faces), _BATCH):
        batch = torch.from_numpy(to_input(np.ascontiguousarray(faces[start : start + _BATCH])))
        if pictures is not None:
            batch, _ = as_camera(batch, pictures, generator)
        made.append(network.features(batch))
    return torch.cat(made)
