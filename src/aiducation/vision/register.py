"""The register of a folder: a line a result, so that --resume knows what each was made from and an overview lists them all."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiducation.errors import OutputExistsError
from aiducation.files import cannot_write
from aiducation.records import parse, read_lines
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
from aiducation.states import OUTCOMES, UNCLEAR
from aiducation.vision.signature import GENERATOR, is_signed
from aiducation.vision.summary import Summary

#: What a name in the folder looks like: never a place elsewhere.
_NAME = text(longest=300, pattern=r"^(?!\.)[^/\\\x00-\x1f]+$")

_COUNT = number(0, 1e7)

#: What a line looks like.
_SCHEMA = record(
    {
        "generator": text(longest=100, pattern=r"^aiducation \d"),
        "stem": _NAME,
        "source": text(longest=4000),
        "made_from": {"type": "object", "properties": {"file": listed(ANYTHING, least=1, most=3)}},
        "files": listed(_NAME, most=100),
        "complete": truth(),
        "summary": record(
            {
                "kind": one_of("photo", "recording"),
                "frames": whole(0, 10**8),
                "counts": record(dict.fromkeys((*OUTCOMES, UNCLEAR), _COUNT)),
                "faces": _COUNT,
                "judged": or_null(number(0, 1)),
                "shares": or_null(record({outcome: number(0, 1) for outcome in OUTCOMES})),
                "words": text(),
                "changes": listed(text(), most=100_000),
            },
            optional=("changes",),
        ),
        "sum": whole(0, 2**32 - 1),
    },
    optional=("sum",),  # earlier versions wrote none
)


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


class Register:
    """``results.jsonl`` in a folder of results. Lines are only added; of a stem's lines, the last one counts.

    Attributes:
        path: the file.
        entries: stem -> what is known of its result; lines that cannot be read, as a crash leaves them, are passed over.
        passed_over: what is said of them, "" if there are none; of a last line that a crash cut nothing need be said.

    Raises:
        OutputExistsError: there is something of this name that this tool did not make.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "results.jsonl"
        self.entries: dict[str, Entry] = {}
        self.passed_over = ""
        if self.path.exists() or self.path.is_symlink():
            self._read()

    def _read(self) -> None:
        bad: list[tuple[int, str]] = []
        number = 0
        try:
            for number, line in enumerate(read_lines(self.path), 1):
                try:
                    entry = _entry(line)
                except ValueError as error:
                    bad.append((number, str(error)))
                else:
                    self.entries[entry.stem] = entry
            mine = not bad or self.entries or is_signed(self.path)
        except (OSError, ValueError) as error:
            raise OutputExistsError(
                f"{self.path} cannot be read ({getattr(error, 'strerror', None) or error}); name another folder for the results."
            ) from error
        if not mine:
            raise OutputExistsError(
                f"{self.path} was made by something else, or is damaged; name another folder for the results."
            )
        if bad and bad != [(number, bad[-1][1])]:
            count = "a line" if len(bad) == 1 else f"{len(bad):,} lines"
            self.passed_over = (
                f"{self.path.name}: {count} passed over (line {bad[0][0]:,}: {bad[0][1]}); what only such a line knows of is "
                "analyzed anew."
            )

    def add(self, entry: Entry) -> None:
        """Add a line.

        Raises:
            OutputError: it cannot be written.
        """
        self.entries[entry.stem] = entry
        about = asdict(entry)
        line = json.dumps({"generator": GENERATOR, **about, "sum": _sum(about)})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                file.seek(max(file.tell() - 1, 0))
                cut = file.read(1) not in (b"", b"\n")  # as a crash left it
                file.write(b"\n" * cut + line.encode() + b"\n")
        except OSError as error:
            raise cannot_write(self.path, error) from error


def _entry(line: bytes | None) -> Entry:
    """What a line says.

    Raises:
        ValueError: it is no line of a register, with the reason.
    """
    if line is None:
        raise ValueError("it is too long")
    value = parse(line)
    if why := check(value, _SCHEMA):
        raise ValueError(why)
    if value.pop("sum", None) not in (None, _sum(value)):
        raise ValueError("its checksum is another")
    del value["generator"]
    return Entry(**{**value, "files": tuple(value["files"]), "summary": Summary(**value["summary"])})


def _sum(about: Mapping[str, Any]) -> int:
    """Checksum of what is shown of a result without looking at it again; another ``made_from`` has it made anew anyway."""
    shown = [about[name] for name in ("stem", "source", "files", "complete", "summary")]
    return zlib.crc32(json.dumps(shown, sort_keys=True).encode())


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names of what a result was made from that is not the same any more."""
    return [name for name, value in now.items() if before.get(name) != value]
