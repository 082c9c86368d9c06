"""Figures about agreement: who says what where the other says this, each state, and where in time they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from aiducation.evaluation.agreement import PairAgreement
from aiducation.evaluation.intervals import Interval
from aiducation.observations.rated_source import Runs
from aiducation.states import STATE_COLORS, UNCLEAR
from aiducation.study_report.style import CATEGORIES, FULL, HALF, MUTED, bare, grid, heat_map, new_figure, styled
from aiducation.visible import visible

#: People that the figure over time shows.
MOST_PEOPLE = 12


def _name(text: str, longest: int = 24) -> str:
    """A person's or rater's name as a figure shows it; "$" would begin a formula."""
    shown = visible(text).replace("$", "\\$")
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


@styled
def confusion_figure(pair: PairAgreement, states: Sequence[str], first: str, second: str) -> Figure:
    """What the second rater says where the first says a state: numbers, and the share of the row as colour."""
    counts = pair.confusion
    figure = new_figure("Confusion matrix", HALF, 0.9 + 0.52 * len(states))
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    heat_map(axes, shares, [[f"{n:,}" for n in row] for row in counts], size=9)
    middle = np.arange(len(states)) + 0.5
    axes.set_xticks(middle, states)
    axes.set_yticks(middle, states)
    axes.set(xlabel=_name(second), ylabel=_name(first))
    return figure


@styled
def states_figure(pair: PairAgreement, states: Sequence[str], first: str, second: str) -> Figure:
    """Precision and recall of the second rater for each state, with 95 % intervals."""
    figure = new_figure(
        f"Precision and recall: {_name(second)} compared with {_name(first)}", FULL, 0.9 + 0.42 * len(states)
    )
    axes = figure.subplots()
    places = np.arange(len(states))
    for name, values, shift, color in (
        ("precision", pair.precision, -0.14, CATEGORIES[0]),
        ("recall", pair.recall, 0.14, CATEGORIES[3]),
    ):
        _dots(axes, values, places + shift, name, color)
    axes.set_yticks(places, states)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(states) - 0.5, -0.5), xlabel="share")
    grid(axes, "x")
    bare(axes, "left")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure


def _dots(axes: object, values: Sequence[Interval], places: np.ndarray, name: str, color: str) -> None:
    known = [(place, one) for place, one in zip(places, values, strict=True) if not np.isnan(one.estimate)]
    x = np.array([one.estimate for _, one in known])
    reach = np.array(
        [[one.estimate - one.low, one.high - one.estimate] if one.has_limits else [0, 0] for _, one in known]
    )
    error = np.clip(reach.reshape(-1, 2).T, 0, None)
    axes.errorbar(  # type: ignore[attr-defined]
        x, [place for place, _ in known], xerr=error, fmt="o", color=color, markersize=5, linewidth=1.3, label=name
    )


@styled
def time_figure(
    first: Mapping[tuple[str, str], Runs], second: Mapping[tuple[str, str], Runs], names: tuple[str, str]
) -> Figure:
    """The spans of both raters, two rows for each person."""
    shared = [key for key in first if key in second][:MOST_PEOPLE]
    several = len({source for source, _ in shared}) > 1
    figure = new_figure("Where they differ", FULL, 1.1 + 0.5 * len(shared))
    axes = figure.subplots()
    used: list[str] = []
    for row, key in enumerate(shared):
        for runs, top in ((first[key], row + 0.12), (second[key], row + 0.5)):
            for start, end, state in runs:
                color = STATE_COLORS.get(state, STATE_COLORS[UNCLEAR])
                used += [] if state in used else [state]
                axes.barh(top, max(end - start, 0.05), left=start, height=0.34, align="edge", color=color, linewidth=0)
    labels = [f"{who}, {source}" if several else who for source, who in shared]
    axes.set_yticks([row + 0.48 for row in range(len(shared))], [_name(label, 30) for label in labels])
    axes.set_ylim(len(shared), 0)
    axes.set(xlabel="seconds")
    axes.set_title(f"above: {_name(names[0])}, below: {_name(names[1])}", color=MUTED)
    for state in sorted(used, key=[*STATE_COLORS, *used].index):
        axes.bar(0, 0, color=STATE_COLORS.get(state, STATE_COLORS[UNCLEAR]), label=state.replace("_", " "))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.55 / (0.5 * len(shared) + 0.4)), ncols=6)
    grid(axes, "x")
    bare(axes, "left")
    return figure
