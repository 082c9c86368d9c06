"""The tests of published claims that are not about mean accuracy: states that are easy or confused, curves, micro metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np

from aiducation.evaluation.evidence import Evidence
from aiducation.evaluation.intervals import Interval, mean_interval, percentile_interval, t_interval
from aiducation.evaluation.metrics import scores
from aiducation.evaluation.verdicts import MIN_DF, Finding, above_zero, without_limits
from aiducation.published import MODELS
from aiducation.words import many, percent

#: Pairs of networks that differ in one property and are trained, of which a claim about it needs so many.
MIN_PAIRS = 2

#: Networks that a trend with size needs, of so many different sizes: a line through two sizes compares two groups of networks.
MIN_NETWORKS, MIN_SIZES = MIN_DF + 2, 3

#: What the twelve networks differ in.
_KINDS: dict[str, tuple[tuple[int, ...], str]] = {
    "channels": ((16, 32), "{0} channels"),
    "blocks": ((4, 8), "{0} blocks"),
    "kernel_size": ((3, 5, 7), "kernels of {0}×{0}"),
}


def easy_states(evidence: Evidence) -> Finding:
    """Recall of angry and of bored above that of focused and of neutral: four differences."""
    recall, samples = scores(evidence.confusions)["recall"], scores(evidence.samples)["recall"]
    pairs = [(easy, hard) for easy in ("angry", "bored") for hard in ("focused", "neutral")]
    i, j = (np.array([evidence.states.index(pair[side]) for pair in pairs]) for side in (0, 1))
    differences = recall[:, i] - recall[:, j]
    weakest, k, picked = _weakest(evidence, differences, samples[..., i] - samples[..., j])
    means = ", ".join(f"{name} {value:.3f}" for name, value in zip(evidence.states, recall.mean(axis=0), strict=True))
    each = ", ".join(f"{a} minus {b} {_signed(d)}" for (a, b), d in zip(pairs, differences.mean(axis=0), strict=True))
    reason = f"mean recall {_of_how_many(evidence)}: {means}; {each}; the weakest of the four is {' against '.join(pairs[k])}"
    return weakest, above_zero(weakest), reason + picked


def confused_states(evidence: Evidence) -> Finding:
    """Focused and neutral are confused more than any other two states: of a pair, the share of its errors that it exchanges.

    One third would be no measure of chance: what a network answers often gets many errors of all states.
    """
    states = evidence.states
    pairs = sorted(
        combinations(range(len(states)), 2), key=lambda pair: {states[k] for k in pair} != {"focused", "neutral"}
    )

    def shares(confusion: np.ndarray) -> np.ndarray:
        """(..., 6) for (..., 4, 4)."""
        wrong = confusion.sum(axis=-1) - np.diagonal(confusion, axis1=-2, axis2=-1)
        exchanged = [confusion[..., i, j] + confusion[..., j, i] for i, j in pairs]
        errors = [wrong[..., i] + wrong[..., j] for i, j in pairs]
        return np.stack(exchanged, axis=-1) / np.maximum(np.stack(errors, axis=-1), 1)

    ours, samples = shares(evidence.confusions), shares(evidence.samples)
    weakest, k, picked = _weakest(evidence, ours[:, :1] - ours[:, 1:], samples[..., :1] - samples[..., 1:])
    mean = ours.mean(axis=0)
    other = " and ".join(states[i] for i in pairs[1 + k])
    reason = (
        f"{percent(mean[0], 1)} of the errors on focused and neutral images go to each other {_of_how_many(evidence)}; of those "
        f"on {other}, the pair that comes closest, {percent(mean[1 + k], 1)}"
    )
    names = np.array(evidence.names)
    first = [name for name in dict.fromkeys(evidence.names) if ours[names == name].mean(axis=0).argmax() == 0]
    if (n := len(set(evidence.names))) > len(first):
        reason += f"; in {n - len(first)} of {many(n, 'network')} another pair exchanges more"
    return weakest, above_zero(weakest), reason + picked


def _weakest(evidence: Evidence, values: np.ndarray, samples: np.ndarray) -> tuple[Interval, int, str]:
    """Of differences that must all be above 0 (networks, D) and their resamples (R, networks, D): the one that says least for it.

    That all are above 0 needs no correction for testing several. That one is not is picked of several, and one of several is
    below 0 by chance more often than one alone (Bonferroni).
    """

    def intervals(evidence: Evidence) -> list[Interval]:
        return [evidence.mean(values[:, d], samples[..., d]) for d in range(values.shape[1])]

    found = intervals(evidence)
    if all(one.low > 0 for one in found):
        k = min(range(len(found)), key=lambda k: found[k].estimate)
        return found[k], k, ""
    found = intervals(replace(evidence, confidence_level=1 - (1 - evidence.confidence_level) / len(found)))
    against = [k for k, one in enumerate(found) if one.high < 0] or [
        k for k, one in enumerate(found) if not one.low > 0
    ]
    k = min(against, key=lambda k: found[k].estimate)
    return found[k], k, f", with an interval that holds for all {len(found)} together"


def _of_how_many(evidence: Evidence) -> str:
    """For example "in 4 of 12 networks (none with 32 channels)"."""
    absent = [
        words.format(value)
        for field, (values, words) in _KINDS.items()
        for value in values
        if value not in {getattr(model, field) for model in evidence.models}
    ]
    none = f" (none with {' or '.join(absent)})" if absent else ""
    return f"in {len(set(evidence.names))} of {len(MODELS)} networks{none}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def overfitting(evidence: Evidence) -> Finding:
    """Training minus validation accuracy at the last epoch, of networks with 4 blocks minus their twins with 8.

    Several seeds of a network are one network: what is special about its kind is so in all of them.
    """
    runs: dict[tuple[int, ...], list[tuple[float, float, float]]] = {}
    for m in evidence.models:
        train, valid = (evidence.curve(m, f"{part}_accuracy") for part in ("train", "valid"))
        best = int(np.argmax(valid))
        values = (train[-1] - valid[-1], train[best] - valid[best], train[-1])
        runs.setdefault((m.blocks, m.kernel_size, m.channels), []).append(values)
    rests = [rest for blocks, *rest in runs if blocks == 4 and (8, *rest) in runs]
    if len(rests) < MIN_PAIRS:
        found = f"{len(rests)} pairs of networks with 4 and 8 blocks share the rest; {MIN_PAIRS} are needed"
        return None, "cannot tell", found
    # Of networks with 4 blocks, and of those with 8, one for each pair: last gap, gap at the best epoch, training accuracy.
    sides = [np.array([np.mean(runs[(blocks, *rest)], axis=0) for rest in rests]) for blocks in (4, 8)]
    few, many = (side[:, 0] for side in sides)
    interval = mean_interval(few - many, confidence_level=evidence.confidence_level)
    (_, few_then, few_train), (_, many_then, many_train) = (side.mean(axis=0) for side in sides)
    reason = (
        f"mean gap {few.mean():.3f} with 4 blocks, {many.mean():.3f} with 8, over {len(rests)} pairs at epoch "
        f"{evidence.epoch_range[0]}, where {few_train:.3f} and {many_train:.3f} of the training images are right, so "
        f"that the gap also tells how much was learned by then (at the best epoch: {few_then:.3f} and {many_then:.3f}); the "
        "models of 8 blocks also have one fully connected layer more"
    )
    if len(rests) - 1 < MIN_DF:
        few_pairs = f"; {len(rests)} pairs are too few for an interval and a verdict, {MIN_DF + 1} are needed"
        return without_limits(interval), "cannot tell", reason + few_pairs
    return interval, above_zero(interval), reason


def size_trend(column: str, measure: Callable[[np.ndarray], float], sign: int) -> Callable[[Evidence], Finding]:
    """The test of: what is measured on a curve changes with the size of the model, in the direction of ``sign``."""

    def test(evidence: Evidence) -> Finding:
        from scipy.stats import linregress

        values: dict[tuple[str, int], list[float]] = {}
        for model in evidence.models:
            values.setdefault((model.name, model.size), []).append(measure(evidence.curve(model, column)))
        x = np.log2([size for _, size in values])
        y = np.array([np.mean(seeds) for seeds in values.values()])
        if (sizes := len(set(x.tolist()))) < MIN_SIZES or len(x) < MIN_NETWORKS:
            needed = f"a trend needs {MIN_NETWORKS} networks of at least {MIN_SIZES} sizes"
            return None, "cannot tell", f"{needed}; {len(x)} networks of {sizes} sizes are finished"
        line = linregress(x, y)
        interval = t_interval(sign * float(line.slope), float(line.stderr), len(x) - 2, evidence.confidence_level)
        smallest, largest = y[x == x.min()].mean(), y[x == x.max()].mean()
        span = f"over {evidence.epoch_range[0]} epochs of {len(x)} networks"
        reason = f"{smallest:.3g} for the smallest models, {largest:.3g} for the largest, {span}"
        return interval, above_zero(interval), reason

    return test


def fluctuation(curve: np.ndarray) -> float:
    """Mean change of a curve from one epoch to the next, as a share of its level.

    The losses of large networks end lower, and with them every change would be smaller: of a small loss less is left to change.
    """
    return float(np.abs(np.diff(np.log(curve))).mean())


def rise(curve: np.ndarray) -> float:
    """The first epoch, counted from 1, that reaches 95 % of the curve's best value."""
    return float(np.argmax(curve >= 0.95 * curve.max()) + 1)


def micro_metrics(evidence: Evidence) -> Finding:
    """Micro F1 equals accuracy on unbalanced classes, too."""

    def gap(confusion: np.ndarray) -> np.ndarray:
        values = scores(confusion)
        return np.asarray(np.abs(values["accuracy"] - values["f1_micro"]).max(axis=-1))

    weights = np.ones((len(evidence.states), 1))
    weights[0] = 10  # far from balanced
    measured = float(gap(evidence.confusions * weights))
    interval = percentile_interval(
        measured, gap(evidence.samples * weights), evidence.confidence_level, evidence.n_images
    )
    support = evidence.confusions[0].sum(axis=-1)
    shares = ", ".join(f"{s} {percent(n, 1)}" for s, n in zip(evidence.states, support / support.sum(), strict=True))
    if not interval.low == interval.high == 0:
        return (
            interval,
            "cannot tell",
            ("accuracy and micro F1 differ, which is impossible if each image has exactly one state"),
        )
    reason = (
        "the equality holds, the reason does not: accuracy minus micro F1 is "
        f"{float(gap(evidence.confusions)):.3f} on the classes as they are ({shares}), and {measured:.3f} with every "
        f"{evidence.states[0]} image counted ten times"
    )
    return interval, "does not hold", reason
