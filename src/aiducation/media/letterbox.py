"""Letterbox: a picture fitted as a whole into another size, as players do it."""

from __future__ import annotations

import numpy as np

from aiducation.geometry import Fit, Size


def letterboxed(image: np.ndarray, space: Size) -> np.ndarray:
    """A picture fitted into a space, black where it does not reach.

    Args:
        image: (H, W, 3) uint8 RGB.
        space: (width, height) in pixels.

    Returns:
        (height, width, 3) uint8 RGB; the picture itself if it has that size.
    """
    from PIL import Image

    height, width = image.shape[:2]
    if (width, height) == space:
        return image
    scale = Fit.into((width, height), space).scale
    inner = (max(round(width * scale), 1), max(round(height * scale), 1))
    whole = Image.new("RGB", space)
    left, top = ((there - here) // 2 for here, there in zip(inner, space, strict=True))
    whole.paste(Image.fromarray(image).resize(inner, Image.Resampling.BICUBIC), (left, top))
    return np.asarray(whole)
