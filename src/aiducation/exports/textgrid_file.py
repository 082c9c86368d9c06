"""Praat: a TextGrid with a tier for each track, one for the group and one for its change points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aiducation.exports.format import Format, Kind, Material
from aiducation.exports.tiers import Span, Tier, end_of, tiers_of
from aiducation.files import write_text
from aiducation.observations.recording import Recording
from aiducation.signature import TEXTGRID_MARK
from aiducation.visible import visible


def textgrid_text(tiers: Sequence[Tier], end_s: float) -> str:
    """A TextGrid in Praat's long text format. Intervals fill each tier from 0 to the end: intervals without a label are
    empty.

    Args:
        tiers: spans in order of time, without overlap.
        end_s: where all tiers end; later if a span does.
    """
    end = max([_rounded(end_s), *(_rounded(span.end_s) for tier in tiers for span in tier.spans)])
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end}"]
    # A remark in a line of its own would be taken for a number by readers that count lines.
    lines += ["tiers? <exists>", f"size = {len(tiers)}", f"item []: {TEXTGRID_MARK}"]
    for number, tier in enumerate(tiers, 1):
        name = f"{tier.name} ({tier.person})" if tier.person else tier.name
        intervals = _filled(tier.spans, end)
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quoted(name)}"]
        lines += ["        xmin = 0", f"        xmax = {end}", f"        intervals: size = {len(intervals)}"]
        for i, (start, stop, text) in enumerate(intervals, 1):
            lines += [f"        intervals [{i}]:", f"            xmin = {start}", f"            xmax = {stop}"]
            lines.append(f"            text = {_quoted(text)}")
    return "\n".join((*lines, ""))


def _rounded(seconds: float) -> float:
    return round(seconds, 3)


def _filled(spans: Sequence[Span], end: float) -> list[tuple[float, float, str]]:
    """The spans with empty ones between them; none has no length."""
    filled, at = list[tuple[float, float, str]](), 0.0
    for span in spans:
        start, stop = max(_rounded(span.start_s), at), _rounded(span.end_s)
        if start > at:
            filled.append((at, start, ""))
        if stop > start:
            filled.append((start, stop, span.text))
            at = stop
    return [*filled, (at, end, "")] if at < end else filled


def _quoted(text: str) -> str:
    """In Praat's files a quotation mark is doubled."""
    return '"' + visible(text).replace('"', '""') + '"'


def _write(material: Material, folder: Path, stem: str) -> list[Path]:
    if not isinstance(material.result, Recording):
        return []
    path = folder / f"{stem}.TextGrid"
    write_text(path, textgrid_text(tiers_of(material), end_of(material.result)))
    return [path]


TEXTGRID = Format(
    name="textgrid",
    about="for Praat: a tier for each track, the group, and its change points",
    recording=(Kind(".TextGrid", "text/plain; charset=utf-8"),),
    write=_write,
)
