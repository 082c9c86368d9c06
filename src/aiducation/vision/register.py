"""The register of a folder: a line a result, so that --resume knows what each was made from and an overview lists them all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiducation.errors import OutputExistsError
from aiducation.files import cannot_write
from aiducation.vision.signature import GENERATOR, is_signed
from aiducation.vision.summary import Summary


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

    Raises:
        OutputExistsError: there is a file of this name that this tool did not make.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "results.jsonl"
        self.entries: dict[str, Entry] = {}
        if self.path.is_file():
            for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
                if entry := _read(line):
                    self.entries[entry.stem] = entry
            if not self.entries and self.path.stat().st_size and not is_signed(self.path):
                raise OutputExistsError(f"{self.path} was made by something else; name another folder for the results.")

    def add(self, entry: Entry) -> None:
        """Add a line.

        Raises:
            OutputError: it cannot be written.
        """
        self.entries[entry.stem] = entry
        line = json.dumps({"generator": GENERATOR, **asdict(entry)})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                file.seek(max(file.tell() - 1, 0))
                cut = file.read(1) not in (b"", b"\n")  # as a crash left it
                file.write(b"\n" * cut + line.encode() + b"\n")
        except OSError as error:
            raise cannot_write(self.path, error) from error


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
