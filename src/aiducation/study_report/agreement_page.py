"""The page about agreement: figures, tables as CSV, JSON, and the rated units to take further."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiducation.evaluation.agreement import PairAgreement
from aiducation.evaluation.event_agreement import EventAgreement
from aiducation.files import write_json
from aiducation.study_report.agreement import AgreementReport
from aiducation.study_report.agreement_figures import MOST_PEOPLE, confusion_figure, states_figure, time_figure
from aiducation.study_report.agreement_json import entry
from aiducation.study_report.agreement_rows import everyone_rows, model_rows, pair_rows, state_rows, summary_rows
from aiducation.study_report.agreement_units import unit_rows
from aiducation.study_report.agreement_words import (
    according_to,
    all_words,
    count_words,
    headline,
    left_out_words,
    main_figure,
    named,
    notes,
    spoken,
    threshold_words,
    units,
)
from aiducation.study_report.calibration_figures import reliability_figure, risk_coverage_figure
from aiducation.study_report.group_agreement import GROUP_HEAD, group_note, group_rows
from aiducation.study_report.groups_page import groups_section
from aiducation.study_report.page_parts import FigureFolder, Table, file_names, report_folder, write_page
from aiducation.tables.dialects import STANDARD, check_dialect, write_csv
from aiducation.texts import N_, Texts
from aiducation.visible import visible
from aiducation.vision.group_check import GroupCheck

#: Pairs of raters that get figures; of more, the tables tell.
_MOST_PAIRS = 6


def write_agreement(
    report: AgreementReport,
    out: Path,
    texts: Texts = Texts(),
    *,
    csv_dialect: str = STANDARD,
    force: bool = False,
    groups: GroupCheck | None = None,
) -> Path:
    """Write ``index.html``, ``agreement.json``, ``units.csv``, tables and ``figures/``.

    Args:
        report: what was found.
        out: folder to write to.
        texts: the language of the page and its figures; files for programs are the same in every language.
        csv_dialect: of ``tables.dialects.DIALECTS``.
        force: write into a folder that is not empty; files of an earlier report go.
        groups: the model by annotated groups, for a section of its own and ``groups.csv``.

    Returns:
        The path of the page.

    Raises:
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
        ConfigError: there is no such dialect.
    """
    check_dialect(csv_dialect)
    with report_folder(out, force=force) as folder:
        figures = FigureFolder(folder / "figures", texts=texts)
        summary = Table(
            columns=["figure", "estimate"], rows=[[visible(name), value] for name, value in summary_rows(report)]
        )
        summary.write_csv(folder / "agreement.csv", csv_dialect)
        pairs = [_pair(report, k, name, figures, folder, csv_dialect) for k, name in enumerate(_names_of_pairs(report))]
        if report.groups:
            Table(columns=GROUP_HEAD, rows=group_rows(report.groups)).write_csv(
                folder / "group_labels.csv", csv_dialect
            )
        header, rows = unit_rows(report.ratings)
        write_csv(folder / "units.csv", header, rows, csv_dialect)
        write_json(folder / "agreement.json", entry(report))
        write_page(
            "agreement.html",
            folder / "index.html",
            texts,
            title=visible(report.subject) or texts.gettext("Agreement"),
            headline=visible(headline(report, texts)),
            raters=[visible(named(name, texts)) for name in report.ratings.raters],
            units=units(report, texts),
            tiles=_tiles(report, texts),
            notes=[visible(note) for note in notes(report, texts)],
            overview=_overview(report, texts),
            pairs=pairs,
            more_pairs=len(report.agreement.pairs) - len(pairs) if report.agreement else 0,
            model=_model(report, figures),
            group_labels=_group_labels(report, texts) if report.groups else None,
            groups=groups_section(groups, folder, csv_dialect, texts) if groups else None,
        )
    return out / "index.html"


def _names_of_pairs(report: AgreementReport) -> list[str]:
    """What the files of each pair that gets figures are called."""
    pairs, raters = report.agreement.pairs[:_MOST_PAIRS] if report.agreement else (), report.ratings.raters
    return file_names(f"{raters[pair.first]}_{raters[pair.second]}"[:60] for pair in pairs)


def _group_labels(report: AgreementReport, texts: Texts) -> Table:
    head = [texts.gettext(name) for name in GROUP_HEAD]
    return Table(columns=head, rows=group_rows(report.groups, texts), note=group_note(report.groups, texts))


def _overview(report: AgreementReport, texts: Texts) -> list[Table]:
    """All raters, each pair, the model: a table each."""
    heads = [N_("raters"), N_("moments") if report.timed else N_("faces"), N_("left out: no state of the model")]
    heads += [N_("people"), N_("Cohen's kappa"), N_("equal ratings")]
    heads += [N_("same beginnings")] if any(report.events) else []
    pairs = [[visible(row[0]), *row[1 : len(heads)]] for row in pair_rows(report, texts)]
    if not any(row[2] for row in pairs):
        heads, pairs = [*heads[:2], *heads[3:]], [[*row[:2], *row[3:]] for row in pairs]
    figure = [texts.gettext(N_("figure")), texts.gettext(N_("estimate"))]
    tables = [
        Table(columns=[texts.gettext(name) for name in heads], rows=pairs, title=texts.gettext("Each pair of raters")),
        Table(columns=figure, rows=everyone_rows(report, texts), title=texts.gettext("All raters together")),
        Table(columns=figure, rows=model_rows(report, texts), title=texts.gettext("The model against the labels")),
    ]
    return [table for table in tables if table.rows]


def _tiles(report: AgreementReport, texts: Texts) -> list[tuple[int | str, str]]:
    found = report.agreement
    if found is None:
        return []
    main = (found.pairs[0].kappa if len(found.pairs) == 1 else found.alpha).estimate
    rated = (
        N_("moments that two or more raters rated (one person at one time)")
        if report.timed
        else N_("faces that two or more raters rated")
    )
    return [
        ("–" if math.isnan(main) else texts.decimals(f"{main:.2f}"), main_figure(found, texts)),
        (found.units, texts.gettext(rated)),
        (found.clusters, texts.gettext(N_("people") if found.clusters != 1 else N_("person"))),
        (len(report.ratings.raters), texts.gettext("raters")),
    ]


def _pair(
    report: AgreementReport, k: int, name: str, figures: FigureFolder, folder: Path, csv_dialect: str
) -> dict[str, Any]:
    """Everything of one pair of raters; ``name`` is of its files."""
    assert report.agreement is not None
    pair, texts = report.agreement.pairs[k], figures.texts
    ratings = report.ratings_of(pair)
    first, second = ratings.raters[pair.first], ratings.raters[pair.second]
    _states_table(report, pair, Texts()).write_csv(folder / f"states_{name}.csv", csv_dialect)
    says = {
        "first": visible(according_to(first, texts)),
        "second": visible(according_to(second, texts)),
        "units": units(report, texts),
    }
    shown: dict[str, Any] = {
        "title": visible(all_words((first, second), texts)),
        "confusion": figures.add(
            f"confusion_{name}",
            confusion_figure(pair, ratings.states, named(first, texts), named(second, texts), texts),
            texts.gettext(
                "Rows: states {first}. Columns: states of the same {units} {second}. Darker: a larger share of the row.",
                **says,
            ),
        ),
        "states": figures.add(
            f"states_{name}",
            states_figure(pair, ratings.states, named(first, texts), named(second, texts), texts),
            texts.gettext("Precision and recall of each state, with 95 % intervals over people."),
        ),
        "table": _states_table(report, pair, texts),
        "events": None,
        "time": None,
    }
    if events := report.events[k]:
        shown["events"] = _events_table(events, first, second, ratings.states, texts)
        shared = sum(key in ratings.runs[pair.second] for key in ratings.runs[pair.first])
        names = named(first, texts), named(second, texts)
        caption = texts.gettext("The states over time, two rows for each person.")
        if shared > MOST_PEOPLE:
            caption += " " + texts.gettext(
                "The first {number} of {count} people.", number=MOST_PEOPLE, count=texts.number(shared)
            )
        drawn = time_figure(ratings.runs[pair.first], ratings.runs[pair.second], names, texts)
        shown["time"] = figures.add(f"time_{name}", drawn, caption)
    return shown


def _states_table(report: AgreementReport, pair: PairAgreement, texts: Texts) -> Table:
    """A row for each state: how many of each rater, precision and recall."""
    raters = report.ratings_of(pair).raters
    first, second = raters[pair.first], raters[pair.second]
    note = texts.gettext(
        "Numbers of {units} with each state {first}, and {second}. Precision: of the {units} with a state {second}, the share "
        "that has it {first}, too. Recall: of those that have it {first}, the share that has it {second}, too. Below each share: "
        "its 95 % interval, where there is one.",
        first=visible(according_to(first, texts)),
        second=visible(according_to(second, texts)),
        units=units(report, texts),
    )
    if left := left_out_words(report, pair, texts):
        note += f" {left[:1].upper()}{left[1:]}."
    names = [visible(named(first, texts)), visible(named(second, texts))]
    return Table(
        columns=[texts.gettext("state"), *names, texts.gettext("precision"), texts.gettext("recall")],
        rows=state_rows(report, pair, texts),
        note=note,
    )


def _events_table(events: EventAgreement, first: str, second: str, states: Sequence[str], texts: Texts) -> Table:
    rows = [
        [texts.gettext(state), int(events.matched[i]), int(events.only_first[i]), int(events.only_second[i])]
        for i, state in enumerate(states)
    ]
    note = texts.gettext(
        "Two beginnings are the same event if they lie {number} s apart or less. The first state of each person has no "
        "beginning: it is where the coding starts. A beginning counts only where both name a state at about that time, and "
        "outside of excluded spans.",
        number=texts.short(events.tolerance_s),
    )
    if not math.isnan(events.delay_s):
        who = visible(spoken(second, texts))
        note += " " + texts.gettext(
            _late(events.delay_s),
            rater=who if who == second else who[:1].upper() + who[1:],
            number=texts.number(abs(events.delay_s), 1),
        )
    only = [texts.gettext("only {rater}", rater=visible(named(one, texts))) for one in (first, second)]
    return Table(columns=[texts.gettext("begins to be"), texts.gettext("both"), *only], rows=rows, note=note)


def _late(delay_s: float) -> str:
    """How much later the second rater is in what both name."""
    if abs(delay_s) < 0.05:
        return N_("In the median of what both name, {rater} is neither later nor earlier.")
    if delay_s > 0:
        return N_("In the median of what both name, {rater} is {number} s later.")
    return N_("In the median of what both name, {rater} is {number} s earlier.")


def _model(report: AgreementReport, figures: FigureFolder) -> dict[str, Any] | None:
    """The model against people: calibration, coverage, threshold."""
    check, texts = report.check, figures.texts
    if check is None:
        return None
    people = texts.ngettext("{n} person", "{n} people", check.clusters)
    return {
        "words": threshold_words(check, texts),
        "about": texts.gettext(
            N_(
                "Measured on {units} of {people}: every one with a label that the model was asked about, also those for which it "
                "says “not sure”."
            )
            if not report.divided
            else N_(
                "Measured on {units} of {people}: every one that the model was asked about and on which the annotators are not "
                "evenly divided, also those for which it says “not sure”."
            ),
            units=count_words(report, check.units, texts),
            people=people,
        ),
        "reliability": figures.add(
            "reliability",
            reliability_figure(check.bins, check.calibration_error.estimate, texts),
            texts.gettext(
                "Calibration: how often the model is right, by the probability that it gives its answer. On the line, the "
                "probabilities are correct; below it, the model is too confident. Bars: 95 % intervals as if each of the {units} "
                "showed another person; they are too narrow where people count several times.",
                units=units(report, texts),
            ),
        ),
        "coverage": figures.add(
            "risk_coverage",
            risk_coverage_figure(check.curve, check.default, texts),
            texts.gettext(
                "Coverage and accuracy: the share of {units} that get an answer at each threshold, and the share of these "
                "answers that is right.",
                units=units(report, texts),
            ),
        ),
    }
