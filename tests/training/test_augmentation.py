"""Augmentation: in range, repeatable, and nothing where nothing is asked for."""

from __future__ import annotations

import numpy as np
import torch

from aiducation.data.dataset import Dataset
from aiducation.preprocess import to_input
from aiducation.training.augmentation import Augmentation, augment


def test_augmentation_stays_in_range_and_repeats(dataset: Dataset) -> None:
    images = to_input(torch.from_numpy(np.array(dataset.images[:32])))
    changed = [augment(images, Augmentation(), torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    assert changed[0].shape == images.shape and changed[0].min() >= 0 and changed[0].max() <= 1
    assert torch.equal(changed[0], changed[1]) and not torch.equal(changed[0], changed[2])
    still = Augmentation(
        flip=0, rotation=0, scale=0, shift=0, stretch=0, gain=0, offset=0, gamma=0, far=0, noise=0, hole=0
    )
    torch.testing.assert_close(augment(images, still, torch.Generator()), images, atol=1e-5, rtol=0)
