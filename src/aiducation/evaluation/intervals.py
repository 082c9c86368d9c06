"""Intervals: how much a score could have been different by chance.

Images are resampled with replacement. Duplicates of one photo are not new evidence, so all images of a duplicate group
are drawn together (a cluster bootstrap). The same seed draws the same groups, whatever is measured on them, so that
models compared on the same images are compared on the same resamples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from aiducation.errors import ConfigError, ShapeError
from aiducation.evaluation.metrics import flatten_scores, scores
from aiducation.predictions import Predictions

#: Bootstrap resamples, and how often an interval holds the true value, where nobody asks for others.
RESAMPLES, LEVEL = 2000, 0.95

#: Numbers drawn at a time: 32 MiB of int64.
_CHUNK = 1 << 22

#: Less variance is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate and the range in which its true value plausibly lies.

    Attributes:
        estimate: what was measured.
        low, high: the limits; NaN where there is too little to tell (a single seed).
        confidence_level: how often such intervals hold the true value, 0..1.
        n_resamples: bootstrap resamples behind the limits; 0 where they come from a formula.
    """

    estimate: float
    low: float = float("nan")
    high: float = float("nan")
    confidence_level: float = LEVEL
    n_resamples: int = 0

    @property
    def has_limits(self) -> bool:
        """Whether the interval has limits; it has none for a few images that are all right or all wrong."""
        return self.low < self.high

    def __str__(self) -> str:
        """For example ``0.623 [0.601, 0.645]``."""
        if np.isnan(self.low):
            return f"{self.estimate:.3f} [no interval]"
        return f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"


def score_intervals(
    predictions: Predictions, *, confidence_level: float = LEVEL, n_resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Interval]:
    """Every score of a model with its bootstrap interval, named as in ``metrics.flat_scores``; see ``mean_score_intervals``."""
    return mean_score_intervals([predictions], confidence_level=confidence_level, n_resamples=n_resamples, seed=seed)


def mean_score_intervals(
    models: Sequence[Predictions], *, confidence_level: float = LEVEL, n_resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Interval]:
    """Every score averaged over models, with its bootstrap interval; how far the models differ is not in it.

    A resample may lack all images of a rare state: what counts nothing there (0 / 0) says nothing and is left out, so that such
    scores, and means over states, rest on fewer resamples.

    Args:
        models: of the same images (see ``check_same_images``).

    Raises:
        ShapeError: there are no predictions.
        ConfigError: the confidence level or number of resamples is out of range.
    """
    check_options(confidence_level, n_resamples)
    counts, states = group_counts(models), models[0].states
    whole, drawn = counts.sum(axis=0), resample_sums(counts, n_resamples, seed)
    measured, samples = (flatten_scores(scores(some), states) for some in (whole, drawn))
    lacking = _lacking(whole, drawn, states)
    shown = {
        f"{metric}_{state}": int(count)
        for metric, some in _to_count(counts).items()
        for state, count in zip(states, (some > 0).sum(axis=0).max(axis=0), strict=True)
    }
    estimates = {name: float(values.mean()) for name, values in measured.items()}
    kept = {name: _of_counted(values, lacking.get(name)) for name, values in samples.items()}

    def interval(name: str) -> Interval:
        if not len(kept[name]):
            return Interval(estimate=estimates[name], confidence_level=confidence_level)
        options = estimates[name], kept[name], confidence_level, len(counts)
        return share_interval(*options, shown[name]) if name in shown else percentile_interval(*options)

    found = {name: interval(name) for name in estimates}
    for metric in _to_count(whole):
        each = [found[f"{metric}_{state}"] for state in states]
        found[f"{metric}_macro"] = mean_of_each(found[f"{metric}_macro"], each)
    return found


def _to_count(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """(..., K) of (..., K, K) confusion counts: what the scores of each state count."""
    precision, recall = confusion.sum(axis=-2), confusion.sum(axis=-1)
    return {"precision": precision, "recall": recall, "f1": precision + recall}


def _lacking(whole: np.ndarray, drawn: np.ndarray, states: Sequence[str]) -> dict[str, np.ndarray]:
    """Score -> (R, M) bool, the resamples in which it counts nothing (0 / 0), although there is something to count in the whole.

    Args:
        whole, drawn: (M, K, K) and (R, M, K, K) confusion counts.
    """
    found: dict[str, np.ndarray] = {}
    some = _to_count(drawn)
    for metric, values in _to_count(whole).items():
        lost = (values > 0) & (some[metric] == 0)  # (R, M, K)
        found |= {f"{metric}_{state}": lost[..., k] for k, state in enumerate(states)}
        found[f"{metric}_macro"] = lost.any(axis=-1)
    return found


def _of_counted(samples: np.ndarray, lacking: np.ndarray | None) -> np.ndarray:
    """Of (R, M) resamples the mean over the models of which each counts something, without those where none does."""
    there = np.ones(samples.shape, dtype=bool) if lacking is None else ~lacking
    n = there.sum(axis=1)
    return np.asarray(np.where(there, samples, 0.0).sum(axis=1)[n > 0] / n[n > 0])


def share_interval(
    estimate: float, samples: np.ndarray, confidence_level: float, clusters: int, shown: int
) -> Interval:
    """Wilson's interval of a state's recall, precision or F1, of as many independent answers as would vary like the resamples.

    Percentiles of a score of which few clusters tell something are too near to each other, and they are the same where all of
    these are judged alike. There each cluster counts as one answer.

    Args:
        estimate, samples, confidence_level, clusters: as ``percentile_interval`` takes them.
        shown: clusters in which there is something to count, such as people who show the state. Without one, or with a single
            cluster in all, the limits are the estimate.

    Source: effective sample sizes, E. L. Korn and B. I. Graubard, "Confidence Intervals for Proportions with Small Expected
    Number of Positive Counts Estimated from Survey Data", Survey Methodology 24 (1998); chosen by simulation (decision 321).
    """
    low = high = estimate
    if clusters > 1 and shown:
        variance = float(samples.var()) * shown / max(shown - 1, 0.5)
        n = estimate * (1 - estimate) / variance if variance > _NOTHING else shown
        ends = _wilson(estimate, n or shown, student(confidence_level, clusters))
        low, high = (float(np.clip(end, 0.0, 1.0)) for end in ends)
    found = Interval(estimate=estimate, low=low, high=high, confidence_level=confidence_level, n_resamples=len(samples))
    return holding(found)


def mean_of_each(found: Interval, each: Sequence[Interval]) -> Interval:
    """The interval of a mean of scores, such as balanced accuracy: each end as far off as the ends of the scores make it if these
    vary independently, and at least as far as the bootstrap says.

    Args:
        found: the mean with its percentile interval.
        each: the intervals of the scores.

    Source: G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 27 (2008).
    """
    below, above = (
        float(np.linalg.norm([getattr(one, end) - one.estimate for one in each])) / len(each) for end in ("low", "high")
    )
    return replace(found, low=min(found.low, found.estimate - below), high=max(found.high, found.estimate + above))


def mean_interval(values: Sequence[float] | np.ndarray, *, confidence_level: float = LEVEL) -> Interval:
    """The mean of a few independent values (seeds, pairs of models), with its Student t interval.

    A single value gets limits of NaN. Folds share training images: for them the interval is somewhat too narrow.

    Raises:
        ShapeError: there are no values.
    """
    check_options(confidence_level, 1)
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ShapeError(f"The mean needs at least one value, got shape {values.shape}.")
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return t_interval(float(values.mean()), float(error), len(values) - 1, confidence_level)


def t_interval(estimate: float, error: float, df: float, confidence_level: float, n_resamples: int = 0) -> Interval:
    """The Student t interval of an estimate with a standard error and its degrees of freedom."""
    from scipy.stats import t

    reach = float(t.ppf((1 + confidence_level) / 2, df)) * error if error > 0 else error
    return Interval(
        estimate=estimate,
        low=estimate - reach,
        high=estimate + reach,
        confidence_level=confidence_level,
        n_resamples=n_resamples,
    )


def percentile_interval(estimate: float, samples: np.ndarray, confidence_level: float, clusters: int) -> Interval:
    """The interval that holds the middle of the bootstrap's samples (R,), as much of it as ``tail`` says.

    Args:
        estimate: what was measured.
        samples: the same on resamples.
        confidence_level: how often such intervals are to hold the true value.
        clusters: people or photos that were drawn; of two independent sides the fewer.

    Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    beyond = tail(confidence_level, clusters)
    low, high = np.quantile(samples, (beyond, 1 - beyond))
    return Interval(
        estimate=estimate,
        low=float(low),
        high=float(high),
        confidence_level=confidence_level,
        n_resamples=len(samples),
    )


def tail(confidence_level: float, clusters: int) -> float:
    """Share of the bootstrap's samples beyond each end of an interval: the fewer clusters are drawn, the smaller.

    n clusters that are drawn with replacement vary by (n - 1) / n of what they should, and how much they vary is not known well.
    The share is that at which the interval of a mean is as wide as Student's. It tends to (1 - confidence_level) / 2.

    Source: expanded percentile intervals, T. Hesterberg, "What Teachers Should Know About the Bootstrap", The American
    Statistician 69 (2015).
    """
    plain = (1 - confidence_level) / 2
    if clusters < 2:  # nothing varies
        return plain
    return NormalDist().cdf(-student(confidence_level, clusters) * (clusters / (clusters - 1)) ** 0.5)


def student(confidence_level: float, clusters: int) -> float:
    """How many standard errors an interval reaches to each side, where two or more clusters tell how large these are."""
    return _student(NormalDist().inv_cdf((1 + confidence_level) / 2), clusters - 1)


def _student(z: float, df: int) -> float:
    """The quantile of Student's t where the normal distribution has z; within 1 % of it from two degrees of freedom on.

    Source: M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions" (1964), 26.7.5. SciPy is not there in every place.
    """
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / df**power for power, term in enumerate(terms, start=1))


def error_interval(estimate: float, samples: np.ndarray, confidence_level: float, clusters: int) -> Interval:
    """The interval of an error that adds up absolute gaps, such as a calibration error: chance alone makes it larger than 0.

    Resamples (R,) add chance a second time, and their excess over what was measured says how much it added the first time: as
    much where gaps are real, and up to 1 / (sqrt(2) - 1) times as much where all is chance, which then is sqrt(2) times as large
    in resamples. The lower end takes off the most. The upper end takes off nothing: people differ, and their differences may
    have hidden a gap.
    """
    high, middle = float(np.quantile(samples, 1 - tail(confidence_level, clusters))), float(samples.mean())
    excess = max(middle - estimate, 0.0)
    return Interval(
        estimate=estimate,
        low=max(estimate - excess / (2**0.5 - 1) - (high - middle), 0.0),
        high=max(high, estimate),
        confidence_level=confidence_level,
        n_resamples=len(samples),
    )


def holding(interval: Interval) -> Interval:
    """The same, as wide as its estimate needs."""
    low, high = min(interval.low, interval.estimate), max(interval.high, interval.estimate)
    return replace(interval, low=low, high=high)


def group_counts(models: Sequence[Predictions]) -> np.ndarray:
    """Count, for each duplicate group and each model, the images of each true and predicted state.

    The models must have judged the same images (see ``check_same_images``).

    Returns:
        (G, M, K, K) float64 confusion counts of G groups and M models.

    Raises:
        ShapeError: there are no images.
    """
    first = models[0]
    n_states = len(first.states)
    if not len(first):
        raise ShapeError("There are no predictions to evaluate; this part of the split is empty.")
    names, group = np.unique(first.groups, return_inverse=True)
    counts = np.empty((len(names), len(models), n_states, n_states))
    for i, model in enumerate(models):
        cell = (group * n_states + first.y_true) * n_states + model.y_pred
        counts[:, i] = np.bincount(cell, minlength=len(names) * n_states**2).reshape(-1, n_states, n_states)
    return counts


def resample_sums(values: np.ndarray, n_resamples: int, seed: int) -> np.ndarray:
    """Draw G of G rows with replacement and sum them, ``n_resamples`` times.

    Args:
        values: (G, ...), one row for each duplicate group.

    Returns:
        (n_resamples, ...) float64 sums. The rows drawn depend on G, ``n_resamples`` and ``seed`` alone.
    """
    n = len(values)
    rows = np.asarray(values, dtype=np.float64).reshape(n, -1)
    rng = np.random.default_rng(seed)
    sums = np.empty((n_resamples, rows.shape[1]))
    step = max(1, _CHUNK // n)
    for start in range(0, n_resamples, step):
        size = min(step, n_resamples - start)
        drawn = rng.integers(n, size=(size, n)) + np.arange(size)[:, None] * n
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        sums[start : start + size] = times.astype(np.float64) @ rows
    return sums.reshape(n_resamples, *np.shape(values)[1:])


def check_options(confidence_level: float, n_resamples: int) -> None:
    """Make sure that the options of an interval are in range.

    Raises:
        ConfigError: one is not.
    """
    if not 0 < confidence_level < 1:
        raise ConfigError(f"confidence_level must lie between 0 and 1, such as 0.95; got {confidence_level}.")
    if n_resamples < 1:
        raise ConfigError(f"n_resamples must be at least 1, and 2000 is usual; got {n_resamples}.")


def wilson(share: np.ndarray | float, n: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the 95 % interval of a share that was counted over n.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Amer. Statist. Assoc. 22
    (1927); the tests compare it with SciPy.
    """
    return _wilson(share, n, 1.959963984540054)


def _wilson(share: np.ndarray | float, n: np.ndarray | float, z: float) -> tuple[np.ndarray, np.ndarray]:
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.asarray(middle - half), np.asarray(middle + half)
