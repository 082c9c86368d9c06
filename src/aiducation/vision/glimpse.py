"""Glimpse: what is kept of a picture for some seconds, in memory alone: enough to find cuts and to tell clothes apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiducation.vision.appearance import appearance
from aiducation.vision.cuts import Scene


@dataclass(frozen=True)
class Glimpse:
    """A picture without its details.

    Attributes:
        scene: the whole, in 96x56 colours.
        looks: (N, 2, D) float32, ``appearance`` of each face.
    """

    scene: Scene
    looks: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, boxes: np.ndarray) -> Glimpse:
        """The glimpse of a (H, W, 3) uint8 RGB picture with faces at (N, 4) boxes."""
        return cls(Scene(image), appearance(image, boxes))
