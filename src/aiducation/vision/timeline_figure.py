"""The timeline as a figure: stacked shares, the number of faces, moments of change. SVG by hand, PNG by Pillow."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from aiducation.states import OUTCOMES, STATE_COLORS
from aiducation.vision.signature import GENERATOR
from aiducation.vision.timeline import Timeline

_WIDTH, _HEIGHT = 960, 430
_LEFT, _RIGHT, _TOP, _SHARES, _GAP, _FACES = 56, 132, 58, 220, 22, 44
_INK, _SOFT, _LINES, _PAPER, _EMPTY = "#1c1e22", "#5c6370", "#dfe2e7", "#ffffff", "#eef0f3"

#: Seconds between two marks of the time axis.
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class _Shape:
    """Something to draw: a polygon, a line or a text, in pixels of the figure."""

    kind: str
    points: tuple[tuple[float, float], ...]
    color: str
    text: str = ""
    size: float = 13
    anchor: str = "start"
    width: float = 1


def timeline_svg(timeline: Timeline, title: str) -> str:
    """The figure as an SVG document."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title, quote=True)}" font-family="system-ui, sans-serif">'
        f"<metadata>{GENERATOR}</metadata>"
    )
    return head + "".join(_svg(shape) for shape in _shapes(timeline, title)) + "</svg>\n"


def timeline_png(timeline: Timeline, title: str, *, scale: int = 2) -> bytes:
    """The figure as a PNG file, ``scale`` times as many pixels as the SVG is wide."""
    from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

    fine = 2 * scale  # drawn twice as large and scaled down, so that edges are smooth
    picture = Image.new("RGB", (_WIDTH * fine, _HEIGHT * fine), _PAPER)
    draw = ImageDraw.Draw(picture)
    for shape in _shapes(timeline, title):
        points = [(x * fine, y * fine) for x, y in shape.points]
        if shape.kind == "text":
            anchor = {"start": "lm", "middle": "mm", "end": "rm"}[shape.anchor]
            font: Any = ImageFont.load_default(shape.size * fine)
            draw.text(points[0], shape.text, font=font, fill=shape.color, anchor=anchor)
        elif shape.kind == "line":
            draw.line(points, fill=shape.color, width=round(shape.width * fine))
        elif len(points) > 2:
            draw.polygon(points, fill=shape.color)
    about, out = PngImagePlugin.PngInfo(), io.BytesIO()
    about.add_text("Software", GENERATOR)
    small = picture.resize((_WIDTH * scale, _HEIGHT * scale), Image.Resampling.BOX)
    small.save(out, "PNG", optimize=True, pnginfo=about)
    return out.getvalue()


def percent(share: float) -> str:
    """A share as text: 0.123 is "12 %"."""
    return f"{100 * share:.0f} %"


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


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
    return f'<polygon points="{points}" fill="{shape.color}"/>'


def _shapes(timeline: Timeline, title: str) -> Iterator[_Shape]:
    yield _rectangle(0, 0, _WIDTH, _HEIGHT, _PAPER)
    yield _text(_LEFT, 24, title, _INK, 17)
    if not len(timeline):
        yield _text(_WIDTH / 2, _HEIGHT / 2, "Nothing was seen.", _SOFT, 15, "middle")
        return
    length = len(timeline) * timeline.step_s
    plot = _WIDTH - _LEFT - _RIGHT

    def at(seconds: float) -> float:
        return _LEFT + plot * seconds / length

    yield from _stack(timeline, at)
    yield from _share_axis(plot)
    yield from _face_strip(timeline, at)
    yield from _time_axis(length, at)
    yield from _moment_marks(timeline, at)
    yield from _names(timeline)


def _stack(timeline: Timeline, at: Any) -> Iterator[_Shape]:
    """One column a bin: shares from the bottom up, in the order of the outcomes; gray where nothing may or can be said."""
    bottom = _TOP + _SHARES
    for t in range(len(timeline)):
        left, right = at(timeline.start_s[t]), at(timeline.start_s[t] + timeline.step_s)
        if np.isnan(timeline.shares[t]).any():
            yield _rectangle(left, _TOP, right + 0.3, bottom, _EMPTY)
            continue
        base = float(bottom)
        for k, outcome in enumerate(OUTCOMES):
            top = base - _SHARES * float(timeline.shares[t, k])
            yield _rectangle(left, top, right + 0.3, base, STATE_COLORS[outcome])
            base = top


def _share_axis(plot: float) -> Iterator[_Shape]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _TOP + _SHARES * (1 - share)
        yield _Shape("line", ((_LEFT, y), (_LEFT + plot, y)), "#ffffff" if 0 < share < 1 else _LINES, width=0.6)
        yield _text(_LEFT - 8, y, percent(share), _SOFT, 11, "end")


def _face_strip(timeline: Timeline, at: Any) -> Iterator[_Shape]:
    """Number of faces as steps, the part that could not be judged in lighter gray on top."""
    bottom = _TOP + _SHARES + _GAP + _FACES
    most = max(float(timeline.n_faces.max()), 1.0)
    for t in range(len(timeline)):
        left, right = at(timeline.start_s[t]), at(timeline.start_s[t] + timeline.step_s)
        high = _FACES * float(timeline.n_faces[t]) / most
        unclear = float(np.nan_to_num(timeline.unclear[t]))
        yield _rectangle(left, bottom - high, right + 0.3, bottom, "#c9ccd1")
        yield _rectangle(left, bottom - high * (1 - unclear), right + 0.3, bottom, "#7b828d")
    yield _text(_LEFT - 8, bottom - _FACES, f"{most:.0f}", _SOFT, 11, "end")
    yield _text(_LEFT - 8, bottom, "0", _SOFT, 11, "end")
    right = _WIDTH - _RIGHT + 12
    yield _text(right, bottom - _FACES + 8, "faces", _INK, 12)
    yield _text(right, bottom - _FACES + 24, "(light: not seen well)", _SOFT, 11)


def _time_axis(length: float, at: Any) -> Iterator[_Shape]:
    y = _TOP + _SHARES + _GAP + _FACES
    step = next((tick for tick in _TICKS if length / tick <= 9), _TICKS[-1])
    for seconds in np.arange(0, length + 1e-6, step):
        yield _Shape("line", ((at(seconds), y), (at(seconds), y + 5)), _SOFT)
        yield _text(at(seconds), y + 16, clock(float(seconds)), _SOFT, 11, "middle")


def _moment_marks(timeline: Timeline, at: Any) -> Iterator[_Shape]:
    for moment in timeline.moments:
        x = at(moment.time_s)
        yield _Shape("line", ((x, _TOP - 8), (x, _TOP + _SHARES + _GAP + _FACES)), _INK, width=1.4)
        sign = "more" if moment.after > moment.before else "less"
        yield _text(x, _TOP - 16, f"{sign} {moment.outcome}", _INK, 11, "middle")


def _names(timeline: Timeline) -> Iterator[_Shape]:
    """The outcomes' names beside the stack, top to bottom as they lie, and the mean share of each."""
    x = _WIDTH - _RIGHT + 12
    shown = ~np.isnan(timeline.shares).any(axis=1)
    means = timeline.shares[shown].mean(axis=0) if shown.any() else np.full(len(OUTCOMES), np.nan)
    half = ((timeline.high - timeline.low) / 2)[shown].mean(axis=0) if shown.any() else means
    for row, k in enumerate(reversed(range(len(OUTCOMES)))):
        y = _TOP + 14 + row * 40
        yield _rectangle(x, y - 7, x + 14, y + 7, STATE_COLORS[OUTCOMES[k]])
        yield _text(x + 21, y, OUTCOMES[k], _INK, 13)
        if shown.any():
            yield _text(x + 21, y + 15, f"{percent(means[k])} ± {percent(half[k])}", _SOFT, 11)
    y = _TOP + _SHARES + _GAP + _FACES + 44
    words = "Mean probability of each apparent state among the faces that were seen well enough; ±: 95 % interval of one step."
    if not shown.all():
        words += f" Empty: no answer, or fewer than {timeline.min_group} faces."
    yield _text(_LEFT, y, words, _SOFT, 11)


def _rectangle(left: float, top: float, right: float, bottom: float, color: str) -> _Shape:
    return _Shape("area", ((left, top), (right, top), (right, bottom), (left, bottom)), color)


def _text(x: float, y: float, text: str, color: str, size: float, anchor: str = "start") -> _Shape:
    return _Shape("text", ((x, y),), color, text=text, size=size, anchor=anchor)
