"""BORIS: the tables that it exports, of single events or of whole states."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

from aiducation.exchange.boris import OBSERVERS, EventReader
from aiducation.exchange.format import AnnotationFormat, Labels, ReadOptions
from aiducation.tables.numbers import parse_number
from aiducation.tables.table import Row, open_table
from aiducation.texts import N_

#: What tables call a variable of that name.
_VARIABLE = "independent variable '{}'"

#: Columns of the table of single events, and of that of whole states, as ``normalized`` gives them.
_SINGLE = ("subject", "behavior", "behavior type", "time")
_WHOLE = ("subject", "behavior", "behavior type", "start (s)", "stop (s)")


#: Times of a table contain it.
_OFFSET = "time offset (s)"

#: What was written beside an event; a table of whole states has what was written at their beginnings, and at their ends.
_COMMENTS = ("comment", "comment start", "comment stop")

#: How long each file is, in the order of the sources.
_DURATION = "media duration (s)"

_LENGTHS = N_(
    "the observation has several media files, and their lengths are not known. Give the project (.boris), or a table with the "
    "columns Source and Media duration (s)."
)


def _recognizes_table(start: bytes, name: str) -> bool:
    head = start.replace(b"\0", b"").split(b"\n", 1)[0].lower()
    return b"behavior type" in head and b"subject" in head


def _read_table(path: Path, options: ReadOptions) -> Labels:
    reader = EventReader(path=path, options=options)
    with open_table(path, prefer=(*_WHOLE, "time")) as table:
        whole = "start (s)" in table.columns
        table.need(*(_WHOLE if whole else _SINGLE))
        columns = [*OBSERVERS, *map(_VARIABLE.format, OBSERVERS)]
        observers = next((c for c in columns if c in table.columns), "observation id")
        modifiers = [column for column in table.columns if column.startswith("modifier")]
        shown: dict[str, list[tuple[str, float]]] = {}
        for row in table.rows(()):
            media, observation = _shown(row, options), row.cells.get("observation id", "")
            if (
                observation and shown.setdefault(observation, media) != media
            ):  # times run on over files of unknown lengths
                raise row.error(_LENGTHS)
            source = media[0][0]
            annotator = options.annotator or (row[observers] if observers in table.columns else "") or path.stem
            about = {"source": source, "subject": row["subject"], "code": row["behavior"], "annotator": annotator}
            if about["subject"].lower() == "no focal subject":
                about["subject"] = ""
            place = f"line {row.line:,}"
            note = "; ".join(dict.fromkeys(text for one in _COMMENTS if (text := row.cells.get(one))))
            offset = row.number(_OFFSET) if row.cells.get(_OFFSET) else 0.0
            if whole:
                times = row.number("start (s)") - offset, row.number("stop (s)") - offset
                reader.spans(place, about, *times, note, media)
                continue
            key = (
                source,
                about["subject"],
                about["code"],
                annotator,
                observation,
                *(row[column] for column in modifiers),
            )
            point = row["behavior type"].upper() == "POINT"
            reader.event(place, about, key, row.number("time") - offset, point=point, note=note, media=media)
    reader.check_closed("the last line")
    return reader.labels()


def _shown(row: Row, options: ReadOptions) -> list[tuple[str, float]]:
    """Names and lengths of the files that the first player shows one after the other, as the row of a table has them.

    The column of media files names the one that is shown at the time of the row; that of sources names all of them.
    """
    every = row.cells.get("source", "").partition("player #1:")[2].partition("|player #")[0]
    lengths = [parse_number(text) for text in row.cells.get(_DURATION, "").partition("|")[0].split(";")]
    files = every.split(";") if len(lengths) > 1 or lengths == [None] else [every]  # else the ";" is part of a name
    if len(files) > 1 and (len(files) != len(lengths) or None in lengths):
        raise row.error(_LENGTHS)
    if not every:
        files = [next((row[c] for c in ("media file name", "media file", "source") if row.cells.get(c)), "")]
    names = [PureWindowsPath(file.strip()).name or options.source for file in files]
    if not all(names):
        raise row.error("no media file is named; name the recording with --source.")
    return [(name, float("inf") if length is None else length) for name, length in zip(names, lengths, strict=False)]


BORIS_TABLE = AnnotationFormat(
    name="boris-table",
    about="a table that BORIS exports: tabular events, or aggregated events (CSV or TSV)",
    ending=".tsv",
    recognizes=_recognizes_table,
    read=_read_table,
    photos=False,
)
