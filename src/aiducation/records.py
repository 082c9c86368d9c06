"""Records: the one strict reader of whatever a file says that this or another process wrote.

A record is JSON that fits a schema. Read are regular files of a bounded size; refused, in one sentence that names the place,
are bytes that are not UTF-8, numbers that are none (NaN, Infinity, 1e400), a name that stands twice, half characters, and every
value of another type, range or length than the schema's. A file is read before the work that needs it begins.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from aiducation.errors import AiducationError, ConfigError, DataFileError
from aiducation.schemas import ANY_OBJECT, LARGEST_WHOLE, Schema, check, shortened

#: Bytes of a record at most, unless its reader says otherwise: a split of 36,000 images has 0.3 MB.
LARGEST = 1 << 26

#: Bytes of a line at most, in files that hold a record a line.
LONGEST_LINE = 1 << 23


def read_record(
    path: Path,
    schema: Schema = ANY_OBJECT,
    *,
    most: int = LARGEST,
    error: type[AiducationError] = DataFileError,
    hint: str = "",
) -> dict[str, Any]:
    """The object in a file.

    Args:
        path: the file.
        schema: what the object must fit.
        most: bytes at most.
        error: what is raised.
        hint: a sentence that says what to do.

    Raises:
        AiducationError: the file is missing, unreadable, too large, or holds something else; of the kind ``error``.
    """
    try:
        value = parse(read_bytes(path, most))
        if why := check(value, schema):
            raise ValueError(why)
    except (OSError, ValueError) as problem:
        words = (problem.strerror or str(problem)) if isinstance(problem, OSError) else str(problem)
        why = words.rstrip(".")
        raise error(f"Cannot read {path}: {why}." + (f" {hint}" if hint else "")) from problem
    return dict(value)


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """What a regular file holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not a regular file, or has more than ``most`` bytes.
    """
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most / 1e6:,.1f} MB, too much for a file of this kind")
    return content


def check_regular(path: Path) -> None:
    """Make sure that a file of ours can be opened without waiting, for a reader that opens it itself.

    Raises:
        DataFileError: it is missing, or no regular file.
    """
    with naming(path):
        open_regular(path).close()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Raise what goes wrong while a file is read as a ``DataFileError`` that names it."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise DataFileError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error


def open_regular(path: Path) -> BinaryIO:
    """A regular file, opened for reading; what stands in its place, as a pipe, is never waited for.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not a regular file.
    """
    if "\0" in str(path):
        raise ValueError("its name contains a NUL character")
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise ValueError("it is a folder, not a file" if stat.S_ISDIR(mode) else "it is a pipe or device, not a file")
    return os.fdopen(descriptor, "rb")


def read_lines(path: Path) -> Iterator[bytes | None]:
    """The lines of a regular file without their ends, whatever its size; None for one that is too long to be a record.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not a regular file.
    """
    with open_regular(path) as file:
        while line := file.readline(LONGEST_LINE):
            if line.endswith(b"\n") or len(line) < LONGEST_LINE:
                yield line.rstrip(b"\r\n")
                continue
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield None


def parse(content: bytes | str) -> Any:
    """The JSON value in bytes (UTF-8, with or without a byte-order mark) or in a text.

    Raises:
        ValueError: it is something else, with the reason.
    """
    try:
        given = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start:,})") from error
    if not given.strip():
        raise ValueError("it is empty")
    try:
        value = json.loads(
            given, parse_constant=_no_constant, parse_float=_finite, parse_int=_small, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error.msg.lower()} in line {error.lineno:,}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if "\\u" in given and _SPECIAL.search(given):
        _check_characters(value)
    return value


_SPECIAL = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


def _check_characters(value: Any) -> None:
    try:
        whole_text = json.dumps(value, ensure_ascii=False)
        whole_text.encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise ValueError("a text in it contains half a character") from error
    if "\\u0000" in whole_text.replace("\\\\", ""):
        raise ValueError("a text in it contains a NUL character")


def _no_constant(name: str) -> None:
    raise ValueError(f"it holds {name}, which is not a number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"it holds the number {digits[:20]}, which is too large")
    return value


def _small(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError(f"it holds a number of {len(digits):,} digits")
    return int(digits)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{shortened(next(n for n in names if names.count(n) > 1))} occurs twice in it")
    return value


def check_seed(seed: int) -> None:
    """Make sure that a seed of random draws is one that a saved file can hold.

    Raises:
        ConfigError: it is negative or too large.
    """
    if not 0 <= seed <= LARGEST_WHOLE:
        raise ConfigError(f"A seed is a whole number from 0 to {LARGEST_WHOLE:,}, not {seed}.")
