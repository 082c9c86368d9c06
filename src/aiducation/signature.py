"""The signature: every saved file says what made it, so that ``aiducation privacy`` finds it under any name, and nothing else.

It names this tool and its version: no time, no place, no person.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO

from aiducation import __version__
from aiducation.observations.faces import COLUMNS
from aiducation.observations.schema import TIMELINE_COLUMNS

#: What made a file, as its metadata says.
GENERATOR = f"aiducation {__version__}"

#: The key of a Parquet file's metadata that only this tool writes.
PARQUET_KEY = "aiducation_schema_version"

#: Bytes of a file that are read to tell what it is.
_START = 4096

#: Bytes of a Parquet file's footer that are read at most.
_LONGEST_FOOTER = 1 << 24

_NAME = rb"aiducation \d"
_HEADERS = b"|".join(",".join(columns).encode() for columns in (COLUMNS, TIMELINE_COLUMNS))

#: How each kind of file begins.
_BEGINS = re.compile(
    b"|".join(
        (
            rb'\s*\{\s*"generator":\s?"' + _NAME,  # JSON, journal
            rb"(\xef\xbb\xbf)?(" + _HEADERS + rb")(\r?\n|\Z)",  # tables
            rb'<!doctype html>.*<meta name="generator" content="' + _NAME,  # report, overview
            rb"<svg [^>]*><metadata>" + _NAME,  # timeline
            rb"\x89PNG\r\n\x1a\n.*tEXtSoftware\0" + _NAME,  # timeline
            rb"\xff\xd8\xff.*\xff\xfe.." + _NAME,  # picture: a JPEG comment
        )
    ),
    re.DOTALL,
)

#: How it stands in the metadata of a Parquet file, a key and its value; and in that of an MP4 file, a comment.
_PARQUET = re.compile(PARQUET_KEY.encode() + rb"\x18.\d", re.DOTALL)
_MP4 = re.compile(rb"\xa9cmt.{4}data.{8}" + _NAME, re.DOTALL)


def is_signed(path: Path) -> bool:
    """Whether a file bears the signature; what it is called says nothing.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_START)
        if start.startswith(b"PAR1"):
            return bool(_PARQUET.search(_parquet_footer(file, size)))
        if start[4:8] == b"ftyp":
            notes = _mp4_box(file, b"udta", *_mp4_box(file, b"moov", 0, size))
            file.seek(notes[0])
            return bool(_MP4.search(file.read(min(notes[1] - notes[0], _START))))
        return bool(_BEGINS.match(start))


def _parquet_footer(file: IO[bytes], size: int) -> bytes:
    """Schema and metadata, which stand at the end, before their length."""
    file.seek(max(size - 8, 0))
    length = int.from_bytes(file.read(4), "little")
    file.seek(max(size - 8 - length, 0))
    return file.read(min(length, _LONGEST_FOOTER))


def _mp4_box(file: IO[bytes], kind: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the content of the first box of a kind begins and ends, between two places of the file; empty if there is none."""
    while start < end:
        file.seek(start)
        head = file.read(16)
        long = head[:4] == b"\0\0\0\1"  # the length stands behind the name
        length = int.from_bytes(head[8:16] if long else head[:4], "big")
        if not 8 <= length <= end - start:
            break
        if head[4:8] == kind:
            return start + (16 if long else 8), start + length
        start += length
    return end, end
