"""The overview: one page that lists several photos and recordings, with a link to the report of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiducation.batch.summary import Summary
from aiducation.exports.report import page
from aiducation.media.inputs import LeftOut
from aiducation.states import OUTCOMES, STATE_COLORS, UNCLEAR
from aiducation.texts import Texts
from aiducation.visible import as_text, visible
from aiducation.words import percent

#: How many names a sentence about files that were left out gives.
_NAMES = 5

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
    texts: Texts = Texts(),
) -> str:
    """The overview of several photos and recordings: one line for each, with a link to its report; and what was left
    out, and why."""
    return page(
        "index.html",
        texts,
        headline=_headline(entries, texts),
        legend=[(state, STATE_COLORS[state]) for state in _shown(entries)],
        rows=[_row(entry) for entry in entries],
        left_out=reasons(left_out, texts),
    )


def _shown(entries: Sequence[IndexEntry]) -> tuple[str, ...]:
    """The states that the entries show, in order; results of two views may stand in one folder."""
    there = {state for entry in entries if entry.summary for state in entry.summary.counts} or set(OUTCOMES)
    return (*(state for state in STATE_COLORS if state in there and state != UNCLEAR), UNCLEAR)


def _headline(entries: Sequence[IndexEntry], texts: Texts) -> str:
    """ "2 photos with 16 faces, 1 recording; 1 could not be read"."""
    done = [entry.summary for entry in entries if entry.summary]
    photos, recordings = ([one for one in done if one.kind == kind] for kind in ("photo", "recording"))
    parts = []
    if photos:
        named = texts.ngettext("{n} photo", "{n} photos", len(photos))
        faces = sum(int(one.faces) for one in photos)
        parts.append(texts.ngettext("{photos} with {n} face", "{photos} with {n} faces", faces, photos=named))
    if recordings:
        parts.append(texts.ngettext("{n} recording", "{n} recordings", len(recordings)))
    said = ", ".join(parts) or texts.gettext("No result")
    if failed := len(entries) - len(done):
        said += texts.gettext("; ") + texts.ngettext("{n} could not be read", "{n} could not be read", failed)
    return said


def reasons(
    left_out: Sequence[LeftOut],
    texts: Texts = Texts(),
) -> list[str]:
    """A sentence for each reason why files were left out: how many, why, and the names of the first."""
    by_why: dict[str, list[LeftOut]] = {}
    for one in left_out:
        by_why.setdefault(one.why, []).append(one)
    sentences = []
    for why, those in by_why.items():
        names = ", ".join(visible(one.name) for one in those[:_NAMES])
        if len(those) > _NAMES:
            more = texts.number(len(those) - _NAMES)
            names = texts.gettext("{listed} and {count} more", listed=names, count=more)
        files = texts.ngettext("{n} file", "{n} files", sum(one.files for one in those))
        sentences.append(f"{files}{texts.gettext(': ')}{texts.sentence(why)} ({names})")
    return sentences


def _parts(one: Summary) -> list[tuple[float, str]]:
    """The faces by state, in percent of all."""
    counts = {state: count or 0 for state, count in one.counts.items()}
    total = max(sum(counts.values()), 1e-9)
    return [(round(100 * count / total, 1), STATE_COLORS[state]) for state, count in counts.items()]


def _row(entry: IndexEntry) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": visible(entry.source),
        "link": quote(as_text(entry.link)) if entry.link else "",
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
