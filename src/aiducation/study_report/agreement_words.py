"""Agreement in words: the headline of its page, and what a threshold of the model would give."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aiducation.evaluation.intervals import Interval
from aiducation.evaluation.model_check import ModelCheck
from aiducation.observations.ratings import LABELS, MODEL
from aiducation.study_report.agreement import AgreementReport
from aiducation.words import many, percent

#: Raters that a headline names; of more, it counts them.
_MOST_NAMED = 4


def spoken(rater: str) -> str:
    """A rater in a sentence: "the model", "the labels", or a name."""
    return f"the {rater}" if rater in (MODEL, LABELS) else rater


def all_words(raters: Sequence[str], *, begins: bool = False) -> str:
    """All raters in a sentence: "Anna, Ben and the model"; of more than four, their number. ``begins``: it begins with them."""
    names = [spoken(name) for name in raters]
    said = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) <= _MOST_NAMED else many(len(names), "rater")
    return f"T{said[1:]}" if begins and said.startswith("the ") else said


def headline(report: AgreementReport) -> str:
    """The result in a sentence."""
    if report.agreement is None:
        return "Agreement on group labels" if report.groups else "Nothing was rated by two raters"
    pair = report.agreement.pairs[0]
    if len(report.agreement.pairs) > 1:
        figure, name = report.agreement.alpha, "Krippendorff's alpha"
        start = all_words(report.ratings.raters, begins=True)
    else:
        figure, name = pair.kappa, "Cohen's kappa"
        share = percent(pair.observed.estimate)
        start = f"{all_words(report.ratings.raters, begins=True)} agree on {share} of {many(pair.units, report.unit)}"
    if math.isnan(figure.estimate):
        return f"{start}; agreement beyond chance is not defined"
    limits = f" ({figure.low:.2f} to {figure.high:.2f})" if figure.has_limits else ""
    left = report.left_out_words(pair) if len(report.agreement.pairs) == 1 else ""
    return f"{start}; {name} is {figure.estimate:.2f}{limits}{f'; {left}' if left else ''}"


def threshold_words(check: ModelCheck) -> str:
    """From which threshold on the model is right often enough on these people."""
    wanted = percent(check.target)
    if math.isnan(check.threshold):
        return f"No threshold gives {wanted} right answers on these people."
    words = (
        f"With a threshold of {check.threshold:.2f} (--threshold {check.threshold:.2f}), {wanted} of the answers are right on "
        f"these people, and {percent(check.coverage)} of the faces get an answer."
    )
    if math.isnan(check.held_out.estimate):
        return words + " Whether that holds for other people cannot be checked with so few."
    return (
        words
        + f" Chosen on some of them and tried on the others, {_shares(check.held_out)} of the answers were right, and "
        f"{percent(check.held_out_coverage)} were answered."
    )


def _shares(interval: Interval) -> str:
    if not interval.has_limits:
        return percent(interval.estimate)
    return f"{percent(interval.estimate)} ({percent(interval.low)} to {percent(interval.high)})"
