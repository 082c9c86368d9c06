"""What the tools have in common: how they name people, and what they cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from aiducation.errors import InputError
from aiducation.exchange.format import Media
from aiducation.observations.annotations import KINDS, Annotation, Annotations
from aiducation.observations.spans import timed
from aiducation.tables.table import clean
from aiducation.words import many

#: What has a length in a tool, and is this short, is a single picture: a millisecond as we write it, or a little more.
MOMENT_S, SINGLE_S = 0.001, 0.0015

#: Frames per second from which on a frame is shorter than anything that people code.
_FAST = 5.0

_TRACK = re.compile(r"track[ _-]?(\d{1,15})", re.IGNORECASE)


def person_of(name: str) -> dict[str, Any]:
    """Arguments of ``Target`` for a person as a tool calls it: "track 12" is a track of the result."""
    found = _TRACK.fullmatch(clean(name))
    return {"track": int(found[1])} if found else {"person": clean(name)[:400]}


def one_recording(annotations: Annotations, tool: str) -> str:
    """The recording that all annotations are about.

    Raises:
        InputError: they are about none, or several.
    """
    spans = annotations.where(lambda one: one.target.from_s is not None)
    if len(spans.sources) != 1:
        found = f"{many(len(spans.sources), 'recording')}: {', '.join(spans.sources[:3])}" if len(spans) else "none"
        raise InputError(
            f"A file of {tool} can hold only one recording, but these labels are about {found}. Choose one with "
            f"--source."
        )
    return spans.sources[0]


def frames_to(first: int, end: int, fps: float) -> dict[str, Any]:
    """Arguments of ``Target`` for frames from one to another one, which is not among them.

    One frame is a single picture, which is found again a little earlier or later, too: its number was computed from a time. If
    frames are as far apart as samples, it is a span.
    """
    single = end - first <= 1 and fps >= _FAST
    return {"from_s": round(first / fps, 4), "to_s": round((first if single else max(end, first + 1)) / fps, 4)}


def free_name(name: str, taken: set[str]) -> str:
    """The name, or one like it if it is taken already: in other tools, two things of one name would be one thing."""
    while name in taken:
        name += " (another)"
    taken.add(name)
    return name


def apart(excluded: Iterable[Annotation]) -> list[Annotation]:
    """Excluded spans of one recording in order of time; those that overlap are one: where tools begin and end a span by turns, or
    hold one at a time, two at a time would become others."""
    kept: list[Annotation] = []
    for one in sorted(excluded, key=lambda mark: mark.target.from_s or 0.0):
        before = kept[-1] if kept else None
        if before is None or (one.target.from_s or 0.0) >= (before.target.to_s or 0.0):
            kept.append(one)
            continue
        note = "; ".join(dict.fromkeys(filter(None, (before.note, one.note))))
        end = max(before.target.to_s or 0.0, one.target.to_s or 0.0)
        kept[-1] = replace(before, note=note, target=replace(before.target, to_s=end))
    return kept


def joined(given: int, kept: int) -> list[str]:
    """A sentence for excluded spans that ``apart`` joined."""
    n = given - kept
    return [f"Excluded spans that overlapped an earlier one and were joined to it: {n:,}."] if n else []


def with_lengths(annotations: Annotations, length_s: float) -> Annotations:
    """States of single pictures as spans of that length, for tools that know spans alone."""
    return Annotations(tuple(_long(one, length_s) for one in annotations))


def _long(one: Annotation, length_s: float) -> Annotation:
    target = one.target
    if one.kind != "state" or target.from_s is None or (target.to_s is not None and target.to_s > target.from_s):
        return one
    return replace(one, target=replace(target, to_s=target.from_s + length_s))


def unsaid(
    annotations: Annotations,
    tool: str,
    *,
    kinds: Sequence[str] = ("state",),
    photos: bool = False,
    recordings: bool = True,
    notes: bool = False,
) -> list[str]:
    """A sentence for everything in annotations that a tool cannot hold.

    Args:
        annotations: that are written.
        tool: how people call it.
        kinds: that it holds.
        photos, recordings: whether it holds labels of photos, spans of recordings.
        notes: whether it holds notes about states.
    """
    states = annotations.of("state")
    said = []
    for kind in KINDS:
        if kind not in kinds and (n := len(annotations.of(kind))):
            said.append(f"{tool} cannot hold annotations of the kind {kind}; left out: {n:,}.")
    said += _wrong_place(states, tool, photos=photos, recordings=recordings)
    if recordings:
        said += _unnamed(annotations, tool, kinds)
        if n := sum(person.contradictions for person in timed(with_lengths(annotations, MOMENT_S))):
            said.append(f"{many(n, 'label')} took the place of an earlier one about the same person and time.")
    if not notes and any(one.note for one in states):
        said.append(f"{tool} cannot hold notes about states, so they are left out.")
    if not all(one.is_random for one in states):
        said.append(
            f"{tool} cannot hold how faces were chosen, nor whether the model's answer was shown first; keep the labels as JSON "
            f"or CSV, too, to measure the model with them."
        )
    return said


def _wrong_place(states: Annotations, tool: str, *, photos: bool, recordings: bool) -> Iterator[str]:
    """Labels of photos, of whole tracks and of recordings, where a tool does not hold them."""
    still = states.where(lambda one: one.target.from_s is None)
    whole = still.where(lambda one: one.target.track is not None)
    if not photos and len(still):
        yield f"{tool} holds spans of recordings; labels of photos or whole tracks that are left out: {len(still):,}."
    elif recordings and len(whole):
        yield f"{tool} holds spans of recordings; labels of whole tracks that are left out: {len(whole):,}."
    elif not recordings and (n := len(states) - len(still) + len(whole)):
        yield f"{tool} holds faces of photos; labels of recordings that are left out: {n:,}."


def _unnamed(annotations: Annotations, tool: str, kinds: Sequence[str]) -> Iterator[str]:
    """Labels of a place in a recording alone, and what holds for a single person where a tool has that for everybody alone."""
    nobody = annotations.of("state").where(lambda one: one.target.from_s is not None and not one.target.who)
    if len(nobody):
        yield f"{tool} needs to know whose face it is; labels without a track or person that are left out: {len(nobody):,}."
    single = annotations.of("event", "exclude").where(lambda one: bool(one.target.who) and one.kind in kinds)
    if len(single):
        yield (
            f"{tool} holds events and excluded spans of everybody alone; annotations of single people that are left out: "
            f"{len(single):,}."
        )


def off_by(source: str, tool: str, media: Media) -> list[str]:
    """A sentence for a recording whose frame numbers cannot be computed from times without an error."""
    if not (off := media.frames_off.get(source, 0)):
        return []
    return [
        f"{tool} counts frames. Computed from times, with {media.fps[source]:g} frames per second, their numbers in {source} "
        f"differ from the recording's own by up to {off:,}: labels may be shown that much too early or too late."
    ]
