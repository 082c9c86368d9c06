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
from aiducation.texts import N_, Texts
from aiducation.visible import visible

#: People that the figure over time shows.
MOST_PEOPLE = 12


def _name(text: str, longest: int = 24) -> str:
    """A person's or rater's name as a figure shows it; "$" would begin a formula."""
    shown = visible(text).replace("$", "\\$")
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


@styled
def confusion_figure(pair: PairAgreement, states: Sequence[str], first: str, second: str, texts: Texts) -> Figure:
    """What the second rater says where the first says a state: numbers, and the share of the row as colour."""
    counts = pair.confusion
    figure = new_figure(texts.gettext("Confusion matrix"), HALF, 0.9 + 0.52 * len(states))
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    heat_map(axes, shares, [[texts.number(n) for n in row] for row in counts], size=9)
    middle = np.arange(len(states)) + 0.5
    names = [texts.gettext(state) for state in states]
    axes.set_xticks(middle, names)
    axes.set_yticks(middle, names)
    axes.set(xlabel=_name(second), ylabel=_name(first))
    return figure


@styled
def states_figure(pair: PairAgreement, states: Sequence[str], first: str, second: str, texts: Texts) -> Figure:
    """Precision and recall of the second rater for each state, with 95 % intervals."""
    title = texts.gettext(
        "Precision and recall: {second} compared with {first}", second=_name(second), first=_name(first)
    )
    figure = new_figure(title, FULL, 0.9 + 0.42 * len(states))
    axes = figure.subplots()
    places = np.arange(len(states))
    for name, values, shift, color in (
        (N_("precision"), pair.precision, -0.14, CATEGORIES[0]),
        (N_("recall"), pair.recall, 0.14, CATEGORIES[3]),
    ):
        _dots(axes, values, places + shift, texts.gettext(name), color)
    axes.set_yticks(places, [texts.gettext(state) for state in states])
    axes.set(xlim=(-0.02, 1.02), ylim=(len(states) - 0.5, -0.5), xlabel=texts.gettext("share"))
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


#: What rated units are called that have no name, without their number.
_UNNAMED = {"track": N_("track {number}"), "place": N_("place {number}")}


def _who(who: str, texts: Texts) -> str:
    """Who is rated: a person's name as it is, a track or a place in the language."""
    kind, _, number = who.partition(" ")
    return texts.gettext(_UNNAMED[kind], number=number) if kind in _UNNAMED and number.isdecimal() else who


@styled
def time_figure(
    first: Mapping[tuple[str, str], Runs], second: Mapping[tuple[str, str], Runs], names: tuple[str, str], texts: Texts
) -> Figure:
    """The spans of both raters, two rows for each person."""
    shared = [key for key in first if key in second][:MOST_PEOPLE]
    several = len({source for source, _ in shared}) > 1
    figure = new_figure(texts.gettext("Where they differ"), FULL, 1.1 + 0.5 * len(shared))
    axes = figure.subplots()
    used: dict[str, None] = {}
    for row, key in enumerate(shared):
        for runs, top in ((first[key], row + 0.12), (second[key], row + 0.5)):
            spans = [(start, max(end - start, 0.05)) for start, end, _ in runs]
            colors = [STATE_COLORS.get(state, STATE_COLORS[UNCLEAR]) for _, _, state in runs]
            axes.broken_barh(spans, (top, 0.34), facecolors=colors, linewidth=0)  # quicker than a bar for each
            used.update(dict.fromkeys(state for _, _, state in runs))
    labels = [f"{_who(who, texts)}, {source}" if several else _who(who, texts) for source, who in shared]
    axes.set_yticks([row + 0.48 for row in range(len(shared))], [_name(label, 30) for label in labels])
    axes.set_ylim(len(shared), 0)
    axes.set(xlabel=texts.gettext("seconds"))
    above, below = map(_name, names)
    axes.set_title(texts.gettext("above: {above}, below: {below}", above=above, below=below), color=MUTED)
    for state in sorted(used, key=[*STATE_COLORS, *used].index):
        label = texts.gettext(state.replace("_", " "))
        axes.bar(0, 0, color=STATE_COLORS.get(state, STATE_COLORS[UNCLEAR]), label=label)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.55 / (0.5 * len(shared) + 0.4)), ncols=6)
    grid(axes, "x")
    bare(axes, "left")
    return figure
