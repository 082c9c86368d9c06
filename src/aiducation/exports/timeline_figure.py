"""The timeline as a figure: how many faces show each state, and the mean probability of each. SVG by hand, PNG by Pillow."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from unicodedata import east_asian_width

import numpy as np

from aiducation.colors import PALETTE
from aiducation.exports.letters import drawable
from aiducation.observations.change_point import ChangePoint
from aiducation.observations.counts import NOT_SEEN_WELL, NOT_SURE, counted_as
from aiducation.observations.timeline import Timeline
from aiducation.signature import GENERATOR
from aiducation.states import STATE_COLORS, UNCLEAR
from aiducation.texts import N_, Texts
from aiducation.words import clock, number, percent

#: The parts of the figure from top to bottom, in pixels: stacked counts; a row an outcome.
_WIDTH, _LEFT, _RIGHT, _TOP, _GAP = 960, 76, 178, 74, 24
_STACK, _ROW, _ROW_GAP, _FOOT, _LINE = 220, 40, 12, 42, 17
_ROWS_TOP = _TOP + _STACK + _GAP

#: Width of the figure, and what is left free beside the plot: what is drawn below it keeps to the same axis of time.
PLOT = (_WIDTH, _LEFT, _RIGHT)
_HEIGHT_EMPTY = 100

#: What stands at the right of the plot, and how near two words above it may come.
_NAMES, _WORDS_APART = _WIDTH - _RIGHT + 12, 84

_INK, _SOFT, _LINES, _PAPER, _EMPTY = (PALETTE[name][0] for name in ("ink", "muted", "grid", "card", "empty"))
_BAND = 0.3

#: Pixels between two lines where nothing is shown.
_HATCH = 9

_COUNT_COLORS = {**STATE_COLORS, NOT_SURE: STATE_COLORS[UNCLEAR], NOT_SEEN_WELL: "#e6e8eb"}

#: Seconds between two marks of the time axis.
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


#: Rows of the figure that are drawn as a picture at a time, and rows around them that are cut off: Pillow draws shapes that
#: reach over a picture's edge a little differently there.
_STRIP, _AROUND = 120, 8

#: Pixels of the picture for one of the SVG.
_SCALE = 2

#: Letters of a title at most.
_MOST_LETTERS = 80


@dataclass(frozen=True)
class _Shape:
    """Something to draw: an area, a line or a text, in pixels of the figure."""

    kind: str
    points: tuple[tuple[float, float], ...]
    color: str
    text: str = ""
    size: float = 13
    anchor: str = "start"
    width: float = 1
    opacity: float = 1


def timeline_svg(
    timeline: Timeline,
    title: str,
    texts: Texts = Texts(),
    counts: np.ndarray | None = None,
) -> str:
    """The figure as an SVG document.

    Args:
        timeline: what is drawn.
        title: the name of a file.
        texts: the language of its words.
        counts: (K + 2,) faces with each of ``counts.counted_as``, on average over the recording; None takes the mean of the
            steps, from which it differs a little where steps have different numbers of pictures.
    """
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_height(timeline)}" role="img" '
        f'aria-label="{escape(title, quote=True)}" font-family="system-ui, sans-serif">'
        f"<metadata>{GENERATOR}</metadata>"
    )
    return head + "".join(_svg(shape) for shape in _said(timeline, title, texts, counts)) + "</svg>\n"


def timeline_png(
    timeline: Timeline,
    title: str,
    texts: Texts = Texts(),
    counts: np.ndarray | None = None,
) -> bytes:
    """The figure as a PNG file, with twice as many pixels as the SVG is wide; arguments as there."""
    from PIL import Image, PngImagePlugin

    shapes, height = list(_said(timeline, title, texts, counts)), _height(timeline)
    small = Image.new("RGB", (_WIDTH * _SCALE, height * _SCALE), _PAPER)
    for top in range(0, height, _STRIP):  # the whole in double size would take 40 MB
        small.paste(_strip(shapes, top, min(_STRIP, height - top)), (0, top * _SCALE))
    about, out = PngImagePlugin.PngInfo(), io.BytesIO()
    about.add_text("Software", GENERATOR)
    small.save(out, "PNG", optimize=True, pnginfo=about)
    return out.getvalue()


def _strip(shapes: Iterable[_Shape], top: int, height: int) -> Any:
    """A part of the figure as wide as the whole, as a picture; drawn twice as large and scaled down, so that edges are smooth."""
    from PIL import Image, ImageDraw, ImageFont

    fine, top, height = 2 * _SCALE, top - _AROUND, height + 2 * _AROUND
    picture = Image.new("RGB", (_WIDTH * fine, height * fine), _PAPER)
    draw = ImageDraw.Draw(picture)
    for shape in shapes:
        heights, reach = [y for _, y in shape.points], shape.size + shape.width
        if max(heights) + reach < top or min(heights) - reach > top + height:
            continue
        points = [(x * fine, (y - top) * fine) for x, y in shape.points]
        if shape.kind == "text":
            anchor = {"start": "lm", "middle": "mm", "end": "rm"}[shape.anchor]
            font: Any = ImageFont.load_default(shape.size * fine)
            draw.text(points[0], drawable(shape.text), font=font, fill=shape.color, anchor=anchor)
        elif shape.kind == "line":
            draw.line(points, fill=shape.color, width=round(shape.width * fine))
        else:
            draw.polygon(points, fill=_on_paper(shape))
    small = picture.resize((_WIDTH * _SCALE, height * _SCALE), Image.Resampling.BOX)
    return small.crop((0, _AROUND * _SCALE, small.width, small.height - _AROUND * _SCALE))


def _on_paper(shape: _Shape) -> tuple[int, ...]:
    """The colour that a shape has on paper."""
    from PIL import ImageColor

    over, under = ImageColor.getrgb(shape.color), ImageColor.getrgb(_PAPER)
    return tuple(round(shape.opacity * a + (1 - shape.opacity) * b) for a, b in zip(over, under, strict=True))


def _svg(shape: _Shape) -> str:
    if shape.kind == "text":
        (x, y) = shape.points[0]
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{shape.size:g}" fill="{shape.color}" text-anchor="{shape.anchor}" '
            f'dominant-baseline="central">{escape(shape.text)}</text>'
        )
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
    if shape.kind == "line":
        return f'<polyline points="{points}" fill="none" stroke="{shape.color}" stroke-width="{shape.width:g}"/>'
    opacity = f' fill-opacity="{shape.opacity:g}"' if shape.opacity < 1 else ""
    return f'<polygon points="{points}" fill="{shape.color}"{opacity}/>'


def _height(timeline: Timeline) -> int:
    """Of the figure in pixels; one that has nothing to show is a sentence."""
    return _bottom(timeline) + _FOOT + _LINE * len(_words(timeline)) if timeline.shown.any() else _HEIGHT_EMPTY


def _bottom(timeline: Timeline) -> int:
    """The lower end of the last row."""
    return _ROWS_TOP + len(timeline.outcomes) * (_ROW + _ROW_GAP) - _ROW_GAP


def _upwards(timeline: Timeline) -> list[int]:
    """What is stacked, from the bottom up: the first of the outcomes stands highest, above them those that were given none."""
    names = counted_as(timeline.view)
    return [*reversed(range(len(timeline.outcomes))), names.index(NOT_SURE), names.index(NOT_SEEN_WELL)]


def _shortened(title: str) -> str:
    """A title that fits over the figure: of a longer one its beginning and its end. Letters of East Asia are twice as wide."""
    wide = [2 if east_asian_width(letter) in "WF" else 1 for letter in title]
    if sum(wide) <= _MOST_LETTERS:
        return title
    most = _MOST_LETTERS // (4 if max(wide) == 2 else 2)
    return f"{title[: most - 1]} … {title[-most + 2 :]}"


def _said(timeline: Timeline, title: str, texts: Texts, counts: np.ndarray | None) -> Iterator[_Shape]:
    """The shapes with their words in a language; the title is the name of a file."""
    for shape in _shapes(timeline, title, counts):
        known = shape.text in ("", title, _shortened(title))
        yield shape if known else replace(shape, text=texts.sentence(shape.text))


def _shapes(timeline: Timeline, title: str, counts: np.ndarray | None) -> Iterator[_Shape]:
    yield _rectangle(0, 0, _WIDTH, _height(timeline), _PAPER)
    yield _text(_LEFT, 24, _shortened(title), _INK, 17)
    if not timeline.shown.any():
        few = (
            f"Fewer than {timeline.min_group} faces were seen well enough, so shares would reveal the states of "
            "single persons."
        )
        found, well = (bool(np.nan_to_num(faces).any()) for faces in (timeline.n_faces, timeline.seen_well))
        words = few if well else "No face was seen well enough." if found else "No face was seen."
        yield _text(_LEFT, 62, words, _SOFT, 13)
        return
    edges = _LEFT + (_WIDTH - _LEFT - _RIGHT) * timeline.edges_s / timeline.end_s
    yield from _stack(timeline, edges)
    yield from _counted(timeline, timeline.counts[timeline.shown].mean(axis=0) if counts is None else counts)
    yield from _rows(timeline, edges)
    yield from _time_axis(timeline, edges)
    yield from _changes(timeline, edges)
    for line, text in enumerate(_words(timeline)):
        yield _text(_LEFT, _bottom(timeline) + _FOOT + _LINE * line, text, _SOFT, 11)


def _stack(timeline: Timeline, edges: np.ndarray) -> Iterator[_Shape]:
    """How many faces show each state, on top of each other; hatched where nothing is shown: a plain gray is that of a count."""
    yield _rectangle(edges[0], _TOP, edges[-1], _TOP + _STACK, _EMPTY)
    for steps in _runs(~timeline.shown):
        yield from _hatching(edges[steps.start], edges[steps.stop])
    most = max(float(np.nan_to_num(timeline.n_faces).max()), 1.0)
    upwards, names = _upwards(timeline), counted_as(timeline.view)
    bottom = _TOP + _STACK
    for steps in _runs(timeline.shown):
        tall = np.cumsum(timeline.counts[steps][:, upwards], axis=1) / most * _STACK
        yield _area(edges, steps, np.full(len(tall), float(_TOP)), np.full(len(tall), float(bottom)), _PAPER)
        for level in reversed(
            range(len(upwards))
        ):  # each down to the bottom, the next over it: no line of paper between two
            color = _COUNT_COLORS[names[upwards[level]]]
            yield _area(edges, steps, bottom - tall[:, level], np.full(len(tall), float(bottom)), color)
    step = next(tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000) if most / tick <= 6)
    for faces in np.arange(0, most + 1e-6, step):
        y = bottom - _STACK * faces / most
        yield _line(((edges[0], y), (edges[-1], y)), _LINES, 0.6)
        yield _text(_LEFT - 8, y, f"{faces:.0f}", _SOFT, 11, "end")
    yield _text(_LEFT - 8, _TOP - 14, N_("faces"), _SOFT, 11, "end")


def _counted(timeline: Timeline, shown: np.ndarray) -> Iterator[_Shape]:
    """Beside the stack: what each colour is, and how many faces that were on average."""
    upwards, names = _upwards(timeline), counted_as(timeline.view)
    yield _text(_WIDTH - 10, _TOP - 14, "faces on average", _SOFT, 11, "end")
    for row, k in enumerate(reversed(upwards)):
        y = _TOP + _STACK * (row + 0.5) / len(upwards)
        yield _rectangle(_NAMES, y - 7, _NAMES + 14, y + 7, _COUNT_COLORS[names[k]])
        yield _text(_NAMES + 21, y, names[k], _INK, 13)
        yield _text(_WIDTH - 10, y, number(shown[k]).removeprefix("about "), _SOFT, 11, "end")


def _hatching(left: float, right: float) -> Iterator[_Shape]:
    """Slanting lines between two edges, over the height of the stack."""
    for start in np.arange(left - _STACK, right, _HATCH):
        from_x, to_x = max(start, left), min(start + _STACK, right)
        if from_x < to_x:
            ends = ((x, _TOP + _STACK - (x - start)) for x in (from_x, to_x))
            yield _line(tuple((float(x), float(y)) for x, y in ends), _SOFT, 0.4)


def _rows(timeline: Timeline, edges: np.ndarray) -> Iterator[_Shape]:
    """Each share as a line with its interval as a band, and its mean over the recording."""
    mean = timeline.mean()
    yield _text(_NAMES, _ROWS_TOP - 14, "mean probability", _SOFT, 11)
    for k, outcome in enumerate(timeline.outcomes):
        top = _ROWS_TOP + k * (_ROW + _ROW_GAP)
        bottom, color = top + _ROW, STATE_COLORS[outcome]
        for share in (0.0, 0.5, 1.0):
            y = bottom - _ROW * share
            yield _line(((edges[0], y), (edges[-1], y)), _LINES, 0.6)
        for steps in _runs(timeline.shown):
            low, high, share_at = (
                bottom - _ROW * values[steps, k] for values in (timeline.low, timeline.high, timeline.shares)
            )
            yield _area(edges, steps, high, low, color, _BAND)
            yield _line(_outline(edges, steps, share_at), color, 2)
        yield _text(_LEFT - 8, top + _ROW / 2, outcome, _INK, 12, "end")
        yield _text(_NAMES, top + _ROW / 2 - 8, percent(mean.shares[k]), _INK, 13)
        yield _text(_NAMES, top + _ROW / 2 + 9, f"{percent(mean.low[k])} to {percent(mean.high[k])}", _SOFT, 11)


def _time_axis(timeline: Timeline, edges: np.ndarray) -> Iterator[_Shape]:
    length = timeline.end_s
    step = next((tick for tick in TICKS_S if length / tick <= 9), TICKS_S[-1])
    for seconds in np.arange(0, length + 1e-6, step):
        x = edges[0] + (edges[-1] - edges[0]) * seconds / length
        yield _line(((x, _bottom(timeline)), (x, _bottom(timeline) + 5)), _SOFT)
        yield _text(x, _bottom(timeline) + 16, clock(float(seconds)), _SOFT, 11, "middle")


def _changes(timeline: Timeline, edges: np.ndarray) -> Iterator[_Shape]:
    """A line through the figure where each change began, a bar as long as it lasted, and words where they have room."""
    length = timeline.end_s
    worded: list[float] = []
    for change in sorted(
        timeline.changes.seen, key=lambda change: -change.changed
    ):  # the largest has its words for sure
        color = _INK if change.certain else _SOFT
        x, end = (
            edges[0] + (edges[-1] - edges[0]) * min(at, length) / length
            for at in (change.from_s, change.to_s or change.from_s)
        )
        yield _line(((x, _TOP - 6), (x, _bottom(timeline))), color, 1.4 if change.certain else 0.6)
        if change.to_s is not None:
            yield _line(((x, _TOP - 5), (end, _TOP - 5)), color, 3 if change.certain else 1.2)
        if change.certain and all(abs(x - other) >= _WORDS_APART for other in worded):
            yield _text(x, _TOP - 15, _short(change), color, 11, "middle" if x > _LEFT + 30 else "start")
            worded.append(x)


def _short(change: ChangePoint) -> str:
    """The change in three words."""
    if change.kind == "expression":
        return f"{change.changed} to {change.outcome}" if change.rose else f"{change.changed} from {change.outcome}"
    if change.kind == "scene":
        return "another scene"
    return f"{change.changed} came" if change.rose else f"{change.changed} left"


def _words(timeline: Timeline) -> list[str]:
    """What the figure shows, in the lines below it; of changes only where there are some."""
    words = [
        "Above: faces that were given each apparent state, in a picture on average. Not sure: no state was probable enough.",
        "Below: mean probability of each state over the faces seen well, from 0 to 100 %. Band: 95 % interval for a larger",
        "group, if these people were a random sample of it. Whether these people changed is tested person by person.",
        "At the right: the whole recording.",
    ]
    changes = timeline.changes.seen
    if any(change.certain for change in changes):
        words.append("Thick vertical lines: certain changes of several people, and faces that came or left.")
    if not all(change.certain for change in changes):
        words.append("Thin vertical lines: the largest other changes, which may be chance.")
    if any(change.to_s is not None for change in changes):
        words.append("The bar above a line is as long as the change.")
    if not timeline.shown.all():
        words.append(
            f"Nothing is shown where fewer than {timeline.min_group} faces were seen well enough."
            if timeline.min_group > 1
            else "Nothing is shown where no face was seen well enough."
        )
    return words


def _runs(shown: np.ndarray) -> list[slice]:
    """The stretches of steps that have shares."""
    ends = np.flatnonzero(np.diff([False, *shown, False]))
    return [slice(int(start), int(end)) for start, end in zip(ends[::2], ends[1::2], strict=True)]


def _outline(edges: np.ndarray, steps: slice, y: np.ndarray) -> tuple[tuple[float, float], ...]:
    """A line that is level over each step."""
    x = edges[steps.start : steps.stop + 1]
    return tuple(zip(np.repeat(x, 2)[1:-1].tolist(), np.repeat(y, 2).tolist(), strict=True))


def _area(
    edges: np.ndarray, steps: slice, top: np.ndarray, bottom: np.ndarray, color: str, opacity: float = 1
) -> _Shape:
    outline = _outline(edges, steps, top) + _outline(edges, steps, bottom)[::-1]
    return _Shape("area", outline, color, opacity=opacity)


def _rectangle(left: float, top: float, right: float, bottom: float, color: str) -> _Shape:
    return _Shape("area", ((left, top), (right, top), (right, bottom), (left, bottom)), color)


def _line(points: tuple[tuple[float, float], ...], color: str, width: float = 1) -> _Shape:
    return _Shape("line", points, color, width=width)


def _text(x: float, y: float, text: str, color: str, size: float, anchor: str = "start") -> _Shape:
    return _Shape("text", ((x, y),), color, text=text, size=size, anchor=anchor)
