"""The register of a folder: a line a result, so that --resume knows what each was made from and an overview lists them all."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from aiducation.errors import AiducationError, OutputError, OutputExistsError
from aiducation.files import cannot_write, write_bytes, write_text
from aiducation.locks import BINARY, NO_LINKS, held
from aiducation.temporary import check_place, open_plain
from aiducation.vision.signature import GENERATOR, is_signed
from aiducation.vision.summary import Summary

#: Bytes by which a file is known again that has grown.
_TAIL = 512


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the register.

    Attributes:
        stem: how the names of the result's files begin.
        source: what was analyzed.
        made_from: everything that the result depends on: see ``differences``.
        files: names of the files that were written.
        complete: False if the analysis was stopped.
        summary: what was seen.
    """

    stem: str
    source: str
    made_from: dict[str, Any]
    files: tuple[str, ...]
    complete: bool
    summary: Summary

    @property
    def is_plain(self) -> bool:
        """Whether its files can only lie in the register's own folder."""
        return is_plain(self.stem) and all(map(is_plain, self.files))


class Register:
    """``results.jsonl`` in a folder of results. Lines are only added; of a stem's lines, the last one counts.

    Several processes may share it. Who adds or reorders lines has it alone meanwhile: see ``locks``.

    Attributes:
        path: the file.
        entries: stem -> what is known of its result; lines that cannot be read, as a crash leaves them, are passed over.
        refused: how many lines name files outside the folder, or what can be no file of a result; they are passed over, too.

    Raises:
        OutputExistsError: there is a file of this name that this tool did not make.
        OutputError: something that is no file has this name.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "results.jsonl"
        self.entries: dict[str, Entry] = {}
        self.refused = 0
        self._state: tuple[int, ...] = ()
        self._read = 0  # bytes of whole lines
        self._tail = b""  # the last of them
        self.refresh()
        if self._state and not self.entries and self.path.stat().st_size and not is_signed(self.path):
            raise OutputExistsError(f"{self.path} was made by something else; name another folder for the results.")

    def refresh(self) -> None:
        """Read what other processes have added. A file that took its place is read whole.

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
                    self.entries, self.refused, self._read, self._tail = {}, 0, 0, b""
                    file.seek(0)
                content = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            if isinstance(error, AiducationError):
                raise
            raise OutputError(f"Cannot read {self.path}: {error.strerror or error}.") from error
        whole = content.rfind(b"\n") + 1
        self._state, self._read = state, self._read + whole
        self._tail = (self._tail + content[:whole])[-_TAIL:]
        for line in content.decode("utf-8", "replace").split("\n"):
            if entry := _read(line):
                if entry.is_plain:
                    self.entries[entry.stem] = entry
                else:
                    self.refused += 1

    def add(self, entry: Entry) -> None:
        """Add a line.

        Raises:
            OutputError: it cannot be written.
        """
        self.entries[entry.stem] = entry
        line = _line(entry).encode() + b"\n"
        try:
            with held(self.path.parent, self.path.name, wait=True), self._opened() as file:
                before = os.fstat(file.fileno())
                file.seek(max(before.st_size - 1, 0))
                cut = file.read(1) not in (b"", b"\n")  # as a crash left it
                file.write(b"\n" * cut + line)
                file.flush()
                if _state(before) == self._state or not before.st_size:
                    self._state = _state(os.fstat(file.fileno()))
                    self._read, self._tail = self._state[1], line[-_TAIL:]
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
        """Leave one line a result: the one that counts. Lines of other versions of this tool stay.

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
            entry = _read(line)
            if entry and entry.is_plain:
                lines[f"stem {entry.stem}"] = line
            elif not entry and _is_of_this_tool(line):
                lines[f"line {line}"] = line
        return list(lines.values()) if len(lines) < len(there) else []


def _state(about: os.stat_result) -> tuple[int, ...]:
    return about.st_ino, about.st_size, about.st_mtime_ns


def _line(entry: Entry) -> str:
    return json.dumps({"generator": GENERATOR, **asdict(entry)})


def _is_of_this_tool(line: str) -> bool:
    """Whether a line that cannot be read here was written by this tool all the same: by another version."""
    try:
        value = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and str(value.get("generator", "")).startswith("aiducation ")


def is_plain(name: str) -> bool:
    """Whether a name can be one of a result's files: in the folder itself, on any system, without control characters."""
    return bool(name.strip(" .")) and not any(
        c in '<>:"|?*/\\' or unicodedata.category(c) in ("Cc", "Cs") for c in name
    )


def _read(line: str) -> Entry | None:
    try:
        value = json.loads(line)
        del value["generator"]
        made_from, files, summary = dict(value["made_from"]), tuple(value["files"]), Summary(**value["summary"])
        return Entry(**{**value, "made_from": made_from, "files": files, "summary": summary})
    except (ValueError, TypeError, KeyError):
        return None


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names of what a result was made from that is not the same any more."""
    return [name for name, value in now.items() if before.get(name) != value]
