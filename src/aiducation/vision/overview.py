"""The overview: one page that lists several photos and recordings, with a link to the report of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiducation.states import OUTCOMES, STATE_COLORS
from aiducation.vision.faces import Faces, Recording
from aiducation.vision.group import faces_at_a_time, group_of, n_found, n_judged, why_withheld
from aiducation.vision.report import many, render, verdict
from aiducation.vision.result_json import readable
from aiducation.vision.timeline import MIN_GROUP
from aiducation.vision.timeline_figure import percent


@dataclass(frozen=True, kw_only=True)
class IndexEntry:
    """A line of the overview.

    Attributes:
        source: name of what was analyzed.
        result: what was seen; None if it could not be read.
        link: file name of its report beside the overview; "" for none.
        error: why it could not be read.
    """

    source: str
    result: Faces | Recording | None = None
    link: str = ""
    error: str = ""


def index_html(entries: Sequence[IndexEntry], *, min_group: int = MIN_GROUP) -> str:
    """The overview of several photos and recordings: a line each, with a link to its report."""
    done = [entry.result for entry in entries if entry.result is not None]
    failed = len(entries) - len(done)
    headline = f"{many(len(done), 'result')}, {many(sum(faces_at_a_time(r) for r in done), 'face')}"
    return render(
        "index.html",
        headline=headline + (f"; {failed} could not be read" if failed else ""),
        legend=[(outcome, STATE_COLORS[outcome]) for outcome in OUTCOMES],
        rows=[_index_row(entry, min_group) for entry in entries],
    )


def _index_row(entry: IndexEntry, min_group: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": readable(entry.source),
        "link": quote(readable(entry.link)) if entry.link else "",
        "error": entry.error,
    }
    if entry.result is None:
        return {**row, "error": entry.error or "It could not be read."}
    result = entry.result
    over_time, group = group_of(result, min_group)
    why = why_withheld(result, group, over_time, min_group)
    total = n_found(result)
    parts = (
        []
        if why
        else [(round(100 * float(s), 1), STATE_COLORS[o]) for o, s in zip(OUTCOMES, group.shares, strict=True)]
    )
    return row | {
        "faces": f"{faces_at_a_time(result):,}",
        "judged": percent(n_judged(result) / total) if total else "–",
        "parts": parts,
        "words": why.split(":")[0].rstrip(".") if why else verdict(group),
    }
