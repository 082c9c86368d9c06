"""Agreement as rows of tables: for the command line, for CSV files and for the page."""

from __future__ import annotations

import math
from typing import Any

from aiducation.evaluation.agreement import PairAgreement
from aiducation.study_report.agreement import AgreementReport
from aiducation.study_report.agreement_words import count_words, left_out_words, pair_words
from aiducation.texts import Texts


def summary_rows(report: AgreementReport, texts: Texts = Texts()) -> list[list[Any]]:
    """Name and interval of each figure over all states."""
    everyone, pairs = everyone_rows(report, texts), _each_pair(report, texts)
    rows = [*pairs[:1], *everyone, *pairs[1:]] if len(report.ratings.raters) == 2 else [*everyone, *pairs]
    return rows + [[texts.gettext("model: {what}", what=name), value] for name, value in model_rows(report, texts)]


def everyone_rows(report: AgreementReport, texts: Texts = Texts()) -> list[list[Any]]:
    """The figures of all raters together."""
    if report.agreement is None:
        return []
    if len(report.ratings.raters) == 2:
        names = [texts.gettext("Krippendorff's alpha"), texts.gettext("Fleiss' kappa")]
    else:
        rated = count_words(report, report.agreement.rated_by_all, texts)
        names = [
            texts.gettext("Krippendorff's alpha, all raters"),
            texts.gettext("Fleiss' kappa, {units} that all raters rated", units=rated),
        ]
    return [list(row) for row in zip(names, (report.agreement.alpha, report.agreement.fleiss), strict=True)]


def _each_pair(report: AgreementReport, texts: Texts) -> list[list[Any]]:
    """Kappa, equal ratings and beginnings of each pair."""
    rows: list[list[Any]] = []
    for pair, events in zip(report.agreement.pairs if report.agreement else (), report.events, strict=True):
        who, left = pair_words(report, pair.first, pair.second, texts), left_out_words(report, pair, texts)
        kappa = (
            texts.gettext("{raters}: Cohen's kappa ({left})", raters=who, left=left)
            if left
            else texts.gettext("{raters}: Cohen's kappa", raters=who)
        )
        rows += [[kappa, pair.kappa], [texts.gettext("{raters}: share of equal ratings", raters=who), pair.observed]]
        if events:
            name = texts.gettext(
                "{raters}: same beginnings within {number} s", raters=who, number=texts.short(events.tolerance_s)
            )
            rows.append([name, events.agreement])
    return rows


def model_rows(report: AgreementReport, texts: Texts = Texts()) -> list[list[Any]]:
    """The figures of the model against the annotators' labels."""
    check = report.check
    if check is None:
        return []
    answered = (
        texts.gettext("share answered at the threshold of each result")
        if math.isnan(check.default)
        else texts.gettext("share answered at its threshold of {number}", number=texts.decimals(f"{check.default:.2f}"))
    )
    rows: list[list[Any]] = [
        [texts.gettext("share right, if every face gets an answer"), check.accuracy],
        [texts.gettext("calibration error on faces of the four states"), check.calibration_error],
        [answered, check.answered],
        [texts.gettext("share right of these answers"), check.right],
    ]
    if not math.isnan(check.held_out.estimate):
        name = texts.gettext(
            "share right at a threshold chosen for {percent} on other people", percent=texts.percent(check.target)
        )
        rows.append([name, check.held_out])
    return rows


def pair_rows(report: AgreementReport, texts: Texts = Texts()) -> list[list[Any]]:
    """Pair, units, units left out, people, kappa, equal ratings, same beginnings; one row for each pair."""
    return [
        [
            pair_words(report, pair.first, pair.second, texts),
            pair.units,
            report.left_out(pair),
            pair.clusters,
            pair.kappa,
            pair.observed,
            events.agreement if events else None,
        ]
        for pair, events in zip(report.agreement.pairs if report.agreement else (), report.events, strict=True)
    ]


def state_rows(report: AgreementReport, pair: PairAgreement, texts: Texts = Texts()) -> list[list[Any]]:
    """State, units of each rater, precision and recall."""
    return [
        [
            texts.gettext(state),
            int(pair.confusion[k].sum()),
            int(pair.confusion[:, k].sum()),
            pair.precision[k],
            pair.recall[k],
        ]
        for k, state in enumerate(report.ratings_of(pair).states)
    ]
