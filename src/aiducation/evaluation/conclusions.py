"""The published conclusions, each tested: what was measured, its interval, and whether it holds.

Every effect is measured so that a positive number supports the claim. A claim about a difference holds where the
whole interval lies above 0, and does not hold where it lies below 0; in between, it cannot be decided. That channels do
not matter holds where the interval lies within ``verdicts.MARGIN`` of 0, and does not hold where it lies wholly beyond it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aiducation.evaluation.comparisons import holm
from aiducation.evaluation.evidence import Evidence, TrainedModel, gather, run_variance
from aiducation.evaluation.intervals import Interval, check_options, mean_interval, percentile_interval, t_interval
from aiducation.evaluation.metrics import scores
from aiducation.evaluation.verdicts import MARGIN, MIN_DF, Finding, Verdict, above_zero, within_margin
from aiducation.published import EPOCHS, MODELS, TABLE_2_2
from aiducation.words import percent

__all__ = ["Conclusion", "TrainedModel", "conclude"]

#: The model that the study names as its best.
PUBLISHED_BEST = "B16_N8_FC2_K5_AP20"

#: Networks trained for fewer epochs are still near where they started: they say nothing of which is better when trained.
MIN_EPOCHS = 10

#: Networks that a trend with size needs.
MIN_SIZES = 4

#: Pairs of networks that differ in one property and are trained, of which a claim about it needs so many.
MIN_PAIRS = 2


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """A published claim and what became of it.

    Attributes:
        claim: what the study concluded.
        published_evidence: what it concluded this from.
        effect: what is measured here; a positive value supports the claim, unless the text says otherwise.
        interval: the effect; None where it cannot be measured.
        verdict: follows from the interval; for the best model, from those of all its rivals, with Holm's correction.
        reason: why this verdict, with the numbers behind the effect.
        caveat: what limits the verdict, such as too few epochs; "" if nothing does.
    """

    claim: str
    published_evidence: str
    effect: str
    interval: Interval | None
    verdict: Verdict
    reason: str
    caveat: str = ""


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A claim, its test, and the models and epochs that the test needs."""

    text: str
    published: str
    effect: str
    test: Callable[[Evidence], Finding]
    models: Sequence[str] = MODELS
    enough: int = len(MODELS)  # so many of these models will do
    epochs: int = MIN_EPOCHS
    same_epochs: bool = False  # models are compared, so all must have had the same training
    without: str = ""  # why the claim does not hold, where that needs no model


def conclude(
    models: Sequence[TrainedModel], *, confidence_level: float = 0.95, n_resamples: int = 2000, seed: int = 0
) -> list[Conclusion]:
    """Test every published conclusion on the runs at hand.

    Accuracy is measured on the test split if every run was evaluated there, otherwise on the validation split. Models
    other than the published twelve are left aside. Where models or epochs are missing, the verdict is "cannot tell".

    Raises:
        DataMismatchError: the runs were evaluated on different images.
        ConfigError: the confidence level or number of resamples is out of range.
    """
    check_options(confidence_level, n_resamples)
    models = [model for model in models if model.name in MODELS]
    evidence = gather(models, confidence_level, n_resamples, seed) if models else None
    return [_conclusion(claim, evidence) for claim in _CLAIMS]


def _conclusion(claim: _Claim, evidence: Evidence | None) -> Conclusion:
    interval: Interval | None = None
    verdict: Verdict = "cannot tell"
    least, most = evidence.epoch_range if evidence else (0, 0)
    missing = [name for name in claim.models if evidence is None or name not in evidence.names]
    if evidence is None and claim.without:
        verdict, reason = "does not hold", claim.without
    elif evidence is None:
        reason = "none of the twelve networks is trained to its end"
    elif len(claim.models) - len(missing) < min(claim.enough, len(claim.models)):
        there, needed = len(claim.models) - len(missing), min(claim.enough, len(claim.models))
        reason = (
            f"of the {len(claim.models)} networks behind it {there or 'none'} {'is' if there < 2 else 'are'} finished; at least "
            f"{needed} are needed"
        )
    elif least < claim.epochs:
        reason = f"{least} epochs are too few; at least {claim.epochs} are needed"
    elif claim.same_epochs and least < most:
        reason = f"some models were trained for {least} epochs and others for up to {most}"
    else:
        interval, verdict, reason = claim.test(evidence)
    return Conclusion(
        claim=claim.text,
        published_evidence=claim.published,
        effect=claim.effect,
        interval=interval,
        verdict=verdict,
        reason=reason,
        caveat=_caveat(evidence) if evidence else "",
    )


def _caveat(evidence: Evidence) -> str:
    least, most = evidence.epoch_range
    notes = []
    if least < EPOCHS:
        notes.append(f"after {least if least == most else f'{least} to {most}'} of {EPOCHS} epochs")
    if evidence.part == "valid":
        notes.append("on the validation split, which was also used to choose the epoch")
    return "; ".join(notes)


def _accuracy_claim(
    text: str, field: str, first: int, second: int, *, verdict: Callable[[Interval], Verdict] = above_zero
) -> _Claim:
    """A claim about the mean accuracy of the models with one value of a field, minus that of those with another."""
    letter = {"kernel_size": "K", "blocks": "N", "channels": "B"}[field]
    sides = [[name for name in MODELS if f"{letter}{value}" in name.split("_")] for value in (first, second)]
    means = [np.mean([TABLE_2_2[name].accuracy for name in side]) for side in sides]
    margin = f", to lie within ±{MARGIN}" if verdict is within_margin else ""
    pairs = list(zip(*sides, strict=True))  # networks that differ in this alone, and in the head where blocks differ

    def test(evidence: Evidence) -> Finding:
        there = [pair for pair in pairs if set(pair) <= set(evidence.names)]
        if len(there) < MIN_PAIRS:
            return (
                None,
                "cannot tell",
                f"{len(there)} of {len(pairs)} pairs of networks are finished; {MIN_PAIRS} are needed",
            )
        a, b = (evidence.average(side) for side in zip(*there, strict=True))
        interval, _ = evidence.contrast(a - b)
        variance, df, source = run_variance(evidence)
        reason = (
            f"mean accuracy {evidence.accuracy @ a:.3f} against {evidence.accuracy @ b:.3f} on {evidence.n_images:,} "
            f"images ({evidence.part}); chance between runs from {source}"
        )
        if len(there) < len(pairs):
            reason += f"; {len(there)} of {len(pairs)} pairs of networks"
        if np.isnan(variance):
            reason += "; too few networks to tell chance between runs"
        elif df < MIN_DF:
            reason += f"; that rests on {df} degree{'s' if df > 1 else ''} of freedom, too few for a verdict"
        return interval, verdict(interval) if df >= MIN_DF else "cannot tell", reason

    return _Claim(
        text=text,
        published=f"mean validation accuracy {means[0]:.3f} against {means[1]:.3f}, one run for each model",
        effect=f"mean accuracy at {field.replace('_', ' ')} {first} minus that at {second}{margin}",
        test=test,
        models=[name for side in sides for name in side],
        enough=2 * MIN_PAIRS,
        same_epochs=True,
    )


def _of_how_many(evidence: Evidence) -> str:
    return f"in {len(set(evidence.names))} of {len(MODELS)} networks"


def _easy_states(evidence: Evidence) -> Finding:
    recall, samples = scores(evidence.confusions)["recall"], scores(evidence.samples)["recall"]
    pairs = [(easy, hard) for easy in ("angry", "bored") for hard in ("focused", "neutral")]

    def gaps(evidence: Evidence) -> list[Interval]:
        places = [(evidence.states.index(easy), evidence.states.index(hard)) for easy, hard in pairs]
        return [evidence.mean(recall[:, i] - recall[:, j], samples[..., i] - samples[..., j]) for i, j in places]

    # That the claim holds needs all four, and no correction for testing four. That it does not needs one of them, and one of four
    # is below 0 by chance more often than one alone (Bonferroni).
    found = gaps(evidence)
    weakest = min(range(len(pairs)), key=lambda k: found[k].low)
    picked = ""
    if found[weakest].low <= 0:
        found = gaps(replace(evidence, confidence_level=1 - (1 - evidence.confidence_level) / len(pairs)))
        weakest = min(range(len(pairs)), key=lambda k: found[k].high)
        picked = ", with an interval that holds for all four together"
    easy, hard = pairs[weakest]
    means = ", ".join(f"{name} {value:.3f}" for name, value in zip(evidence.states, recall.mean(axis=0), strict=True))
    reason = (
        f"mean recall {_of_how_many(evidence)}: {means}; the weakest of the four comparisons is {easy} against "
        f"{hard}{picked}"
    )
    return found[weakest], above_zero(found[weakest]), reason


def _confused_states(evidence: Evidence) -> Finding:
    i, j = evidence.states.index("focused"), evidence.states.index("neutral")
    chance = 1 / (len(evidence.states) - 1)

    def excess(confusion: np.ndarray) -> np.ndarray:
        wrong = confusion[..., [i, j], :].sum(axis=(-2, -1)) - confusion[..., i, i] - confusion[..., j, j]
        return np.asarray((confusion[..., i, j] + confusion[..., j, i]) / np.maximum(wrong, 1) - chance)

    interval = evidence.mean(excess(evidence.confusions), excess(evidence.samples))
    share = interval.estimate + chance
    reason = (
        f"{percent(share, 1)} of the errors on focused and neutral images go to each other {_of_how_many(evidence)}; by chance "
        f"{percent(chance, 1)} would"
    )
    return interval, above_zero(interval), reason


def _overfitting(evidence: Evidence) -> Finding:
    gaps: dict[tuple[int, ...], float] = {
        (m.blocks, m.kernel_size, m.channels, m.seed): float(
            evidence.curve(m, "train_accuracy")[-1] - evidence.curve(m, "valid_accuracy")[-1]
        )
        for m in evidence.models
    }
    rests = [rest for blocks, *rest in gaps if blocks == 4 and (8, *rest) in gaps]
    if len(rests) < MIN_PAIRS:
        return (
            None,
            "cannot tell",
            f"{len(rests)} pairs of runs with 4 and 8 blocks share the rest; {MIN_PAIRS} are needed",
        )
    few, many = np.array([[gaps[(blocks, *rest)] for rest in rests] for blocks in (4, 8)])
    interval = mean_interval(few - many, confidence_level=evidence.confidence_level)
    reason = (
        f"mean gap {few.mean():.3f} with 4 blocks, {many.mean():.3f} with 8, over {len(rests)} pairs at epoch "
        f"{evidence.epoch_range[0]}; the models of 8 blocks also have one fully connected layer more"
    )
    return interval, above_zero(interval), reason


def _size_trend(column: str, measure: Callable[[np.ndarray], float], sign: int) -> Callable[[Evidence], Finding]:
    """The test of: what is measured on a curve changes with the size of the model, in the direction of ``sign``."""

    def test(evidence: Evidence) -> Finding:
        from scipy.stats import linregress

        values: dict[tuple[str, int], list[float]] = {}
        for model in evidence.models:
            values.setdefault((model.name, model.size), []).append(measure(evidence.curve(model, column)))
        x = np.log2([size for _, size in values])
        y = np.array([np.mean(seeds) for seeds in values.values()])
        if len(set(x.tolist())) < 2 or len(x) < MIN_SIZES:
            return None, "cannot tell", f"a trend needs {MIN_SIZES} networks of different sizes; {len(x)} are trained"
        line = linregress(x, y)
        interval = t_interval(sign * float(line.slope), float(line.stderr), len(x) - 2, evidence.confidence_level)
        smallest, largest = y[x == x.min()].mean(), y[x == x.max()].mean()
        span = f"over {evidence.epoch_range[0]} epochs"
        reason = f"{smallest:.3g} for the smallest models, {largest:.3g} for the largest, {span}"
        return interval, above_zero(interval), reason

    return test


def fluctuation(curve: np.ndarray) -> float:
    """Mean absolute change of a curve from one epoch to the next."""
    return float(np.abs(np.diff(curve)).mean())


def rise(curve: np.ndarray) -> float:
    """The first epoch, counted from 1, that reaches 95 % of the curve's best value."""
    return float(np.argmax(curve >= 0.95 * curve.max()) + 1)


def _micro_metrics(evidence: Evidence) -> Finding:
    def gap(confusion: np.ndarray) -> np.ndarray:
        values = scores(confusion)
        return np.asarray(np.abs(values["accuracy"] - values["f1_micro"]).max(axis=-1))

    weights = np.ones((len(evidence.states), 1))
    weights[0] = 10  # far from balanced
    measured = float(gap(evidence.confusions * weights))
    interval = percentile_interval(measured, gap(evidence.samples * weights), evidence.confidence_level)
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


def _best_model(evidence: Evidence) -> Finding:
    every = [name for name in MODELS if name != PUBLISHED_BEST]
    rivals = [name for name in every if name in evidence.names]
    if PUBLISHED_BEST not in evidence.names:
        return None, "cannot tell", "this network is not finished"
    _, df, source = run_variance(evidence)
    if df < MIN_DF:
        few = f"{len(rivals)} of {len(every)} rivals are finished, too few to tell chance between runs"
        return None, "cannot tell", few
    weights = {name: evidence.average([name]) for name in (PUBLISHED_BEST, *rivals)}
    found = {name: evidence.contrast(weights[PUBLISHED_BEST] - weights[name]) for name in rivals}
    adjusted = holm({name: p_value for name, (_, p_value) in found.items()})
    strongest = min(rivals, key=lambda name: found[name][0].estimate)
    sure = [name for name in rivals if adjusted[name] < 1 - evidence.confidence_level]
    worse = sum(found[name][0].estimate < 0 for name in sure)
    verdict: Verdict = "does not hold" if worse else "holds" if len(sure) == len(every) else "cannot tell"
    reason = (
        f"the strongest rival is {strongest} (p = {adjusted[strongest]:.2g} after Holm's correction); reliably "
        f"better than {len(sure) - worse} and reliably worse than {worse} of {len(rivals)} "
        f"models{'' if rivals == every else f' ({len(every) - len(rivals)} not finished)'}; chance between runs from {source}"
    )
    return found[strongest][0], verdict, reason


_CLAIMS: tuple[_Claim, ...] = (
    _accuracy_claim("Kernels of 5×5 outperform 3×3", "kernel_size", 5, 3),
    _accuracy_claim("Kernels of 5×5 outperform 7×7", "kernel_size", 5, 7),
    _accuracy_claim("8 residual blocks outperform 4", "blocks", 8, 4),
    _accuracy_claim("The number of channels does not matter", "channels", 32, 16, verdict=within_margin),
    _Claim(
        text="Angry and bored are easier than focused and neutral",
        published="confusion matrix on the test images, read by eye",
        effect="recall of angry or bored minus recall of focused or neutral, the smallest of the four differences",
        test=_easy_states,
        enough=MIN_DF + 1,
    ),
    _Claim(
        text="Focused and neutral are confused with each other",
        published="confusion matrix on the test images, read by eye",
        effect="share of the errors on focused and neutral images that go to each other, minus one third",
        test=_confused_states,
        enough=MIN_DF + 1,
    ),
    _Claim(
        text="Fewer layers overfit more",
        published="loss curves, read by eye",
        effect="gap between training and validation accuracy at the last epoch, 4 blocks minus 8 blocks; training "
        "accuracy is that of the log, on augmented images",
        test=_overfitting,
        enough=2 * MIN_PAIRS,
    ),
    _Claim(
        text="The validation loss of larger models fluctuates less",
        published="loss curves, read by eye",
        effect="decrease of the mean absolute change from epoch to epoch with each doubling of the parameters",
        test=_size_trend("valid_loss", fluctuation, -1),
        enough=MIN_SIZES,
    ),
    _Claim(
        text="Smaller models rise faster",
        published="metric curves, read by eye",
        effect="additional epochs until 95 % of the model's own best validation accuracy with each doubling of the "
        "parameters",
        test=_size_trend("valid_accuracy", rise, 1),
        enough=MIN_SIZES,
    ),
    _Claim(
        text="Micro metrics equal accuracy because the classes are balanced",
        published="stated without a test",
        effect="largest difference between accuracy and micro F1 on unbalanced classes; 0 speaks against the claim",
        test=_micro_metrics,
        enough=1,
        epochs=1,
        without="the equality holds, the reason does not: where each image has one state and gets one answer, every wrong answer "
        "is one false positive and one false negative, so that micro precision, recall and F1 equal accuracy, balanced or not",
    ),
    _Claim(
        text=f"{PUBLISHED_BEST} is the best model",
        published=f"validation accuracy {TABLE_2_2[PUBLISHED_BEST].accuracy}, the highest of twelve, one run for "
        f"each model",
        effect="its accuracy minus that of its strongest rival",
        test=_best_model,
        enough=2,
        same_epochs=True,
    ),
)
