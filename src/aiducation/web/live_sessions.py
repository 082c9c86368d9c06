"""Live sessions: what was seen since a camera or a shared window was started, in memory alone."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

from aiducation.media.sampling import next_on_grid
from aiducation.media.videos import Frame
from aiducation.observations.faces import Faces
from aiducation.observations.picture_space import one_space, size_note
from aiducation.observations.recording import Recording
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.cuts import cut_note
from aiducation.vision.lost_faces import Cover
from aiducation.vision.static_faces import without_still
from aiducation.web.engine import Engine
from aiducation.web.kept_sessions import KEEP_EVERY_S, KeptSession
from aiducation.web.problems import Problem

#: Seconds after its last picture for which a session that is not connected can follow the same faces again.
REST_AFTER_S = 30.0


class LiveSession(KeptSession):
    """One camera or shared window, from its start to its summary.

    Args:
        engine: what analyzes.
        source: "camera" or "screen", for the results.
        min_group: group figures of fewer faces are withheld.
        analyzer: what looks, under the assumptions that were asked for; None for the server's.

    Attributes:
        connected: whether a socket is open.
        left: set to end its connection: when it is deleted, gives its place to another one, or has a newer connection, which
            gets another ``left``.
    """

    def __init__(self, engine: Engine, source: str, min_group: int, analyzer: Analyzer | None = None) -> None:
        self._analyzer = analyzer or engine.analyzer
        super().__init__(engine.limits, source, min_group, self._analyzer.made_with)
        self._engine = engine
        self._cut = False
        self._stood = True  # whether nothing new was seen since the last frame that was kept
        self._cover = Cover()
        self._frame: Frame | None = None
        self._looks = self._analyzer.stream(self._frames(), source=source)
        self._rests = False
        self._one_at_a_time = threading.Lock()

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
            faces = self._engine.checked(self._seen())
            self._stood, self._cut = self._stood and faces.standing, self._cut or faces.cut
            if time_s >= self._due_s:  # on a grid, so that no step of the timeline stays empty
                self._kept.add(replace(faces, standing=self._stood, cut=self._cut))
                self._stood, self._cut = True, False
                self._due_s = next_on_grid(time_s, KEEP_EVERY_S)
            return self._cover.update(faces)

    def _seen(self) -> Faces:
        """What the next frame shows. A failure, as of a device, ends what follows the faces: the frame after it begins anew."""
        try:
            return next(self._looks)
        except Exception:
            self._looks = self._analyzer.stream(self._frames(), source=self.source)
            raise

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


class LiveSessions:
    """All live sessions of a server, and its classes: what is kept of both can be had in the same way."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._limits = engine, engine.limits
        self._sessions: dict[str, KeptSession] = {}

    def connect(
        self, session_id: str | None, *, source: str, min_group: int, analyzer: Analyzer | None = None
    ) -> LiveSession:
        """A new session, or the one of that id: only who began it knows that. It takes the place of a connection that is still
        there, because a page notices that its network has changed long before a server does.

        Raises:
            Problem: there are too many, or there is none of that id.
        """
        session = self._of_pictures(session_id) if session_id else None
        if session and session.connected:
            session.left.set()
            session.connected = False
        self._make_room()
        if session is None:
            session = LiveSession(self._engine, source, min_group, analyzer)
            self._sessions[session.id] = session
        session.connected, session.left = True, asyncio.Event()
        session.heard = time.monotonic()
        return session

    def _of_pictures(self, session_id: str) -> LiveSession:
        session = self.get(session_id)
        if not isinstance(session, LiveSession):
            raise Problem("not_found", "There is no such session of pictures.")
        return session

    def _make_room(self) -> None:
        """If all places are taken, the session that has been silent for longest gives way; it can be taken up again."""
        connected = [one for one in self._sessions.values() if isinstance(one, LiveSession) and one.connected]
        if len(connected) < self._limits.live:
            return
        silent = min(connected, key=lambda one: one.heard, default=None)
        if silent is None or time.monotonic() - silent.heard < self._limits.silent_s:
            raise Problem("too_many_requests", "Too many live sessions are open; try again later.", retry_after_s=60)
        silent.connected = False
        silent.left.set()

    def keep(self, session: KeptSession) -> None:
        """Keep a session of another kind: files are made of it, and it is forgotten, as of all others."""
        self._sessions[session.id] = session

    def every(self) -> list[KeptSession]:
        """All that are kept."""
        return list(self._sessions.values())

    def get(self, session_id: str) -> KeptSession:
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

    def delete(self, session: KeptSession) -> None:
        """Forget a session, and end its connection."""
        self._sessions.pop(session.id, None)
        session.left.set()

    def sweep(self) -> None:
        """Forget sessions that nobody has asked for in a while, and the oldest beyond the limit; let the others rest."""
        now = time.monotonic()
        for session in self._sessions.values():
            session.end_if_left()
        idle = sorted((one for one in self._sessions.values() if not one.connected), key=lambda one: one.touched)
        many = len(idle) - self._limits.finished
        for number, session in enumerate(idle):
            if number < many or now - session.touched > self._limits.keep_s:
                self.delete(session)
            elif now - session.heard > REST_AFTER_S:
                session.rest()
