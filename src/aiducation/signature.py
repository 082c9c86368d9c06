"""The signature: every saved file says what made it, so that ``aiducation privacy`` finds it under any name, and nothing else.

It names this tool and its version: no time, no place, no person.
"""

from __future__ import annotations

import re
from pathlib import Path

from aiducation import __version__
from aiducation.column_names import COLUMNS, TIMELINE_COLUMNS

#: What made a file, as its metadata says.
GENERATOR = f"aiducation {__version__}"

#: The key of a Parquet file's metadata that only this tool writes.
PARQUET_KEY = "aiducation_schema_version"

#: Bytes that are read to tell what a file is: of texts and pictures its beginning; of Parquet its end, where the metadata stand;
#: of MP4 more of its beginning, where an index of all pictures comes before the comment.
_START, _PARQUET_END, _MP4_START = 4096, 1 << 16, 1 << 22

_NAME = rb"aiducation \d"

#: The first line of a table, in either dialect: there is no place for a name in it.
_HEADINGS = b"|".join(mark.join(names).encode() for names in (COLUMNS, TIMELINE_COLUMNS) for mark in (",", ";"))

#: How each kind of file begins.
_BEGINS = re.compile(
    b"|".join(
        (
            rb'\s*\{\s*"generator":\s?"' + _NAME,  # JSON, manifest, checkpoint
            rb"(\xef\xbb\xbf)?(" + _HEADINGS + rb")(\r?\n|\Z)",  # tables
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
    with path.open("rb") as file:
        start = file.read(_START)
        if start.startswith(b"PAR1"):
            file.seek(max(path.stat().st_size - _PARQUET_END, 0))
            return bool(_PARQUET.search(file.read(_PARQUET_END)))
        if start[4:8] == b"ftyp":
            return bool(_MP4.search(start + file.read(_MP4_START)))
        return bool(_BEGINS.match(start))
