"""The overview: one page that lists several photos and recordings, with a link to the report of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiducation.batch.summary import Summary
from aiducation.exports.report import page
from aiducation.media.inputs import LeftOut
from aiducation.observations.result_json import readable
from aiducation.states import OUTCOMES, STATE_COLORS, UNCLEAR
from aiducation.texts import N_, Texts
from aiducation.visible import visible
from aiducation.words import many, percent

#: How many names a sentence about files that were left out gives.
_NAMES = 5

#: What is counted, for the catalogues of translations.
_WITH_FACES = (N_("{many} with {n} face"), N_("{many} with {n} faces"))
_COUNTED = (
    N_("{n} photo"),
    N_("{n} photos"),
    N_("{n} recording"),
    N_("{n} recordings"),
    N_("{n} file"),
    N_("{n} files"),
)


#: Said of a recording that was stopped, or breaks off.
NOT_TO_ITS_END = "Not analyzed to the end."


@dataclass(frozen=True, kw_only=True)
class IndexEntry:
    """A line of the overview.

    Attributes:
        source: name of what was analyzed.
        summary: what was seen; None if it could not be read.
        complete: whether all of it was analyzed.
        link: file name of its report beside the overview; "" for none.
        error: why it could not be read.
    """

    source: str
    summary: Summary | None = None
    complete: bool = True
    link: str = ""
    error: str = ""


def index_html(
    entries: Sequence[IndexEntry],
    *,
    left_out: Sequence[LeftOut] = (),
    texts: Texts = Texts(),  # noqa: B008 - frozen
) -> str:
    """The overview of several photos and recordings: one line for each, with a link to its report; and what was left
    out, and why."""
    return page(
        "index.html",
        texts,
        headline=_headline(entries),
        legend=[(state, STATE_COLORS[state]) for state in _shown(entries)],
        rows=[_row(entry) for entry in entries],
        left_out=reasons(left_out),
    )


def _shown(entries: Sequence[IndexEntry]) -> tuple[str, ...]:
    """The states that the entries show, in order; results of two views may stand in one folder."""
    there = {state for entry in entries if entry.summary for state in entry.summary.counts} or set(OUTCOMES)
    return (*(state for state in STATE_COLORS if state in there and state != UNCLEAR), UNCLEAR)


def _headline(entries: Sequence[IndexEntry]) -> str:
    """ "2 photos with 16 faces, 1 recording; 1 could not be read"."""
    done = [entry.summary for entry in entries if entry.summary]
    photos, recordings = ([one for one in done if one.kind == kind] for kind in ("photo", "recording"))
    parts = []
    if photos:
        parts.append(f"{many(len(photos), 'photo')} with {many(sum(int(one.faces) for one in photos), 'face')}")
    if recordings:
        parts.append(many(len(recordings), "recording"))
    failed = len(entries) - len(done)
    return "; ".join([", ".join(parts or ["No result"]), *([f"{failed:,} could not be read"] if failed else [])])


def reasons(left_out: Sequence[LeftOut]) -> list[str]:
    """A sentence for each reason why files were left out: how many, why, and the names of the first."""
    by_why: dict[str, list[LeftOut]] = {}
    for one in left_out:
        by_why.setdefault(one.why, []).append(one)
    sentences = []
    for why, those in by_why.items():
        some = ", ".join(visible(one.name) for one in those[:_NAMES])
        more = f" and {len(those) - _NAMES:,} more" if len(those) > _NAMES else ""
        sentences.append(f"{many(sum(one.files for one in those), 'file')}: {why} ({some}{more})")
    return sentences


def _parts(one: Summary) -> list[tuple[float, str]]:
    """The faces by state, in percent of all."""
    counts = {state: count or 0 for state, count in one.counts.items()}
    total = max(sum(counts.values()), 1e-9)
    return [(round(100 * count / total, 1), STATE_COLORS[state]) for state, count in counts.items()]


def _row(entry: IndexEntry) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": visible(entry.source),
        "link": quote(readable(entry.link)) if entry.link else "",
        "error": visible(entry.error),
    }
    one = entry.summary
    if one is None:
        return row
    return row | {
        "faces": f"{one.faces:,}" if one.kind == "photo" else f"{one.faces:,.1f} at a time",
        "judged": "–" if one.judged is None else percent(one.judged),
        "parts": _parts(one) if one.shares else [],
        "words": one.words,
        "changes": [*([] if entry.complete else [NOT_TO_ITS_END]), *one.changes, *filter(None, [one.left_out_words])],
    }
