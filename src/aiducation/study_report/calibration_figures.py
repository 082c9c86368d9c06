"""Figures about a model's own opinion of itself: can its probabilities be believed, and what does silence buy?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiducation.evaluation.calibration import Reliability, RiskCoverage
from aiducation.evaluation.intervals import wilson
from aiducation.study_report.style import CATEGORIES, HALF, INK, MUTED, OURS, bare, grid, new_figure, styled
from aiducation.texts import Texts


@styled
def reliability_figure(bins: Reliability, error: float, texts: Texts = Texts()) -> Figure:
    """Accuracy against confidence in bins, with 95 % Wilson intervals, over the number of images in each bin."""
    figure = new_figure(texts.gettext("Calibration: are its probabilities right?"), HALF, 4.6)
    upper, lower = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
    some = bins.count > 0
    x, y, n = bins.confidence[some], bins.accuracy[some], bins.count[some]
    low, high = wilson(y, n)
    perfect = texts.gettext("perfect calibration")
    upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label=perfect)
    wide = np.maximum([y - low, high - y], 0)
    upper.errorbar(x, y, yerr=wide, fmt="o", color=OURS, markersize=5, linewidth=1.2, clip_on=False)
    upper.legend(loc="lower right", frameon=False, labelcolor=MUTED)
    upper.set(ylabel=texts.gettext("right, as a share"), ylim=(0, 1), xlim=(0.2, 1))
    number = "–" if np.isnan(error) else texts.decimals(f"{error:.3f}")
    gap = texts.gettext("mean gap (expected calibration error) {number}", number=number)
    upper.set_title(gap, color=MUTED)
    grid(upper, "y")
    lower.bar(bins.low, bins.count, bins.high - bins.low, align="edge", color=OURS, alpha=0.35, edgecolor="none")
    lower.set(xlabel=texts.gettext("probability that the model gave its answer"), ylabel=texts.gettext("faces"))
    bare(lower, "left")
    bare(upper, "left")
    return figure


@styled
def risk_coverage_figure(curve: RiskCoverage, threshold: float, texts: Texts = Texts()) -> Figure:
    """Accuracy of the answers against the coverage: share of faces that get an answer, with one threshold
    marked; none if it is NaN."""
    figure = new_figure(texts.gettext("Coverage and accuracy at each threshold"), HALF, 3.6)
    axes = figure.subplots()
    axes.plot(curve.coverage, curve.accuracy, color=OURS)
    if not np.isnan(threshold):
        _mark(axes, curve, threshold, texts)
    coverage = texts.gettext("coverage: share of faces that get an answer")
    axes.set(xlabel=coverage, ylabel=texts.gettext("right among them"), xlim=(0, 1.01))
    axes.set_ylim(max(0.0, min(0.5, float(np.nanmin(curve.accuracy, initial=1.0)) - 0.1)), 1.02)
    grid(axes, "y")
    bare(axes, "left")
    return figure


def _mark(axes: Axes, curve: RiskCoverage, threshold: float, texts: Texts) -> None:
    """A point with words at a threshold."""
    covered, right = curve.at(threshold)
    axes.plot([covered], [right], "o", color=CATEGORIES[3], markersize=7)
    axes.annotate(
        texts.gettext(
            "threshold {number}:\n{covered} % answered, {right} % right",
            number=texts.decimals(f"{threshold:.2f}"),
            covered=texts.number(100 * covered),
            right="–" if np.isnan(right) else texts.decimals(f"{100 * right:.1f}"),
        ),
        (covered, right),
        (-10, -10),
        textcoords="offset points",
        ha="right",
        va="top",
        color=INK,
    )
