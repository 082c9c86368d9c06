"""The page that compares recordings: one figure, a table, and CSV files for a statistician."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from aiducation.files import write_json
from aiducation.states import OUTCOMES, STATE_COLORS
from aiducation.study_report.page_parts import FigureFolder, Table, report_folder, write_page
from aiducation.study_report.recording_comparison import RecordingComparison, overall_rows, person_rows, step_rows
from aiducation.study_report.recording_comparison_json import entry
from aiducation.study_report.recording_comparison_words import chance_words, headline, interval_words, notes
from aiducation.study_report.style import CATEGORIES, FULL, MUTED, bare, grid, new_figure, styled
from aiducation.tables.dialects import STANDARD, check_dialect, write_csv
from aiducation.texts import N_, Texts
from aiducation.visible import visible

#: Headings of ``differences.csv``, the same whatever is compared: scripts name them. Shares and differences have ``_low`` and
#: ``_high`` beside them.
DIFFERENCE_COLUMNS = ("condition", "compared_with", "state", "share_compared_with", "share", "difference")


@styled
def comparison_figure(found: RecordingComparison, texts: Texts) -> Figure:
    """Shares of each state over time in every condition, with 95 % intervals; one row for each state."""
    figure = new_figure(texts.gettext("Shares over time"), FULL, 1.0 + 1.25 * len(OUTCOMES))
    rows = figure.subplots(len(OUTCOMES), 1, sharex=True, sharey=True)
    first = found.differences[0]
    curves = [(found.conditions[0].label, first.first, first.first_low, first.first_high)]
    curves += [
        (found.conditions[k + 1].label, one.second, one.second_low, one.second_high)
        for k, one in enumerate(found.differences)
    ]
    long = max(len(share) for _, share, *_ in curves) * found.step_s > 300
    unit, scale = (N_("minutes since the start"), 60.0) if long else (N_("seconds since the start"), 1.0)
    highest = max((float(np.nanmax(high)) for *_, high in curves if not np.isnan(high).all()), default=1.0)
    top = min(float(np.ceil(5 * highest)) / 5, 1.0)
    for i, (axes, outcome) in enumerate(zip(rows, OUTCOMES, strict=True)):
        for k, (label, share, low, high) in enumerate(curves):
            color = CATEGORIES[k % len(CATEGORIES)]
            times = (np.arange(len(share)) + 0.5) * found.step_s / scale
            axes.fill_between(times, low[:, i], high[:, i], color=color, alpha=0.18, linewidth=0)
            shown = visible(label).replace("$", "\\$")
            axes.plot(times, share[:, i], color=color, linestyle=("-", "--", "-.", ":")[k % 4], label=shown)
        axes.set_title(texts.gettext(outcome), color=STATE_COLORS.get(outcome, MUTED), fontweight="bold")
        axes.set_ylim(0, top)
        grid(axes, "y")
        bare(axes, "left")
    rows[-1].set_xlabel(texts.gettext(unit))
    rows[0].legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)
    return figure


def write_recording_comparison(
    found: RecordingComparison,
    out: Path,
    texts: Texts = Texts(),
    *,
    csv_dialect: str = STANDARD,
    force: bool = False,
) -> Path:
    """Write ``index.html``, ``comparison.json``, ``differences.csv``, ``over_time.csv``, ``people.csv`` and the figure.

    Args:
        found: what was compared.
        out: folder to write to.
        texts: the language of the page and its figure; files for programs are the same in every language.
        csv_dialect: of ``tables.dialects.DIALECTS``.
        force: write into a folder that is not empty; files of an earlier report go.

    Returns:
        The path of the page.

    Raises:
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
        ConfigError: there is no such dialect.
    """
    check_dialect(csv_dialect)
    first = visible(found.conditions[0].label)
    with report_folder(out, force=force) as folder:
        rows = [[visible(row[0]), first, *row[1:]] for row in overall_rows(found)]
        Table(columns=DIFFERENCE_COLUMNS, rows=rows).write_csv(folder / "differences.csv", csv_dialect)
        for name, (header, lines) in (("over_time", step_rows(found)), ("people", person_rows(found))):
            write_csv(folder / f"{name}.csv", header, lines, csv_dialect)
        write_json(folder / "comparison.json", entry(found))
        figures = FigureFolder(folder / "figures", texts=texts)
        unit = texts.gettext(found.unit)
        figure = figures.add(
            "comparison",
            comparison_figure(found, texts),
            texts.gettext(
                "The mean probability of each state over time, with all recordings starting at 0. Bands: 95 % intervals over "
                "{unit}.",
                unit=unit,
            ),
        )
        write_page(
            "recording_comparison.html",
            folder / "index.html",
            texts,
            headline=visible(headline(found, texts)),
            labels=[visible(one.label) for one in found.conditions],
            tiles=_tiles(found, texts),
            notes=[visible(note) for note in notes(found, texts)],
            table=_table(found, texts),
            figure=figure,
            step=texts.short(found.step_s),
            min_group=found.min_group,
            unit=unit,
            intervals=interval_words(found.unit, texts),
            chance=chance_words(found, texts),
        )
    return out / "index.html"


def _tiles(found: RecordingComparison, texts: Texts) -> list[tuple[int, str]]:
    """How many people or tracks each condition has, and of two conditions how many are in both."""
    each, both = (
        (N_("people in {label}"), N_("people known to be in both"))
        if found.unit == "people"
        else (N_("tracks in {label}"), N_("tracks known to be in both"))
    )
    tiles = [(len(set(one.people)), texts.gettext(each, label=visible(one.label))) for one in found.conditions]
    if len(found.differences) == 1:
        tiles.append((found.differences[0].people[2], texts.gettext(both)))
    return tiles


def _table(found: RecordingComparison, texts: Texts) -> Table:
    """Shares and differences as the page shows them: without the column of what is compared where that is one condition."""
    first, *others = (visible(one.label) for one in found.conditions)
    rows = [[visible(label), texts.gettext(state), *shares] for label, state, *shares in overall_rows(found)]
    compared, state, share, difference = map(
        texts.gettext, (N_("compared"), N_("state"), N_("share"), N_("difference"))
    )
    several = len(others) > 1
    return Table(
        columns=[compared, state, first, share, difference] if several else [state, first, others[0], difference],
        rows=rows if several else [row[1:] for row in rows],
        note=texts.gettext(
            "Mean probabilities over time: in {first}, in what is compared with it, and the second minus the first. Below each "
            "value: its 95 % interval over {unit}. If the interval of a difference does not contain 0, the difference is larger "
            "than differences between {unit} can explain, unless it is one of the few that stand out by chance.",
            first=first,
            unit=texts.gettext(found.unit),
        ),
    )
