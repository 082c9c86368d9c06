"""The published conclusions, each tested: what was measured, its interval, and whether it holds.

Every effect is measured so that a positive number supports the claim. A claim about a difference holds where the
whole interval lies above 0, and does not hold where it lies below 0; in between, it cannot be decided. That channels do
not matter holds where the interval lies within ``verdicts.MARGIN`` of 0, and does not hold where it lies wholly beyond it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.evaluation.claim_tests import (
    MIN_NETWORKS,
    MIN_PAIRS,
    confused_states,
    easy_states,
    fluctuation,
    micro_metrics,
    overfitting,
    rise,
    size_trend,
)
from aiducation.evaluation.comparisons import holm
from aiducation.evaluation.evidence import Evidence, TrainedModel, gather, run_variance
from aiducation.evaluation.intervals import RESAMPLES, Interval
from aiducation.evaluation.verdicts import MARGIN, MIN_DF, Finding, Verdict, above_zero, within_margin, without_limits
from aiducation.published import EPOCHS, MODELS, TABLE_2_2
from aiducation.words import many

#: The model that the study names as its best.
PUBLISHED_BEST = "B16_N8_FC2_K5_AP20"

#: The claim that is supported by effects near zero.
SAME_CHANNELS = "The number of channels does not matter"

#: What an effect that is counted in epochs begins with; all others are shares.
_IN_EPOCHS = "additional epochs"

#: Networks trained for fewer epochs are still near where they started: they say nothing of which is better when trained.
MIN_EPOCHS = 10


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """A published claim and what became of it.

    Attributes:
        claim: what the study concluded.
        published_evidence: what it concluded this from.
        effect: what is measured here; a positive value supports the claim, unless the text says otherwise.
        interval: the effect; None where it cannot be measured, and without limits where too few networks are finished to tell
            how far it could be chance.
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

    @property
    def unit(self) -> str:
        """What the effect is counted in."""
        return "epochs" if self.effect.startswith(_IN_EPOCHS) else "share"


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


def conclude(models: Sequence[TrainedModel], *, n_resamples: int = RESAMPLES, seed: int = 0) -> list[Conclusion]:
    """Test every published conclusion on the runs at hand.

    Accuracy is measured on the test split if every run was evaluated there, otherwise on the validation split. Models
    other than the published twelve are left aside. Where models or epochs are missing, the verdict is "cannot tell".

    Raises:
        DataMismatchError: the runs were evaluated on different images.
    """
    models = [model for model in models if model.name in MODELS]
    evidence = gather(models, n_resamples, seed) if models else None
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
            reason += (
                f"; at least {many(MIN_DF - df, 'more training')} would be needed to tell how far that chance reaches, so there "
                "is neither interval nor verdict"
            )
        if df < MIN_DF:
            interval = without_limits(interval)
        elif verdict is within_margin and interval.high - interval.low > 2 * MARGIN:
            reason += (
                f"; the interval is wider than ±{MARGIN}, so that only more trainings of each network can show equality"
            )
        return interval, verdict(interval), reason

    return _Claim(
        text=text,
        published=f"mean validation accuracy {means[0]:.3f} against {means[1]:.3f}, one run for each model",
        effect=f"mean accuracy at {field.replace('_', ' ')} {first} minus that at {second}{margin}",
        test=test,
        models=[name for side in sides for name in side],
        enough=2 * MIN_PAIRS,
        same_epochs=True,
    )


def _best_model(evidence: Evidence) -> Finding:
    every = [name for name in MODELS if name != PUBLISHED_BEST]
    rivals = [name for name in every if name in evidence.names]
    if PUBLISHED_BEST not in evidence.names:
        return None, "cannot tell", "this network is not finished"
    _, df, source = run_variance(evidence)
    if df < MIN_DF:
        few = f"{len(rivals)} of {len(every)} rivals are finished, too few to tell a difference from chance"
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
    _accuracy_claim(SAME_CHANNELS, "channels", 32, 16, verdict=within_margin),
    _Claim(
        text="Angry and bored are easier than focused and neutral",
        published="confusion matrix on the test images, read by eye",
        effect="recall of angry or bored minus recall of focused or neutral, the smallest of the four differences",
        test=easy_states,
        enough=MIN_DF + 1,
    ),
    _Claim(
        text="Focused and neutral are confused with each other",
        published="confusion matrix on the test images, read by eye",
        effect="share of the errors on focused and neutral images that go to each other, minus that share of the pair of "
        "states that is confused most beside them",
        test=confused_states,
        enough=MIN_DF + 1,
    ),
    _Claim(
        text="Fewer layers overfit more",
        published="loss curves, read by eye",
        effect="gap between training and validation accuracy at the last epoch, 4 blocks minus 8 blocks; training "
        "accuracy is that of the log, on augmented images",
        test=overfitting,
        enough=2 * MIN_PAIRS,
    ),
    _Claim(
        text="The validation loss of larger models fluctuates less",
        published="loss curves, read by eye",
        effect="decrease of the mean change from epoch to epoch, as a share of the loss, with each doubling of the parameters",
        test=size_trend("valid_loss", fluctuation, -1),
        enough=MIN_NETWORKS,
    ),
    _Claim(
        text="Smaller models rise faster",
        published="metric curves, read by eye",
        effect=f"{_IN_EPOCHS} until 95 % of the model's own best validation accuracy with each doubling of the "
        "parameters",
        test=size_trend("valid_accuracy", rise, 1),
        enough=MIN_NETWORKS,
    ),
    _Claim(
        text="Micro metrics equal accuracy because the classes are balanced",
        published="stated without a test",
        effect="largest difference between accuracy and micro F1 on unbalanced classes; 0 speaks against the claim",
        test=micro_metrics,
        enough=1,
        epochs=1,
        without="the equality holds, the reason does not: where each image has one state and gets one answer, every wrong answer "
        "is one false positive and one false negative, so that micro precision, recall and F1 equal accuracy, balanced or not",
    ),
    _Claim(
        text=f"{PUBLISHED_BEST} is the best model",
        published=f"validation accuracy {TABLE_2_2[PUBLISHED_BEST].accuracy}, the highest of twelve, one run for "
        f"each model",
        effect="its accuracy minus that of its strongest rival; the interval is not corrected for this choice, the verdict is",
        test=_best_model,
        enough=2,
        same_epochs=True,
    ),
)
