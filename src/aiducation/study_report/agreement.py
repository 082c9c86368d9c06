"""Agreement of annotators and a model, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from aiducation.evaluation.agreement import Agreement, PairAgreement, agreement_of
from aiducation.evaluation.event_agreement import EventAgreement, event_agreement
from aiducation.evaluation.model_check import ModelCheck, check_model
from aiducation.observations.ratings import Ratings
from aiducation.states import OTHER, STATES
from aiducation.study_report.group_agreement import GroupLabelAgreement


@dataclass(frozen=True, kw_only=True)
class AgreementReport:
    """Everything that is said of a table of ratings.

    Attributes:
        ratings: the table.
        agreement: kappa, alpha and the rest; None where no two raters gave a state to the same unit.
        events: for each of the agreement's pairs, how far they agree on when states begin; None where nothing has a time.
        check: the model against the annotators' labels; None without a model.
        notes: what a reader should know of the ratings; ``agreement_words.notes`` adds what follows from the figures.
        subject: what was compared, for the page's title.
        groups: how far annotators agree on group labels, for each attribute of which somebody said something.
        divided: units on which the annotators are evenly divided, so that ``check`` leaves them out although the model was asked.
    """

    ratings: Ratings
    agreement: Agreement | None
    events: tuple[EventAgreement | None, ...]
    check: ModelCheck | None
    notes: tuple[str, ...]
    subject: str = ""
    groups: Sequence[GroupLabelAgreement] = ()
    divided: int = 0

    def ratings_of(self, pair: PairAgreement) -> Ratings:
        """The table that a pair's figures are from: two people are compared as if there were no model."""
        return _ratings_of(self.ratings, pair)

    def left_out(self, pair: PairAgreement) -> int:
        """Units with a label of a pair with the model that do not count, because the model gave no state."""
        with_model = pair.second == self.ratings.model and self.ratings.unanswered
        return self.ratings.unanswered[pair.first] if with_model else 0

    @property
    def without_common(self) -> list[tuple[int, int]]:
        """Pairs of raters, by their numbers, that gave no state to any same unit."""
        there = {(pair.first, pair.second) for pair in (self.agreement.pairs if self.agreement else ())}
        return [pair for pair in combinations(range(len(self.ratings.raters)), 2) if pair not in there]

    @property
    def timed(self) -> bool:
        """What is counted: moments, which are one person at one time of a recording; otherwise faces, which have no time."""
        return not bool(np.isnan(self.ratings.times).all())


def report_agreement(
    ratings: Ratings, *, tolerance_s: float = 1.0, target: float = 0.8, seed: int = 0, subject: str = ""
) -> AgreementReport:
    """Every figure of a table of ratings.

    Args:
        ratings: the table.
        tolerance_s: by how much two onsets of one event may differ.
        target: share of right answers for which a threshold of the model is sought.
        seed: of the resamples.
        subject: what was compared.
    """
    agreement = _agreement(ratings, seed)
    pairs = agreement.pairs if agreement else ()
    events = []
    for pair in pairs:
        table = _ratings_of(ratings, pair)
        onsets = table.onsets(pair.first, pair.second, tolerance_s)
        events.append(event_agreement(onsets, len(table.states), tolerance_s, seed=seed) if onsets else None)
    return AgreementReport(
        ratings=ratings,
        agreement=agreement,
        events=tuple(events),
        check=_check(ratings, target, seed),
        notes=(*ratings.notes, *(ratings.among_people or ratings).alone),
        subject=subject,
        divided=_divided(ratings),
    )


def report_groups_alone(
    raters: Sequence[str], groups: Sequence[GroupLabelAgreement], *, why: str = "", subject: str = ""
) -> AgreementReport:
    """The report where annotators gave group labels, and states cannot be compared.

    Args:
        raters: the annotators.
        groups: how far they agree on group labels.
        why: a sentence, why states cannot be compared; "" where nobody gave any.
        subject: what was compared.
    """
    n = np.zeros(0)
    ratings = Ratings(
        raters=tuple(raters),
        states=STATES,
        sources=n.astype(str),
        who=n.astype(str),
        times=n,
        table=np.zeros((len(raters), 0), np.int64),
        people=n.astype(str),
        probs=None,
        confidence=None,
        thresholds=n,
        runs=({},) * len(raters),
    )
    states = f"States are not compared. {why}" if why else "Nobody gave a state; only group labels are compared."
    return AgreementReport(
        ratings=ratings, agreement=None, events=(), check=None, notes=(states,), subject=subject, groups=groups
    )


def _agreement(ratings: Ratings, seed: int) -> Agreement | None:
    """Of all raters; the pairs of people are taken from the table of the people alone."""
    found = [
        agreement_of(table.table, table.people, len(table.states), seed=seed)
        for table in (ratings, ratings.among_people)
        if table is not None and ((table.table >= 0).sum(axis=0) >= 2).any()
    ]
    if not found:
        return None
    pairs = {(pair.first, pair.second): pair for one in found for pair in one.pairs}
    return replace(found[0], pairs=tuple(pairs[key] for key in sorted(pairs)))


def _ratings_of(ratings: Ratings, pair: PairAgreement) -> Ratings:
    people = ratings.among_people
    if people is None or pair.second >= len(people.raters):
        return ratings
    common = ((people.table[pair.first] >= 0) & (people.table[pair.second] >= 0)).any()
    return people if common else ratings


def _divided(ratings: Ratings) -> int:
    if ratings.probs is None:
        return 0
    said = (ratings.table[:-1] >= 0).any(axis=0) & ~np.isnan(ratings.probs).any(axis=1)
    return int((said & (most_given(ratings.table[:-1]) < 0)).sum())


def _check(ratings: Ratings, target: float, seed: int) -> ModelCheck | None:
    if ratings.probs is None:
        return None
    truth = most_given(ratings.table[:-1])
    known = (truth >= 0) & ~np.isnan(ratings.probs).any(axis=1)
    if not known.any():
        return None
    return check_model(
        ratings.probs[known],
        truth[known],
        ratings.people[known],
        confidence=None if ratings.confidence is None else ratings.confidence[known],
        beyond=None if ratings.beyond is None else ratings.beyond[known],
        other=ratings.states.index(OTHER) if OTHER in ratings.states else None,
        threshold=ratings.thresholds[known],
        target=target,
        seed=seed,
    )


def most_given(table: np.ndarray) -> np.ndarray:
    """(N,) the state that most raters of (R, N) gave each unit; -1 where nobody gave one, or two are even."""
    counts = np.stack([(table == k).sum(axis=0) for k in range(int(table.max(initial=0)) + 1)], axis=1)
    best = counts.max(axis=1)
    single = ((counts == best[:, None]).sum(axis=1) == 1) & (best > 0)
    return np.where(single, counts.argmax(axis=1), -1)
