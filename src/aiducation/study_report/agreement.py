"""Agreement of annotators and a model, as numbers: for the command line, for JSON and for the page's tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from aiducation.evaluation.agreement import Agreement, PairAgreement, agreement_of
from aiducation.evaluation.event_agreement import EventAgreement, event_agreement
from aiducation.evaluation.model_check import ModelCheck, check_model
from aiducation.observations.ratings import Ratings
from aiducation.signature import GENERATOR
from aiducation.states import OTHER, STATES
from aiducation.study_report.group_agreement import FEW_PEOPLE, GroupLabelAgreement, group_entries
from aiducation.study_report.json_values import interval_entry, number
from aiducation.words import many, people, percent


@dataclass(frozen=True, kw_only=True)
class AgreementReport:
    """Everything that is said of a table of ratings.

    Attributes:
        ratings: the table.
        agreement: kappa, alpha and the rest; None where no two raters gave a state to the same unit.
        events: for each of the agreement's pairs, how far they agree on when states begin; None where nothing has a time.
        check: the model against the annotators' labels; None without a model.
        notes: what a reader should know.
        subject: what was compared, for the page's title.
        groups: how far annotators agree on group labels, for each attribute of which somebody said something.
    """

    ratings: Ratings
    agreement: Agreement | None
    events: tuple[EventAgreement | None, ...]
    check: ModelCheck | None
    notes: tuple[str, ...]
    subject: str = field(default="")
    groups: Sequence[GroupLabelAgreement] = ()

    def pair_words(self, pair: PairAgreement) -> str:
        """ "Anna and Ben"."""
        return self._names(pair.first, pair.second)

    def _names(self, first: int, second: int) -> str:
        return f"{self.ratings.raters[first]} and {self.ratings.raters[second]}"

    def ratings_of(self, pair: PairAgreement) -> Ratings:
        """The table that a pair's figures are from: two people are compared as if there were no model."""
        return _ratings_of(self.ratings, pair)

    def left_out(self, pair: PairAgreement) -> int:
        """Units with a label of a pair with the model that do not count, because the model gave no state."""
        with_model = pair.second == self.ratings.model and self.ratings.unanswered
        return self.ratings.unanswered[pair.first] if with_model else 0

    def left_out_words(self, pair: PairAgreement) -> str:
        """ "24 of 64 moments left out: the model gave no state"; "" if none was."""
        n = self.left_out(pair)
        return f"{n:,} of {many(n + pair.units, self.unit)} left out: the model gave no state" if n else ""

    @property
    def without_common(self) -> list[str]:
        """Pairs of raters that gave no state to any same unit."""
        there = {(pair.first, pair.second) for pair in (self.agreement.pairs if self.agreement else ())}
        numbers = combinations(range(len(self.ratings.raters)), 2)
        return [self._names(*pair) for pair in numbers if pair not in there]

    @property
    def unit(self) -> str:
        """What is counted: faces, or moments of people."""
        return unit_of(self.ratings)


def unit_of(ratings: Ratings) -> str:
    """ "face" if nothing has a time; otherwise "moment": one person at one time of a recording."""
    return "face" if np.isnan(ratings.times).all() else "moment"


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
        onsets = table.onsets(pair.first, pair.second)
        events.append(event_agreement(onsets, len(table.states), tolerance_s, seed=seed) if onsets else None)
    report = AgreementReport(
        ratings=ratings,
        agreement=agreement,
        events=tuple(events),
        check=_check(ratings, target, seed),
        notes=(*ratings.notes, *_cautions(ratings, agreement)),
        subject=subject,
    )
    return replace(report, notes=(*report.notes, *_about_pairs(report)))


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
        threshold=0.0,
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


def _about_pairs(report: AgreementReport) -> list[str]:
    notes = []
    if report.agreement is not None:
        for who in report.without_common:
            notes.append(f"{who} gave no state to the same {report.unit}, so there is no kappa of them.")
    if report.ratings.among_people is not None:
        notes.append(
            f"Two people are compared at {report.unit}s that do not depend on the model's result. Figures of all raters "
            f"and of pairs with the model are about the {report.unit}s of the result."
        )
    return notes


def _check(ratings: Ratings, target: float, seed: int) -> ModelCheck | None:
    if ratings.probs is None:
        return None
    truth = majority(ratings.table[:-1])
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
        threshold=ratings.threshold,
        target=target,
        seed=seed,
    )


def majority(table: np.ndarray) -> np.ndarray:
    """(N,) the state that most raters of (R, N) gave each unit; -1 where nobody gave one, or two are even."""
    counts = np.stack([(table == k).sum(axis=0) for k in range(int(table.max(initial=0)) + 1)], axis=1)
    best = counts.max(axis=1)
    single = ((counts == best[:, None]).sum(axis=1) == 1) & (best > 0)
    return np.where(single, counts.argmax(axis=1), -1)


def _cautions(ratings: Ratings, agreement: Agreement | None) -> list[str]:
    if agreement is None:
        return ["No two raters gave a state to the same face or moment, so there is no agreement to measure."]
    notes = []
    n = agreement.clusters
    if n < FEW_PEOPLE:
        why = "there are no intervals" if n < 3 else "the intervals are too narrow"
        notes.append(f"Only {people(n)} were rated by two raters: {why}.")
    used = {ratings.states[k] for k in range(len(ratings.states)) if (ratings.table == k).any()}
    if len(used) == 1:
        notes.append(
            f"Every rating is “{next(iter(used))}”. With one state only, agreement beyond chance is not defined, so "
            f"kappa and alpha are missing."
        )
    elif rare := [state for k, state in enumerate(ratings.states) if 0 < (ratings.table == k).any(axis=0).sum() < 5]:
        notes.append(
            f"{' and '.join(rare)}: given to fewer than 5 {unit_of(ratings)}s, so the figures of "
            f"{'this state' if len(rare) == 1 else 'these states'} are uncertain."
        )
    return notes


def summary_rows(report: AgreementReport) -> list[list[Any]]:
    """Name and interval of each figure over all states."""
    rows: list[list[Any]] = []
    if report.agreement:
        if len(report.ratings.raters) > 2:
            rows.append(["Krippendorff's alpha, all raters", report.agreement.alpha])
            rows.append(
                [
                    f"Fleiss' kappa, {many(report.agreement.rated_by_all, report.unit)} that all raters rated",
                    report.agreement.fleiss,
                ]
            )
        for pair, events in zip(report.agreement.pairs, report.events, strict=True):
            who = report.pair_words(pair)
            rows += [
                [f"{who}: Cohen's kappa{f' ({left})' if (left := report.left_out_words(pair)) else ''}", pair.kappa],
                [f"{who}: share of equal ratings", pair.observed],
            ]
            if events:
                rows.append([f"{who}: same beginnings within {events.tolerance_s:g} s", events.agreement])
        if len(report.ratings.raters) == 2:
            rows.insert(1, ["Krippendorff's alpha", report.agreement.alpha])
            rows.insert(2, ["Fleiss' kappa", report.agreement.fleiss])
    if check := report.check:
        rows += [
            ["model: share right, if every face gets an answer", check.accuracy],
            ["model: calibration error on faces of the four states", check.calibration_error],
            [f"model: share answered at its threshold of {check.default:.2f}", check.answered],
            ["model: share right of these answers", check.right],
        ]
        if not math.isnan(check.held_out.estimate):
            name = f"model: share right at a threshold chosen for {percent(check.target)} on other people"
            rows.append([name, check.held_out])
    return rows


def pair_rows(report: AgreementReport) -> list[list[Any]]:
    """Pair, units, units left out, people, kappa, equal ratings, same beginnings; one row for each pair."""
    return [
        [
            report.pair_words(pair),
            pair.units,
            report.left_out(pair),
            pair.clusters,
            pair.kappa,
            pair.observed,
            events.agreement if events else None,
        ]
        for pair, events in zip(report.agreement.pairs if report.agreement else (), report.events, strict=True)
    ]


def state_rows(report: AgreementReport, pair: PairAgreement) -> list[list[Any]]:
    """State, units of each rater, precision and recall."""
    return [
        [
            state,
            int(pair.confusion[k].sum()),
            int(pair.confusion[:, k].sum()),
            pair.precision[k],
            pair.recall[k],
        ]
        for k, state in enumerate(report.ratings_of(pair).states)
    ]


def entry(report: AgreementReport) -> dict[str, Any]:
    """Everything as JSON values."""
    found, ratings = report.agreement, report.ratings
    return {
        "generator": GENERATOR,
        "agreement_version": 1,
        "raters": list(ratings.raters),
        "states": list(ratings.states),
        "units": found.units if found else 0,
        "people": found.clusters if found else 0,
        "rated_by_all": found.rated_by_all if found else 0,
        "krippendorff_alpha": interval_entry(found.alpha) if found else None,
        "fleiss_kappa": interval_entry(found.fleiss) if found else None,
        "pairs": [
            _pair_entry(report, pair, events)
            for pair, events in zip(found.pairs if found else (), report.events, strict=True)
        ],
        "pairs_without_common": report.without_common,
        "model": _check_entry(report.check) if report.check else None,
        **({"group_labels": group_entries(report.groups)} if report.groups else {}),
        "notes": list(report.notes),
    }


def _pair_entry(report: AgreementReport, pair: PairAgreement, events: EventAgreement | None) -> dict[str, Any]:
    states = report.ratings_of(pair).states
    value: dict[str, Any] = {
        "first": report.ratings.raters[pair.first],
        "second": report.ratings.raters[pair.second],
        "units": pair.units,
        "left_out_without_state": report.left_out(pair),
        "people": pair.clusters,
        "states": list(states),
        "cohen_kappa": interval_entry(pair.kappa),
        "observed": interval_entry(pair.observed),
        "confusion": pair.confusion.tolist(),
        "precision": {state: interval_entry(one) for state, one in zip(states, pair.precision, strict=True)},
        "recall": {state: interval_entry(one) for state, one in zip(states, pair.recall, strict=True)},
        "events": None,
    }
    if events:
        value["events"] = {
            "tolerance_s": events.tolerance_s,
            "agreement": interval_entry(events.agreement),
            "matched": dict(zip(states, events.matched.tolist(), strict=True)),
            "only_first": dict(zip(states, events.only_first.tolist(), strict=True)),
            "only_second": dict(zip(states, events.only_second.tolist(), strict=True)),
            "median_delay_s": number(events.delay_s),
        }
    return value


def _check_entry(check: ModelCheck) -> dict[str, Any]:
    intervals = ("accuracy", "calibration_error", "answered", "right", "held_out")
    numbers = ("default", "target", "threshold", "coverage", "held_out_coverage")
    return {
        "units": check.units,
        "people": check.clusters,
        **{name: interval_entry(getattr(check, name)) for name in intervals},
        **{name: number(getattr(check, name)) for name in numbers},
    }
