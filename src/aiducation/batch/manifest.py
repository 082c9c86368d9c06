"""The manifest of a folder: one line for each result, so that --resume knows what it was made from and the overview can
list it."""

from __future__ import annotations

import json
import os
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from aiducation.batch.summary import Summary
from aiducation.errors import AiducationError, OutputError, OutputExistsError
from aiducation.files import cannot_write, check_place, is_plain_file, open_plain, write_bytes, write_text
from aiducation.locks import BINARY, NO_LINKS, held
from aiducation.records import LONGEST_LINE, parse
from aiducation.schemas import (
    ANYTHING,
    check,
    listed,
    number,
    one_of,
    or_null,
    record,
    text,
    truth,
    whole,
)
from aiducation.signature import GENERATOR, is_signed
from aiducation.states import UNCLEAR, VIEWS

#: What a name in the folder looks like: never a place elsewhere.
_NAME = text(longest=300, pattern=r"^(?!\.)[^/\\\x00-\x1f]+$")

_COUNT = number(0, 1e7)

#: Whatever a view shows.
_SHOWN = tuple(dict.fromkeys(name for view in VIEWS.values() for name in view))

#: What a line looks like.
_SCHEMA = record(
    {
        "generator": text(longest=100, pattern=r"^aiducation \d"),
        "stem": _NAME,
        "source": text(longest=4000),
        "made_from": {"type": "object", "properties": {"file": listed(ANYTHING, least=1, most=3)}},
        "files": listed(_NAME, most=100),
        "complete": truth(),
        "error": text(longest=4000),
        "summary": record(
            {
                "kind": one_of("photo", "recording"),
                "frames": whole(0, 10**8),
                "counts": record({**dict.fromkeys(_SHOWN, or_null(_COUNT)), UNCLEAR: _COUNT}, optional=_SHOWN),
                "faces": _COUNT,
                "judged": or_null(number(0, 1)),
                "shares": or_null(record(dict.fromkeys(_SHOWN, number(0, 1)), optional=_SHOWN)),
                "words": text(),
                "changes": listed(text(), most=100_000),
                "left_out": whole(0, 10**8),
            },
            optional=("changes", "left_out"),
        ),
        "sum": whole(0, 2**32 - 1),
    },
    optional=("sum", "error"),  # earlier versions wrote none
)

#: Bytes by which a file is known again that has grown.
_TAIL = 512


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the manifest.

    Attributes:
        stem: how the names of the result's files begin.
        source: what was analyzed.
        made_from: everything that the result depends on: see ``differences``.
        files: names of the files that were written.
        complete: False if the analysis was stopped.
        summary: what was seen.
        error: why it could not be analyzed; "" if it could. Then there are no files, and the summary is empty.
    """

    stem: str
    source: str
    made_from: dict[str, Any]
    files: tuple[str, ...]
    complete: bool
    summary: Summary
    error: str = ""


class Manifest:
    """``results.jsonl`` in a folder of results. Lines are only added; of a stem's lines, the last one counts.

    Several processes may share it. Who adds or reorders lines has it alone meanwhile: see ``locks``.

    Attributes:
        path: the file.
        entries: stem -> what is known of its result; lines that cannot be read, as a crash leaves them, are passed over.
        passed_over: a sentence about them, "" if there are none; of a last line that a crash cut nothing need be said.

    Raises:
        OutputExistsError: there is a file of this name that this tool did not make.
        OutputError: something other than a file has this name, or it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "results.jsonl"
        self.entries: dict[str, Entry] = {}
        self.passed_over = ""
        self._bad: list[tuple[int, str]] = []  # numbers of lines, and what is wrong with them
        self._state: tuple[int, ...] = ()
        self._begin()
        self.refresh()
        if self._state and self._bad and not self.entries and not is_signed(self.path):
            raise OutputExistsError(
                f"{self.path} was made by another program, or is damaged; name another folder for the results."
            )

    def _begin(self) -> None:
        """Know of nothing yet."""
        self.entries, self._bad = {}, []
        self._read, self._number, self._tail = 0, 0, b""  # bytes and number of whole lines, and the last of these bytes

    def refresh(self) -> None:
        """Read what other processes have added. A file that took its place is read whole; of one that is gone nothing is known.

        Raises:
            OutputError: it cannot be read.
        """
        try:
            with open_plain(self.path) as file:
                state = _state(os.fstat(file.fileno()))
                if state == self._state:
                    return
                file.seek(self._read - len(self._tail))
                if state[:1] != self._state[:1] or file.read(len(self._tail)) != self._tail:
                    self._begin()
                    file.seek(0)
                content = file.read()
        except FileNotFoundError:
            self._begin()
            self._state = ()
            return
        except OSError as error:
            if isinstance(error, AiducationError):
                raise
            raise OutputError(f"Cannot read {self.path}: {error.strerror or error}.") from error
        *lines, cut = content.split(b"\n")
        for at, line in enumerate(lines, self._number + 1):
            try:
                entry = entry_of(line.rstrip(b"\r"))
            except ValueError as error:
                self._bad.append((at, str(error)))
            else:
                self.entries[entry.stem] = entry
        whole = len(content) - len(cut)
        self._state, self._read, self._number = state, self._read + whole, self._number + len(lines)
        self._tail = (self._tail + content[:whole])[-_TAIL:]
        self._read_cut(cut)
        self._say()

    def _read_cut(self, line: bytes) -> None:
        """A last line without an end is whole all the same, or was cut by a crash: nothing need be said of it then."""
        try:
            entry = entry_of(line)
        except ValueError:
            return
        self.entries[entry.stem] = entry

    def _say(self) -> None:
        bad = self._bad
        if bad:
            self.passed_over = (
                f"{self.path.name}: lines that were skipped: {len(bad):,} (line {bad[0][0]:,}: {bad[0][1]}); inputs whose "
                f"results only such a line names are analyzed again."
            )

    def add(self, entry: Entry) -> None:
        """Add a line.

        Raises:
            OutputError: it cannot be written.
        """
        self.entries[entry.stem] = entry
        line = line_of(entry).encode() + b"\n"
        try:
            with held(self.path.parent, self.path.name, wait=True), self._opened() as file:
                before = os.fstat(file.fileno())
                file.seek(max(before.st_size - 1, 0))
                cut = file.read(1) not in (b"", b"\n")  # as a crash left it
                file.write(b"\n" * cut + line)
                file.flush()
                if _state(before) == self._state or not before.st_size:
                    self._state = _state(os.fstat(file.fileno()))
                    self._read, self._tail, self._number = self._state[1], line[-_TAIL:], self._number + 1 + cut
        except OSError as error:
            if isinstance(error, AiducationError):
                raise
            raise cannot_write(self.path, error) from error

    def _opened(self) -> BinaryIO:
        """The file, open for more. One that has another name, too, as backups make them, is first made a file of its own."""
        check_place(self.path)
        with suppress(FileNotFoundError):
            if self.path.stat().st_nlink > 1:
                write_bytes(self.path, self.path.read_bytes())
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINKS | BINARY, 0o666)
        return os.fdopen(file, "a+b")

    def tidy(self) -> None:
        """Keep one line for each result: the last one. Lines of other versions of this tool stay.

        Raises:
            OutputError: it cannot be written.
        """
        if not self._tidied():
            return
        with held(self.path.parent, self.path.name, wait=True):
            self.refresh()
            if lines := self._tidied():
                write_text(self.path, "".join(f"{line}\n" for line in lines))
                self.refresh()

    def _tidied(self) -> list[str]:
        """The lines that it should have; none if it has just these."""
        try:
            with open_plain(self.path) as file:
                there = [line for line in file.read().decode("utf-8", "replace").split("\n") if line.strip()]
        except OSError:
            return []
        lines: dict[str, str] = {}
        for line in there:
            try:
                lines[f"stem {entry_of(line.encode()).stem}"] = line
            except ValueError:
                if _is_of_another_version(line):
                    lines[f"line {line}"] = line
        return list(lines.values()) if len(lines) < len(there) else []


def _state(about: os.stat_result) -> tuple[int, ...]:
    return about.st_ino, about.st_size, about.st_mtime_ns


def line_of(entry: Entry) -> str:
    about = asdict(entry)
    if not entry.error:
        del about["error"]  # most lines have none, and earlier versions know of none
    return json.dumps({"generator": GENERATOR, **about, "sum": _sum(about)})


def _is_of_another_version(line: str) -> bool:
    """Whether a line that cannot be read here was written by this tool all the same."""
    try:
        value = parse(line)
    except ValueError:
        return False
    made_by = value.get("generator") if isinstance(value, dict) else None
    return isinstance(made_by, str) and made_by.startswith("aiducation ") and made_by != GENERATOR


def unnamed(folder: Path, entry: Entry, endings: Iterable[str]) -> list[str]:
    """Files that lie where an entry's files would, and that it does not name: an earlier analysis wrote them, perhaps with other
    options, so that a picture may show the faces that the new ones anonymize."""
    names = (entry.stem + ending for ending in sorted(endings))
    return [name for name in names if name not in entry.files and is_plain_file(folder / name)]


def is_plain(name: str) -> bool:
    """Whether a name can be one of a result's files: in the folder itself, on any system, without control characters."""
    return bool(name.strip(" .")) and not any(
        c in '<>:"|?*/\\' or unicodedata.category(c) in ("Cc", "Cs") for c in name
    )


def entry_of(line: bytes) -> Entry:
    """What a line says.

    Raises:
        ValueError: it is not a line of a manifest, with the reason.
    """
    if len(line) > LONGEST_LINE:
        raise ValueError("it is too long")
    value = parse(line)
    if why := check(value, _SCHEMA):
        raise ValueError(why)
    if value.pop("sum", None) not in (None, _sum(value)):
        raise ValueError("its checksum does not match")
    if not all(map(is_plain, (value["stem"], *value["files"]))):
        raise ValueError("it names files outside this folder")
    del value["generator"]
    return Entry(**{**value, "files": tuple(value["files"]), "summary": Summary(**value["summary"])})


def _sum(about: Mapping[str, Any]) -> int:
    """Checksum of what is shown of a result without looking at it again; another ``made_from`` has it made anew anyway."""
    shown = [about[name] for name in ("stem", "source", "files", "complete", "summary")]
    return zlib.crc32(json.dumps(shown, sort_keys=True).encode())


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names of the things a result was made from that have changed since."""
    return [name for name, value in now.items() if before.get(name) != value]
