"""BigBlueButton: what the ``events.xml`` of a raw recording says of webcams, people and the recording button."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat  # nosec B407 - entity declarations are refused below

from aiducation.errors import DataFileError
from aiducation.media.file_faults import clock_words

#: Bytes of the file that are read at a time.
_BLOCK = 1 << 20

#: Events of which something is kept, and what is kept of each.
_KEPT = {
    "ParticipantJoinEvent": ("userId", "externalUserId"),
    "StartWebRTCShareEvent": ("filename",),
    "StartWebcamShareEvent": ("stream",),
    "RecordStatusEvent": ("status",),
}


@dataclass
class Events:
    """What is known of a meeting.

    Attributes:
        webcams: name of a webcam's file -> when it began, in seconds since the first event.
        people: a user's number in the meeting -> the person's number outside: one that comes back gets another of the first.
        recorded_s: when the recording button was pressed or released, in seconds since the first event.

    Source: BigBlueButton's ``record-and-playback/core`` (events.rb): times are milliseconds of the server's own clock, counted
    from the first event; an event names the path that a file had on the server.
    """

    webcams: dict[str, float] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    recorded_s: list[float] = field(default_factory=list)
    first_ms: float = math.nan

    def person_in(self, file: str) -> str:
        """Who is in a webcam's file: the user whose number is part of its name; the file where nobody's is."""
        users = [user for user in self.people if user in file]
        user = max(users, key=len, default="")
        return self.people.get(user) or user or file

    def notes(self) -> tuple[str, ...]:
        """What differs between this clock and that of the playback."""
        found = ["0:00 is the first event of the meeting, as in events.xml."]
        if self.recorded_s and self.recorded_s[0] >= 0.5:
            at = clock_words(self.recorded_s[0])
            found.append(f"The recording button was pressed after {at}: BigBlueButton's playback begins there.")
        if len(self.recorded_s) > 2:
            found.append("The playback leaves out what came while recording was paused.")
        return tuple(found)

    def add(self, name: str, ms: float, values: Mapping[str, str]) -> None:
        """Take note of an event."""
        at_s = (ms - self.first_ms) / 1000
        if name == "ParticipantJoinEvent" and values.get("userId"):
            self.people[values["userId"]] = values.get("externalUserId") or values["userId"]
        elif name == "StartWebRTCShareEvent" and values.get("filename"):
            self.webcams.setdefault(values["filename"].rpartition("/")[2], at_s)
        elif name == "StartWebcamShareEvent" and values.get("stream"):
            self.webcams.setdefault(values["stream"].rpartition("/")[2] + ".flv", at_s)
        elif name == "RecordStatusEvent":
            self.recorded_s.append(at_s)


def read_events(path: Path) -> Events | None:
    """What an ``events.xml`` says; None if it is not BigBlueButton's.

    Raises:
        DataFileError: it cannot be read, is damaged, or declares entities.
    """
    events, reader = Events(), _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = reader.words, reader.refuse
    reader.events, reader.path = events, path
    try:
        with path.open("rb") as file:
            while (block := file.read(_BLOCK)) and not reader.stranger:
                parser.Parse(block, False)
        if reader.stranger:
            return None
        parser.Parse(b"", True)
    except OSError as error:
        raise DataFileError(f"Cannot read {path}: {error.strerror or error}.") from error
    except expat.ExpatError as error:
        if not events.webcams:
            return None
        what = expat.errors.messages.get(error.code, "it is damaged")
        raise DataFileError(f"{path}, line {error.lineno:,} is not XML: {what}. Copy it again.") from error
    return events


class _Reader:
    """Follows the elements of the file: <recording> <event timestamp eventname> <filename>."""

    events: Events
    path: Path

    def __init__(self) -> None:
        self.stranger = False
        self._depth, self._text = 0, ""
        self._event: tuple[str, float] | None = None
        self._values: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._text = ""
        if self._depth == 1:
            self.stranger = name != "recording" or "meeting_id" not in attributes
        elif self._depth == 2 and name == "event":
            try:
                ms = float(attributes.get("timestamp", "nan"))
            except ValueError:
                ms = math.nan
            if math.isnan(self.events.first_ms) and math.isfinite(ms):
                self.events.first_ms = ms
            kept = attributes.get("eventname", "")
            self._event = (kept, ms) if kept in _KEPT and math.isfinite(ms) else None
            self._values = {}

    def end(self, name: str) -> None:
        if self._depth == 3 and self._event and name in _KEPT[self._event[0]]:
            self._values[name] = self._text.strip()
        elif self._depth == 2 and self._event:
            self.events.add(*self._event, self._values)
            self._event = None
        self._depth -= 1

    def words(self, text: str) -> None:
        if self._event and len(self._text) < 10_000:
            self._text += text

    def refuse(self, *_: object) -> None:
        raise DataFileError(f"{self.path} declares an entity, which BigBlueButton never does; the file is not read.")
