"""How differently a model does on groups of faces: accuracy, and whether its probabilities can be believed, group by group.

Every group is compared with all other faces of the same attribute, state by state, so that a group with more of an easy state
does not look better for it. Faces of one person are drawn together, also where they are in different groups. The p-values of
all comparisons are adjusted together (Holm). Where all people are judged alike, resamples show no chance; ``judged_alike`` says
what is done then. A difference does not prove its cause: groups differ in more than their name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiducation.errors import DataMismatchError
from aiducation.evaluation.comparisons import SMALLEST_P, holm
from aiducation.evaluation.groups import FEW_PHOTOS, MIN_PHOTOS
from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    error_interval,
    holding,
    percentile_interval,
    resample_sums,
    tail,
)
from aiducation.evaluation.judged_alike import shuffled_p_value, unseen
from aiducation.evaluation.metrics import calibration_gaps

#: A smaller difference is rounding.
_NOTHING = 1e-9


@dataclass(frozen=True, kw_only=True)
class GroupGap:
    """One group of one attribute.

    Attributes:
        attribute, group: for example "brightness" and "dark".
        faces, people: in it; where it is not known who is shown, every face counts as another person.
        accuracy: of its faces.
        balanced: mean recall over the states that it has.
        confidence: mean probability of the answers.
        overconfidence: confidence minus accuracy; 0 where probabilities can be believed on average.
        calibration_error: see ``metrics.expected_calibration_error``. It is never 0: chance alone makes it large in small
            groups, so that most of its interval lies below it.
        difference: its recall minus that of the other faces, averaged over the states that both have; None where none is.
        p_value: of the difference's being 0, adjusted for all comparisons.
        overconfidence_difference, overconfidence_p_value: the same of overconfidence.
        caveat: what to keep in mind, "" if nothing.
    """

    attribute: str
    group: str
    faces: int
    people: int
    accuracy: Interval
    balanced: Interval
    confidence: float
    overconfidence: Interval
    calibration_error: Interval
    difference: Interval | None
    p_value: float | None
    overconfidence_difference: Interval | None
    overconfidence_p_value: float | None
    caveat: str = ""

    @property
    def differs(self) -> bool:
        """Whether its accuracy differs from that of the other faces beyond chance, all comparisons counted."""
        return self.p_value is not None and self.p_value < 1 - LEVEL


def group_gaps(
    probs: np.ndarray,
    truth: np.ndarray,
    people: np.ndarray,
    attributes: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
) -> list[GroupGap]:
    """Every group of every attribute beside the other faces, the attributes in their order.

    Groups with faces of fewer than ``groups.MIN_PHOTOS`` people are left out (``too_small`` names them): they say nothing, and
    may say it about one person. They are not among the others either, from whose figures they could be computed; and nothing is
    compared with so few others.

    Args:
        probs: (N, K), rows sum to 1.
        truth: (N,) index of the true state.
        people: (N,) integers; faces of one person, or copies of one photo, share a number.
        attributes: attribute -> (N,) group of each face, "" where it is not known.
        seed: of the resamples.

    Raises:
        DataMismatchError: an attribute has another number of faces.
    """
    n, k = probs.shape
    for name, groups in attributes.items():
        if len(groups) != n:
            raise DataMismatchError(f"The attribute {name} has {len(groups):,} faces, the predictions have {n:,}.")
    answer, confidence = probs.argmax(axis=1), probs.max(axis=1).astype(np.float64)
    known, person = np.unique(people, return_inverse=True)
    sides = [
        side for name, groups in attributes.items() for side in _sides(name, np.asarray(groups, dtype=np.str_), people)
    ]
    if not sides:
        return []
    # Per person: faces, right answers and confidence of each state, in each group and outside it.
    sums = np.zeros((len(known), len(sides), 2, k, 3))
    values = np.stack([np.ones(n), answer == truth, confidence], axis=1)
    for i, side in enumerate(sides):
        for j, mask in enumerate((side.inside, side.outside)):
            np.add.at(sums, (person[mask], i, j, truth[mask]), values[mask])
    drawn = resample_sums(sums, RESAMPLES, seed)
    errors = _calibration_errors(probs, truth, person, sides, seed)
    found = [_gap(side, sums[:, i], drawn[:, i], errors[i], seed) for i, side in enumerate(sides)]
    p_values = {f"{i} {name}": p for i, one in enumerate(found) for name, p in one[1].items()}
    adjusted = holm(p_values)
    return [
        GroupGap(
            **values,
            p_value=adjusted.get(f"{i} accuracy"),
            overconfidence_p_value=adjusted.get(f"{i} confidence"),
        )
        for i, (values, _) in enumerate(found)
    ]


def too_small(people: np.ndarray, attributes: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Attribute -> its groups that are withheld, because they have faces of fewer than ``groups.MIN_PHOTOS`` people."""
    found = {}
    for name, groups in attributes.items():
        array = np.asarray(groups, dtype=np.str_)
        small = [g for g in dict.fromkeys(groups) if g and len(np.unique(people[array == g])) < MIN_PHOTOS]
        if small:
            found[name] = small
    return found


def visible_difference(gaps: Sequence[GroupGap], comparisons: int) -> float:
    """The difference of a typical group from which on chance would be excluded, all comparisons counted; NaN without groups."""
    from scipy.stats import norm

    errors = [
        (one.difference.high - one.difference.low) / 2 / norm.isf(tail(LEVEL, one.people))
        for one in gaps
        if one.difference and one.difference.has_limits
    ]
    return float(np.median(errors) * norm.isf((1 - LEVEL) / 2 / max(comparisons, 1))) if errors else float("nan")


@dataclass(frozen=True)
class _Side:
    attribute: str
    group: str
    inside: np.ndarray
    outside: np.ndarray
    people: int
    others: int


def _sides(attribute: str, groups: np.ndarray, people: np.ndarray) -> list[_Side]:
    counts = {group: len(np.unique(people[groups == group])) for group in dict.fromkeys(groups.tolist()) if group}
    large = [group for group, count in counts.items() if count >= MIN_PHOTOS]
    found = []
    for group in large:
        inside, count = groups == group, counts[group]
        outside = np.isin(groups, large) & ~inside
        if (others := len(np.unique(people[outside]))) < MIN_PHOTOS:  # a comparison would tell about the few others
            outside = np.zeros_like(inside)
        found.append(_Side(attribute, group, inside, outside, count, others))
    return found


def _calibration_errors(
    probs: np.ndarray, truth: np.ndarray, person: np.ndarray, sides: Sequence[_Side], seed: int
) -> list[Interval]:
    """Those of the groups, by the same resamples of people."""
    bins, gaps = calibration_gaps(probs, truth)
    k = int(bins.max()) + 1
    sums = np.zeros((int(person.max()) + 1, len(sides), k + 1))  # gaps of each bin, and faces
    for i, side in enumerate(sides):
        np.add.at(sums, (person[side.inside], i, bins[side.inside]), gaps[side.inside])
        np.add.at(sums, (person[side.inside], i, k), 1)

    def errors(some: np.ndarray) -> np.ndarray:
        return _ratio(np.abs(some[..., :k]).sum(axis=-1), some[..., k])

    whole, drawn = errors(sums.sum(axis=0)), errors(resample_sums(sums, RESAMPLES, seed))
    return [
        error_interval(float(one), some[np.isfinite(some)], LEVEL, side.people)
        for side, one, some in zip(sides, whole, drawn.T, strict=True)
    ]


@dataclass(frozen=True)
class _Unseen:
    """Chance that the resamples do not show: how far what was measured moves, and its variance; see ``judged_alike.unseen``."""

    moved: float = 0.0
    variance: float = 0.0

    @property
    def of_confidence(self) -> _Unseen:
        """That of confidence minus right answers."""
        return _Unseen(-self.moved, self.variance)

    def shrinking(self, difference: float) -> _Unseen:
        """The same, where it makes a difference smaller, and down to 0 at most: it must not make one."""
        moved = min(max(-self.moved * np.sign(difference), 0.0), abs(difference))
        return _Unseen(-float(np.sign(difference)) * moved, self.variance)


def _gap(
    side: _Side, people: np.ndarray, drawn: np.ndarray, calibration: Interval, seed: int
) -> tuple[dict[str, Any], dict[str, float]]:
    """The fields of a ``GroupGap`` but for the adjusted p-values, and the p-values. ``people`` has the sums of each person."""
    whole = people.sum(axis=0)
    pooled = _Unseen(*map(float, unseen(people[:, 0].sum(axis=-2))))
    moved, variance = unseen(people)
    of_states = _over_states(moved[:1], variance[:1], whole[0, :, 0] > 0)
    both = (whole[..., 0] > 0).all(axis=0)
    between = _over_states(moved * [[1], [-1]], variance, both)
    alone: dict[str, Any] = {"whole": whole[0], "drawn": drawn[:, 0], "seed": seed}
    values: dict[str, Any] = {
        "attribute": side.attribute,
        "group": side.group,
        "faces": int(side.inside.sum()),
        "people": side.people,
        "accuracy": _interval(_samples(_accuracy, pooled, **alone), (0, 1), side.people),
        "balanced": _interval(_samples(_balanced, of_states, **alone), (0, 1), side.people),
        "confidence": float(whole[0, :, 2].sum() / whole[0, :, 0].sum()),
        "overconfidence": _interval(_samples(_overconfidence, pooled.of_confidence, **alone), (-1, 1), side.people),
        "calibration_error": calibration,
        "difference": None,
        "overconfidence_difference": None,
        "caveat": f"faces of only {side.people} people; its intervals are too narrow"
        if side.people < FEW_PHOTOS
        else "",
    }
    p_values: dict[str, float] = {}
    for name, measure, field, chance, limits in (
        ("accuracy", _recall_difference, "difference", between, (-1, 1)),
        ("confidence", _overconfidence_difference, "overconfidence_difference", between.of_confidence, (-2, 2)),
    ):
        estimate = float(measure(whole))
        if not np.isfinite(estimate):
            continue
        shown = chance.shrinking(estimate)
        _, samples = _samples(measure, shown, whole, drawn, seed)
        values[field] = _interval((estimate, samples), limits, min(side.people, side.others))
        if (variance[:, both] > 0).all() and abs(estimate) > _NOTHING:  # nothing has a spread
            p_values[name] = shuffled_p_value(people, measure, estimate, seed=seed)
        else:
            p_values[name] = _p_value(estimate + shown.moved, samples)
    return values, p_values


def _over_states(moved: np.ndarray, variance: np.ndarray, states: np.ndarray) -> _Unseen:
    """That of a mean over the given states, whose sides add up."""
    n = max(int(states.sum()), 1)
    return _Unseen(float(moved[:, states].sum() / n), float(variance[:, states].sum() / n**2))


def _samples(
    measure: Any, chance: _Unseen, whole: np.ndarray, drawn: np.ndarray, seed: int
) -> tuple[float, np.ndarray]:
    """A measure, and its resamples with the chance that they do not show."""
    samples = measure(drawn)
    samples = samples[np.isfinite(samples)]
    if chance.variance:
        samples = samples + np.random.default_rng(seed).normal(chance.moved, chance.variance**0.5, len(samples))
    return float(measure(whole)), samples


def _interval(found: tuple[float, np.ndarray], limits: tuple[float, float], people: int) -> Interval:
    """Within what is possible; it holds the estimate."""
    estimate, samples = found
    some = samples.clip(*limits) if len(samples) else np.array([np.nan])
    return holding(percentile_interval(estimate, some, LEVEL, people))


def _p_value(estimate: float, samples: np.ndarray) -> float:
    """Two-sided, by the normal distribution with the spread of the resamples."""
    from scipy.stats import norm

    error = float(samples.std())
    return max(2 * float(norm.sf(abs(estimate) / error)), SMALLEST_P) if error > 0 else 1.0


# Each takes (..., K, 3) sums of faces, right answers and confidence by state; the last two (..., 2, K, 3), inside and outside.


def _accuracy(sums: np.ndarray) -> np.ndarray:
    return _ratio(sums[..., 1].sum(axis=-1), sums[..., 0].sum(axis=-1))


def _balanced(sums: np.ndarray) -> np.ndarray:
    return _mean(_ratio(sums[..., 1], sums[..., 0]))


def _overconfidence(sums: np.ndarray) -> np.ndarray:
    return _ratio((sums[..., 2] - sums[..., 1]).sum(axis=-1), sums[..., 0].sum(axis=-1))


def _recall_difference(sums: np.ndarray) -> np.ndarray:
    recall = _ratio(sums[..., 1], sums[..., 0])
    return _mean(recall[..., 0, :] - recall[..., 1, :])


def _overconfidence_difference(sums: np.ndarray) -> np.ndarray:
    over = _ratio(sums[..., 2] - sums[..., 1], sums[..., 0])
    return _mean(over[..., 0, :] - over[..., 1, :])


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """``top / bottom``, NaN where there is nothing."""
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0))


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean over the states that there are, NaN where there is none."""
    there = np.isfinite(values)
    return _ratio(np.where(there, values, 0.0).sum(axis=-1), there.sum(axis=-1).astype(np.float64))
