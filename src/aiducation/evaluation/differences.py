"""Differences in accuracy between sets of images that may share photos, such as the test sets of two splits.

As in ``evidence``, two kinds of chance go into an interval: other photos, and another training run. Photos are
resampled with all their duplicates, the same draw for both sides, so that what the sides share counts once. Training
runs vary as their seeds show, where there are several. That the split was drawn once is not in the interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aiducation.errors import ShapeError
from aiducation.evaluation.evidence import effect_interval
from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    check_options,
    percentile_interval,
    resample_sums,
)
from aiducation.predictions import Predictions, check_same_images

#: What was trained (split, model ...), and with which seed.
RunKey = tuple[str, int]


def accuracy_difference(
    a: Mapping[RunKey, Predictions],
    b: Mapping[RunKey, Predictions],
    *,
    confidence_level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Mean accuracy of the runs ``a`` minus that of the runs ``b``, each side evaluated on its own images.

    Runs that stand on both sides are compared with themselves: what a seed adds to both cancels out. With a single seed of
    something, chance between runs is unknown, and the interval is that of the photos alone.

    Raises:
        DataMismatchError: the runs of one side judged different images.
        ShapeError: a side has no runs or no images.
    """
    check_options(confidence_level, n_resamples)
    sides = [list(side.values()) for side in (a, b)]
    for models in sides:
        if not models or not len(models[0]):
            raise ShapeError("A difference in accuracy needs at least one run and one image on each side.")
        for other in models[1:]:
            check_same_images(models[0], other)
    samples = _samples(sides, n_resamples, seed)
    parts = _contributions(a, b)
    estimate = float(sum(sum(values) for values in parts))
    if min(len(values) for values in parts) < 2:
        photos = min(len(np.unique(models[0].groups)) for models in sides)
        return percentile_interval(estimate, samples, confidence_level, photos)
    # The sum of n independent values has n times the variance of one.
    variances = np.array([len(values) * np.var(values, ddof=1) for values in parts])
    freedom = np.array([len(values) - 1 for values in parts])
    variance = float(variances.sum())
    df = variance**2 / float((variances**2 / freedom).sum()) if variance > 0 else float(freedom.sum())
    return effect_interval(estimate, samples, variance, df, confidence_level)[0]


def _samples(sides: Sequence[Sequence[Predictions]], n_resamples: int, seed: int) -> np.ndarray:
    """(R,) differences on resampled photos; R is smaller where a draw left one side without any image."""
    photos = np.unique(np.concatenate([models[0].groups for models in sides]))
    columns = []
    for models in sides:
        group = np.searchsorted(photos, models[0].groups)
        hits = np.mean([model.correct for model in models], axis=0)
        columns += [np.bincount(group, weights=values, minlength=len(photos)) for values in (hits, np.ones(len(hits)))]
    hits_a, images_a, hits_b, images_b = resample_sums(np.column_stack(columns), n_resamples, seed).T
    drawn = (images_a > 0) & (images_b > 0)
    return np.asarray(hits_a[drawn] / images_a[drawn] - hits_b[drawn] / images_b[drawn])


def _contributions(a: Mapping[RunKey, Predictions], b: Mapping[RunKey, Predictions]) -> list[list[float]]:
    """What each run adds to the difference: a list for each thing that was trained, in it a number a seed."""
    parts: dict[str, list[float]] = {}
    for key in dict.fromkeys((*a, *b)):
        share_a = float(a[key].correct.mean()) / len(a) if key in a else 0.0
        share_b = float(b[key].correct.mean()) / len(b) if key in b else 0.0
        parts.setdefault(key[0], []).append(share_a - share_b)
    return list(parts.values())
