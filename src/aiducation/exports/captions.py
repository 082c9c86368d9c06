"""WebVTT: captions of the group's state, and chapters that begin at its change points, for players beside the recording."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from aiducation.exports.format import Format, Kind, Material
from aiducation.exports.tiers import Span, changes_of, end_of, group_spans
from aiducation.files import write_text
from aiducation.observations.change_words import what
from aiducation.observations.changes import Changes
from aiducation.observations.recording import Recording
from aiducation.signature import WEBVTT_HEADER
from aiducation.visible import visible

#: Captions that are shorter than so many seconds cannot be read; they go on until they can, or give way to the next.
_READABLE_S = 2.0


def webvtt_text(cues: Sequence[Span]) -> str:
    """A WebVTT file.

    Args:
        cues: starts never decrease.

    Source: W3C, "WebVTT: The Web Video Text Tracks Format".
    """
    blocks = [f"{clock_ms(cue.start_s)} --> {clock_ms(cue.end_s)}\n{_text(cue.text)}" for cue in cues]
    return "\n\n".join((WEBVTT_HEADER, *blocks)) + "\n"


def clock_ms(seconds: float) -> str:
    """A time as WebVTT writes it: "01:02:03.456"."""
    ms = round(1000 * seconds)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _text(text: str) -> str:
    """``&`` and ``<`` mean something in captions; ``-->`` and an empty line end them."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") or "–"


def captions_of(spans: Sequence[Span]) -> list[Span]:
    """Spans that are long enough to be read: of those that begin too soon after another, the last one counts."""
    cues: list[Span] = []
    for span in spans:
        if cues and span.start_s < cues[-1].start_s + _READABLE_S - 1e-6:
            if span.end_s - cues[-1].start_s > _READABLE_S:  # it begins later, when the one before has been read
                span = Span(cues[-1].start_s + _READABLE_S, span.end_s, span.text)
            else:
                cues[-1] = Span(cues[-1].start_s, span.end_s, cues[-1].text)
                continue
        if cues and cues[-1].end_s != span.start_s and span.start_s < cues[-1].start_s + _READABLE_S + 1e-6:
            cues[-1] = Span(cues[-1].start_s, span.start_s, cues[-1].text)
        cues.append(span)
    return cues


def chapters_of(changes: Changes, end_s: float) -> list[Span]:
    """A chapter from the start, and one from each change point, until the next; their titles say what changed."""
    titles: dict[float, list[str]] = {0.0: []}
    for change in sorted(changes.seen, key=lambda one: one.from_s):
        certain = "" if change.certain else " (not certain)"
        titles.setdefault(change.from_s, []).append(what(change) + certain)
    starts = [*titles, max(end_s, list(titles)[-1] + 1.0)]
    return [Span(start, stop, "; ".join(titles[start]) or "Start") for start, stop in itertools.pairwise(starts)]


def _write_captions(material: Material, folder: Path, stem: str) -> list[Path]:
    assert isinstance(material.result, Recording)
    path, spans = folder / f"{stem}.captions.vtt", group_spans(material.group, end_of(material.result))
    write_text(path, webvtt_text(captions_of(spans)))
    return [path]


def _write_chapters(material: Material, folder: Path, stem: str) -> list[Path]:
    assert isinstance(material.result, Recording)
    path = folder / f"{stem}.chapters.vtt"
    write_text(path, webvtt_text(chapters_of(changes_of(material.group), end_of(material.result))))
    return [path]


CAPTIONS = Format(
    name="captions",
    about="WebVTT captions for players: how many faces show each state",
    recording=(Kind(".captions.vtt", "text/vtt; charset=utf-8"),),
    write=_write_captions,
)

CHAPTERS = Format(
    name="chapters",
    about="WebVTT chapters for players: a new one begins at each change point",
    recording=(Kind(".chapters.vtt", "text/vtt; charset=utf-8"),),
    write=_write_chapters,
)
