"""Batches from memory: images stay on the device as uint8; order and augmentation are drawn an epoch at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from aiducation.data.dataset import Dataset
from aiducation.data.soft_states import outcome_index
from aiducation.errors import DataMismatchError
from aiducation.preprocess import to_input
from aiducation.states import OTHER, STATES
from aiducation.training.config import TrainConfig


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a split, on the device.

    Attributes:
        ids: (M,) int64 NumPy, row numbers in the data set.
        groups: (M,) int64 NumPy, duplicate groups.
        images: (M, 48, 48) uint8 tensor.
        targets: (M,) int64 tensor, index of the state; "other", where it is learned, comes after the four.
        soft: targets that a recipe learns beside the states, tensors of M rows each; empty for most recipes.
    """

    ids: np.ndarray
    groups: np.ndarray
    images: Tensor
    targets: Tensor
    soft: tuple[Tensor, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, dataset: Dataset, ids: np.ndarray, device: torch.device, *, states: tuple[str, ...] = STATES) -> Part:
        """Copy the named images to the device: 2.3 KB each, so all of FER2013 takes 83 MB.

        Raises:
            DataMismatchError: some images show none of these states.
        """
        truth = dataset.state[ids] if OTHER not in states else outcome_index(dataset.state[ids])
        if strangers := int((truth < 0).sum()):
            raise DataMismatchError(
                f"{strangers:,} of {len(ids):,} images of this split show none of the four states, which are all that this "
                "network learns. Name another split, such as official."
            )
        return cls(
            ids=ids,
            groups=dataset.duplicate_group[ids].astype(np.int64),
            images=torch.from_numpy(np.ascontiguousarray(dataset.images[ids])).to(device),
            targets=torch.from_numpy(truth.astype(np.int64)).to(device),
        )


def training_batches(part: Part, config: TrainConfig, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled and augmented batches: (B, 1, 48, 48) float32 in 0..1 and (B,) int64.

    Everything random in the epoch depends on seed and epoch alone, so a run that is resumed sees the same batches.
    """
    order, mirrored, degrees = (drawn.to(part.images.device) for drawn in draw_epoch(len(part), config, epoch))
    for rows in batch_rows(len(part), config.batch_size):
        yield changed_images(part, config, order[rows], mirrored[rows], degrees[rows])


def batch_rows(n: int, size: int) -> list[slice]:
    """Which places of an epoch's order each batch takes: ``size``, and the last one the rest. A rest of one image joins the batch
    before: the mean and the variance that a batch norm needs cannot be had from one value.

    Example:
        >>> [(rows.start, rows.stop) for rows in batch_rows(9, 4)]
        [(0, 4), (4, 9)]
    """
    ends = [*range(size, n - 1, size), n]
    return [slice(start, end) for start, end in pairwise([0, *ends])]


def draw_epoch(n: int, config: TrainConfig, epoch: int) -> tuple[Tensor, Tensor, Tensor]:
    """What is random in an epoch over n images, on the CPU: (n,) int64 order, (n,) bool which places of it are mirrored, and
    (n,) float32 by how many degrees each is turned."""
    generator = torch.Generator().manual_seed(epoch_seed(config.seed, epoch))
    order = torch.randperm(n, generator=generator)
    mirrored = torch.rand(n, generator=generator) < config.flip
    degrees = (torch.rand(n, generator=generator) * 2 - 1) * config.rotation
    return order, mirrored, degrees


def changed_images(
    part: Part, config: TrainConfig, chosen: Tensor, mirrored: Tensor, degrees: Tensor
) -> tuple[Tensor, Tensor]:
    """The named rows of a part, augmented: (B, 1, 48, 48) float32 in 0..1 and (B,) int64; nothing here waits for the device."""
    images = to_input(part.images[chosen])
    if config.flip > 0 or config.rotation > 0:
        images = flip_and_rotate(images, mirrored, degrees)
    return images, part.targets[chosen]


def plain_batches(part: Part, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """All images in their order, unchanged, in the form of ``training_batches``."""
    for start in range(0, len(part), batch_size):
        rows = slice(start, start + batch_size)
        yield to_input(part.images[rows]), part.targets[rows]


def flip_and_rotate(images: Tensor, mirrored: Tensor, degrees: Tensor) -> Tensor:
    """Rotate, then mirror, each image of a batch in one bilinear resampling; what comes in from outside is black.

    Args:
        images: (B, 1, H, W) float32.
        mirrored: (B,) bool, which images to mirror left to right.
        degrees: (B,) float32, counter-clockwise.
    """
    radians = degrees * (math.pi / 180)
    cos, sin = (values[:, None, None] for values in (radians.cos(), radians.sin()))
    sign = (1 - 2 * mirrored.to(images.dtype))[:, None, None]  # torch.where with numbers would wait for a GPU
    # As F.affine_grid has it, whose matrix product would round these few numbers coarsely on a GPU.
    x, y = _centres(images.shape[-1], images)[None, None, :], _centres(images.shape[-2], images)[None, :, None]
    grid = torch.stack([sign * cos * x - sin * y, sign * sin * x + cos * y], dim=3)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _centres(n: int, like: Tensor) -> Tensor:
    """(n,) positions of the middles of n pixels from -1 to 1."""
    return (2 * torch.arange(n, device=like.device, dtype=like.dtype) + 1 - n) / n


def epoch_seed(seed: int, epoch: int) -> int:
    """One well-mixed 63-bit seed for each pair of seed and epoch."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1)
