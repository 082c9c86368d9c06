"""The page about agreement: figures, tables as CSV, JSON, and the rated units to take further."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiducation.files import write_json
from aiducation.observations.ratings import MODEL
from aiducation.study_report.agreement import AgreementReport, entry, pair_rows, state_rows, summary_rows
from aiducation.study_report.agreement_figures import MOST_PEOPLE, confusion_figure, states_figure, time_figure
from aiducation.study_report.agreement_units import unit_rows
from aiducation.study_report.agreement_words import all_words, headline, spoken, threshold_words
from aiducation.study_report.calibration_figures import reliability_figure, risk_coverage_figure
from aiducation.study_report.group_agreement import GROUP_HEAD, group_note, group_rows
from aiducation.study_report.groups_page import groups_section
from aiducation.study_report.page_parts import FigureFolder, Table, file_name, report_folder, write_page
from aiducation.tables.dialects import STANDARD, check_dialect, write_csv
from aiducation.visible import visible
from aiducation.vision.group_check import GroupCheck
from aiducation.words import many, people

#: What a moment is.
_MOMENT = " (one person at one time)"

#: Pairs of raters that get figures; of more, the tables tell.
_MOST_PAIRS = 6


def write_agreement(
    report: AgreementReport,
    out: Path,
    *,
    csv_dialect: str = STANDARD,
    force: bool = False,
    groups: GroupCheck | None = None,
) -> Path:
    """Write ``index.html``, ``agreement.json``, ``units.csv``, tables and ``figures/``.

    Args:
        report: what was found.
        out: folder to write to.
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
        figures = FigureFolder(folder / "figures")
        overview = _overview(report)
        summary = Table(
            columns=["figure", "estimate"], rows=[[visible(name), value] for name, value in summary_rows(report)]
        )
        summary.write_csv(folder / "agreement.csv", csv_dialect)
        pairs = [_pair(report, k, figures, folder, csv_dialect) for k in range(_pairs(report))]
        labels = Table(columns=GROUP_HEAD, rows=group_rows(report.groups), note=group_note(report.groups))
        if report.groups:
            labels.write_csv(folder / "group_labels.csv", csv_dialect)
        header, rows = unit_rows(report.ratings)
        write_csv(folder / "units.csv", header, rows, csv_dialect)
        write_json(folder / "agreement.json", entry(report))
        write_page(
            "agreement.html",
            folder / "index.html",
            title=visible(report.subject) or "Agreement",
            headline=visible(headline(report)),
            raters=[visible(name) for name in report.ratings.raters],
            unit=report.unit,
            tiles=_tiles(report),
            notes=[visible(note) for note in report.notes],
            overview=overview,
            pairs=pairs,
            more_pairs=len(report.agreement.pairs) - len(pairs) if report.agreement else 0,
            model=_model(report, figures),
            group_labels=labels if report.groups else None,
            groups=groups_section(groups, folder, csv_dialect) if groups else None,
        )
    return out / "index.html"


def _pairs(report: AgreementReport) -> int:
    return min(len(report.agreement.pairs), _MOST_PAIRS) if report.agreement else 0


def _overview(report: AgreementReport) -> list[Table]:
    """All raters, each pair, the model: a table each."""
    pairs_of = tuple(f"{report.pair_words(pair)}: " for pair in (report.agreement.pairs if report.agreement else ()))
    rest = [row for row in summary_rows(report) if not row[0].startswith(pairs_of or ("\0",))]
    everyone = [row for row in rest if not row[0].startswith("model: ")]
    model = [[row[0].removeprefix("model: "), row[1]] for row in rest if row[0].startswith("model: ")]
    timed = any(report.events)
    heads = ["raters", f"{report.unit}s", "left out: no state of the model", "people", "Cohen's kappa", "equal ratings"]
    heads += ["same beginnings"] if timed else []
    pairs = [[visible(row[0]), *row[1 : len(heads)]] for row in pair_rows(report)]
    if not any(row[2] for row in pairs):
        heads, pairs = [*heads[:2], *heads[3:]], [[*row[:2], *row[3:]] for row in pairs]
    tables = [
        Table(columns=heads, rows=pairs, title="Each pair of raters"),
        Table(columns=["figure", "estimate"], rows=everyone, title="All raters together"),
        Table(columns=["figure", "estimate"], rows=model, title="The model against the labels"),
    ]
    return [table for table in tables if table.rows]


def _tiles(report: AgreementReport) -> list[tuple[str, str]]:
    if report.agreement is None:
        return []
    found = report.agreement
    main = found.pairs[0].kappa if len(found.pairs) == 1 else found.alpha
    name = "Cohen's kappa" if len(found.pairs) == 1 else "Krippendorff's alpha"
    return [
        (f"{main.estimate:.2f}" if not math.isnan(main.estimate) else "–", name),
        (
            f"{found.units:,}",
            f"{report.unit}s that two or more raters rated" + (_MOMENT if report.unit == "moment" else ""),
        ),
        (f"{found.clusters:,}", "people" if found.clusters != 1 else "person"),
        (str(len(report.ratings.raters)), "raters"),
    ]


def _pair(report: AgreementReport, k: int, figures: FigureFolder, folder: Path, csv_dialect: str) -> dict[str, Any]:
    """Everything of one pair of raters."""
    assert report.agreement is not None
    pair, events = report.agreement.pairs[k], report.events[k]
    ratings = report.ratings_of(pair)
    first, second = ratings.raters[pair.first], ratings.raters[pair.second]
    name = file_name(f"{first}_{second}")[:60]
    columns = ["state", visible(first), visible(second), "precision", "recall"]
    table = Table(
        columns=columns,
        rows=state_rows(report, pair),
        note=f"Numbers of {report.unit}s with each state according to {_who(first)} and to {_who(second)}. Precision: of the "
        f"{report.unit}s with a state according to {_who(second)}, the share that has it according to {_who(first)}, too. "
        f"Recall: of those that have it according to {_who(first)}, the share that has it according to {_who(second)}, too. "
        f"Below each share: its 95 % interval, where there is one."
        + (f" {left[0].upper()}{left[1:]}." if (left := report.left_out_words(pair)) else ""),
    )
    table.write_csv(folder / f"states_{name}.csv", csv_dialect)
    shown: dict[str, Any] = {
        "title": visible(all_words((first, second), begins=True)),
        "confusion": figures.add(
            f"confusion_{name}",
            confusion_figure(pair, ratings.states, first, second),
            f"Rows: states according to {_who(first)}. Columns: states of the same {report.unit}s according to "
            f"{_who(second)}. Darker: a larger share of the row.",
        ),
        "states": figures.add(
            f"states_{name}",
            states_figure(pair, ratings.states, _who(first), _who(second)),
            "Precision and recall of each state, with 95 % intervals over people.",
        ),
        "table": table,
        "events": None,
        "time": None,
    }
    if events:
        shown["events"] = _events(report, k, first, second, ratings.states)
        shared = sum(key in ratings.runs[pair.second] for key in ratings.runs[pair.first])
        shown["time"] = figures.add(
            f"time_{name}",
            time_figure(ratings.runs[pair.first], ratings.runs[pair.second], (first, second)),
            "The states over time, two rows for each person."
            + (f" The first {MOST_PEOPLE} of {shared:,} people." if shared > MOST_PEOPLE else ""),
        )
    return shown


def _events(report: AgreementReport, k: int, first: str, second: str, states: Sequence[str]) -> Table | None:
    events = report.events[k]
    if events is None:
        return None
    rows = [
        [state, int(events.matched[i]), int(events.only_first[i]), int(events.only_second[i])]
        for i, state in enumerate(states)
    ]
    delay = (
        ""
        if math.isnan(events.delay_s)
        else f" {_who(second).capitalize() if second == MODEL else _who(second)} is {_late(events.delay_s)} on average (median)."
    )
    return Table(
        columns=["begins to be", "both", f"only {_who(first)}", f"only {_who(second)}"],
        rows=rows,
        note=f"Two beginnings are the same event if they lie {events.tolerance_s:g} s apart or less. The first state of each "
        f"person has no beginning: it is where the coding starts.{delay}",
    )


def _who(rater: str) -> str:
    """A rater in a sentence, fit to be shown."""
    return visible(spoken(rater))


def _late(delay_s: float) -> str:
    return (
        f"{abs(delay_s):.1f} s {'later' if delay_s > 0 else 'earlier'}"
        if abs(delay_s) >= 0.05
        else "neither later nor earlier"
    )


def _model(report: AgreementReport, figures: FigureFolder) -> dict[str, Any] | None:
    """The model against people: calibration, coverage, threshold."""
    check = report.check
    if check is None:
        return None
    unit = report.unit
    return {
        "words": threshold_words(check),
        "about": f"{many(check.units, unit)} of {people(check.clusters)}",
        "reliability": figures.add(
            "reliability",
            reliability_figure(check.bins, check.calibration_error.estimate),
            "Calibration: how often the model is right, by the probability that it gives its answer. On the line, "
            "the probabilities are correct; below it, the model is too confident.",
        ),
        "coverage": figures.add(
            "risk_coverage",
            risk_coverage_figure(check.curve, check.default),
            f"Coverage and accuracy: the share of {unit}s that get an answer at each threshold, and the share of "
            f"these answers that is right.",
        ),
    }
