"""Live sessions: what was seen since a camera or a shared window was started, in memory alone."""

from __future__ import annotations

import asyncio
import math
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiducation.media.sampling import next_on_grid
from aiducation.media.videos import Frame
from aiducation.observations.events import event_sentence
from aiducation.observations.faces import Faces
from aiducation.observations.group import Group, group_of
from aiducation.observations.packed_frames import PackedFrames
from aiducation.observations.picture_space import one_space, size_note
from aiducation.observations.recording import Recording
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.cuts import cut_note
from aiducation.vision.lost_faces import Cover
from aiducation.vision.static_faces import without_still
from aiducation.web.engine import Engine
from aiducation.web.problems import Problem

#: Seconds between the frames of which the numbers are kept for the summary. States are smoothed over time anyway, and
#: a lesson of two hours stays small.
KEEP_EVERY_S = 2.0


#: Seconds after its last picture for which a session that is not connected can follow the same faces again.
REST_AFTER_S = 30.0

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


class LiveSession:
    """One camera or shared window, from its start to its summary.

    Args:
        engine: what analyzes.
        source: "camera" or "screen", for the results.
        min_group: group figures of fewer faces are withheld.
        analyzer: what looks, under the assumptions that were asked for; None for the server's.

    Attributes:
        connected, touched: whether a socket is open; when somebody last asked for the session, on the monotonic clock.
        heard: when something came over its socket last, on the monotonic clock.
        left: set to end its connection: when it is deleted, or gives its place to another one.
    """

    def __init__(self, engine: Engine, source: str, min_group: int, analyzer: Analyzer | None = None) -> None:
        self.id = secrets.token_urlsafe(16)
        self.source, self.min_group = source, min_group
        self.connected, self.left = False, asyncio.Event()
        self.touched = self.heard = self._started = time.monotonic()
        self.marks: list[Mark] = []
        self._engine = engine
        self._kept = PackedFrames()
        self._due_s, self._cut = 0.0, False
        self._stood = True  # whether nothing new was seen since the last frame that was kept
        self._cover = Cover()
        self._few = (0, -math.inf)  # smallest group, and when too few were seen well for it last
        self._frame: Frame | None = None
        self._count = 0
        self._analyzer = analyzer or engine.analyzer
        self.made_with = self._analyzer.made_with
        self._looks = self._analyzer.stream(self._frames(), source=source)
        self._rests = False
        self._one_at_a_time = threading.Lock()

    def now_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def look(self, data: bytes, time_s: float) -> Faces:
        """What is seen in the next frame, a picture file that came at ``time_s``; ``low_confidence`` has all else to anonymize.

        Raises:
            DataFileError: it is not a picture that can be read.
            Problem: it shows too many faces, or the session is too long.
        """
        limits = self._engine.limits
        if time_s > limits.seconds:
            raise Problem(
                "too_large", f"A live session takes {limits.seconds / 3600:g} hours at most; start a new one."
            )
        image = self._engine.frame(data)
        with self._one_at_a_time:
            self._rests = False
            self._frame = Frame(self._count, time_s, image)
            self._count += 1
            faces = self._engine.checked(next(self._looks))
            self._stood, self._cut = self._stood and faces.standing, self._cut or faces.cut
            if time_s >= self._due_s:  # on a grid, so that no step of the timeline stays empty
                self._kept.add(replace(faces, standing=self._stood, cut=self._cut))
                self._stood, self._cut = True, False
                self._due_s = next_on_grid(time_s, KEEP_EVERY_S)
            return self._cover.update(faces)

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

    def _frames(self) -> Iterator[Frame]:
        """What ``stream`` asks for its next frame."""
        while self._frame is not None:
            frame, self._frame = self._frame, None
            yield frame

    def rest(self) -> None:
        """Give back what following faces needs (pictures of the last seconds, looks of faces); who comes back gets new tracks."""
        with self._one_at_a_time:
            if not self._rests:
                self._looks.close()
                self._looks = self._analyzer.stream(self._frames(), source=self.source)
                self._cover, self._rests = Cover(), True

    def mark(self, note: str, time_s: float) -> Mark:
        """Mark a moment.

        Raises:
            Problem: there are too many marks, or the note is too long.
        """
        limits = self._engine.limits
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

    def recording(self) -> Recording:
        """The session so far as a recording without pictures; marked moments are its notes.

        A shared window may change its size on the way: all places are given in that of its largest frame.
        """
        kept = list(self._kept)
        frames = one_space(kept)
        changes = (*size_note([(f.width, f.height) for f in kept]), *cut_note(kept))
        return Recording(
            source=self.source,
            width=frames[0].width if frames else 0,
            height=frames[0].height if frames else 0,
            every_s=KEEP_EVERY_S,
            frames=without_still(frames),
            notes=(*(mark.sentence() for mark in self.marks), *changes),
            made_with=self.made_with,
        )

    def summary(self) -> dict[str, Any]:
        """The session in a few JSON values."""
        seconds = float(self._kept.last.time_s or 0.0) if self._kept.last else 0.0
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


class LiveSessions:
    """All live sessions of a server."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._limits = engine, engine.limits
        self._sessions: dict[str, LiveSession] = {}

    def connect(
        self, session_id: str | None, *, source: str, min_group: int, analyzer: Analyzer | None = None
    ) -> LiveSession:
        """A new session, or the one of that id if its connection broke.

        Raises:
            Problem: there are too many, or there is none of that id.
        """
        session = self.get(session_id) if session_id else None
        if session and session.connected:
            raise Problem("not_allowed", "This session is already open in another window or on another machine.")
        self._make_room()
        if session is None:
            session = LiveSession(self._engine, source, min_group, analyzer)
            self._sessions[session.id] = session
        session.connected, session.left = True, asyncio.Event()
        session.heard = time.monotonic()
        return session

    def _make_room(self) -> None:
        """If all places are taken, the session that has been silent for longest gives way; it can be taken up again."""
        connected = [one for one in self._sessions.values() if one.connected]
        if len(connected) < self._limits.live:
            return
        silent = min(connected, key=lambda one: one.heard, default=None)
        if silent is None or time.monotonic() - silent.heard < self._limits.silent_s:
            raise Problem("too_many_requests", "Too many live sessions are open; try again later.", retry_after_s=60)
        silent.connected = False
        silent.left.set()

    def get(self, session_id: str) -> LiveSession:
        """The session of that id.

        Raises:
            Problem: there is none.
        """
        session = self._sessions.get(session_id)
        if session is None:
            raise Problem(
                "not_found",
                "There is no such session; it was deleted, or its time was over.",
            )
        session.touched = time.monotonic()
        return session

    def counts(self) -> dict[str, int]:
        """How many sessions are connected, and how many are not any more."""
        connected = sum(one.connected for one in self._sessions.values())
        return {"connected": connected, "left": len(self._sessions) - connected}

    def delete(self, session: LiveSession) -> None:
        """Forget a session, and end its connection."""
        self._sessions.pop(session.id, None)
        session.left.set()

    def sweep(self) -> None:
        """Forget sessions that nobody has asked for in a while, and the oldest beyond the limit; let the others rest."""
        now = time.monotonic()
        idle = sorted((one for one in self._sessions.values() if not one.connected), key=lambda one: one.touched)
        many = len(idle) - self._limits.finished
        for number, session in enumerate(idle):
            if number < many or now - session.touched > self._limits.keep_s:
                self.delete(session)
            elif now - session.heard > REST_AFTER_S:
                session.rest()
