"""Tiers: rows of labelled spans of time, as annotation tools use them. ELAN, Praat and BORIS get the same tiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiducation.exports.format import Material
from aiducation.observations.change_words import how_sure, what
from aiducation.observations.changes import Changes
from aiducation.observations.episodes import Episode, episodes_of, who_takes_part
from aiducation.observations.group import Group
from aiducation.observations.recording import Recording

#: Names of the tiers that speak of everybody.
GROUP, CHANGES = "group", "change points"


@dataclass(frozen=True)
class Span:
    """A label for a stretch of time.

    Attributes:
        start_s, end_s: seconds on a player's clock; the end is later than the start.
    """

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Tier:
    """Labelled spans, in order of time; none begins before the one before it ends.

    Attributes:
        name: no other tier of a file has it.
        person: who is shown, described by a place such as a row and a column; "" for the group, or if it is not known.
    """

    name: str
    spans: tuple[Span, ...]
    person: str = ""


def in_ms(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Start and end of each span of a tier in whole milliseconds, the same in every program: no span is empty, and none begins
    before the one before it ends, however they round."""
    times, latest = list[tuple[int, int]](), 0
    for span in spans:
        start = max(round(1000 * span.start_s), latest)
        latest = max(round(1000 * span.end_s), start + 1)
        times.append((start, latest))
    return times


def track_name(track_id: int) -> str:
    """The name of a track's tier, from which it can be read back."""
    return f"track {track_id}"


def tiers_of(material: Material) -> list[Tier]:
    """A tier for each track that takes part, one for the group, one for its change points.

    As in the table, the state of every track is there, whatever the size of the group. Group figures follow the smallest group.
    """
    assert isinstance(material.result, Recording)
    group = material.group
    changes = changes_of(group)
    tracks = track_tiers(who_takes_part(episodes_of(material.result)))
    end_s = end_of(material.result)
    return [*tracks, Tier(GROUP, group_spans(group, end_s)), Tier(CHANGES, change_spans(changes, end_s))]


def changes_of(group: Group) -> Changes:
    """What changed in a group."""
    return Changes() if group.over_time is None else group.over_time.changes


def track_tiers(episodes: Iterable[Episode]) -> list[Tier]:
    """A tier for each track, in the order in which they come."""
    tracks: dict[int, list[Episode]] = {}
    for episode in episodes:
        tracks.setdefault(episode.track_id, []).append(episode)
    return [
        Tier(track_name(number), tuple(Span(e.start_s, e.end_s, e.state) for e in own), own[0].place)
        for number, own in tracks.items()
    ]


def end_of(recording: Recording) -> float:
    """Seconds at which the last frame ends; at least one sampling interval."""
    return recording.length_s or recording.every_s


def group_spans(group: Group, end_s: float) -> tuple[Span, ...]:
    """How many faces show each state, over time: "focused 9, neutral 4". Steps that say the same become one span.

    Where the group is too small for figures, the span says so.
    """
    over_time, spans = group.over_time, list[Span]()
    if over_time is None:
        return ()
    for t, start_s in enumerate(over_time.start_s.tolist()):
        if not over_time.n_faces[t] > 0:  # no sample, or nobody
            continue
        if over_time.withheld[t]:
            text = (
                f"not shown: fewer than {group.min_group:,} faces seen well"
                if group.min_group > 1
                else "no face seen well"
            )
        else:
            text = _counted(over_time.counts[t].tolist(), group.counted)
        if spans and spans[-1].text == text and abs(spans[-1].end_s - start_s) < 1e-6:
            start_s = spans.pop().start_s
        spans.append(Span(start_s, min(float(over_time.start_s[t]) + over_time.step_s, end_s), text))
    return tuple(spans)


def _counted(counts: list[float], names: Sequence[str]) -> str:
    whole = [(round(count), name) for count, name in zip(counts, names, strict=True)]
    return ", ".join(f"{name} {n}" for n, name in sorted(whole, key=lambda one: -one[0]) if n) or "changing"


def change_spans(changes: Changes, end_s: float) -> tuple[Span, ...]:
    """Each change point with what was seen and how sure that is, until the next one, or until it ended."""
    said: dict[float, list[str]] = {}
    ends: dict[float, float] = {}
    for change in sorted(changes.seen, key=lambda one: one.from_s):
        said.setdefault(change.from_s, []).append(f"{what(change)} ({how_sure(change)})")
        ends[change.from_s] = max(ends.get(change.from_s, 0.0), end_s if change.to_s is None else change.to_s)
    if not said:
        return ()
    limits = [*list(said)[1:], max(end_s, max(said) + 1.0)]
    return tuple(
        Span(start_s, min(max(ends[start_s], start_s + 0.001), limit), "; ".join(texts))
        for (start_s, texts), limit in zip(said.items(), limits, strict=True)
    )
