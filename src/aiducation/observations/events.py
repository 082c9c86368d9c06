"""Events: what happened in a recording, as notes for its reader."""

from __future__ import annotations

from dataclasses import replace

from aiducation.observations.annotations import Annotations
from aiducation.observations.recording import Recording
from aiducation.words import clock


def event_sentence(time_s: float, note: str = "") -> str:
    """A marked time as a note of the recording."""
    words = f"{clock(time_s)} marked: {note}" if note else f"{clock(time_s)} marked"
    return words if words.endswith((".", "!", "?")) else f"{words}."


def with_events(recording: Recording, annotations: Annotations) -> Recording:
    """The recording with a note for each event that people marked in it, in order of time."""
    events = sorted((one.target.from_s or 0.0, one.note) for one in annotations.about(recording.source).of("event"))
    notes = tuple(event_sentence(time_s, note) for time_s, note in events)
    return replace(recording, notes=(*notes, *recording.notes)) if notes else recording
