"""Annotations as a CSV table: one row for each span of time, for each frame, or for each face of a photo."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiducation.errors import DataFileError, InputError
from aiducation.exchange.format import AnnotationFormat, Labels, Media, ReadOptions
from aiducation.exchange.targets import person_of
from aiducation.media.file_kinds import PHOTO_ENDINGS
from aiducation.observations.annotation_json import entry_of
from aiducation.observations.annotations import CANNOT_TELL, Annotation, Annotations, Target
from aiducation.observations.group_attributes import GROUP_ATTRIBUTES
from aiducation.tables.dialects import write_csv
from aiducation.tables.table import Row, Table, normalized, open_table
from aiducation.texts import N_

#: Where a word stands that is not understood.
_COLUMN_STATE = N_("column state")

#: Columns that are written, and read in any order; a table needs a state, and whatever says of whom.
COLUMNS: tuple[str, ...] = (
    "kind",
    "source",
    "face",
    "left",
    "top",
    "right",
    "bottom",
    "track_id",
    "person",
    "from_s",
    "to_s",
    "state",
    "into",
    "attribute",
    "value",
    "annotator",
    "made_at",
    "chosen",
    "answer_shown",
    "note",
)

#: Columns of which a table per frame has one instead of a span.
_PER_FRAME = ("time_s", "frame")

#: Other headings of the same columns.
_ALSO = {"file": "source", "track": "track_id"}

#: Words in headings that people give to times. A table about recordings that has one of them instead of those that are read is
#: refused: without times, each row would be about the whole recording.
_OF_TIMES = re.compile(
    r"(^|[\W_])(starts?|begins?|beginning|from|onset|stops?|ends?|ending|to|until|offset|duration|times?|timecode|ms|msec|"
    r"milliseconds|secs?|seconds|minutes|von|bis|beginn|anfang|ende|zeit|dauer|début|fin)($|[\W_])"
)

#: All columns that are read, under the names of ``COLUMNS``.
_READ = frozenset((*COLUMNS, *_PER_FRAME))

_SIDES = ("left", "top", "right", "bottom")

#: A time as clocks and spreadsheet programs show it: 0:01:02.5.
_CLOCK = re.compile(r"\d+(:\d+)+([.,]\d*)?")

#: Source, person and annotator of rows that follow each other.
_Line = tuple[str, str, str]

#: Columns that a note lists at most.
_MOST_COLUMNS = 8

#: Steps as long as this many usual ones are gaps: of the pictures in between nobody said anything.
_GAP = 1.5


def _recognizes(start: bytes, name: str) -> bool:
    return name.casefold().endswith((".csv", ".tsv", ".txt", ".csv.gz")) and not start.lstrip().startswith(
        (b"<", b"{", b"[")
    )


def _read(path: Path, options: ReadOptions) -> Labels:
    with open_table(path, prefer=("state", "source", "file", *_PER_FRAME, "from_s")) as table:
        names = {_ALSO.get(column, column): column for column in table.columns}
        _check_columns(table, names, options)
        rows = [(row, _Cells(row, names)) for row in table.rows(())]
    _check_times(table, names, {cells.text("source") or options.source for _, cells in rows})
    notes: list[str] = []
    per_frame = next((name for name in _PER_FRAME if name in names), None)
    if per_frame == "frame" and options.fps is None:
        raise DataFileError(
            f"{path} gives frame numbers in its column frame: give the frames per second of the recording with --fps."
        )
    read = [_annotation(cells, path, options, per_frame) for _, cells in rows]
    items = [one for one in read if one is not None]
    if ignored := [column for column in table.columns if column and _ALSO.get(column, column) not in _READ]:
        more = ", ..." if len(ignored) > _MOST_COLUMNS else ""
        notes.append(f"{path.name}: columns that are not read: {', '.join(ignored[:_MOST_COLUMNS])}{more}.")
    if endless := sum(
        one.kind == "state" and one.target.to_s is None and one.target.from_s is not None for one in items
    ):
        notes.append(
            f"{path.name}: rows with from_s and without to_s, each of which counts as the label of a single picture: {endless:,}."
        )
    if left_out := len(read) - len(items):
        notes.append(f"{path.name}: rows without a state that were left out: {left_out:,}.")
    if not items:
        raise DataFileError(f"{path} has no label: every row needs a state.")
    if per_frame:
        without = [cells for (_, cells), one in zip(rows, read, strict=True) if one is None]
        items = list(_held(items, _stateless(without, path, options, per_frame)))
    return Labels(annotations=Annotations(tuple(items)), notes=tuple(notes))


def _stateless(rows: Iterable[_Cells], path: Path, options: ReadOptions, per_frame: str) -> list[Annotation]:
    """Of whom and when rows without a state are: they end the label before them. Those that do not say it end none."""
    found: list[Annotation] = []
    for cells in rows:
        with suppress(InputError):
            one = _annotation(cells, path, options, per_frame, without=CANNOT_TELL)
            found += [one] if one is not None else []
    return found


def _check_columns(table: Table, names: Mapping[str, str], options: ReadOptions) -> None:
    if not {"attribute", "kind"} & set(names):
        table.need("state")
    known = [_ALSO.get(column, column) for column in table.columns]
    if twice := [name for name in (*COLUMNS, *_PER_FRAME) if known.count(name) > 1]:
        listed = ", ".join(column for column, name in zip(table.columns, known, strict=True) if name == twice[0])
        raise DataFileError(f"{table.path} says the {twice[0]} in several columns: {listed}. Keep one of them.")
    if "source" not in names and not options.source:
        raise DataFileError(
            f"{table.path} does not say which photo or recording was labelled: add a column source (or file), or "
            f"name it with --source."
        )


def _check_times(table: Table, names: Mapping[str, str], sources: Iterable[str | None]) -> None:
    """Refuse times under other names. Photos have none: columns such as the time that a label took are not read."""
    says_when = {"from_s", "to_s"} <= set(names) or not set(names).isdisjoint(_PER_FRAME)
    photos = all(Path(source or "").suffix.lower() in PHOTO_ENDINGS for source in sources)
    strange = [column for column in table.columns if _ALSO.get(column, column) not in _READ]
    of_times = [one for one in strange if not (says_when or photos) and _OF_TIMES.search(one)]
    if unknown := [one for one in strange if one.endswith("_s")] or of_times:
        raise DataFileError(
            f"{table.path} has the column {unknown[0]}, which is not read; times must be in the "
            f"columns from_s and to_s, or in time_s."
        )


class _Cells:
    """The cells of a row, by the names of ``COLUMNS``."""

    def __init__(self, row: Row, names: Mapping[str, str]) -> None:
        self.row, self._names = row, names

    def text(self, name: str) -> str:
        return self.row[self._names[name]] if name in self._names else ""

    def has(self, name: str) -> bool:
        return name in self._names

    def number(self, name: str) -> float | None:
        text = self.text(name)
        if name.endswith("_s") and _CLOCK.fullmatch(text):
            raise self.row.error(f"column {self._names[name]}: '{text[:20]}' is not a number of seconds, such as 62.5.")
        return self.row.number(self._names[name]) if text else None

    def whole(self, name: str) -> int | None:
        return self.row.whole(self._names[name]) if self.text(name) else None

    def truth(self, name: str) -> bool:
        return self.has(name) and self.row.truth(self._names[name])


def _annotation(
    cells: _Cells, path: Path, options: ReadOptions, per_frame: str | None, *, without: str = ""
) -> Annotation | None:
    """The annotation of a row; None for one whose state is left out, unless ``without`` stands for it."""
    word = cells.text("state")
    kind = cells.text("kind").lower() or ("group" if cells.text("attribute") and not word else "state")
    label = options.codes.label(word) if word else ""
    if label is None:
        raise cells.row.error(f"{_COLUMN_STATE}: {options.codes.unknown(word)}")
    label = label or without
    if kind == "state" and not label:
        return None
    attribute = normalized(cells.text("attribute")).replace(" ", "_")
    grouped = (
        kind == "group" or attribute in GROUP_ATTRIBUTES
    )  # other tables have a column "value", too, for their own ends
    sides = [cells.number(side) for side in _SIDES]
    at = cells.number(per_frame) if per_frame else None
    if per_frame == "frame" and at is not None and options.fps:
        at /= options.fps
    if any(side is not None for side in sides) and None in sides:
        raise cells.row.error("a box needs all four columns left, top, right and bottom.")
    try:
        target = Target(
            source=cells.text("source") or options.source,
            face=cells.whole("face"),
            box=None if None in sides else tuple(sides),  # type: ignore[arg-type]
            **_who(cells),
            from_s=at if at is not None else cells.number("from_s"),
            to_s=at if at is not None else cells.number("to_s"),
        )
        if kind in ("state", "group") and not target.who and target.box is None and target.from_s is None:
            target = replace(target, face=0)  # a photo of one face
        return Annotation(
            target=target,
            kind=kind,
            state=label if kind == "state" else "",
            into=cells.whole("into"),
            attribute=attribute if grouped else "",
            value=_value(cells.text("value")) if grouped else "",
            annotator=cells.text("annotator") if cells.has("annotator") else path.stem,
            made_at=cells.text("made_at"),
            note=cells.text("note"),
            chosen=cells.text("chosen"),
            answer_shown=cells.truth("answer_shown"),
        )
    except InputError as error:
        raise error if isinstance(error, DataFileError) else cells.row.error(str(error)) from error


def _value(word: str) -> str:
    """The value of an attribute as it is kept; spreadsheets may write "3.0" for a tone."""
    plain = normalized(word).removesuffix(".0")
    return CANNOT_TELL if plain.replace("_", " ") == "cannot tell" else plain


def _who(cells: _Cells) -> dict[str, Any]:
    track = cells.whole("track_id")
    return {"track": track, "person": cells.text("person")} if track is not None else person_of(cells.text("person"))


def _held(items: Iterable[Annotation], stateless: Iterable[Annotation]) -> Iterator[Annotation]:
    """Labels of single pictures as spans: each holds until the next row of the same person, with a state or without one; the last
    one, and the one before a gap in the rows, for the usual step."""
    rows: dict[_Line, list[Annotation]] = {}
    ends: dict[_Line, list[float]] = {}
    for one in items:
        if one.kind != "state":
            yield one  # an event is a moment
            continue
        rows.setdefault(_line(one), []).append(one)
    for one in stateless:
        ends.setdefault(_line(one), []).append(one.target.from_s or 0.0)
    for line, some in rows.items():
        some.sort(key=lambda one: one.target.from_s or 0.0)
        times = sorted([*(one.target.from_s or 0.0 for one in some), *ends.get(line, [])])
        steps = sorted(b - a for a, b in itertools.pairwise(times) if b > a)
        usual = steps[(len(steps) - 1) // 2] if steps else 0.0
        for one in some:
            if (start := one.target.from_s) is None or one.target.to_s != start:
                yield one  # a row that says its span
                continue
            after = bisect_right(times, start)
            step = times[after] - start if after < len(times) else usual
            yield replace(
                one, target=replace(one.target, to_s=round(start + (step if step <= _GAP * usual else usual), 6))
            )


def _line(one: Annotation) -> _Line:
    return one.target.source, one.target.who, one.annotator


def _write(annotations: Annotations, path: Path, media: Media) -> list[str]:
    write_csv(path, COLUMNS, ([_cell(entry_of(one), name) for name in COLUMNS] for one in annotations))
    return []


def _cell(entry: Mapping[str, Any], name: str) -> Any:
    if name in _SIDES:
        return entry["box"][_SIDES.index(name)] if "box" in entry else None
    value = entry.get(name)
    return "true" if value is True else value


CSV_TABLE = AnnotationFormat(
    name="csv",
    about="a table with one row for each span (from_s, to_s), each frame (time_s or frame) or each face of a photo",
    ending=".csv",
    recognizes=_recognizes,
    read=_read,
    write=_write,
)
