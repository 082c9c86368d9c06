"""Circles of steps: the stretches over which a track was seen, and means and jumps that go on at the beginning after the end."""

from __future__ import annotations

import numpy as np


def geometric(first: int, last: int, ratio: float) -> list[int]:
    """Whole numbers from the first to the last, each some times as large as the one before."""
    numbers: list[int] = []
    at = float(first)
    while at <= last:
        if not numbers or round(at) > numbers[-1]:
            numbers.append(round(at))
        at *= ratio
    return numbers


def stretches_of(people: np.ndarray, gap: int) -> list[tuple[int, np.ndarray]]:
    """Each stretch over which a track was seen, with its first step; gaps in which fewer than ``gap`` steps are missing are
    bridged by what was seen before them."""
    found = []
    for track in np.moveaxis(people, 1, 0):
        at = np.flatnonzero(~np.isnan(track).any(axis=1))
        for part in np.split(at, np.flatnonzero(np.diff(at) > gap) + 1) if len(at) else []:
            last = np.zeros(part[-1] - part[0] + 1, int)
            last[part - part[0]] = part
            found.append((int(part[0]), track[np.maximum.accumulate(last)].astype(np.float64)))
    return found


def running_sums(values: np.ndarray) -> np.ndarray:
    """(3 N + 1, 5) running sums of a circle, three times around."""
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(np.concatenate([values] * 3), axis=0)])


def jump_of(total: np.ndarray, steps: int) -> np.ndarray:
    """(N, 5) mean of the steps from each one on minus that of the steps before, in a circle."""
    return mean_of(total, 0, steps) - mean_of(total, -steps, 0)


def mean_of(total: np.ndarray, low: int, high: int) -> np.ndarray:
    """(N, 5) mean of the steps from ``low`` to before ``high`` after each one, in a circle."""
    n = len(total) // 3
    return np.asarray((total[n + high : 2 * n + high] - total[n + low : 2 * n + low]) / (high - low))
