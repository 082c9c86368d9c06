"""A collection: the results of a term as one set of Parquet files, and what DuckDB finds in it. Alone knows DuckDB.

A row is a person in a step of time of a recording. A person is a track: the same child has another number in the next lesson.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.batch.lessons import Lesson, day_in
from aiducation.errors import OutputError, require
from aiducation.evaluation.intervals import Interval, t_interval
from aiducation.files import cannot_write
from aiducation.observations.outcomes import outcomes_of
from aiducation.observations.person_shares import person_shares
from aiducation.observations.recording import Recording
from aiducation.observations.schema import SCHEMA_VERSION
from aiducation.signature import PARQUET_KEY
from aiducation.states import OUTCOMES, VIEWS
from aiducation.texts import N_

#: Seconds of a step.
STEP_S = 10.0

#: Equal parts of a recording.
PHASES = (N_("first third"), N_("second third"), N_("last third"))

#: What DuckDB could not do.
_FAILED = N_("The Parquet files of the collection cannot be written or read: {why}.")

_NO_LINK = N_(
    "DuckDB cannot use a folder with \\, *, ?, [ or ] in its path, or letters that are not UTF-8: {path}. Name another."
)

#: What DuckDB may read otherwise in paths: places for other names, a backslash as a slash; and bytes that are not UTF-8.
_ODD = re.compile(r"[\\*?\[\]{}\udc80-\udcff]")

_WEEKDAYS = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday")),
    *(N_("Saturday"), N_("Sunday")),
)

#: What is compared: name -> the expression that a row is grouped by, and that by which groups are put in order.
TRENDS = {
    "all": ("'all lessons'", "0"),
    "lesson": ("lesson", "min(coalesce(day, DATE '9999-12-31'))"),
    "weekday": ("weekday", "min(isodow(day))"),
    "phase": ("phase", "min(CASE phase WHEN 'first third' THEN 0 WHEN 'second third' THEN 1 ELSE 2 END)"),
}


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A group of a trend.

    Attributes:
        kind: of ``TRENDS``.
        group: "Monday", "first third" or a lesson's name.
        people: tracks behind the figures; ``recordings``: that they come from.
        shares: of each outcome of the view, the mean over people with its 95 % interval; None where fewer people than the
            smallest group are behind it.
    """

    kind: str
    group: str
    people: int
    recordings: int
    shares: tuple[Interval, ...] | None


#: What the folders in a set are called; see ``Lesson.month``.
_MONTH = re.compile(r"month=(?:\d{4}-\d{2}|unknown)")


def is_month(name: str) -> bool:
    """Whether a folder is one that a set of Parquet files has, by its name."""
    return bool(_MONTH.fullmatch(name))


class Collection:
    """A folder with a set of Parquet files: ``month=2026-11/*.parquet``.

    Args:
        folder: where they are, or are to be.

    Raises:
        MissingExtraError: DuckDB is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        duckdb = require("duckdb", "collection")
        self._error, self._duckdb = duckdb.Error, duckdb.connect()
        self._link: Path | None = None

    def close(self) -> None:
        """Release the database, which was in memory."""
        self._duckdb.close()
        if self._link is not None:
            _remove_link(self._link)

    def _place(self, *, make: bool = False) -> str:
        """The folder as DuckDB can take it: of one whose path it would read otherwise, a link with a plain name.

        Args:
            make: make the folder if it is missing.

        Raises:
            OutputError: the folder, or such a link, cannot be made.
        """
        place = self.folder.absolute().as_posix()
        if not _ODD.search(place):
            return place
        try:
            if make:
                self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        if self._link is None:
            self._link = _linked(self.folder.absolute())
            weakref.finalize(self, _remove_link, self._link)
        return self._link.as_posix()

    def write(self, recordings: Iterable[tuple[Recording, Lesson | None]], *, step_s: float = STEP_S) -> int:
        """Write the set; gives how many rows it has.

        Args:
            recordings: with what is known of each; None where its name alone says when it was.
            step_s: seconds of a step.
        """
        return self.write_rows(
            (
                (
                    known or Lesson(source=recording.source, name=recording.source, day=day_in(recording.source)),
                    _rows(number, recording, step_s),
                )
                for number, (recording, known) in enumerate(recordings)
            ),
            step_s=step_s,
        )

    def write_rows(self, lessons: Iterable[tuple[Lesson, dict[str, np.ndarray]]], *, step_s: float = STEP_S) -> int:
        """The same for rows that are made already: a column for each of the table ``steps``.

        Raises:
            OutputError: the set cannot be written.
        """
        columns = ", ".join(f"{name} FLOAT" for name in OUTCOMES)
        self._do(
            "CREATE OR REPLACE TABLE steps (recording INTEGER, person INTEGER, step INTEGER, phase TINYINT, together INTEGER, "
            f"pictures INTEGER, {columns}); "
            "CREATE OR REPLACE TABLE lessons (recording INTEGER, source VARCHAR, lesson VARCHAR, day DATE, month VARCHAR)"
        )
        for number, (lesson, rows) in enumerate(lessons):
            about = [number, lesson.source, lesson.name, lesson.day, lesson.month]
            self._do("INSERT INTO lessons VALUES (?, ?, ?, ?, ?)", about)
            self._add(rows)
        days = ", ".join(f"'{name}'" for name in _WEEKDAYS)
        phases = ", ".join(f"'{name}'" for name in PHASES)
        self._do(
            f"COPY (SELECT recording, source, lesson, day, coalesce([{days}][isodow(day)], 'unknown') AS weekday, person, "  # nosec B608 - own names, a quoted path
            f"step * {float(step_s)!r} AS time_s, [{phases}][phase + 1] AS phase, together, pictures, {', '.join(OUTCOMES)}, "
            "month FROM steps JOIN lessons USING (recording) ORDER BY month, recording, step, person) "
            f"TO {_quoted(self._place(make=True))} "
            "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (month), OVERWRITE_OR_IGNORE, "
            f"KV_METADATA {{{PARQUET_KEY}: '{SCHEMA_VERSION}'}})"
        )
        return int(self._one("SELECT count(*) FROM steps"))

    def _add(self, rows: dict[str, np.ndarray]) -> None:
        if len(rows["step"]):
            self._duckdb.register("rows", rows)
            self._do("INSERT INTO steps SELECT * FROM rows")
            self._duckdb.unregister("rows")

    def trends(self, *, min_group: int, view: str) -> list[Trend]:
        """What the set says of every lesson, weekday and phase, each person counting once.

        Steps in which fewer than ``min_group`` people were seen well are left out everywhere, so that no figure can be
        subtracted from another to find them.

        Raises:
            ConfigError: there is no such view.
            OutputError: the set cannot be read.
        """
        outcomes_of(view)
        files = _quoted(f"{self._place()}/*/*.parquet")
        sums = ", ".join(f"sum({name}) AS {name}" for name in OUTCOMES)
        self._do(
            "CREATE OR REPLACE TEMP TABLE people AS SELECT recording, phase, person, any_value(lesson) AS lesson, "  # nosec B608 - own names, a quoted path
            f"any_value(day) AS day, any_value(weekday) AS weekday, count(*) AS steps, {sums} "
            f"FROM read_parquet({files}, hive_partitioning = false) WHERE together >= ? GROUP BY recording, phase, person",
            [min_group],
        )
        return [trend for kind in TRENDS for trend in self._trend(kind, min_group, view)]

    def _trend(self, kind: str, min_group: int, view: str) -> list[Trend]:
        key, order = TRENDS[kind]
        shown = VIEWS[view]
        means = ", ".join(f"sum({' + '.join(names)}) / sum(steps) AS x{i}" for i, names in enumerate(shown.values()))
        figures = ", ".join(f"avg(x{i}), stddev_samp(x{i})" for i in range(len(shown)))
        rows = self._do(
            f"WITH one AS (SELECT {key} AS key, {order} AS place, recording, person, {means} FROM people "  # nosec B608 - own names
            "GROUP BY key, recording, person) "
            f"SELECT key, count(*), count(DISTINCT recording), {figures} FROM one GROUP BY key ORDER BY min(place), key"
        ).fetchall()
        return [
            Trend(
                kind=kind,
                group=str(group),
                people=people,
                recordings=recordings,
                shares=None if people < min_group else _intervals(people, values),
            )
            for group, people, recordings, *values in rows
        ]

    def _do(self, query: str, values: Sequence[Any] = ()) -> Any:
        """Have DuckDB do something; what it cannot do is said without the query."""
        try:
            return self._duckdb.execute(query, values)
        except self._error as error:
            why = next(iter(str(error).splitlines()), "").removesuffix(".")
            if "No space left" in why:
                raise cannot_write(self.folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from error
            raise OutputError(_FAILED.format(why=why)) from error

    def _one(self, query: str) -> Any:
        return self._do(query).fetchone()[0]


def _intervals(people: int, values: list[float | None]) -> tuple[Interval, ...]:
    """Mean and spread of each outcome, as intervals over people."""
    pairs = zip(values[::2], values[1::2], strict=True)
    found = (
        t_interval(float(mean or 0.0), float("nan") if spread is None else spread / np.sqrt(people), people - 1, 0.95)
        for mean, spread in pairs
    )
    # Only NaN, of a single person, stays outside of what a share can be.
    return tuple(
        replace(one, low=np.clip(one.low, 0.0, 1.0).item(), high=np.clip(one.high, 0.0, 1.0).item()) for one in found
    )


def _rows(number: int, recording: Recording, step_s: float) -> dict[str, np.ndarray]:
    """The rows of one recording as columns: every person in every step in which they were seen well."""
    shares = person_shares(recording, step_s)
    step, person = np.nonzero(shares.views)
    steps = max(len(shares.views), 1)
    columns: dict[str, np.ndarray] = {
        "recording": np.full(len(step), number, np.int32),
        "person": person.astype(np.int32),
        "step": step.astype(np.int32),
        "phase": (step * len(PHASES) // steps).astype(np.int8),
        "together": shares.seen[step].astype(np.int32),
        "pictures": shares.views[step, person].astype(np.int32),
    }
    return columns | {name: shares.values[step, person, i].astype(np.float32) for i, name in enumerate(OUTCOMES)}


def _linked(folder: Path) -> Path:
    """A link with a plain name to a folder, in a private folder of its own.

    Raises:
        OutputError: the system has no links, or its folder for temporary files has such a name, too.
    """
    try:
        link = Path(tempfile.mkdtemp(prefix="aiducation-")) / "collection"
        if not _ODD.search(link.as_posix()):
            link.symlink_to(folder, target_is_directory=True)
            return link
        link.parent.rmdir()
    except OSError as error:
        raise OutputError(_NO_LINK.format(path=folder)) from error
    raise OutputError(_NO_LINK.format(path=folder))


def _remove_link(link: Path) -> None:
    """Remove a link and the folder that was made for it; what it leads to stays."""
    with suppress(OSError):
        link.unlink(missing_ok=True)
        link.parent.rmdir()


def _quoted(text: str) -> str:
    """A text as SQL takes it where it allows no parameter."""
    return "'" + text.replace("'", "''") + "'"
