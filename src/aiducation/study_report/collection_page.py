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
from aiducation.signature import GENERATOR
from aiducation.states import STATE_COLORS
from aiducation.study_report.page_parts import FigureFolder, Table, interval_words, write_page
from aiducation.study_report.style import FULL, MUTED, bare, grid, new_figure, styled
from aiducation.texts import N_, Texts
from aiducation.visible import visible

#: What a trend is called, in the order of the page.
TITLES = {"lesson": N_("Lessons"), "weekday": N_("Weekdays"), "phase": N_("Phases of a lesson")}

#: What the figure of each is called.
_FIGURES = {
    "lesson": N_("Shares by lesson"),
    "weekday": N_("Shares by weekday"),
    "phase": N_("Shares by phase of the lesson"),
}

#: What stands above the names of the groups, for each trend.
_HEADS = {"all": "", "lesson": N_("lesson"), "weekday": N_("day"), "phase": N_("phase")}

#: A group with every lesson; lessons without a day.
_ALL, _UNKNOWN = N_("all lessons"), N_("unknown")

#: Groups whose names fit below an axis; of more, their numbers in the table stand there.
_MOST_NAMED = 8

#: Letters of a name below an axis at most, and letters of all names that fit beside each other.
_LONGEST, _ACROSS = 24, 70


@styled
def trend_figure(kind: str, trends: Sequence[Trend], view: str, texts: Texts) -> Figure:
    """Shares of each state in every group of a trend, with 95 % intervals; a column of points for each group."""
    named = len(trends) <= _MOST_NAMED
    names = [group_words(one, texts).replace("$", "\\$") for one in trends]
    slanted = named and len(trends) * max(map(len, names)) > _ACROSS
    figure = new_figure(texts.gettext(_FIGURES[kind]), FULL, 3.2 if slanted else 2.6)
    axes = figure.subplots()
    outcomes = outcomes_of(view)
    for i, outcome in enumerate(outcomes):
        at = [k + (i - (len(outcomes) - 1) / 2) * 0.13 for k, one in enumerate(trends) if one.shares]
        shares = [one.shares[i] for one in trends if one.shares]
        middle = np.array([one.estimate for one in shares])
        below = middle - np.array([max(one.low, 0.0) for one in shares])
        above = np.array([min(one.high, 1.0) for one in shares]) - middle
        color = STATE_COLORS.get(outcome, MUTED)
        shown = texts.gettext(outcome)
        axes.errorbar(at, middle, yerr=np.abs([below, above]), fmt="o", markersize=4, color=color, label=shown)
    axes.set_xticks(range(len(trends)))
    axes.set_xticklabels(
        [f"{name[: _LONGEST - 1]}…" if len(name) > _LONGEST else name for name in names] if named else []
    )
    if slanted:
        axes.tick_params(axis="x", labelrotation=30)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.6, len(trends) - 0.4)
    axes.set_ylim(0, 1)
    if not named:
        axes.set_xlabel(texts.gettext("in the order of the table below"))
    axes.set_ylabel(texts.gettext("share"))
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(outcomes))
    grid(axes, "y")
    bare(axes, "left")
    return figure


def group_words(trend: Trend, texts: Texts) -> str:
    """What a group is called: a lesson as its teacher named it, days and phases in the language."""
    return visible(trend.group) if trend.kind == "lesson" else texts.gettext(trend.group)


def trend_table(kind: str, trends: Sequence[Trend], view: str, texts: Texts = Texts()) -> Table:
    """A row for each group: recordings, people, the share of each state with its interval."""
    rows = [
        [group_words(one, texts), one.recordings, one.people, *(one.shares or [None] * len(outcomes_of(view)))]
        for one in trends
    ]
    head = [_HEADS[kind], N_("recordings"), N_("people"), *outcomes_of(view)]
    return Table(columns=[texts.gettext(name) for name in head], rows=rows)


def terminal_table(trends: Sequence[Trend], view: str, texts: Texts) -> tuple[list[str], list[list[Any]]]:
    """All trends as text: heading and rows."""
    rows: list[list[Any]] = []
    for one in trends:
        shares = [interval_words(share, texts) for share in one.shares or ()]
        about = texts.gettext(_HEADS[one.kind])
        rows.append(
            [about, group_words(one, texts), one.recordings, one.people, *(shares or ["–"] * len(outcomes_of(view)))]
        )
    return ["", N_("group"), "recordings", "people", *outcomes_of(view)], rows


def _headline(recordings: int, whole: Trend | None, view: str, texts: Texts) -> str:
    """How many recordings figures are about, and the largest share."""
    if whole is None or not whole.shares:
        return texts.ngettext("{n} recording", "{n} recordings", recordings)
    largest, share = max(zip(outcomes_of(view), whole.shares, strict=True), key=lambda one: one[1].estimate)
    return texts.gettext(
        "{recordings}, {people}; the largest share is {outcome}, {percent}",
        recordings=texts.ngettext("{n} recording", "{n} recordings", whole.recordings),
        people=texts.ngettext("{n} person", "{n} people", whole.people),
        outcome=texts.gettext(largest),
        percent=texts.percent(share.estimate),
    )


def entry(trends: Sequence[Trend]) -> list[dict[str, Any]]:
    """The trends as JSON values."""
    return [asdict(one) for one in trends]


def write_collection_page(
    trends: Sequence[Trend],
    folder: Path,
    texts: Texts = Texts(),
    *,
    rows: int,
    recordings: int,
    left_out: Sequence[tuple[str, str]],
    notes: Sequence[str] = (),
    min_group: int,
    view: str,
    step_s: float,
) -> None:
    """Write ``index.html``, ``trends.json``, a CSV file for each trend, and the figures.

    Args:
        trends: of ``Collection.trends``.
        folder: to write into.
        texts: the language of the page and its figures; files for programs are the same in every language.
        rows, recordings: of the set.
        left_out: sources that are not in the set, with the reason.
        notes: what a reader should know of the recordings together, in the language.
        min_group: smallest group that is shown; ``view`` of the states; ``step_s`` of a row.
    """
    figures, parts = FigureFolder(folder / "figures", texts=texts), []
    for kind, title in TITLES.items():
        some = [one for one in trends if one.kind == kind]
        trend_table(kind, some, view).write_csv(folder / f"{kind}.csv")
        shown = [one for one in some if one.shares]
        caption = texts.gettext("Mean share of each state over people. Bars: 95 % intervals over people.")
        figure = figures.add(kind, trend_figure(kind, some, view, texts), caption) if shown else None
        table = trend_table(kind, some, view, texts)
        parts.append({"name": kind, "title": texts.gettext(title), "table": table, "figure": figure})
    write_json(folder / "trends.json", {"generator": GENERATOR, "trends": entry(trends)})
    whole = next((one for one in trends if one.kind == "all"), None)
    shown_recordings = whole.recordings if whole else 0
    write_page(
        "collection.html",
        folder / "index.html",
        texts,
        headline=_headline(recordings, whole, view, texts),
        tiles=[
            (recordings, texts.gettext("recordings")),
            (whole.people if whole else 0, texts.gettext("people, each in one recording")),
            (
                rows,
                texts.gettext(
                    "rows in the Parquet files, one for a person in {number} seconds", number=texts.short(step_s)
                ),
            ),
        ],
        notes=notes,
        left_out=[(visible(source), visible(texts.sentence(why))) for source, why in left_out],
        whole=trend_table("all", [whole], view, texts) if whole else None,
        parts=parts,
        min_group=min_group,
        withheld=recordings - shown_recordings,
    )
