"""Figures of the data report, drawn from plain numbers and arrays. Each function gives a Matplotlib figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiducation.data.votes import EMOTIONS, VOTE_COLUMNS
from aiducation.states import OTHER, STATE_COLORS, STATES
from aiducation.study_report.style import CATEGORIES, FULL, GRID, INK, MUTED, bare, grid, heat_map, new_figure, styled
from aiducation.words import percent


@styled
def emotions_figure(counts: Mapping[str, int]) -> Figure:
    """Images per original FER2013 emotion (figure 1.1 of the study)."""
    figure = new_figure("Images per FER2013 emotion", FULL, 2.7)
    _count_bars(figure.add_subplot(), counts, dict.fromkeys(counts, CATEGORIES[0]))
    return figure


@styled
def states_figure(counts: Mapping[str, int]) -> Figure:
    """Images per state (figure 1.4 of the study), and beside them those that match no state (``other``)."""
    figure = new_figure("Images per state", FULL, 2.35)
    axes = figure.add_subplot()
    _count_bars(axes, counts, STATE_COLORS)
    axes.patches[list(counts).index(OTHER)].set(hatch="////", facecolor="none", edgecolor=STATE_COLORS[OTHER])
    axes.axhline(len(counts) - 1.5, color=GRID, linewidth=0.8)
    return figure


def _count_bars(axes: Axes, counts: Mapping[str, int], colors: Mapping[str, str]) -> None:
    names, values = list(counts), list(counts.values())
    total = max(1, sum(values))
    bars = axes.barh(names, values, height=0.68, color=[colors[name] for name in names])
    axes.bar_label(bars, [f"{v:,} · {percent(v / total, 1)}" for v in values], padding=5, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, max([1, *values]) * 1.16)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("images")
    grid(axes, "x")
    bare(axes, "left", "bottom")


@styled
def samples_figure(images: Mapping[str, np.ndarray]) -> Figure:
    """A row of sample images for each state; ``images`` are (n, 48, 48) uint8 by state. Shows faces of FER2013."""
    columns = max(1, *(len(rows) for rows in images.values()))
    figure = new_figure("Samples of each state", FULL, 0.35 + FULL * 0.92 / columns * len(images), gap=0.008)
    grid_axes = figure.subplots(len(images), columns, squeeze=False)
    for line, (state, pictures) in zip(grid_axes, images.items(), strict=True):
        for i, axes in enumerate(line):
            axes.set_xticks([])
            axes.set_yticks([])
            bare(axes, "left", "bottom")
            if i < len(pictures):
                _gray_image(axes, pictures[i])
        line[0].set_ylabel(state, color=STATE_COLORS[state], fontweight="bold", fontsize=9)
    return figure


@styled
def mean_faces_figure(faces: Mapping[str, np.ndarray]) -> Figure:
    """The mean image of each state; ``faces`` are (48, 48) gray levels by state."""
    figure = new_figure("Mean image of each state", FULL, 2.3)
    for axes, (state, face) in zip(figure.subplots(1, len(faces)), faces.items(), strict=True):
        _gray_image(axes, face)
        axes.set_xticks([])
        axes.set_yticks([])
        bare(axes, "left", "bottom")
        axes.set_title(state, color=STATE_COLORS[state], fontweight="bold")
    return figure


def _gray_image(axes: Axes, image: np.ndarray) -> None:
    axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="none")


@styled
def intensity_figure(histograms: Mapping[str, np.ndarray], overall: np.ndarray) -> Figure:
    """Share of pixels by gray level for each state, over that of all kept images (gray)."""
    figure = new_figure("Pixel intensities by state", FULL, 2.2)
    levels = (np.arange(len(overall)) + 0.5) * 256 / len(overall)
    for axes, (state, shares) in zip(figure.subplots(1, len(histograms), sharey=True), histograms.items(), strict=True):
        axes.fill_between(levels, overall * 100, color=GRID, linewidth=0)
        axes.plot(levels, shares * 100, color=STATE_COLORS[state])
        axes.set_title(state, color=STATE_COLORS[state], fontweight="bold")
        axes.set(xlim=(0, 256), xticks=[0, 128, 255], xlabel="gray level")
        axes.set_ylim(bottom=0)
        bare(axes, "left")
        grid(axes, "y")
    figure.axes[0].set_ylabel("pixels, %")
    return figure


@styled
def entropy_figure(entropies: Mapping[str, np.ndarray]) -> Figure:
    """Distribution of vote entropy (bits) for each state and ``other``, with the median of each."""
    figure = new_figure("How much raters disagree", FULL, 3.3)
    most = math.ceil(10 * math.log2(len(VOTE_COLUMNS)))  # tenths of a bit, where every rater says something different
    edges = np.linspace(0, most / 10, most + 1)
    all_axes = figure.subplots(len(entropies), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (state, values) in zip(all_axes, entropies.items(), strict=True):
        color = STATE_COLORS[state]
        share = np.histogram(values, edges)[0] / max(1, len(values))
        axes.stairs(share, edges, fill=True, color=color, alpha=0.85)
        axes.set(ylim=(0, max(0.01, share.max()) * 1.05), yticks=[], xlim=(0, edges[-1]))
        axes.set_ylabel(state, rotation=0, ha="right", va="center", color=color, fontweight="bold")
        bare(axes, "left")
        if len(values):
            median = float(np.median(values))
            axes.axvline(median, color=INK, linewidth=1.1)
            axes.text(1, 0.5, f"median {median:.2f}", transform=axes.transAxes, ha="right", fontsize=7.5, color=MUTED)
    all_axes[-1].set_xlabel("entropy of an image's votes, bits (0: all raters agree)")
    return figure


@styled
def agreement_figure(table: np.ndarray) -> Figure:
    """Original emotion (rows) against the crowd's majority (columns): counts, coloured by share of the row.

    ``table`` is that of ``aiducation.data.analysis.agreement``.
    """
    figure = new_figure("Original labels and the crowd's majority", FULL, 3.5)
    axes = figure.add_subplot()
    shares = table / np.maximum(1, table.sum(axis=1, keepdims=True))
    heat_map(axes, shares, [[f"{n:,}" if n else "" for n in row] for row in table], size=7.5)
    columns = [*(name.replace("_", " ") for name in VOTE_COLUMNS), "no majority"]
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=35, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.set_yticks(np.arange(len(EMOTIONS)) + 0.5, EMOTIONS)
    axes.set_ylabel("FER2013 says")
    axes.set_xlabel("cells: images; colour: share of the row")
    axes.xaxis.set_label_position("bottom")
    return figure


@styled
def cleaning_figure(steps: Sequence[Mapping[str, Any]]) -> Figure:
    """Images that each cleaning rule dropped, by number of votes, and how many are left after it."""
    figure = new_figure("What cleaning dropped", FULL, 2.5)
    all_axes = figure.subplots(1, len(steps), squeeze=False, gridspec_kw={"width_ratios": [1] * len(steps)})[0]
    for axes, step in zip(all_axes, steps, strict=True):
        counts = {int(votes): images for votes, images in step["counts"].items()}
        votes = sorted(counts)
        bars = axes.bar([str(v) for v in votes], [counts[v] for v in votes], width=0.62, color=CATEGORIES[0])
        if votes:
            axes.bar_label(bars, fmt="{:,.0f}", padding=2, fontsize=8)
        axes.margins(y=0.15)
        axes.set_title(f"{step['rule']}: −{step['dropped']:,}, {step['left']:,} left", fontweight="bold")
        axes.set_xlabel(f"votes for “{step['rule']}”, of ten")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        grid(axes, "y")
        bare(axes, "left")
    figure.axes[0].set_ylabel("images dropped")
    return figure


@styled
def duplicates_figure(sizes: Mapping[int, int]) -> Figure:
    """How many duplicate groups have 2, 3, 4 ... images (``sizes``: groups by size), on a logarithmic scale."""
    figure = new_figure("Groups of duplicates of one photo, by size", FULL, 2.4)
    axes = figure.add_subplot()
    groups = {size: n for size, n in sorted(sizes.items()) if size > 1}
    bars = axes.bar([str(size) for size in groups], list(groups.values()), width=0.62, color=CATEGORIES[0])
    if groups:
        axes.bar_label(bars, fmt="{:,.0f}", padding=2, fontsize=8)
        axes.set_yscale("log")
        axes.set_ylim(0.7, max(groups.values()) * 2)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.minorticks_off()
    axes.set(xlabel="images in the group", ylabel="groups")
    grid(axes, "y")
    bare(axes, "left")
    return figure


@styled
def splits_figure(splits: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Figure:
    """Images of each state in each part of each split (``splits``: counts by split, part and state)."""
    lines = [len(parts) for parts in splits.values()]
    figure = new_figure("What each split is made of", FULL, 0.75 + 0.27 * sum(lines) + 0.25 * len(lines))
    all_axes = figure.subplots(len(lines), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": lines})[:, 0]
    for axes, (name, parts) in zip(all_axes, splits.items(), strict=True):
        axes.set_title(name, fontweight="bold")
        left = np.zeros(len(parts))
        for state in STATES:
            values = np.array([counts[state] for counts in parts.values()], dtype=float)
            axes.barh(list(parts), values, left=left, height=0.74, color=STATE_COLORS[state], label=state)
            left += values
        for y, total in enumerate(left):
            axes.annotate(
                f"{total:,.0f}", (total, y), (4, 0), textcoords="offset points", va="center", fontsize=7.5, color=MUTED
            )
        axes.invert_yaxis()
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.margins(x=0.07)
        grid(axes, "x")
        bare(axes, "left", "bottom")
    handles, labels = all_axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, ncols=len(STATES), loc="outside lower left", handlelength=1, columnspacing=1.2)
    all_axes[-1].set_xlabel("images")
    return figure
