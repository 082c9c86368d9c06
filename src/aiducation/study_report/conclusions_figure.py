"""The figure of the published conclusions: the effect of each with its interval."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiducation.evaluation.intervals import Interval
from aiducation.study_report.study_figures import draw_interval, legend_handle
from aiducation.study_report.style import CATEGORIES, FULL, GRID, INK, MUTED, bare, grid, new_figure, styled

#: Colour and marker of each verdict on a conclusion; both carry the meaning.
VERDICTS: dict[str, tuple[str, str]] = {
    "holds": (CATEGORIES[0], "o"),
    "does not hold": (CATEGORIES[3], "X"),
    "cannot tell": (MUTED, "D"),
}

#: Each unit and what stands at its scale.
_SCALES = {"share": "effect, as a share (0.1: ten in a hundred)", "epochs": "effect, in epochs"}


@dataclass(frozen=True)
class Effect:
    """What was measured of a claim: an interval with limits, the verdict, and the unit, "share" or "epochs"."""

    claim: str
    interval: Interval
    verdict: str
    unit: str


@styled
def conclusions_figure(effects: Sequence[Effect]) -> Figure:
    """Effect of each published conclusion with its interval: one scale for all shares, and one for those counted in epochs."""
    groups = {unit: some for unit in _SCALES if (some := [one for one in effects if one.unit == unit])}
    rows = [len(some) for some in groups.values()]
    figure = new_figure(
        "The published conclusions, and what the runs show", FULL, 0.75 + 0.45 * (sum(rows) + len(rows))
    )
    all_axes = figure.subplots(len(rows), 1, squeeze=False, gridspec_kw={"height_ratios": rows})[:, 0]
    for axes, (unit, some) in zip(all_axes, groups.items(), strict=True):
        _rows(axes, some, unit)
    occurring = [(verdict, *VERDICTS[verdict]) for verdict in VERDICTS if verdict in {one.verdict for one in effects}]
    handles = [legend_handle(*one) for one in occurring]
    figure.legend(handles=handles, ncols=len(handles), loc="outside lower left", columnspacing=1.4)
    return figure


def _rows(axes: Axes, effects: Sequence[Effect], unit: str) -> None:
    """A line for each effect, with zero in the middle of the scale and the numbers at its right."""
    for y, one in enumerate(effects):
        axes.axhline(y, color=GRID, linewidth=0.9, zorder=0)
        draw_interval(axes, one.interval, y, *VERDICTS[one.verdict])
    axes.axvline(0, color=INK, linewidth=0.9)
    reach = max(abs(value) for one in effects for value in (one.interval.low, one.interval.high)) * 1.1
    axes.set(xlim=(-reach, reach), xlabel=_SCALES[unit])
    grid(axes, "x")
    right = axes.twinx()
    labels = [textwrap.fill(one.claim, 46) for one in effects]
    numbers = [_numbers(one.interval, 1 if unit == "epochs" else 3) for one in effects]
    for side, words in ((axes, labels), (right, numbers)):
        side.set_ylim(len(effects) - 0.4, -0.6)
        side.set_yticks(range(len(effects)), words)
        bare(side, "left", "bottom")
    for one, label in zip(effects, right.get_yticklabels(), strict=True):
        label.set(color=VERDICTS[one.verdict][0], fontsize=7.5)


def _numbers(interval: Interval, digits: int) -> str:
    estimate, low, high = (f"{v:+.{digits}f}" for v in (interval.estimate, interval.low, interval.high))
    return f"{estimate} ({low} to {high})".replace("-", "−")
