"""Appearance: colours of hair and clothes, by which a track tells two people apart who pass each other. Never stored.

No feature of a face is measured: the same person in another jacket has another appearance, and two in the same jacket have the
same. It is kept in memory for the seconds over which a track waits for its face.
"""

from __future__ import annotations

import numpy as np

#: Levels of brightness, of red and of blue against brightness that are told apart.
_LEVELS = (6, 5, 5)

#: What is sampled, in sides of the face from the middle of its lower edge: left, upper, right and lower edge of head and chest.
_HEAD, _CHEST = (-0.6, -1.35, 0.6, 0.0), (-0.9, 0.25, 0.9, 1.35)

#: Points that are sampled along each side, and how many of them have to lie inside the picture.
_POINTS, _LEAST_INSIDE = 8, 0.3

#: Of every gray level: roots tell dark clothes apart as well as light ones.
_ROOTS = np.sqrt(np.arange(256, dtype=np.float32) / 255)

#: Mean root of a picture; others are compared as if they had it, so that nobody changes when a lamp is switched off.
_USUAL_LIGHT = 0.5


def appearance(image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(N, 2, 150) float32: shares of the colours around each head and on each chest; NaN where too little of it is inside.

    Args:
        image: (H, W, 3) uint8 RGB.
        boxes: (N, 4) left, top, right, bottom in pixels.
    """
    boxes = boxes.astype(np.float64)
    sides = np.sqrt(np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), 1.0))
    middle = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    parts = np.array([_HEAD, _CHEST])
    edges = parts * sides[:, None, None] + np.tile(middle, 2)[:, None]  # (N, 2, 4)
    steps = np.linspace(0, 1, _POINTS)
    x, y = ((edges[..., i, None] + steps * (edges[..., i + 2] - edges[..., i])[..., None]).astype(int) for i in (0, 1))
    height, width = image.shape[:2]
    inside = ((y >= 0) & (y < height))[..., :, None] & ((x >= 0) & (x < width))[..., None, :]  # (N, 2, 8, 8)
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    light = float(_ROOTS[image[:: max(height // 64, 1), :: max(width // 64, 1)]].mean())
    shares = _shares(image[y[..., :, None], x[..., None, :]], inside, _USUAL_LIGHT / max(light, _USUAL_LIGHT / 4))
    shares[inside.mean(axis=(2, 3)) < _LEAST_INSIDE] = np.nan
    return shares


def unlikeness(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(A, B) float64, how different two appearances are: 0 alike, 1 without a colour in common; NaN where one is unknown.

    Args:
        ones, others: (A, 2, D) and (B, 2, D) of ``appearance``.

    Source: Hellinger's distance, squared; in T. Kailath, IEEE Transactions on Communication Technology 15 (1967).
    """
    roots, more = np.sqrt(ones), np.sqrt(others)
    alike = np.einsum("apd,bpd->abp", roots, more)
    known = ~np.isnan(alike)
    total = np.where(known, 1 - alike, 0.0).sum(axis=2)
    return np.where(known.any(axis=2), total / np.maximum(known.sum(axis=2), 1), np.nan)


def _shares(colors: np.ndarray, counted: np.ndarray, gain: float) -> np.ndarray:
    """(N, 2, D) float32, share of each coarse colour; a point between two of them counts for both.

    Args:
        colors: (N, 2, P, P, 3) uint8; counted: (N, 2, P, P) bool.
        gain: that brings the picture to its usual light.
    """
    groups, size = counted.shape[0] * counted.shape[1], int(np.prod(_LEVELS))
    roots = _ROOTS[colors] * gain
    bright = roots.mean(axis=-1)
    axes = (bright * 6 - 0.5, (roots[..., 0] - bright) * 10 + 2, (roots[..., 2] - bright) * 10 + 2)
    cells: np.ndarray = np.arange(groups).reshape(*counted.shape[:2], 1, 1, 1) * size
    weights = counted[..., None].astype(np.float32)
    for place, levels in zip(axes, _LEVELS, strict=True):
        place = np.clip(place, 0, levels - 1)
        low = np.minimum(place.astype(int), levels - 2)
        over = place - low
        size //= levels
        cells = np.concatenate([cells + low[..., None] * size, cells + (low[..., None] + 1) * size], axis=-1)
        weights = np.concatenate([weights * (1 - over[..., None]), weights * over[..., None]], axis=-1)
    total = np.bincount(cells.ravel(), weights=weights.ravel(), minlength=groups * int(np.prod(_LEVELS)))
    total = total.reshape(*counted.shape[:2], int(np.prod(_LEVELS)))
    return (total / np.maximum(counted.sum(axis=(2, 3)), 1)[..., None]).astype(np.float32)
