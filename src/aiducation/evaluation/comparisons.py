"""Comparisons of models on the same images: paired, so that images that are hard or easy for all models cancel out.

They compare trained models on new photos, not architectures: another seed gives another model. See ``conclusions``
for claims about architectures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.errors import ConfigError, ShapeError
from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    check_options,
    percentile_interval,
    resample_sums,
)
from aiducation.predictions import Predictions, check_same_images

#: No p-value is smaller: below it there is only rounding, and nothing that is measured has a probability of 0.
SMALLEST_P = 1e-12


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How much more often one model, or set of models, is right than another.

    Attributes:
        difference: accuracy of the first minus accuracy of the second, in -1..1.
        p_value: probability of a difference at least this large, in either direction, if both were equally good.
        n_images, n_groups: images compared, and duplicate groups among them (the independent evidence).
    """

    difference: Interval
    p_value: float
    n_images: int
    n_groups: int


def compare(
    a: Predictions, b: Predictions, *, confidence_level: float = LEVEL, n_resamples: int = RESAMPLES, seed: int = 0
) -> Comparison:
    """Accuracy of model ``a`` minus accuracy of model ``b`` on the same images.

    Where every photo occurs once the p-value is that of the exact McNemar test.

    Raises:
        DataMismatchError: the images differ.
    """
    return compare_sets([a], [b], confidence_level=confidence_level, n_resamples=n_resamples, seed=seed)


def compare_sets(
    a: Sequence[Predictions],
    b: Sequence[Predictions],
    *,
    confidence_level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Mean accuracy of the models ``a`` minus mean accuracy of the models ``b``, all on the same images.

    Raises:
        DataMismatchError: the images differ.
        ConfigError: a set is empty.
        ShapeError: there are no images.
    """
    check_options(confidence_level, n_resamples)
    if not a or not b:
        raise ConfigError("Name at least one model on each side of a comparison.")
    first = a[0]
    for other in (*a[1:], *b):
        check_same_images(first, other)
    if not len(first):
        raise ShapeError("There are no predictions to compare; this part of the split is empty.")
    # Whole numbers, len(a) * len(b) times the difference, keep the test below exact.
    lead = len(b) * sum(m.correct.astype(np.int64) for m in a) - len(a) * sum(m.correct.astype(np.int64) for m in b)
    names, group = np.unique(first.groups, return_inverse=True)
    size = np.bincount(group)
    leads = np.bincount(group, weights=lead).round().astype(np.int64)
    scale = len(a) * len(b)
    sums = resample_sums(np.column_stack([leads / scale, size]), n_resamples, seed)
    estimate = leads.sum() / scale / size.sum()
    return Comparison(
        difference=percentile_interval(float(estimate), sums[:, 0] / sums[:, 1], confidence_level, len(names)),
        p_value=sign_flip_p_value(leads),
        n_images=len(first),
        n_groups=len(names),
    )


def sign_flip_p_value(leads: np.ndarray) -> float:
    """The exact two-sided sign-flip (permutation) test of whole numbers that would be symmetric around 0 by chance.

    If both sides were equally good, each group's lead could as well have had the other sign. All 2**G choices of signs
    are counted, by their characteristic function instead of one by one. Leads of -1, 0 and 1 give McNemar's exact test.

    Args:
        leads: (G,) integers, by how much the first side leads in each group.

    Source: R. Fisher, "The Design of Experiments" (1935), section 21; Q. McNemar, Psychometrika 12 (1947).
    """
    sizes = np.abs(leads[leads != 0])
    if not len(sizes):
        return 1.0
    sizes //= np.gcd.reduce(sizes)
    observed = abs(int(np.sum(np.sign(leads[leads != 0]) * sizes)))
    total = int(sizes.sum())
    points = np.arange(total + 1)
    transform = np.ones(total + 1, dtype=np.complex128)
    for size, times in zip(*np.unique(sizes, return_counts=True), strict=True):
        angle = 2 * np.pi * (points * size % (total + 1)) / (total + 1)
        transform *= ((1 + np.exp(1j * angle)) / 2) ** times
    chance = np.fft.fft(transform).real / (total + 1)  # of each sum of the positive leads
    p_value = float(chance[np.abs(2 * points - total) >= observed].sum())
    smallest = max(2.0 ** (1 - min(len(sizes), 1000)), SMALLEST_P)
    return float(np.clip(p_value, smallest, 1.0))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values adjusted for testing all of them: the chance of any false finding stays below the level used.

    A comparison without a p-value (NaN) keeps none. It does not count, and the others are as they would be without it, as with
    p.adjust of R.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statistics 6 (1979).
    """
    names = sorted((name for name, p in p_values.items() if not np.isnan(p)), key=lambda name: p_values[name])
    adjusted = np.array([p_values[name] * (len(names) - rank) for rank, name in enumerate(names)])
    known = dict(zip(names, np.minimum(np.maximum.accumulate(adjusted), 1.0).tolist(), strict=True))
    return {name: known.get(name, float("nan")) for name in p_values}
