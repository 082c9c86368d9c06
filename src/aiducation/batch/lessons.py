"""Lessons: when the recordings of a collection were made, and what they are called: from a table or from their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from aiducation.batch.manifest import Manifest
from aiducation.batch.results import read_result
from aiducation.errors import DataFileError
from aiducation.observations.recording import Recording
from aiducation.tables.table import open_table

#: A day in a name: 2026-11-23, 2026_11_23, 2026.11.23 or 20261123; a digit right before or after it would make it another number.
_DAY = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A recording of a collection.

    Attributes:
        source: what its result calls it.
        name: of the lesson; recordings of one name are shown together.
        day: when it was; None if nothing says so.
    """

    source: str
    name: str
    day: date | None

    @property
    def month(self) -> str:
        """Such as 2026-11; "unknown" without a day."""
        return self.day.strftime("%Y-%m") if self.day else "unknown"


def day_in(name: str) -> date | None:
    """The first day that a name holds, as meeting programs write it: 2026-11-23, 20261123; None if there is none.

    The file's own name comes before those of its folders: they may say when it was copied.
    """
    for part in reversed(name.split("/")):
        for found in _DAY.finditer(part):
            try:
                return date(int(found[1]), int(found[3]), int(found[4]))
            except ValueError:  # the 31st of a month that has none
                continue
    return None


def read_lessons(path: Path) -> dict[str, Lesson]:
    """Source -> lesson, of a table with the columns source, day (2026-11-23) and, if wanted, lesson; without one, a lesson is
    called like its recording.

    Raises:
        DataFileError: a column or a source is missing, a day is none, or a source stands there twice.
    """
    found: dict[str, Lesson] = {}
    with open_table(path, prefer=("source", "day")) as table:
        names = ("source", "day", *(["lesson"] if "lesson" in table.columns else []))
        table.need(*names)
        for row in table.rows(names):
            source = row["source"]
            if not source:
                raise row.error("the recording is not named.")
            if source in found:
                raise row.error(f"{source[:80]} was listed before.")
            try:
                day = date.fromisoformat(row["day"]) if row["day"] else None
            except ValueError:
                raise row.error(f"a day is written like 2026-11-23, not {row['day'][:40]!r}.") from None
            name = row["lesson"] if "lesson" in names else ""
            found[source] = Lesson(source=source, name=name or source, day=day)
    return found


def recordings_of(folder: Path) -> Iterator[tuple[str, Recording | None, str]]:
    """Source, recording and reason of every result that the manifest of a folder knows; the reason why there is no recording.

    One after the other, so that one recording is in memory at a time.

    Raises:
        DataFileError: the folder has no manifest.
    """
    entries = Manifest(folder).entries
    if not entries:
        raise DataFileError(
            f"{folder} has no results.jsonl with results; name the folder that 'aiducation analyze --out' wrote."
        )
    for entry in sorted(entries.values(), key=lambda one: one.source):
        name = f"{entry.stem}.json"
        if entry.summary.kind != "recording":
            yield entry.source, None, "a photo has no lesson"
        elif entry.error:
            yield entry.source, None, entry.error
        elif not entry.complete:
            yield (
                entry.source,
                None,
                "its analysis did not come to its end; 'aiducation analyze' with --resume goes on with it",
            )
        elif name not in entry.files:
            yield entry.source, None, "it was saved without json"
        else:
            try:
                result = read_result(folder / name)
            except DataFileError as error:
                yield entry.source, None, str(error)
                continue
            assert isinstance(result, Recording)
            yield entry.source, result, ""
