"""Spans: the labels of one annotator for one person of a recording as spans that do not overlap; where labels contradict, the
later one counts."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from dataclasses import dataclass

from aiducation.observations.annotations import Annotations

#: Seconds; two ends that lie nearer together are the same.
_SAME_S = 1e-4


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of time with one state.

    Attributes:
        from_s, to_s: its ends in seconds.
        state: one of ``annotations.LABELS``.
        note: of the annotation that it comes from.
    """

    from_s: float
    to_s: float
    state: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Timed:
    """What one annotator says of one person of one recording.

    Attributes:
        source, annotator: which.
        who: the person, as ``Target.who`` names it.
        spans: in order of time, without overlaps; neighbours with the same state are one.
        contradictions: labels that a later one with another state replaced, in part or whole.
    """

    source: str
    annotator: str
    who: str
    spans: tuple[Span, ...]
    contradictions: int


def timed(annotations: Annotations, *, join: bool = True) -> list[Timed]:
    """The states of all spans of recordings; whole tracks, photos and single pictures are left out.

    Args:
        annotations: of any number of people and recordings.
        join: whether neighbours with the same state become one span.
    """
    found: dict[tuple[str, str, str], _Line] = {}
    for one in annotations.of("state"):
        target = one.target
        if target.from_s is None or target.to_s is None or target.to_s - target.from_s < _SAME_S or not target.who:
            continue
        line = found.setdefault((target.source, one.annotator, target.who), _Line())
        line.put(Span(from_s=target.from_s, to_s=target.to_s, state=one.state, note=one.note))
    return [
        Timed(
            source=source,
            annotator=annotator,
            who=who,
            spans=_joined(line.spans, join),
            contradictions=line.contradictions,
        )
        for (source, annotator, who), line in found.items()
    ]


class _Line:
    """Spans without overlaps in order of time.

    To put one there costs the same however many there are: a table may have a row for each frame of an hour.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.contradictions = 0
        self._starts: list[float] = []

    def put(self, new: Span) -> None:
        """Put a span in the place of what lies there."""
        first, end = (bisect_left(self._starts, time_s) for time_s in (new.from_s, new.to_s))
        first = max(first - 1, 0)  # the one before may reach into the new one
        around = self.spans[first:end]
        self.contradictions += any(old.state != new.state and _meet(old, new) for old in around)
        kept = itertools.chain.from_iterable(_cut(old, new) for old in around)
        there = sorted([*kept, new], key=lambda one: one.from_s)
        self.spans[first:end] = there
        self._starts[first:end] = [one.from_s for one in there]


def _meet(a: Span, b: Span) -> bool:
    return min(a.to_s, b.to_s) - max(a.from_s, b.from_s) > _SAME_S


def _cut(old: Span, new: Span) -> list[Span]:
    """What is left of an old span beside a new one."""
    if not _meet(old, new):
        return [old]
    ends = ((old.from_s, min(old.to_s, new.from_s)), (max(old.from_s, new.to_s), old.to_s))
    return [Span(from_s=a, to_s=b, state=old.state, note=old.note) for a, b in ends if b - a > _SAME_S]


def _joined(spans: list[Span], join: bool) -> tuple[Span, ...]:
    result: list[Span] = []
    for span in spans:
        last = result[-1] if result else None
        if join and last and last.state == span.state and span.from_s - last.to_s <= _SAME_S and last.note == span.note:
            result[-1] = Span(from_s=last.from_s, to_s=span.to_s, state=span.state, note=span.note)
        else:
            result.append(span)
    return tuple(result)
