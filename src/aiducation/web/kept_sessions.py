"""Kept sessions: what was seen over time, in memory alone, until somebody saves or deletes it."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiducation.exports.format import Material
from aiducation.observations.events import event_sentence
from aiducation.observations.faces import Faces, MadeWith
from aiducation.observations.group import Group, group_of
from aiducation.observations.packed_frames import PackedFrames
from aiducation.observations.recording import Recording
from aiducation.texts import Texts
from aiducation.web import formats
from aiducation.web.problems import Problem
from aiducation.web.settings import Limits

#: Seconds between the frames of which the numbers are kept for the summary. States are smoothed over time anyway, and
#: a lesson of two hours stays small.
KEEP_EVERY_S = 2.0

#: Seconds for which a group stays withheld after it was too small.
_WITHHELD_S = 3.0


@dataclass(frozen=True)
class Mark:
    """A moment that somebody marked."""

    time_s: float
    note: str

    def sentence(self) -> str:
        """The moment as a note of the recording."""
        return event_sentence(self.time_s, self.note)


class KeptSession(ABC):
    """What live sessions and classes have in common: an id, frames that are kept, marked moments, a summary.

    Args:
        limits: of the server.
        source: name in the results.
        min_group: group figures of fewer faces are withheld.
        made_with: model and options.

    Attributes:
        connected, touched: whether somebody is connected; when somebody last asked for the session, on the monotonic clock.
        heard: when something came last, on the monotonic clock.
        left: set to end its connections.
    """

    def __init__(self, limits: Limits, source: str, min_group: int, made_with: MadeWith) -> None:
        self.id = secrets.token_urlsafe(16)
        self.source, self.min_group, self.made_with = source, min_group, made_with
        self.connected, self.left = False, asyncio.Event()
        self.touched = self.heard = self._started = time.monotonic()
        self.marks: list[Mark] = []
        self._limits = limits
        self._kept = PackedFrames()
        self._due_s = 0.0
        self._count = 0
        self._few = (0, -math.inf)  # smallest group, and when too few were seen well for it last

    @abstractmethod
    def recording(self) -> Recording:
        """The session so far as a recording without pictures; marked moments are its notes."""

    def rest(self) -> None:  # noqa: B027 - a class rests by itself
        """Give back what is only needed while something comes in."""

    def end_if_left(self) -> None:  # noqa: B027 - a live session ends with its socket
        """End what nobody asks for any more, though its connections are open."""

    def now_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def group(self, faces: Faces) -> Group:
        """The group of the frame that was analyzed last.

        Once it was too small it stays withheld for some seconds: states that come and go as one face is lost and found again
        would say which face it was.
        """
        time_s, group = faces.time_s or 0.0, group_of(faces, self.min_group)
        if group.withheld and group.found:
            self._few = self.min_group, time_s
        few_lately = self._few[0] == self.min_group and time_s - self._few[1] < _WITHHELD_S
        return group_of(faces, self.min_group, few_lately=True) if few_lately and not group.withheld else group

    def mark(self, note: str, time_s: float) -> Mark:
        """Mark a moment.

        Raises:
            Problem: there are too many marks, or the note is too long.
        """
        limits = self._limits
        if len(self.marks) >= limits.marks or len(note) > limits.note_letters:
            raise Problem("too_large", f"A session takes {limits.marks} notes of {limits.note_letters} letters.")
        mark = Mark(time_s, " ".join(note.split()))
        self.marks.append(mark)
        return mark

    def put_marks(self, marks: Sequence[Mark]) -> None:
        """Put other marked moments in the place of those that there are.

        Raises:
            Problem: there are too many marks, or a note is too long.
        """
        before, self.marks = self.marks, []
        try:
            for mark in sorted(marks, key=lambda one: one.time_s):
                self.mark(mark.note, mark.time_s)
        except Problem:
            self.marks = before
            raise

    def material(self, *, csv_dialect: str, texts: Texts) -> Material:
        """What its files are made of."""
        return Material(result=self.recording(), min_group=self.min_group, csv_dialect=csv_dialect, texts=texts)

    def without_faces(self) -> dict[str, Any]:
        """The head of the JSON with the group over time, and the tracks."""
        return formats.without_faces(self.recording(), min_group=self.min_group)

    def summary(self) -> dict[str, Any]:
        """The session in a few JSON values."""
        last = self._kept.last  # which is false where it shows nobody
        seconds = float(last.time_s or 0.0) if last is not None else 0.0
        faces = self._kept.faces / max(len(self._kept), 1)
        marks = [{"time_s": round(m.time_s, 2), "note": m.note} for m in self.marks]
        return {
            "session": self.id,
            "source": self.source,
            "seconds": round(seconds, 2),
            "frames": self._count,
            "faces_at_a_time": round(faces, 1),
            "marks": marks,
        }
