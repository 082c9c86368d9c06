"""The files of FER2013 and FER+ as arrays: tables, plain or packed, or folders of images with their labels."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from aiducation.data import ferplus_folders as folders
from aiducation.data.votes import EMOTIONS, PIXELS, USAGES, VOTE_COLUMNS, VoteTable, vote_array
from aiducation.errors import DataFileError
from aiducation.preprocess import SIDE
from aiducation.tables.numbers import parse_whole
from aiducation.tables.table import Table, normalized, open_table

_COLUMNS = ("emotion", "pixels", "usage")
_PLAIN_EMOTIONS = {str(code).encode(): code for code in range(len(EMOTIONS))}
_USAGE_CODES = {name: code for code, usage in enumerate(USAGES) for name in (usage, usage.casefold())}

#: Rows that are decoded at a time, and bytes that the table may unpack to.
_CHUNK_ROWS, _LARGEST = 1024, 1 << 31

_MISSING = "The README says where to get the data."
_DOWNLOAD_AGAIN = "The file seems cut off or edited; download it again."


def read_votes(
    fer2013: str | Path, ferplus: str | Path, *, progress: Callable[[float], None] | None = None
) -> VoteTable:
    """Read FER2013 (a CSV file, or a folder of images with FER+ names) and FER+'s votes, and join them.

    CSV rows are joined by position; images of a folder by name. CSV files may be plain or packed in any way that
    ``tables.packed`` knows, Kaggle's ``fer2013.tar.gz`` among them.

    Args:
        fer2013: ``fer2013.csv`` or a folder of ``fer0000123.png`` files.
        ferplus: ``fer2013new.csv``; with a folder of images also the ``label.csv`` files of FER+, or their folder.
        progress: called with the share read so far, 0..1.

    Raises:
        DataFileError: a file is missing, cut off, swapped, or does not fit the other; the message says where.
    """
    fer2013, ferplus = Path(fer2013), Path(ferplus)
    if fer2013.is_dir():
        from aiducation.data.image_folder import read_image_folder  # only this way in needs Pillow

        return read_image_folder(fer2013, read_ferplus(ferplus), progress=progress)

    if folders.label_files(ferplus):
        raise DataFileError(
            f"The label.csv files of FER+ name images, but not the rows of {fer2013.name}; give fer2013new.csv, "
            f"which is in the same repository, or a folder of images with FER+ names instead of the table."
        )
    emotion, usage, pixels = read_fer2013(fer2013, progress=progress)
    votes, plus_usage, names = read_ferplus(ferplus)
    if len(votes) != len(pixels):
        raise DataFileError(
            f"{fer2013.name} has {len(pixels):,} rows and {ferplus.name} has {len(votes):,}; they must correspond "
            f"row by row. {_DOWNLOAD_AGAIN}"
        )
    differs = np.flatnonzero(usage != plus_usage)
    if len(differs):
        row = int(differs[0])
        raise DataFileError(
            f"Row {row + 1} is {USAGES[usage[row]]} in {fer2013.name} and {USAGES[plus_usage[row]]} in {ferplus.name} "
            f"({len(differs):,} rows differ). One of the files was sorted or edited; use both as downloaded."
        )
    return VoteTable(pixels=pixels, emotion=emotion, usage=usage, votes=votes, names=names)


def read_ferplus(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Votes (N, 10) uint8, usage (N,) int8 and names (N,) str of ``fer2013new.csv``, or of the ``label.csv`` files of FER+.

    Args:
        path: one of these files, plain or packed; or a folder that holds them, as FER+'s repository does.

    Raises:
        DataFileError: the file is not such a file; the message says which row or column.
    """
    if labels := folders.label_files(path):
        return folders.read_labels(labels)
    path = (folders.whole_table(path) if path.is_dir() else None) or path
    with open_table(path, prefer=VOTE_COLUMNS, wanted=("fer2013new",), missing=_MISSING) as table:
        if "pixels" in table.columns:
            raise DataFileError(
                f"{path.name} is FER2013 (it has pixels), not FER+'s votes; give FER2013 first, then FER+."
            )
        names = ["nf" if name == "not_face" and "nf" in table.columns else name for name in VOTE_COLUMNS]
        needed = ("usage", "image name", *names)
        table.need(*needed)
        order = [table.columns.index(name) for name in needed]
        rows = list(_whole_rows(table, order))
    if not rows:
        raise DataFileError(f"{path.name} has a header but no rows. {_DOWNLOAD_AGAIN}")
    usage = np.array([_usage_code(path, i, cells[0]) for i, cells in enumerate(rows)], dtype=np.int8)
    return vote_array(path, [cells[2:] for cells in rows]), usage, np.array([cells[1] for cells in rows])


def _whole_rows(table: Table, order: list[int]) -> Iterator[list[str]]:
    """Some cells of each row; a row that lacks cells was cut off."""
    width = len(table.columns)
    for row, (_, cells) in enumerate(table.cells(), start=1):
        if len(cells) != width:
            raise _wrong_width(table, row, len(cells))
        yield [cells[i] for i in order]


def _wrong_width(table: Table, row: int, got: int) -> DataFileError:
    first = table.delimiter.join(table.columns)[:120]
    return DataFileError(
        f"{table.path.name}, row {row}: {got} columns instead of {len(table.columns)} as in the first line ({first}). "
        f"{_DOWNLOAD_AGAIN}"
    )


def read_fer2013(
    path: Path, *, progress: Callable[[float], None] | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Emotion (N,) int8, usage (N,) int8 and pixels (N, 48, 48) uint8 of ``fer2013.csv``.

    Raises:
        DataFileError: the file is not such a file; the message says which row or column.
    """
    size = max(path.stat().st_size, 1) if path.is_file() else 1
    emotions: list[int] = []
    usages: list[int] = []
    chunks: list[np.ndarray] = []
    with open_table(path, prefer=_COLUMNS, wanted=("fer2013",), largest=_LARGEST, missing=_MISSING) as table:
        if {"neutral", "nf"} <= set(table.columns):
            raise DataFileError(f"{path.name} is FER+'s votes, not FER2013's pixels; give FER2013 first, then FER+.")
        table.need(*_COLUMNS)
        at = [table.columns.index(name) for name in _COLUMNS]
        for lines in _chunks(table):
            texts = []
            for line in lines:
                row = len(emotions)
                cells = _cells(table, line, row)
                emotion, text, part = (cells[i] for i in at)
                code = _PLAIN_EMOTIONS.get(emotion)  # as nearly all are written
                emotions.append(_emotion_code(path, row, emotion.decode(errors="replace")) if code is None else code)
                usages.append(_usage_code(path, row, part.decode(errors="replace")))
                texts.append(text.strip(b' "'))
            chunks.append(_decode_pixels(path, texts, first_row=len(emotions) - len(lines)))
            if progress:
                progress(min(table.position() / size, 1.0))
    if not chunks:
        raise DataFileError(f"{path.name} has a header but no rows. {_DOWNLOAD_AGAIN}")
    return np.array(emotions, dtype=np.int8), np.array(usages, dtype=np.int8), np.concatenate(chunks)


def _chunks(table: Table) -> Iterator[list[bytes]]:
    """The lines that are not empty, some at a time: as bytes, because there are 0.3 GB of them."""
    lines: list[bytes] = []
    empty = table.delimiter.encode() + b" \t\n\x1a"
    for line in table.stream:
        if line.strip(empty):
            lines.append(line)
        if len(lines) == _CHUNK_ROWS:
            yield lines
            lines = []
    if lines:
        yield lines


def _cells(table: Table, line: bytes, row: int) -> list[bytes]:
    """The cells of a line of FER2013; quotes are left where they are."""
    width = len(table.columns)
    cells = line.rstrip(b"\n").split(table.delimiter.encode())
    if len(cells) != width and b'"' in line:  # a quoted cell may hold separators
        [quoted] = csv.reader([line.decode(errors="replace")], delimiter=table.delimiter)
        cells = [cell.encode() for cell in quoted]
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) != width:
        raise _wrong_width(table, row + 1, len(cells))
    return cells


def _decode_pixels(path: Path, texts: list[bytes], *, first_row: int) -> np.ndarray:
    """(rows, 48, 48) uint8 from rows of 2,304 decimal numbers, all rows at once: 20 times faster than ``int()``."""
    for i, text in enumerate(texts):
        if text.count(b" ") != PIXELS - 1:
            words = text.split()  # blanks may be doubled
            if len(words) != PIXELS:
                raise DataFileError(
                    f"{path.name}, row {first_row + i + 1}, column pixels: {len(words):,} numbers instead of "
                    f"{PIXELS:,}. {_DOWNLOAD_AGAIN}"
                )
            texts[i] = b" ".join(words)
    digits = np.frombuffer(b" ".join(texts) + b" ", dtype=np.uint8) - np.uint8(ord("0"))
    is_digit = digits < 10
    ends = np.flatnonzero(~is_digit)
    lengths = np.diff(ends, prepend=-1) - 1
    regular = len(ends) == len(texts) * PIXELS and lengths.min() >= 1 and lengths.max() <= 3
    if regular:
        values = digits[ends - 1].astype(np.uint16)
        values += np.where(lengths >= 2, digits[ends - 2], 0).astype(np.uint16) * 10
        values += np.where(lengths >= 3, digits[ends - 3], 0).astype(np.uint16) * 100
    if not regular or values.max() > 255:
        _explain_pixels(path, texts, first_row)
    return values.astype(np.uint8).reshape(-1, SIDE, SIDE)


def _explain_pixels(path: Path, texts: list[bytes], first_row: int) -> None:
    for i, text in enumerate(texts):
        for j, word in enumerate(text.split(b" ")):
            if not (word.isdigit() and len(word) <= 3 and int(word) <= 255):
                shown = word.decode("utf-8", errors="replace")[:20]
                raise DataFileError(
                    f"{path.name}, row {first_row + i + 1}, pixel {j + 1}: '{shown}' is not a gray level from 0 to 255."
                )


def _emotion_code(path: Path, row: int, cell: str) -> int:
    text = cell.strip(' "')
    code = parse_whole(text)
    if code is None or not 0 <= code < len(EMOTIONS):
        raise DataFileError(
            f"{path.name}, row {row + 1}, column emotion: '{text[:20]}'; expected 0 to {len(EMOTIONS) - 1}."
        )
    return code


def _usage_code(path: Path, row: int, cell: str) -> int:
    text = cell.strip().strip('"')
    code = _USAGE_CODES.get(text)
    if code is None:
        code = _USAGE_CODES.get(normalized(text))
    if code is None:
        raise DataFileError(
            f"{path.name}, row {row + 1}, column Usage: '{text[:20]}'; expected one of {', '.join(USAGES)}."
        )
    return code
