"""What another training gained for some groups of faces, and what it cost the others.

The same networks are trained twice, with one seed each time: *before* and *after* the change. Every gain must survive two kinds
of chance, other faces and another training run; see ``evidence.effect_interval``. All p-values are adjusted together (Holm).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.errors import DataMismatchError, ShapeError
from aiducation.evaluation.comparisons import holm
from aiducation.evaluation.evidence import effect_interval
from aiducation.evaluation.groups import MIN_PHOTOS
from aiducation.evaluation.intervals import LEVEL, RESAMPLES, Interval, resample_sums
from aiducation.predictions import Predictions, check_same_images


@dataclass(frozen=True, kw_only=True)
class GroupGain:
    """One group of one attribute.

    Attributes:
        attribute, group: for example "yaw" and "turned".
        faces: in it.
        before, after: mean recall over the states that it has, averaged over the runs, so that the mix of states does not count.
        gain: after minus before.
        p_value: of the gain's being 0, adjusted for all comparisons.
        overconfidence_before, overconfidence_after: mean probability of the answers minus accuracy.
        overconfidence_change, overconfidence_p_value: the same of the overconfidence.
    """

    attribute: str
    group: str
    faces: int
    before: float
    after: float
    gain: Interval
    p_value: float
    overconfidence_before: float
    overconfidence_after: float
    overconfidence_change: Interval
    overconfidence_p_value: float

    @property
    def is_sure(self) -> bool:
        """Whether its recall changed beyond chance, all comparisons counted."""
        return self.p_value < 1 - LEVEL


def group_gains(
    before: Sequence[Predictions],
    after: Sequence[Predictions],
    attributes: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
) -> list[GroupGain]:
    """Every group of every attribute; groups with fewer than ``groups.MIN_PHOTOS`` photos are left out.

    Args:
        before, after: the runs, in pairs that share a seed, all about the same faces.
        attributes: attribute -> group of each face, "" where it is not known; "all" -> the same word for every face is one, too.
        seed: of the resamples.

    Raises:
        ShapeError: there are not at least two runs each, as many before as after.
        DataMismatchError: the runs or the attributes are about other faces.
    """
    if len(before) != len(after) or len(before) < 2:
        raise ShapeError(
            f"Gains need at least two runs before and as many after, got {len(before)} and {len(after)}: one run alone does not "
            "show what chance makes of a training."
        )
    runs = [*before, *after]
    for run in runs:
        check_same_images(runs[0], run)
    masks = _masks(before[0], attributes)
    if not masks:
        return []
    sums = _sums(runs, list(masks.values()))
    whole, drawn = sums.sum(axis=0), resample_sums(sums, RESAMPLES, seed)
    recall, recalls = _recall(whole), _recall(drawn)
    over, overs = _overconfidence(whole), _overconfidence(drawn)
    gains = [_change(recall[i], recalls[:, i], len(before)) for i in range(len(masks))]
    changes = [_change(over[i], overs[:, i], len(before)) for i in range(len(masks))]
    raw = {f"{i} recall": p for i, (_, p) in enumerate(gains)} | {f"{i} over": p for i, (_, p) in enumerate(changes)}
    adjusted = holm(raw)
    return [
        GroupGain(
            attribute=name,
            group=group,
            faces=int(mask.sum()),
            before=float(recall[i, : len(before)].mean()),
            after=float(recall[i, len(before) :].mean()),
            gain=gains[i][0],
            p_value=adjusted[f"{i} recall"],
            overconfidence_before=float(over[i, : len(before)].mean()),
            overconfidence_after=float(over[i, len(before) :].mean()),
            overconfidence_change=changes[i][0],
            overconfidence_p_value=adjusted[f"{i} over"],
        )
        for i, ((name, group), mask) in enumerate(masks.items())
    ]


def _masks(first: Predictions, attributes: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], np.ndarray]:
    """Attribute and group -> (N,) bool, its faces; without groups of too few photos."""
    masks: dict[tuple[str, str], np.ndarray] = {}
    for name, groups in attributes.items():
        if len(groups) != len(first):
            raise DataMismatchError(
                f"The attribute {name} has {len(groups):,} faces, the predictions have {len(first):,}."
            )
        for group in dict.fromkeys(groups):
            mask = np.asarray(groups, dtype=np.str_) == group
            if group and len(np.unique(first.groups[mask])) >= MIN_PHOTOS:
                masks[name, group] = mask
    return masks


def _sums(runs: Sequence[Predictions], masks: Sequence[np.ndarray]) -> np.ndarray:
    """(photos, groups, runs, K, 3): faces, right answers and confidence of each state, in each group, by each run."""
    n, k = runs[0].probs.shape
    photos, photo = np.unique(runs[0].groups, return_inverse=True)
    sums = np.zeros((len(photos), len(masks), len(runs), k, 3))
    for j, run in enumerate(runs):
        values = np.stack([np.ones(n), run.correct, run.probs.max(axis=1)], axis=1)
        for i, mask in enumerate(masks):
            np.add.at(sums, (photo[mask], i, j, run.y_true[mask]), values[mask])
    return sums


def _change(values: np.ndarray, samples: np.ndarray, pairs: int) -> tuple[Interval, float]:
    """After minus before of (2 S,) values and their (R, 2 S) resamples: its interval and p-value."""
    each = values[pairs:] - values[:pairs]
    drawn = np.nanmean(samples[:, pairs:] - samples[:, :pairs], axis=1)
    return effect_interval(float(each.mean()), drawn, float(each.var(ddof=1)) / pairs, pairs - 1, LEVEL)


def _recall(sums: np.ndarray) -> np.ndarray:
    """(..., K, 3) sums -> mean recall over the states that there are."""
    there = sums[..., 0] > 0
    recall = np.divide(sums[..., 1], sums[..., 0], out=np.zeros(there.shape), where=there)
    return np.asarray(recall.sum(axis=-1) / np.maximum(there.sum(axis=-1), 1))


def _overconfidence(sums: np.ndarray) -> np.ndarray:
    faces = sums[..., 0].sum(axis=-1)
    return np.asarray((sums[..., 2] - sums[..., 1]).sum(axis=-1) / np.maximum(faces, 1))


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A weight that one group had in training, and what came out on the validation part.

    Attributes:
        times: how much more each image of the group counted; 1 is none.
        worst: mean recall of the worst group.
        everyone: mean recall of all faces.
    """

    times: float
    worst: float
    everyone: float


def best_weight(tried: Sequence[Tried], *, tolerated: float) -> Tried:
    """The weight with the best worst group, of those that cost all faces together little; of equals the smaller one.

    Args:
        tried: the weight 1 first.
        tolerated: so much lower than with the weight 1 the mean recall of all faces may be.

    Source: model selection by the worst group on validation, S. Sagawa et al., "Distributionally Robust Neural Networks for Group
    Shifts", ICLR 2020.
    """
    allowed = [one for one in tried if one.everyone >= tried[0].everyone - tolerated]
    return max(allowed, key=lambda one: (one.worst, -one.times))
