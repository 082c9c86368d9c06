"""Class rooms: the pages of a class send numbers, which become one recording without pictures. All of it is in memory alone.

Each student's own browser finds and judges the student's face, and sends five probabilities a second. Here they become the
figures of a group. What single people sent is used to count them and is never shown or saved: every answer and every file has
the group alone, and nothing while fewer than ``min_group`` people are seen.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from aiducation.defaults import MIN_GROUP
from aiducation.exports.format import Material
from aiducation.media.sampling import next_on_grid
from aiducation.observations.decision import decide
from aiducation.observations.detections import Detections, Quality
from aiducation.observations.faces import Faces
from aiducation.observations.group import group_of
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import head
from aiducation.states import OUTCOMES
from aiducation.texts import Texts
from aiducation.vision.analyzer import Analyzer
from aiducation.web.kept_sessions import KEEP_EVERY_S, KeptSession
from aiducation.web.problems import Problem
from aiducation.web.settings import Limits

#: Letters and digits of codes that nobody takes for others when they are read aloud or from a wall. Eight of them: a guess is
#: right once in 650 billion.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LONG, _GROUP = 8, 4

#: Seconds for which what somebody sent counts, while connected: old devices, and browsers in the background, are slower.
FRESH_S = 10.0

#: Seconds without a question of the teacher and without numbers, after which a class is over.
LEFT_S = 600.0

#: Members for each place in a class, those included whose connection broke: who was away longest is a new member when back.
_REMEMBERED = 10

#: Wrong codes a minute after which an address is told to wait: a class often has one address in common.
_WRONG_A_MINUTE = 60


class WrongCodes:
    """How many wrong codes came from each address in this minute."""

    def __init__(self) -> None:
        self._minute, self._counts = 0, Counter[str]()

    def check(self, address: str) -> None:
        """Raises: Problem: too many."""
        minute = int(time.monotonic() / 60)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        if self._counts[address] >= _WRONG_A_MINUTE:
            raise Problem("too_many_requests", "Too many wrong codes; try again in a minute.", retry_after_s=60)

    def count(self, address: str) -> None:
        """One more."""
        self._counts[address] += 1


@dataclass(eq=False)
class Member:
    """Somebody in a class, without a name.

    Attributes:
        key: by which the same page comes back after a break; only that page knows it.
        number: of the track, random.
        probs: (5,) what was sent last; None for no face.
        told_s: when that was, in seconds of the class.
        gone: set to end the member's connection: a newer one has taken its place.
    """

    key: str
    number: int
    probs: np.ndarray | None = None
    told_s: float = -np.inf
    connected: bool = True
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class ClassRoom(KeptSession):
    """One class, from its opening to its summary.

    Args:
        limits: of the server.
        analyzer: whose model and assumptions the pages have, too.
        min_group: smallest group of which anything is shown; never less than the usual one, whatever the server shows elsewhere.

    Attributes:
        code: by which students find it; without hyphen.
        open: whether people can join and send.
    """

    def __init__(self, limits: Limits, analyzer: Analyzer, min_group: int) -> None:
        super().__init__(limits, "class", max(min_group, MIN_GROUP), analyzer.made_with)
        self.code = "".join(secrets.choice(_LETTERS) for _ in range(_LONG))
        self.open = self.connected = True
        self._analyzer = analyzer
        self._members: dict[str, Member] = {}
        self._draw = np.random.default_rng()

    @property
    def shown_code(self) -> str:
        """The code as people read it: K7PM-4XQA."""
        return "-".join(self.code[at : at + _GROUP] for at in range(0, _LONG, _GROUP))

    @property
    def people(self) -> int:
        """How many people are connected."""
        return sum(member.connected for member in self._members.values())

    def join(self, key: str | None) -> Member:
        """A new member, or the one that comes back.

        Raises:
            Problem: the class is over, or full.
        """
        if not self.open:
            raise Problem("not_found", "This class is over.")
        known = self._members.get(key or "")
        if self.people - bool(known and known.connected) >= self._limits.class_people:
            raise Problem(
                "too_many_requests",
                f"This class is full: {self._limits.class_people} people are in it.",
                retry_after_s=60,
            )
        if known:
            known.gone.set()
            known.gone, known.connected = asyncio.Event(), True
            return known
        if len(self._members) >= _REMEMBERED * self._limits.class_people:
            away = (member for member in self._members.values() if not member.connected)
            self._members.pop(min(away, key=lambda member: member.told_s).key)
        numbers = {member.number for member in self._members.values()}
        while (number := int(self._draw.integers(1, 1_000_000))) in numbers:
            pass
        member = Member(secrets.token_urlsafe(16), number)
        self._members[member.key] = member
        return member

    def leave(self, member: Member, *, for_good: bool = False) -> None:
        """The member's connection is over; for good, the member's last numbers count no longer, and the key is forgotten."""
        member.connected = False
        if for_good:
            self._members.pop(member.key, None)

    def tell(self, member: Member, probs: np.ndarray | None) -> None:
        """Take what a member sent: (5,) probabilities, None where no face was seen well."""
        if self.open:
            self.heard = time.monotonic()
            member.probs, member.told_s = probs, self.now_s()
            self.advance()

    def advance(self) -> None:
        """Keep what is due by now; end a class that has lasted too long."""
        now = self.now_s()
        if not self.open:
            return
        if now > self._limits.seconds:
            self.end()
        elif now >= self._due_s:
            self._kept.add(self._now(now))
            self._count += 1
            self._due_s = next_on_grid(now, KEEP_EVERY_S)

    def end(self) -> None:
        """Let nobody in any more, and forget who sent what; the figures stay until they are deleted."""
        self.open = self.connected = False
        self._members.clear()
        self.touched = time.monotonic()
        self.left.set()

    def end_if_left(self) -> None:
        """End a class that everybody has left, the teacher too."""
        if self.open and time.monotonic() - max(self.touched, self.heard) > min(LEFT_S, self._limits.keep_s):
            self.end()

    def answer(self) -> dict[str, Any]:
        """How the class is now, in JSON values."""
        self.advance()
        now = self._now(self.now_s())
        return {
            "session": self.id,
            "code": self.shown_code,
            "open": self.open,
            "people": self.people,
            "most_people": self._limits.class_people,
            "time_s": round(now.time_s or 0.0, 2),
            "group": self.group(now).entry(),
        }

    def recording(self) -> Recording:
        """The class so far, without single faces: see ``material``."""
        return _without_single(self._full())

    def material(self, *, csv_dialect: str, texts: Texts) -> Material:
        """What its files are made of: the group, counted over everybody, and no row of anybody."""
        full = self._full()
        return Material(
            result=_without_single(full),
            min_group=self.min_group,
            csv_dialect=csv_dialect,
            texts=texts,
            counted=group_of(full, self.min_group),
        )

    def without_faces(self) -> dict[str, Any]:
        """The head of the JSON with the group over time; nobody's track."""
        full = self._full()
        return {**head(full, group_of(full, self.min_group)), "tracks": []}

    def _full(self) -> Recording:
        notes = ["The browsers of the class judged the faces and sent numbers; no picture came to this machine."]
        return Recording(
            source=self.source,
            width=0,
            height=0,
            every_s=KEEP_EVERY_S,
            frames=tuple(self._kept),
            notes=(*notes, *(mark.sentence() for mark in self.marks)),
            made_with=self.made_with,
        )

    def _now(self, time_s: float) -> Faces:
        """What everybody sent lately, as faces of one frame."""
        fresh = [
            member
            for member in self._members.values()
            if member.connected and member.probs is not None and time_s - member.told_s <= FRESH_S
        ]
        n = len(fresh)
        probs = np.array([member.probs for member in fresh], np.float32).reshape(n, len(OUTCOMES))
        states, reasons = decide(probs, [""] * n, self._analyzer.threshold, self._analyzer.view)
        return Faces(
            source=self.source,
            width=0,
            height=0,
            detections=_nowhere(n),
            quality=Quality(**{f: np.full(n, np.nan, np.float32) for f in Quality.__dataclass_fields__}),
            probs=probs,
            states=states,
            reasons=reasons,
            track_ids=np.array([member.number for member in fresh], np.int64),
            time_s=time_s,
            frame=self._count,
            made_with=self.made_with,
            view=self._analyzer.view,
        )


def _nowhere(n: int) -> Detections:
    """Faces of which nobody knows where they are."""
    return Detections(
        boxes=np.zeros((n, 4), np.float32), landmarks=np.zeros((n, 5, 2), np.float32), scores=np.ones(n, np.float32)
    )


def _without_single(recording: Recording) -> Recording:
    frames = [replace(one.only(np.zeros(len(one), bool)), low_confidence=_nowhere(0).boxes) for one in recording.frames]
    return replace(recording, frames=tuple(frames))


def judge_of(about: Mapping[str, Any]) -> str:
    """What a page and a server must have in common, so that their numbers mean the same: model and assumptions, as a short word.

    Args:
        about: of ``static_page.about``.
    """
    names = ("outcomes", "temperature", "weights", "split", "split_temperature", "camera_temperature")
    meant = {**{name: about[name] for name in names}, "data_hash": about["head"]["model"]["data_hash"]}
    return hashlib.sha256(json.dumps(meant, sort_keys=True).encode()).hexdigest()[:16]
