"""The page of a collection: one figure and one table each of lessons, weekdays and phases of lessons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from aiducation.batch.collection import Trend
from aiducation.files import write_json
from aiducation.observations.outcomes import outcomes_of
from aiducation.states import STATE_COLORS
from aiducation.study_report.page_parts import FigureFolder, Table, write_page
from aiducation.study_report.style import FULL, MUTED, bare, grid, new_figure, styled
from aiducation.visible import visible
from aiducation.words import many, people, percent

#: What a trend is called, in the order of the page.
TITLES = {"lesson": "Lessons", "weekday": "Weekdays", "phase": "Phases of a lesson"}

#: Groups whose names fit below an axis; of more, their numbers in the table stand there.
_MOST_NAMED = 8

#: Letters of a name below an axis at most, and letters of all names that fit beside each other.
_LONGEST, _ACROSS = 24, 70


@styled
def trend_figure(kind: str, trends: Sequence[Trend], view: str) -> Figure:
    """Shares of each state in every group of a trend, with 95 % intervals; a column of points for each group."""
    figure = new_figure(TITLES[kind], FULL, 2.6)
    axes = figure.subplots()
    outcomes = outcomes_of(view)
    for i, outcome in enumerate(outcomes):
        at = [k + (i - (len(outcomes) - 1) / 2) * 0.13 for k, one in enumerate(trends) if one.shares]
        shares = [one.shares[i] for one in trends if one.shares]
        middle = np.array([one.estimate for one in shares])
        below = middle - np.array([max(one.low, 0.0) for one in shares])
        above = np.array([min(one.high, 1.0) for one in shares]) - middle
        color = STATE_COLORS.get(outcome, MUTED)
        axes.errorbar(at, middle, yerr=np.abs([below, above]), fmt="o", markersize=4, color=color, label=outcome)
    named = len(trends) <= _MOST_NAMED
    names = [visible(one.group).replace("$", "\\$") for one in trends]
    axes.set_xticks(range(len(trends)))
    axes.set_xticklabels(
        [f"{name[: _LONGEST - 1]}…" if len(name) > _LONGEST else name for name in names] if named else []
    )
    if named and len(trends) * max(map(len, names)) > _ACROSS:
        axes.tick_params(axis="x", labelrotation=30)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.6, len(trends) - 0.4)
    axes.set_ylim(0, 1)
    if not named:
        axes.set_xlabel("in the order of the table below")
    axes.set_ylabel("share")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(outcomes))
    grid(axes, "y")
    bare(axes, "left")
    return figure


def trend_table(kind: str, trends: Sequence[Trend], view: str) -> Table:
    """A row for each group: recordings, people, the share of each state with its interval."""
    first = {"all": "", "lesson": "lesson", "weekday": "day", "phase": "phase"}[kind]
    rows = [
        [visible(one.group), one.recordings, one.people, *(one.shares or [None] * len(outcomes_of(view)))]
        for one in trends
    ]
    return Table(columns=[first, "recordings", "people", *outcomes_of(view)], rows=rows)


def _headline(recordings: int, whole: Trend | None, view: str) -> str:
    """How many recordings, and the largest share."""
    start = many(recordings, "recording")
    if whole is None or not whole.shares:
        return start
    largest, share = max(zip(outcomes_of(view), whole.shares, strict=True), key=lambda one: one[1].estimate)
    return f"{start}, {people(whole.people)}; the largest share is {largest}, {percent(share.estimate)}"


def entry(trends: Sequence[Trend]) -> list[dict[str, Any]]:
    """The trends as JSON values."""
    return [asdict(one) for one in trends]


def write_collection_page(
    trends: Sequence[Trend],
    folder: Path,
    *,
    rows: int,
    recordings: int,
    left_out: Sequence[tuple[str, str]],
    min_group: int,
    view: str,
    step_s: float,
) -> None:
    """Write ``index.html``, ``trends.json``, a CSV file for each trend, and the figures.

    Args:
        trends: of ``Collection.trends``.
        folder: to write into.
        rows, recordings: of the set.
        left_out: sources that are not in the set, with the reason.
        min_group: smallest group that is shown; ``view`` of the states; ``step_s`` of a row.
    """
    figures, parts = FigureFolder(folder / "figures"), []
    for kind, title in TITLES.items():
        some = [one for one in trends if one.kind == kind]
        table = trend_table(kind, some, view)
        table.write_csv(folder / f"{kind}.csv")
        shown = [one for one in some if one.shares]
        caption = "Mean share of each state over people. Bars: 95 % intervals over people."
        figure = figures.add(kind, trend_figure(kind, some, view), caption) if shown else None
        parts.append({"name": kind, "title": title, "table": table, "figure": figure})
    write_json(folder / "trends.json", entry(trends))
    whole = next((one for one in trends if one.kind == "all"), None)
    shown_recordings = whole.recordings if whole else 0
    write_page(
        "collection.html",
        folder / "index.html",
        headline=_headline(recordings, whole, view),
        tiles=[
            (f"{recordings:,}", "recordings"),
            (f"{whole.people if whole else 0:,}", "people, each in one recording"),
            (f"{rows:,}", f"rows in the Parquet files, one for a person in {step_s:g} seconds"),
        ],
        left_out=[(visible(source), visible(why)) for source, why in left_out],
        whole=trend_table("all", [whole], view) if whole else None,
        parts=parts,
        min_group=min_group,
        withheld=many(recordings - shown_recordings, "recording") if recordings > shown_recordings else "",
    )
