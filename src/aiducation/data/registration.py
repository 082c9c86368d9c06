"""Registration: lay one small gray image over another (shift and scale) and say how alike they are.

Images are square stacks (n, s, s) float32. A placement is (scale, dx, dy): the pixel at offset u from the centre of the
first image lies at ``scale * u + (dx, dy)`` from the centre of the second; dx, dy are in pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_Weights = Callable[[np.ndarray, int], np.ndarray]

MAX_SCALE = 1.5
MIN_OVERLAP = 0.35  # of the image; less says too little about the photo

# Blur radii in pixels. The search band keeps eyes, mouth and outline and forgives half a pixel; the fine band keeps
# what differs between two photos of one person (folds, hair, gaze).
_COARSE, _FINE = (1.0, 4.0), (0.6, 2.0)
_FLAT = 3.0  # gray levels: weaker structure than this is not amplified by contrast normalisation
_MARGIN = 2  # pixels at the border that the fine band cannot judge: its blur lacks neighbours there


def coarse_band(images: np.ndarray) -> np.ndarray:
    """(n, s, s) float32: structure a few pixels wide, with local contrast evened out; 0 where the image is flat."""
    band = _band(images, *_COARSE)
    return np.asarray(band / (np.sqrt(_blur(band * band, _COARSE[1])) + _FLAT), dtype=np.float32)


def fine_band(images: np.ndarray) -> np.ndarray:
    """(n, s, s) float32: the finest structure, in gray levels."""
    return _band(images, *_FINE)


def sampling(positions: np.ndarray, size: int) -> np.ndarray:
    """(..., k, size) float32: matrix that reads a line of ``size`` pixels at positions (..., k), linearly; 0 outside."""
    weights = np.abs(positions[..., None] - np.arange(size, dtype=np.float32))
    return np.asarray(np.maximum(1 - weights, 0, out=weights))


def register(first: np.ndarray, second: np.ndarray, placement: np.ndarray, *, step: int, rounds: int) -> np.ndarray:
    """Improve rough placements by Gauss-Newton on the squared difference after matching contrast.

    Args:
        first, second: (n, s, s) float32, ``coarse_band`` of the two images of each pair.
        placement: (n, 3) float32, where to start; right to about two pixels.
        step: every how many pixels to compare; 2 is four times faster than 1.
        rounds: how many improvements.

    Returns:
        (n, 3) float32 placements.

    Source: S. Baker and I. Matthews, "Lucas-Kanade 20 Years On" (2004), inverse compositional algorithm.
    """
    size = first.shape[-1]
    rows = np.arange(size // 12, size - size // 12, step)
    u = (rows - (size - 1) / 2).astype(np.float32)
    slope_y, slope_x = (slope[:, rows[:, None], rows] for slope in np.gradient(first, axis=(1, 2)))
    target = first[:, rows[:, None], rows]
    slopes = np.stack([slope_x * u + slope_y * u[:, None], slope_x, slope_y], axis=-1)
    scale, shift = placement[:, :1].copy(), placement[:, 1:].copy()
    for _ in range(rounds):
        seen, inside = _read(second, scale * u + shift[:, :1], scale * u + shift[:, 1:], sampling)
        seen, wanted = _centred(seen, inside), _centred(target, inside)
        gain = _dot(seen, wanted) / (_dot(seen, seen) + 1e-3)
        error = (np.clip(gain, 0.3, 3)[:, None, None] * seen - wanted).reshape(len(first), -1, 1)
        jacobian = (slopes * inside[..., None]).reshape(len(first), -1, 3)
        normal = jacobian.transpose(0, 2, 1) @ jacobian
        damping = 1e-4 * np.trace(normal, axis1=1, axis2=2) + 1e-6  # keeps flat images solvable
        normal += damping[:, None, None] * np.eye(3, dtype=np.float32)
        change = np.linalg.solve(normal, jacobian.transpose(0, 2, 1) @ error)[..., 0]
        scale = scale / (1 + np.clip(change[:, :1], -0.05, 0.05))
        shift = shift - scale * np.clip(change[:, 1:], -1.5, 1.5)
        scale, shift = np.clip(scale, 1 / MAX_SCALE, MAX_SCALE), np.clip(shift, -size / 3, size / 3)
    return np.concatenate([scale, shift], axis=1)


def similarity(first: np.ndarray, second: np.ndarray, placement: np.ndarray, *, step: int = 1) -> np.ndarray:
    """(n,) float32 in -1..1: normalised cross-correlation of placed images where they overlap; -1 if they hardly do."""
    size = first.shape[-1]
    rows = np.arange(_MARGIN, size - _MARGIN, step)
    scale, shift = placement[:, :1], placement[:, 1:]
    u = (rows - (size - 1) / 2).astype(np.float32)
    seen, inside = _read(second, scale * u + shift[:, :1], scale * u + shift[:, 1:], _cubic, margin=_MARGIN)
    seen, wanted = _centred(seen, inside), _centred(first[:, rows[:, None], rows], inside)
    value = _dot(seen, wanted) / np.sqrt(_dot(seen, seen) * _dot(wanted, wanted) + 1e-6)
    return np.where(inside.sum(axis=(1, 2)) * step**2 >= MIN_OVERLAP * size**2, value, np.float32(-1))


def _blur(images: np.ndarray, sigma: float) -> np.ndarray:
    position = np.arange(images.shape[-1])
    kernel = np.exp(-0.5 * ((position[:, None] - position) / sigma) ** 2)
    kernel = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
    return np.asarray(kernel @ images @ kernel.T)


def _band(images: np.ndarray, inner: float, outer: float) -> np.ndarray:
    images = images.astype(np.float32)
    return _blur(images, inner) - _blur(images, outer)


def _cubic(positions: np.ndarray, size: int) -> np.ndarray:
    """As ``sampling``, with cubic weights, which keep fine structure. Source: R. Keys, 1981, with a = -1/2."""
    t = np.abs(positions[..., None] - np.arange(size, dtype=np.float32))
    near, far = (1.5 * t - 2.5) * t * t + 1, ((2.5 - 0.5 * t) * t - 4) * t + 2
    return np.asarray(np.where(t < 1, near, np.where(t < 2, far, np.float32(0))))


def _read(
    images: np.ndarray, x: np.ndarray, y: np.ndarray, weights: _Weights, *, margin: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Images read on grids of offsets x, y (n, k) from their centre, and a float mask of what lies inside them."""
    size = images.shape[-1]
    x, y = x + (size - 1) / 2, y + (size - 1) / 2
    inside_x, inside_y = ((q >= margin) & (q <= size - 1 - margin) for q in (x, y))
    seen = weights(y, size) @ images @ weights(x, size).transpose(0, 2, 1)
    return seen, (inside_y[:, :, None] & inside_x[:, None, :]).astype(np.float32)


def _centred(images: np.ndarray, inside: np.ndarray) -> np.ndarray:
    mean = (images * inside).sum(axis=(1, 2)) / (inside.sum(axis=(1, 2)) + 1e-3)
    return np.asarray((images - mean[:, None, None]) * inside)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("nij,nij->n", a, b))
