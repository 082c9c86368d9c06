"""The page that compares recordings: one figure, a table, and CSV files for a statistician."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from aiducation.files import write_json
from aiducation.states import OUTCOMES, STATE_COLORS
from aiducation.study_report.page_parts import FigureFolder, Table, report_folder, write_page
from aiducation.study_report.recording_comparison import (
    RecordingComparison,
    entry,
    headline,
    interval_words,
    overall_rows,
    person_rows,
    step_rows,
)
from aiducation.study_report.style import CATEGORIES, FULL, MUTED, bare, grid, new_figure, styled
from aiducation.tables.dialects import STANDARD, check_dialect, write_csv
from aiducation.visible import visible


@styled
def comparison_figure(found: RecordingComparison) -> Figure:
    """Shares of each state over time in every condition, with 95 % intervals; one row for each state."""
    figure = new_figure("Shares over time", FULL, 1.0 + 1.25 * len(OUTCOMES))
    rows = figure.subplots(len(OUTCOMES), 1, sharex=True, sharey=True)
    first = found.differences[0]
    curves = [(found.conditions[0].label, first.first, first.first_low, first.first_high)]
    curves += [
        (found.conditions[k + 1].label, one.second, one.second_low, one.second_high)
        for k, one in enumerate(found.differences)
    ]
    unit, scale = (
        ("minutes", 60.0) if max(len(share) for _, share, *_ in curves) * found.step_s > 300 else ("seconds", 1.0)
    )
    highest = max((float(np.nanmax(high)) for *_, high in curves if not np.isnan(high).all()), default=1.0)
    top = min(float(np.ceil(5 * highest)) / 5, 1.0)
    for i, (axes, outcome) in enumerate(zip(rows, OUTCOMES, strict=True)):
        for k, (label, share, low, high) in enumerate(curves):
            color = CATEGORIES[k % len(CATEGORIES)]
            times = (np.arange(len(share)) + 0.5) * found.step_s / scale
            axes.fill_between(times, low[:, i], high[:, i], color=color, alpha=0.18, linewidth=0)
            shown = visible(label).replace("$", "\\$")
            axes.plot(times, share[:, i], color=color, linestyle=("-", "--", "-.", ":")[k % 4], label=shown)
        axes.set_title(outcome, color=STATE_COLORS.get(outcome, MUTED), fontweight="bold")
        axes.set_ylim(0, top)
        grid(axes, "y")
        bare(axes, "left")
    rows[-1].set_xlabel(f"{unit} since the start")
    rows[0].legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)
    return figure


def write_recording_comparison(
    found: RecordingComparison, out: Path, *, csv_dialect: str = STANDARD, force: bool = False
) -> Path:
    """Write ``index.html``, ``comparison.json``, ``differences.csv``, ``over_time.csv``, ``people.csv`` and the figure.

    Args:
        found: what was compared.
        out: folder to write to.
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
        rows = [[visible(row[0]), *row[1:]] for row in overall_rows(found)]
        Table(columns=["compared", "state", first, "share", "difference"], rows=rows).write_csv(
            folder / "differences.csv", csv_dialect
        )
        only = visible(found.conditions[1].label) if len(found.conditions) == 2 else ""
        table = Table(
            columns=["state", first, only, "difference"]
            if only
            else ["compared", "state", first, "share", "difference"],
            rows=[row[1:] for row in rows] if only else rows,
            note=f"Mean probabilities over time: in {first}, in what is compared with it, and the second minus the first. "
            f"Below each value: its 95 % interval over {found.unit}. If the interval of a difference does not contain 0, "
            f"the difference is larger than differences between {found.unit} can explain.",
        )
        for name, (header, lines) in (("over_time", step_rows(found)), ("people", person_rows(found))):
            write_csv(folder / f"{name}.csv", header, lines, csv_dialect)
        write_json(folder / "comparison.json", entry(found))
        figures = FigureFolder(folder / "figures")
        figure = figures.add(
            "comparison",
            comparison_figure(found),
            "The mean probability of each state over time, with all recordings starting at 0. Bands: 95 % intervals over "
            f"{found.unit}.",
        )
        write_page(
            "recording_comparison.html",
            folder / "index.html",
            headline=visible(headline(found)),
            labels=[visible(one.label) for one in found.conditions],
            tiles=[(str(len(set(one.people))), f"{found.unit} in {visible(one.label)}") for one in found.conditions]
            + [(f"{sum(one.people[2] for one in found.differences):,}", f"{found.unit} known to be in both")],
            notes=[visible(note) for note in found.notes],
            table=table,
            figure=figure,
            step=f"{found.step_s:g}",
            min_group=found.min_group,
            unit=found.unit,
            intervals=interval_words(found.unit),
        )
    return out / "index.html"
