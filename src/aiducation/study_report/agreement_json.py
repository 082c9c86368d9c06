"""Agreement of annotators and a model as JSON values, in English: programs read them."""

from __future__ import annotations

from typing import Any

from aiducation.evaluation.agreement import PairAgreement
from aiducation.evaluation.event_agreement import EventAgreement
from aiducation.evaluation.model_check import ModelCheck
from aiducation.signature import GENERATOR
from aiducation.study_report.agreement import AgreementReport
from aiducation.study_report.agreement_words import notes, pair_words
from aiducation.study_report.group_agreement import group_entries
from aiducation.study_report.json_values import interval_entry, number


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
        "pairs_without_common": [pair_words(report, *pair) for pair in report.without_common],
        "model": _check_entry(report.check, report.divided) if report.check else None,
        **({"group_labels": group_entries(report.groups)} if report.groups else {}),
        "notes": notes(report),
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


def _check_entry(check: ModelCheck, divided: int) -> dict[str, Any]:
    intervals = ("accuracy", "calibration_error", "answered", "right", "held_out")
    numbers = ("default", "target", "threshold", "coverage", "held_out_coverage")
    return {
        "units": check.units,
        "people": check.clusters,
        "left_out_divided": divided,
        **{name: interval_entry(getattr(check, name)) for name in intervals},
        **{name: number(getattr(check, name)) for name in numbers},
    }
