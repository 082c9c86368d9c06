"""Figures of the study report, drawn from plain numbers. Each function gives a Matplotlib figure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aiducation.evaluation.intervals import Interval
from aiducation.published import EPOCHS
from aiducation.study_report.style import (
    CATEGORIES,
    FULL,
    GRID,
    HALF,
    INK,
    MUTED,
    OURS,
    PAPER,
    PUBLISHED,
    bare,
    grid,
    heat_map,
    new_figure,
    styled,
)
from aiducation.words import percent


@dataclass(frozen=True, kw_only=True)
class Series:
    """One kind of point in a figure of points with intervals.

    Attributes:
        label: what the legend says.
        color, marker: how it looks; ``hollow`` points have no fill.
        values: row -> interval, for the rows that have one.
    """

    label: str
    color: str
    marker: str
    values: Mapping[str, Interval]
    hollow: bool = False


def valid_series(values: Mapping[str, Interval]) -> Series:
    """Our scores on the images that chose the epoch."""
    return Series(label="validation, best epoch", color=OURS, marker="o", values=values)


def test_series(values: Mapping[str, Interval]) -> Series:
    """Our scores on images that chose nothing."""
    return Series(label="test", color=OURS, marker="s", hollow=True, values=values)


def published_series(values: Mapping[str, Interval]) -> Series:
    """The published scores."""
    return Series(label="published (validation, best epoch)", color=PUBLISHED, marker="D", values=values)


def difference_series(values: Mapping[str, Interval]) -> Series:
    """Differences between our scores."""
    return Series(label="difference", color=OURS, marker="o", values=values)


@styled
def points_figure(title: str, rows: Sequence[str], series: Sequence[Series], *, zero: bool = False) -> Figure:
    """Points with intervals: a line for each row, and in it a point for each series that knows the row.

    ``zero``: the points are differences in accuracy, so that zero gets a line.
    """
    drawn = [one for one in series if one.values]
    figure = new_figure(title, FULL, 1.1 + len(rows) * (0.16 + 0.1 * max(1, len(drawn))))
    axes = figure.add_subplot()
    offsets = (np.arange(len(drawn)) - (len(drawn) - 1) / 2) * 0.22
    for one, offset in zip(drawn, offsets, strict=True):
        for y, row in enumerate(rows):
            if row in one.values:
                draw_interval(axes, one.values[row], y + offset, one.color, one.marker, hollow=one.hollow)
    row_labels(axes, rows)
    axes.set_xlabel("difference in accuracy" if zero else "accuracy")
    if zero:
        axes.axvline(0, color=INK, linewidth=0.9)
    handles = [legend_handle(one.label, one.color, one.marker, hollow=one.hollow) for one in drawn]
    if len(handles) > 1:
        figure.legend(handles=handles, ncols=len(handles), loc="outside lower left", columnspacing=1.4)
    return figure


def draw_interval(axes: Axes, interval: Interval, y: float, color: str, marker: str, *, hollow: bool = False) -> None:
    """A point with its interval as a line, if it has one."""
    if np.isfinite(interval.low):
        axes.plot([interval.low, interval.high], [y, y], color=color, linewidth=1.3, solid_capstyle="round")
    face = PAPER if hollow else color
    axes.plot([interval.estimate], [y], marker, color=color, markerfacecolor=face, markersize=5, markeredgewidth=1.2)


def legend_handle(label: str, color: str, marker: str, *, hollow: bool = False) -> Line2D:
    """The entry of such points in a legend."""
    face = PAPER if hollow else color
    return Line2D([], [], color=color, marker=marker, markerfacecolor=face, markersize=5, linewidth=1.3, label=label)


def row_labels(axes: Axes, rows: Sequence[str]) -> None:
    """One labelled line a row, the first on top, with every second one lightly shaded."""
    axes.set_yticks(range(len(rows)), [textwrap.fill(row, 44) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for y in range(0, len(rows), 2):
        axes.axhspan(y - 0.5, y + 0.5, color=GRID, alpha=0.35, linewidth=0, zorder=0)
    grid(axes, "x")
    bare(axes, "left", "bottom")


@dataclass(frozen=True, kw_only=True)
class ModelPoint:
    """Accuracy of one trained model, and the shape of its architecture."""

    channels: int
    blocks: int
    kernel_size: int
    accuracy: float


#: Each panel of the figure of the architecture: what stands across, what beside each other, and its share of the width.
_PANELS = (
    ("kernel size and blocks", "kernel_size", "blocks", 3),
    ("kernel size and channels", "kernel_size", "channels", 3),
    ("channels and blocks", "channels", "blocks", 2),
)


@styled
def boxes_figure(points: Sequence[ModelPoint], ylabel: str) -> Figure:
    """Accuracy against kernel size and blocks, kernel size and channels, channels and blocks, where both differ.

    Each trained model is a point. From four on they have a box beside them: quartiles and median, whiskers the range.
    """
    panels = [one for one in _PANELS if _differs(points, one[1]) and _differs(points, one[2])] or [
        next((one for one in _PANELS if _differs(points, one[1])), _PANELS[0])
    ]
    width = sum(share for *_, share in panels)
    figure = new_figure("Accuracy against the architecture", FULL if len(panels) > 1 else HALF, 3.3)
    all_axes = figure.subplots(
        1,
        len(panels),
        squeeze=False,
        sharey=True,
        gridspec_kw={"width_ratios": [share / width for *_, share in panels]},
    )[0]
    for axes, (title, across, beside, _) in zip(all_axes, panels, strict=True):
        axes.set_title(title)
        _boxes(axes, points, across, beside)
        axes.set_xlabel(across.replace("_", " "))
        grid(axes, "y")
        bare(axes, "left")
    all_axes[0].set_ylabel(ylabel)
    return figure


def alike(points: Sequence[ModelPoint]) -> list[str]:
    """In what all models are the same, such as "16 channels"."""
    names = (("channels", "{} channels"), ("blocks", "{} blocks"), ("kernel_size", "kernels of {0}×{0}"))
    return [words.format(getattr(points[0], field)) for field, words in names if not _differs(points, field)]


def _differs(points: Sequence[ModelPoint], field: str) -> bool:
    return len({getattr(point, field) for point in points}) > 1


#: Models from which on quartiles say more than the points.
_BOX_FROM = 4


def _boxes(axes: Axes, points: Sequence[ModelPoint], across: str, beside: str) -> None:
    positions = sorted({getattr(p, across) for p in points})
    kinds = sorted({getattr(p, beside) for p in points})
    for k, kind in enumerate(kinds):
        color = CATEGORIES[(0, 1)[k % 2]]
        for x, position in enumerate(positions):
            values = [p.accuracy for p in points if getattr(p, across) == position and getattr(p, beside) == kind]
            if values:
                centre = x + (k - (len(kinds) - 1) / 2) * 0.42
                _box(axes, np.array(values), centre - 0.06, color)
        axes.plot([], [], "s", color=color, label=f"{kind} {beside}")
    axes.set_xticks(range(len(positions)), [str(p) for p in positions])
    axes.set_xlim(-0.55, len(positions) - 0.45)
    axes.margins(y=0.16)
    axes.legend(loc="upper left", handletextpad=0.1, borderaxespad=0.1, fontsize=7.5, ncols=2, columnspacing=0.8)


def _box(axes: Axes, values: np.ndarray, x: float, color: str) -> None:
    if len(values) < _BOX_FROM:
        axes.plot(np.full(len(values), x + 0.06), np.sort(values), "o", color=color, markersize=4, alpha=0.9)
        return
    axes.boxplot(
        [values],
        positions=[x],
        widths=0.16,
        whis=(0, 100),
        showcaps=False,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": color, "alpha": 0.28, "edgecolor": color, "linewidth": 1},
        medianprops={"color": color, "linewidth": 2},
        whiskerprops={"color": color, "linewidth": 1},
    )
    axes.plot(np.full(len(values), x + 0.16), np.sort(values), "o", color=color, markersize=3.2, alpha=0.9)


@styled
def confusion_figure(confusion: np.ndarray, states: Sequence[str], title: str) -> Figure:
    """One confusion matrix: counts and share of the true state; rows true, columns predicted."""
    figure = new_figure(title, HALF, 3.5)
    axes = figure.add_subplot()
    shares = _row_shares(confusion)
    texts = [
        [f"{percent(share)}\n{count:,.0f}" for share, count in zip(share_row, count_row, strict=True)]
        for share_row, count_row in zip(shares, confusion, strict=True)
    ]
    heat_map(axes, shares, texts, size=9)
    _state_ticks(axes, states, size=8.5)
    axes.set(xlabel="predicted", ylabel="true")
    return figure


@styled
def confusions_figure(confusions: Mapping[str, np.ndarray], states: Sequence[str], title: str) -> Figure:
    """Many confusion matrices, one for each model: per cent of the true state; rows true, columns predicted."""
    columns = min(3, len(confusions))
    rows = -(-len(confusions) // columns)
    figure = new_figure(title, FULL, 0.4 + 2.15 * rows)
    all_axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, (name, confusion) in zip(all_axes.flat, confusions.items(), strict=False):
        shares = _row_shares(confusion)
        heat_map(axes, shares, [[f"{100 * share:.0f}" for share in row] for row in shares], size=7.5)
        _state_ticks(axes, states, size=7)
        axes.set_title(name, fontsize=8)
    _hide_unused(all_axes, len(confusions))
    figure.supxlabel("predicted", fontsize=8.5, color=MUTED)
    figure.supylabel("true", fontsize=8.5, color=MUTED)
    return figure


def _row_shares(confusion: np.ndarray) -> np.ndarray:
    return np.asarray(confusion / np.maximum(1, confusion.sum(axis=1, keepdims=True)))


def _state_ticks(axes: Axes, states: Sequence[str], size: float) -> None:
    middle = np.arange(len(states)) + 0.5
    axes.set_xticks(middle, states, fontsize=size)
    axes.set_yticks(middle, states, fontsize=size)
    axes.set_ylim(len(states), 0)


def _hide_unused(all_axes: np.ndarray, used: int) -> None:
    for i, axes in enumerate(all_axes.flat):
        axes.set_visible(i < used)
        if used - all_axes.shape[1] <= i < used:
            axes.tick_params(labelbottom=True)


#: A run's log: a (epochs,) array a column.
Log = Mapping[str, np.ndarray]


@styled
def losses_figure(logs: Mapping[str, Sequence[Log]]) -> Figure:
    """Training and validation loss by epoch, one panel for each model, one line for each run."""
    lines = {"train_loss": ("training", CATEGORIES[2]), "valid_loss": ("validation", CATEGORIES[0])}
    return _curves(logs, lines, "Loss by epoch", "loss", loss_top(logs))


@styled
def metrics_figure(logs: Mapping[str, Sequence[Log]]) -> Figure:
    """Validation accuracy and F1 (macro) by epoch, one panel for each model, one line for each run.

    Precision and recall lie so near that four lines could not be told apart.
    """
    lines = {"valid_accuracy": ("accuracy", CATEGORIES[0]), "valid_f1_macro": ("F1", CATEGORIES[3])}
    return _curves(logs, lines, "Validation metrics by epoch", "score", None)


def loss_top(logs: Mapping[str, Sequence[Log]]) -> float | None:
    """A limit for the axis of losses, so that single spikes do not flatten all curves."""
    values = [log[name] for runs in logs.values() for log in runs for name in ("train_loss", "valid_loss")]
    joined = np.concatenate(values) if values else np.zeros(0)
    joined = joined[np.isfinite(joined)]
    return float(np.quantile(joined, 0.98) * 1.1) if len(joined) else None


def _curves(
    logs: Mapping[str, Sequence[Log]],
    lines: Mapping[str, tuple[str, str]],
    title: str,
    ylabel: str,
    top: float | None,
) -> Figure:
    columns = min(3, len(logs))
    rows = -(-len(logs) // columns)
    figure = new_figure(title, FULL, 0.6 + 1.5 * rows)
    all_axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, (name, runs) in zip(all_axes.flat, logs.items(), strict=False):
        axes.set_title(name, fontsize=8)
        for log in runs:
            for column, (_, color) in lines.items():
                marker = "o" if len(log["epoch"]) == 1 else ""
                axes.plot(log["epoch"], log[column], color=color, marker=marker, markersize=3, linewidth=1.1, alpha=0.9)
        grid(axes, "y")
        bare(axes, "left")
    if top is not None:
        all_axes[0, 0].set_ylim(0, top)
    all_axes[0, 0].xaxis.get_major_locator().set_params(integer=True)
    if all(len(log["epoch"]) == 1 for runs in logs.values() for log in runs):
        all_axes[0, 0].set_xlim(0, 2)  # a single point has no scale of its own
    _hide_unused(all_axes, len(logs))
    figure.supxlabel("epoch", fontsize=8.5, color=MUTED)
    figure.supylabel(ylabel, fontsize=8.5, color=MUTED)
    handles = [Line2D([], [], color=color, label=label) for label, color in lines.values()]
    figure.legend(handles=handles, ncols=len(lines), loc="outside lower left", columnspacing=1.4)
    return figure


@styled
def folds_figure(ours: Mapping[str, Sequence[float]], published: Sequence[float]) -> Figure:
    """Best-epoch validation accuracy of each fold, and its mean, for each of our models and as published, by what they are."""
    of_study = f"published, {EPOCHS} epochs each"
    rows = {**dict(ours), of_study: published}
    figure = new_figure("Cross-validation: one point for each fold", FULL, 0.85 + 0.42 * len(rows))
    axes = figure.add_subplot()
    for y, (name, values) in enumerate(rows.items()):
        color, marker = (PUBLISHED, "D") if name == of_study else (OURS, "o")
        axes.plot(values, np.full(len(values), y), marker, color=color, markersize=4.5, alpha=0.6, markeredgewidth=0)
        mean = float(np.mean(values))
        axes.plot([mean, mean], [y - 0.28, y + 0.28], color=color, linewidth=2)
        axes.annotate(
            f"mean {mean:.4f}", (mean, y - 0.3), (0, 1), textcoords="offset points", ha="center", fontsize=7.5
        )
    row_labels(axes, list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.75)
    axes.set_xlabel("validation accuracy at the best epoch")
    return figure


@styled
def groups_figure(attribute: str, groups: Mapping[str, Interval], overall: Interval) -> Figure:
    """Accuracy of each group of one attribute with its interval; the line is the accuracy on all annotated images."""
    figure = new_figure(f"Accuracy by {attribute}", FULL, 1.0 + 0.3 * len(groups))
    axes = figure.add_subplot()
    axes.axvline(overall.estimate, color=MUTED, linewidth=1, linestyle="--")
    axes.annotate(
        f"all {overall.estimate:.3f}",
        (overall.estimate, 1),
        (3, 2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=7.5,
        color=MUTED,
    )
    for y, interval in enumerate(groups.values()):
        draw_interval(axes, interval, y, OURS, "o")
    row_labels(axes, list(groups))
    axes.set_xlabel("accuracy")
    return figure
