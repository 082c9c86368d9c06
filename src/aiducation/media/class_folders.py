"""Class folders: a folder with one file for each participant is one class, on one clock.

Who is in which file, and when each file begins, is said by what the meeting's server wrote beside the files. To add a server,
write a reader as ``bigbluebutton`` or ``livekit`` and enter it in ``CLOCKS``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiducation.errors import AiducationError
from aiducation.media.bigbluebutton import read_events
from aiducation.media.file_faults import clock_words
from aiducation.records import read_record
from aiducation.tables.paths import exists, file_named
from aiducation.tables.table import open_table

#: Bytes that a manifest of LiveKit has at most, and files of JSON in a folder that are looked at.
_MANIFEST_BYTES, _MOST_MANIFESTS = 1 << 22, 2000

#: Seconds that a class lasts at most.
_LONGEST_S = 86_400

#: The table that says when each file begins, for servers that write nothing beside their files.
STARTS = "starts.csv"


@dataclass(frozen=True)
class Piece:
    """A file that shows one participant for a while.

    Attributes:
        path: where it is.
        start_s: when it begins, in seconds on the clock of the class.
    """

    path: Path
    start_s: float


@dataclass(frozen=True)
class Clock:
    """What a server says of the files in a folder.

    Attributes:
        starts_s: name of a file, or its path inside the folder -> when it begins, in seconds; files that are not named show no
            participant.
        people: the same -> who is in it, as the server counts people; the file itself where nothing is known.
        notes: what a reader of the results should know of the clock, one sentence each.
    """

    starts_s: Mapping[str, float]
    people: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassFolder:
    """A class that was recorded with one or more files for each participant.

    Attributes:
        path: the folder.
        participants: the files of each participant in order of time; participants in the order in which they came.
        notes: what a reader of the results should know, one sentence each.
    """

    path: Path
    participants: tuple[tuple[Piece, ...], ...]
    notes: tuple[str, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The files of all participants."""
        return tuple(piece for pieces in self.participants for piece in pieces)


def clock_of(folder: Path) -> Clock | None:
    """What a meeting's server, or the user, wrote about the files in a folder; None if there is nothing.

    Raises:
        DataFileError: it is there and cannot be understood.
    """
    return next((clock for read in CLOCKS if (clock := read(folder))), None)


def class_folder(folder: Path, files: Sequence[Path], clock: Clock | None) -> ClassFolder | None:
    """The class in a folder; None where no file shows a participant.

    Args:
        folder: the folder.
        files: the recordings in and below it.
        clock: what ``clock_of`` gave; None where each file is another participant, and all begin together.
    """
    if clock is None:
        notes: tuple[str, ...] = (
            "Nothing in the folder says when each file begins: all were taken to begin together. A table "
            f"{STARTS} beside them can say it.",
        )
        clock = Clock({path.name: 0.0 for path in files}, {})
    else:
        known = {name for path in files for name in _names(path, folder)}
        missing = [name for name in clock.starts_s if name not in known]
        notes = clock.notes + _missing(missing)
    people: dict[str, list[Piece]] = {}
    for path in files:
        if name := next((one for one in _names(path, folder) if one in clock.starts_s), ""):
            who = clock.people.get(name, path.as_posix())
            people.setdefault(who, []).append(Piece(path, clock.starts_s[name]))
    if not people:
        return None
    ordered = [sorted(pieces, key=lambda piece: (piece.start_s, piece.path.name)) for pieces in people.values()]
    ordered.sort(key=lambda pieces: (pieces[0].start_s, pieces[0].path.name))
    first_s = min(0.0, *(pieces[0].start_s for pieces in ordered))  # nothing is before the clock begins
    participants = tuple(tuple(Piece(one.path, one.start_s - first_s) for one in pieces) for pieces in ordered)
    if first_s < 0:
        early = clock_words(-first_s)
        notes += (
            f"The first file begins {early} before 0:00 of that clock: here 0:00 is when it begins, and every "
            "time is later by that.",
        )
    return ClassFolder(folder, participants, notes)


def _names(path: Path, folder: Path) -> tuple[str, str]:
    """What a clock may call a file: its path inside the folder, which is known to be this one, or its name."""
    return path.relative_to(folder).as_posix(), path.name


def _missing(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    which, n = ", ".join(names[:3]), len(names)
    return (
        f"Files that the server recorded are missing in the folder ({n:,}): {which}. Copy the whole folder, then try again.",
    )


def bigbluebutton(folder: Path) -> Clock | None:
    """The clock of BigBlueButton's raw recording: ``events.xml`` names each webcam's file, when it began, and whose it is."""
    path = folder / "events.xml"
    if not path.is_file():
        return None
    events = read_events(path)
    if events is None or not events.webcams:
        return None
    return Clock(
        starts_s=dict(events.webcams),
        people={name: events.person_in(name) for name in events.webcams},
        notes=events.notes(),
    )


def livekit(folder: Path) -> Clock | None:
    """The clock of LiveKit's egress: each file has a manifest ``EG_….json`` with its publisher and its start in nanoseconds."""
    manifests = [one for path in sorted(folder.rglob("*.json"))[:_MOST_MANIFESTS] if (one := _manifest(path))]
    manifests = [one for one in manifests if one.get("publisher_identity")]  # others show the whole room
    starts: dict[str, int] = {}
    people: dict[str, str] = {}
    for one in manifests:
        if one.get("track_source") in ("screen_share", "screen_share_audio", "microphone"):
            continue
        for file in one.get("files") or ():
            name = str(file.get("filename", "")).rpartition("/")[2] if isinstance(file, Mapping) else ""
            if name:
                starts[name] = one["started_at"]
                people[name] = str(one["publisher_identity"])
    if not starts:
        return None
    first = min(starts.values())
    return Clock(
        starts_s={name: (at - first) / 1e9 for name, at in starts.items()},
        people=people,
        notes=(
            "0:00 is when the first file began, by the clock of LiveKit's server. It notes when a recording was started; the "
            "first picture can come up to a few seconds later.",
        ),
    )


def _manifest(path: Path) -> dict[str, Any] | None:
    try:
        value = read_record(path, most=_MANIFEST_BYTES)
    except AiducationError:
        return None
    fits = isinstance(value.get("egress_id"), str) and isinstance(value.get("started_at"), int)
    return value if fits and isinstance(value.get("files", []), list) else None


def starts_table(folder: Path) -> Clock | None:
    """The user's own clock: a table ``starts.csv`` with the columns file, start_s and, if wanted, person.

    Raises:
        DataFileError: it lacks a column, names a file twice, or gives no time in seconds since the class began.
    """
    path = folder / STARTS
    if not path.is_file():
        return None
    starts: dict[str, float] = {}
    people: dict[str, str] = {}
    with open_table(path, prefer=("file", "start_s"), largest=_MANIFEST_BYTES) as table:
        table.need("file", "start_s")
        for row in table.rows(("file", "start_s")):
            at = row.number("start_s")
            name = _place_in(folder, row["file"]) if row["file"] else ""
            if name in starts:
                raise row.error(f"{name[:80]} was listed before.")
            if not abs(at) <= _LONGEST_S:  # the time of day or of a calendar would become years without any picture
                raise row.error(
                    f"column start_s: {row['start_s'][:20]} is not a time at which a file begins. Give the seconds since the "
                    f"class began, at most {_LONGEST_S:,}."
                )
            starts[name] = at
            if person := row.cells.get("person"):
                people[name] = person
    return Clock(starts, people, (f"When each file begins was taken from {STARTS}.",)) if starts else None


def _place_in(folder: Path, written: str) -> str:
    """The path inside a folder of a file that a table names; the file's name where it is not there."""
    path = Path(os.path.normpath(file_named(folder, written)))
    above = Path(os.path.normpath(folder))
    return path.relative_to(above).as_posix() if exists(path) and path.is_relative_to(above) else path.name


#: What is asked for the clock of a folder, one after the other.
CLOCKS: tuple[Callable[[Path], Clock | None], ...] = (starts_table, bigbluebutton, livekit)
