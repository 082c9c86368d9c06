"""The style of all figures: sizes, colours, grid, and how a figure is written to disk or into a page."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, ParamSpec

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import ScalarFormatter

from aiducation.colors import PALETTE, takes_dark_letters
from aiducation.files import atomic_path
from aiducation.texts import Texts

#: Inches: the width of a figure that fills the text column of a page, and of one that fills half of it.
FULL, HALF = 7.6, 4.6

#: Colours of text, secondary text and grid.
INK, MUTED, GRID = (PALETTE[name][0] for name in ("ink", "muted", "grid"))

#: What lies behind a figure, for hollow points and the gaps between cells: white, written so that it can be told apart.
PAPER = "#fffffe"

#: For categories that are not states (kernel sizes, blocks, parts): told apart with any common colour vision, also by
#: lightness alone, and different from the colours of the states.
CATEGORIES: tuple[str, ...] = (PALETTE["navy"][0], "#e69f00", "#44aa99", PALETTE["wine"][0], "#999933")

#: The project's own numbers and the published ones, wherever both stand in one figure.
OURS, PUBLISHED = CATEGORIES[0], CATEGORIES[1]

#: Colours that the page's CSS sets anew for dark screens, by the name of their CSS variable.
PAGE_COLORS: dict[str, str] = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    PAPER: "card",
    CATEGORIES[0]: "navy",
    CATEGORIES[3]: "wine",
}

#: Shares of a row in a heat map: from paper to navy.
SEQUENTIAL = LinearSegmentedColormap.from_list("paper-navy", ["#f6f8fb", "#c6d6ea", "#7fa3cf", "#3d6aa8", "#1b3a6b"])

#: Pixels an inch of PNG files; the layout is made for it, because text is a little wider or narrower at others.
_DPI = 160

_RC: dict[str, Any] = {
    "savefig.dpi": "figure",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.labelsize": 8.5,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "text.color": INK,
    "figure.titlesize": 10.5,
    "figure.titleweight": "bold",
    "figure.facecolor": "white",
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "svg.fonttype": "none",
    "svg.hashsalt": "aiducation",
    "axes.unicode_minus": True,
}

_P = ParamSpec("_P")


def styled(draw: Callable[_P, Figure]) -> Callable[_P, Figure]:
    """Decorate a function that draws a figure: inside it the project's look holds, outside nothing changes."""

    @functools.wraps(draw)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> Figure:
        with matplotlib.rc_context(_RC):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(title: str, width: float, height: float, *, gap: float = 0.04) -> Figure:
    """An empty figure of that size in inches, with a title at its left edge; ``gap`` is the space between its axes."""
    layout = ConstrainedLayoutEngine(w_pad=min(0.08, 2 * gap), h_pad=min(0.06, 2 * gap), wspace=gap, hspace=gap)
    figure = Figure(figsize=(width, height), dpi=_DPI, layout=layout)
    figure.suptitle(title, x=0.012, ha="left")
    return figure


def stamp(figure: Figure, text: str) -> None:
    """Add a warning to a figure's title, so that the figure carries it wherever it goes."""
    with matplotlib.rc_context(_RC):
        figure.set_figheight(figure.get_figheight() + 0.2)  # room for one line more
        figure.suptitle(f"{figure.get_suptitle()}\n[{text}]", x=0.012, ha="left", color=CATEGORIES[3])


class _Numbers(ScalarFormatter):
    """Numbers at an axis as Matplotlib writes them, with the decimal point of a language."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._point = texts.number(0, 1)[1]

    def __call__(self, x: float, pos: int | None = None) -> str:
        return super().__call__(x, pos).replace(".", self._point)


def numbered(figure: Figure, texts: Texts) -> None:
    """Write the numbers at all axes of a figure as a language does; names that stand there instead stay."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_Numbers(texts))


def grid(axes: Axes, axis: Literal["x", "y"]) -> None:
    """Light grid lines for one axis, and no ticks on it."""
    axes.grid(visible=True, axis=axis)
    axes.tick_params(axis=axis, length=0)


def bare(axes: Axes, *sides: str) -> None:
    """Hide the frame's sides ("left", "bottom", ...) and the ticks that stand on them; labels stay."""
    for side in sides:
        axes.spines[side].set_visible(False)
    if "left" in sides:
        axes.tick_params(axis="y", length=0)
    if "bottom" in sides:
        axes.tick_params(axis="x", length=0)


def heat_map(axes: Axes, shares: Any, texts: Sequence[Sequence[str]], *, size: float = 8) -> None:
    """Cells coloured by a share in 0..1, row 0 on top, each with its text in the better readable of black and white."""
    axes.pcolormesh(shares, cmap=SEQUENTIAL, vmin=0, vmax=1, edgecolors=PAPER, linewidth=1.2)
    axes.invert_yaxis()
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            color = readable_on(SEQUENTIAL(float(shares[row][column])))
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=size, color=color)
    axes.tick_params(length=0)
    bare(axes, "left", "bottom")


def readable_on(background: Any) -> str:
    """Near-black or white, whichever stands out more on a background colour."""
    return "#101820" if takes_dark_letters([255 * c for c in to_rgb(background)]) else "#ffffff"


def save(figure: Figure, path: Path) -> None:
    """Write ``path`` + ``.svg`` and ``.png``, atomically; the same figure gives the same bytes every time."""
    with matplotlib.rc_context(_RC):
        figure.draw_without_rendering()
        figure.set_layout_engine(None)  # laid out once, for both files; "none" would draw twice more
        for kind, undated in (("svg", "Date"), ("png", "Software")):
            with atomic_path(path.with_name(f"{path.name}.{kind}")) as temporary:
                figure.savefig(temporary, format=kind, metadata={undated: None})


def inline_svg(path: Path, label: str) -> str:
    """An SVG file that ``save`` wrote, made fit for standing inside a page.

    It has no background, its text and grid follow the page's colours (light or dark), and it brings no styles or ids
    that could meet those of another figure. ``label`` is what a screen reader says.
    """
    svg = path.read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r'<g id="patch_1">.*?</g>', "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r'<g id="[a-z0-9A-Z]+_\d+"', "<g", svg)
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)  # 1/100 point will do
    for color, variable in PAGE_COLORS.items():
        svg = svg.replace(color, f"var(--{variable})")
    width = re.search(r'width="([\d.]+)pt"', svg)
    drawn = f"{float(width[1]) * 1.63:.0f}px" if width else ""
    size = f' style="max-width: {drawn}; --drawn: {drawn}"' if drawn else ""  # small pages scroll wide figures
    escaped = label.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escaped}"{size} ', 1).strip()
