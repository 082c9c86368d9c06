"""From a face image to the network's input: the one function that training and use share."""

from __future__ import annotations

from typing import Any

import numpy as np

from aiducation.errors import ShapeError

#: Height and width of what every network sees, in pixels.
SIDE = 48


def to_input(faces: Any) -> Any:
    """Scale gray faces to what the networks expect.

    Args:
        faces: (N, 48, 48) uint8, as a NumPy array or a torch tensor on any device.

    Returns:
        (N, 1, 48, 48) float32 in 0..1, of the same kind and on the same device.

    Raises:
        ShapeError: the faces have another shape or type.
    """
    dtype = str(faces.dtype).removeprefix("torch.")
    if faces.ndim != 3 or tuple(faces.shape[1:]) != (SIDE, SIDE) or dtype != "uint8":
        raise ShapeError(f"Faces must be (N, 48, 48) uint8, got {tuple(faces.shape)} {dtype}.")
    as_float = faces.astype(np.float32) if isinstance(faces, np.ndarray) else faces.float()
    return as_float[:, None] / 255
