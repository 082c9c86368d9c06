"""Agreement in words: the headline of its page, what a reader should know, and what a threshold of the model would give."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from aiducation.evaluation.agreement import FEW_PEOPLE, FEWEST_CLUSTERS, Agreement, PairAgreement
from aiducation.evaluation.intervals import Interval
from aiducation.evaluation.model_check import ModelCheck
from aiducation.observations.ratings import LABELS, MODEL
from aiducation.states import CALM
from aiducation.study_report.agreement import AgreementReport
from aiducation.texts import N_, Texts

#: Raters that a headline names; of more, it counts them.
_MOST_NAMED = 4

#: Raters that are no persons: as a heading has them, as a sentence begins with them, and what is so according to them.
_NAMES = {MODEL: N_("model"), LABELS: N_("labels")}
_SPOKEN = {MODEL: N_("the model"), LABELS: N_("the labels")}
_ACCORDING = {MODEL: N_("according to the model"), LABELS: N_("according to the labels")}


def named(rater: str, texts: Texts = Texts()) -> str:
    """A rater as a heading has it: "model", "labels", or a name."""
    return texts.gettext(_NAMES[rater]) if rater in _NAMES else rater


def spoken(rater: str, texts: Texts = Texts()) -> str:
    """A rater in a sentence: "the model", "the labels", or a name."""
    return texts.gettext(_SPOKEN[rater]) if rater in _SPOKEN else rater


def according_to(rater: str, texts: Texts = Texts()) -> str:
    """ "according to Anna"."""
    if rater in _ACCORDING:
        return texts.gettext(_ACCORDING[rater])
    return texts.gettext("according to {name}", name=rater)


def units(report: AgreementReport, texts: Texts = Texts()) -> str:
    """What is counted, where no number stands before it."""
    return texts.gettext(N_("moments") if report.timed else N_("faces"))


def count_words(report: AgreementReport, n: int, texts: Texts = Texts()) -> str:
    """ "1 face", "64 moments"."""
    if report.timed:
        return texts.ngettext("{n} moment", "{n} moments", n)
    return texts.ngettext("{n} face", "{n} faces", n)


def pair_words(report: AgreementReport, first: int, second: int, texts: Texts = Texts()) -> str:
    """ "Anna and Ben"."""
    raters = report.ratings.raters
    both = texts.gettext(" and ")
    return named(raters[first], texts) + both + named(raters[second], texts)


def all_words(raters: Sequence[str], texts: Texts = Texts()) -> str:
    """All raters at the beginning of a sentence: "Anna, Ben and the model"; of more than four, their number."""
    if len(raters) > _MOST_NAMED:
        return texts.ngettext("{n} rater", "{n} raters", len(raters))
    names = [spoken(name, texts) for name in raters]
    said = ", ".join(names[:-1]) + texts.gettext(" and ") + names[-1]
    return said[:1].upper() + said[1:] if raters[0] in _SPOKEN else said


def left_out_words(report: AgreementReport, pair: PairAgreement, texts: Texts = Texts()) -> str:
    """ "24 of 64 moments left out: the model gave no state"; "" if none was."""
    n = report.left_out(pair)
    if not n:
        return ""
    return texts.gettext(
        "{count} of {total} left out: the model gave no state",
        count=texts.number(n),
        total=count_words(report, n + pair.units, texts),
    )


def headline(report: AgreementReport, texts: Texts = Texts()) -> str:
    """The result in a sentence."""
    if report.agreement is None:
        return texts.gettext(
            N_("Agreement on group labels") if report.groups else N_("Nothing was rated by two raters")
        )
    pair, who = report.agreement.pairs[0], all_words(report.ratings.raters, texts)
    one_pair = len(report.agreement.pairs) == 1
    parts = [_equal(report, pair, who, texts) if one_pair else who]
    parts.append(_beyond_chance(report.agreement, texts))
    if one_pair and (left := left_out_words(report, pair, texts)):
        parts.append(left)
    if CALM in report.ratings.states:  # figures that would be lower if raters had to tell the two apart
        parts.append(texts.gettext("neutral and focused count as one state"))
    return texts.gettext("; ").join(parts)


def _equal(report: AgreementReport, pair: PairAgreement, who: str, texts: Texts) -> str:
    """On how much the two of a pair agree."""
    says = {"raters": who, "percent": texts.percent(pair.observed.estimate)}
    if report.timed:
        return texts.ngettext(
            "{raters} agree on {percent} of {n} moment",
            "{raters} agree on {percent} of {n} moments",
            pair.units,
            **says,
        )
    return texts.ngettext(
        "{raters} agree on {percent} of {n} face", "{raters} agree on {percent} of {n} faces", pair.units, **says
    )


def _beyond_chance(agreement: Agreement, texts: Texts) -> str:
    """Kappa of a single pair, alpha of several."""
    single = len(agreement.pairs) == 1
    figure = agreement.pairs[0].kappa if single else agreement.alpha
    if math.isnan(figure.estimate):
        return texts.gettext("agreement beyond chance is not defined")
    says = {"name": main_figure(agreement, texts), "number": texts.decimals(f"{figure.estimate:.2f}")}
    if not figure.has_limits:
        return texts.gettext("{name} is {number}", **says)
    low, high = (texts.decimals(f"{value:.2f}") for value in (figure.low, figure.high))
    return texts.gettext("{name} is {number} ({low} to {high})", low=low, high=high, **says)


def main_figure(agreement: Agreement, texts: Texts) -> str:
    """What the page names first: Cohen's kappa of a pair, Krippendorff's alpha of more raters."""
    return texts.gettext(N_("Cohen's kappa") if len(agreement.pairs) == 1 else N_("Krippendorff's alpha"))


def notes(report: AgreementReport, texts: Texts = Texts()) -> list[str]:
    """What a reader should know: of the ratings, and of what their figures are worth."""
    said = [texts.sentence(note) for note in report.notes]
    if not report.ratings.table.shape[1]:  # group labels alone
        return said
    if report.agreement is None:
        return [
            *said,
            texts.gettext(
                "No two raters gave a state to the same face or moment, so there is no agreement to measure."
            ),
        ]
    return [*said, *_few_people(report, texts), *_rare_states(report, texts), *_about_pairs(report, texts)]


def undefined_words(report: AgreementReport, texts: Texts = Texts()) -> str:
    """Why a kappa shows as –, "" if all are defined."""
    agreement = report.agreement
    if agreement is None or not any(
        math.isnan(one.estimate) for one in (agreement.alpha, *(p.kappa for p in agreement.pairs))
    ):
        return ""
    return texts.gettext(
        "Where all {units} have one and the same state, chance explains every equal rating: kappa is not defined then and shows "
        "as –.",
        units=units(report, texts),
    )


def _few_people(report: AgreementReport, texts: Texts) -> Iterator[str]:
    assert report.agreement is not None
    n = report.agreement.clusters
    if n < FEWEST_CLUSTERS:
        yield texts.ngettext(
            "Only {n} person was rated by two raters: there are no intervals.",
            "Only {n} people were rated by two raters: there are no intervals.",
            n,
        )
    elif n < FEW_PEOPLE:
        yield texts.gettext("Only {count} people were rated by two raters: the intervals are too narrow.", count=n)
    elif few := [pair for pair in report.agreement.pairs if FEWEST_CLUSTERS <= pair.clusters < FEW_PEOPLE]:
        yield texts.gettext(
            "Fewer than {number} people: {listed}. Their intervals are too narrow.",
            number=FEW_PEOPLE,
            listed=", ".join(pair_words(report, pair.first, pair.second, texts) for pair in few),
        )


def _rare_states(report: AgreementReport, texts: Texts) -> Iterator[str]:
    """One state alone says nothing; rare ones say little."""
    ratings = report.ratings
    used = [state for k, state in enumerate(ratings.states) if (ratings.table == k).any()]
    rare = [state for k, state in enumerate(ratings.states) if 0 < (ratings.table == k).any(axis=0).sum() < 5]
    if len(used) == 1:
        yield texts.gettext(
            "Every rating is “{outcome}”. With one state only, agreement beyond chance is not defined, so kappa and alpha are "
            "missing.",
            outcome=texts.gettext(used[0]),
        )
    elif rare:
        yield texts.gettext(
            "Given to fewer than 5 {units}: {listed}. The figures of such a rare state are uncertain.",
            units=units(report, texts),
            listed=", ".join(map(texts.gettext, rare)),
        )


def _about_pairs(report: AgreementReport, texts: Texts) -> Iterator[str]:
    for pair in report.without_common:
        yield texts.gettext(
            "{raters} gave no state to the same {units}, so there is no kappa of them.",
            raters=pair_words(report, *pair, texts),
            units=units(report, texts),
        )
    if report.divided:
        yield texts.gettext(
            "Left out where the model is judged, because the annotators are evenly divided about them: {count}. The model may be "
            "right less often on these.",
            count=count_words(report, report.divided, texts),
        )
    if report.ratings.among_people is not None:
        yield texts.gettext(
            "Two people are compared on {units} that do not depend on the model's result. Figures of all raters and of pairs "
            "with the model are about the {units} of the result.",
            units=units(report, texts),
        )


def threshold_words(check: ModelCheck, texts: Texts = Texts()) -> str:
    """From which threshold on the model is right often enough on these people."""
    target = texts.percent(check.target)
    if math.isnan(check.threshold):
        return texts.gettext("No threshold gives {percent} right answers on these people.", percent=target)
    option = check.option  # as the command line reads it
    words = texts.gettext(
        "With a threshold of {number} (--threshold {option}), at least {percent} of the answers are right on these people, and "
        "{percent2} of the faces get an answer.",
        number=texts.decimals(option),
        option=option,
        percent=target,
        percent2=texts.percent(check.coverage),
    )
    if math.isnan(check.held_out.estimate):
        rest = texts.gettext("Whether that holds for other people cannot be checked with so few.")
    else:
        rest = texts.gettext(
            "Chosen on some of them and tried on the others, {right} of the answers were right, and {percent} were answered.",
            right=_shares(check.held_out, texts),
            percent=texts.percent(check.held_out_coverage),
        )
    return f"{words} {rest}"


def _shares(interval: Interval, texts: Texts) -> str:
    if not interval.has_limits:
        return texts.percent(interval.estimate)
    estimate, low, high = map(texts.percent, (interval.estimate, interval.low, interval.high))
    return texts.gettext("{percent} ({low} to {high})", percent=estimate, low=low, high=high)
