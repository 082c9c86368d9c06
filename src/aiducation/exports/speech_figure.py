"""Speech in the report: who spoke when, below the timeline and on the same axis of time."""

from __future__ import annotations

from html import escape

from aiducation.exports.timeline_figure import PLOT
from aiducation.observations.timeline import Timeline
from aiducation.observations.transcript import Speaker, Transcript
from aiducation.texts import N_, Texts
from aiducation.visible import visible
from aiducation.words import clock, percent

#: Rows at most; whoever spoke less shares the last one.
_MOST_ROWS = 8

#: Height of a row, of its bar, and of what stands above the rows, in pixels.
_ROW, _BAR, _HEAD = 26, 14, 26

#: Letters of a name at most.
_LETTERS = 11

#: Nobody is named; several who spoke little.
_NOBODY, _OTHERS, _NUMBERED = N_("somebody"), N_("others"), N_("speaker {n}")


def speech_svg(transcript: Transcript, timeline: Timeline, texts: Texts) -> str:
    """The figure as an SVG element; "" where nobody spoke while pictures were analyzed."""
    length = timeline.end_s
    rows = _rows(transcript, texts)
    if not rows or not length or transcript.turns[0].start_s >= length:
        return ""
    width, left, right = PLOT
    height = _HEAD + _ROW * len(rows) + 6
    plot = width - left - right
    shapes = [f'<text x="{left}" y="14" font-size="11" fill="var(--muted)">{escape(texts.gettext("who spoke"))}</text>']
    for row, (label, names, words) in enumerate(rows):
        middle = _HEAD + _ROW * row + _ROW / 2
        shapes.append(f'<path d="M{left} {middle}H{width - right}" stroke="var(--grid)" stroke-width=".6"/>')
        shapes.append(_text(left - 8, middle, _short(texts.sentence(label)), "end", label))
        shapes.append(_text(width - right + 12, middle, words, "start", ""))
        for turn in transcript.turns:
            if turn.speaker in names and turn.start_s < length:
                x, end = (left + plot * min(at, length) / length for at in (turn.start_s, turn.end_s))
                said = f"{clock(turn.start_s)} – {clock(turn.end_s)}"
                shapes.append(
                    f'<rect x="{x:.1f}" y="{middle - _BAR / 2:.1f}" width="{max(end - x, 1.5):.1f}" height="{_BAR}" rx="2" '
                    f'fill="var(--ink)" fill-opacity=".55"><title>{escape(said)}</title></rect>'
                )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(texts.gettext("who spoke"), quote=True)}" '
        f'font-family="system-ui, sans-serif">{"".join(shapes)}</svg>'
    )


def speaker_rows(transcript: Transcript) -> list[tuple[str, str, str, str]]:
    """Name, turns, time and share of each speaker, whoever spoke longest first."""
    total = sum(one.seconds for one in transcript.speakers) or 1.0
    return [
        (visible(one.name) or _NOBODY, f"{one.turns:,}", clock(one.seconds), percent(one.seconds / total))
        for one in transcript.speakers
    ]


def _rows(transcript: Transcript, texts: Texts) -> list[tuple[str, set[str], str]]:
    """Label, speakers and words of each row."""
    speakers = transcript.speakers
    first = speakers if len(speakers) <= _MOST_ROWS else speakers[: _MOST_ROWS - 1]
    rows = [(visible(one.name) or _NOBODY, {one.name}, _about([one], texts)) for one in first]
    if rest := speakers[len(first) :]:
        rows.append((_OTHERS, {one.name for one in rest}, _about(rest, texts)))
    return rows


def _about(speakers: list[Speaker], texts: Texts) -> str:
    turns = texts.ngettext("{n} turn", "{n} turns", sum(one.turns for one in speakers))
    return f"{turns}, {clock(sum(one.seconds for one in speakers))}"


def _short(label: str) -> str:
    return label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1]}…"


def _text(x: float, y: float, text: str, anchor: str, title: str) -> str:
    whole = f"<title>{escape(title)}</title>" if title != text and title else ""
    color = "var(--ink)" if anchor == "end" else "var(--muted)"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{12 if anchor == "end" else 11}" fill="{color}" text-anchor="{anchor}" '
        f'dominant-baseline="central">{escape(text)}{whole}</text>'
    )
