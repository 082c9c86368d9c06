"""Notes of a recording: remarks about the file and about what could be read."""

from __future__ import annotations

import math

from aiducation.media.file_faults import clock_words
from aiducation.media.packets import PacketTable
from aiducation.media.recording_files import Reader
from aiducation.media.videos import VideoReader

#: Below this share of the samples that length and interval promise, a note says so.
_FEW = 0.8

#: A file that ends so many seconds before the length it states, and so large a part of it, lacks something.
_MISSING_S, _MISSING = 2.0, 0.02

#: A picture that stands for longer than this at the end, while sound goes on, is worth a note.
_LONG_END_S = 20.0


def is_whole(reader: Reader) -> bool:
    """Whether a recording that was read to its end is complete: no part of the file is missing, and the file did not
    change."""
    return reader.faults.none and not (isinstance(reader, VideoReader) and _missing(reader.table))


def notes_of(reader: Reader, every_s: float, samples: int, *, stopped: bool, track_note: str = "") -> tuple[str, ...]:
    """Sentences about a recording that was read.

    Args:
        reader: what read it.
        every_s: the requested sampling interval in seconds.
        samples: how many were taken.
        stopped: whether they were not all taken, because somebody stopped it.
        track_note: which of several video tracks was taken, and why.
    """
    table = reader.table if isinstance(reader, VideoReader) else None
    notes = [track_note] if track_note else []
    notes += file_notes(reader)
    if stopped:
        notes.append("The analysis was stopped before the end of the recording.")
    elif (
        table and reader.faults.none and (few := _few(table, every_s, samples))
    ):  # pictures that are read one by one give all samples
        notes.append(few)
    if table and table.sound_s > _LONG_END_S:
        notes.append(f"The last picture does not change for {clock_words(table.sound_s)}, until the sound ends.")
    return tuple(notes)


def file_notes(reader: Reader) -> list[str]:
    """Sentences about a file that was read, whatever was asked of it: what is damaged or missing, or happened to it meanwhile."""
    notes = [] if isinstance(reader, VideoReader) else list(reader.notes)
    if reader.damaged:
        parts = "One damaged part" if reader.damaged == 1 else f"{reader.damaged:,} damaged parts"
        notes.append(f"{parts} of the file could not be read.")
    if not reader.faults.none:
        notes.append(reader.faults.note())
    elif isinstance(reader, VideoReader) and (missing := _missing(reader.table)):
        notes.append(missing)
    return notes


def _missing(table: PacketTable) -> str:
    if table.stated_s - max(table.start_s, 0.0) - table.end_s <= max(_MISSING_S, _MISSING * table.stated_s):
        return ""
    return (
        f"The file states a length of {clock_words(table.stated_s)}, but its pictures and sound end after "
        f"{clock_words(table.end_s)}: the rest is missing, for example because a copy or download broke off, or the stated "
        "length is wrong."
    )


def _few(table: PacketTable, every_s: float, samples: int) -> str:
    length_s = table.end_s - (float(table.times[0]) if len(table.times) else 0.0)
    promised = max(math.ceil(length_s / every_s - 1e-6), 1)
    if samples >= _FEW * promised or promised - samples < 2:
        return ""
    least = f"{samples:,} samples were taken; with one every {every_s:g} s there would be {promised:,} in {clock_words(length_s)}"
    if samples >= len(table):
        return f"{least}. The recording has no further pictures."
    return f"{least}. Pictures between them could not be decoded, or the recording has fewer pictures per second."
