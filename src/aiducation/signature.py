"""The signature: every saved result says what made it, so that ``aiducation privacy`` finds it under any name, and nothing else.

A result is what the model said of people, in any format. What people made (labels, lists of names) and what is made for training
(prepared data, runs, models) is found by nobody but its owner: to delete it is a decision of its own.

It names this tool and its version: no time, no place, no person.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from aiducation import __version__
from aiducation.column_names import (
    COLUMNS,
    COMPARED_PEOPLE_COLUMNS,
    EPISODE_NAMES,
    FEX_COLUMNS,
    OWN_FACES_COLUMNS,
    SPEECH_COLUMNS,
    TIMELINE_COLUMNS,
)

#: What made a file, as its metadata says.
GENERATOR = f"aiducation {__version__}"

#: The key of a Parquet file's metadata that only this tool writes.
PARQUET_KEY = "aiducation_schema_version"

#: The signature as texts carry it whose format has a place for a remark, right after what every file of the format begins with.
#: Praat skips what stands behind an exclamation mark in a line.
XML_MARK = f"<!-- {GENERATOR} -->"
TEXTGRID_MARK = f"! {GENERATOR}"
WEBVTT_HEADER = f"WEBVTT - {GENERATOR}"

#: Bytes that are read to tell what a file is: of texts and pictures its beginning; of Parquet its end, where the metadata stand;
#: of MP4 more of its beginning, where an index of all pictures comes before the comment.
_START, _PARQUET_END, _MP4_START = 4096, 1 << 16, 1 << 22

_NAME = rb"aiducation \d"

#: Tables have no place for a name: their first line, in either dialect, is as good as one.
TABLES: tuple[tuple[str, ...], ...] = (
    COLUMNS,
    *TIMELINE_COLUMNS.values(),
    EPISODE_NAMES,
    *SPEECH_COLUMNS.values(),
    FEX_COLUMNS,
    OWN_FACES_COLUMNS,
    COMPARED_PEOPLE_COLUMNS,
)

#: How each other kind of file begins.
_BEGINS = re.compile(
    b"|".join(
        (
            rb'\s*\{\s*"generator":\s?"' + _NAME,  # JSON, manifest, checkpoint
            rb"(<\?xml [^>]*\?>\s*)?<!-- " + _NAME,  # ELAN, Markdown
            rb'File type = "ooTextFile"\nObject class = "TextGrid"\n\n[^"]{,120}\nitem \[\]: ! ' + _NAME,  # Praat
            rb'\[\{"context": \{"platform": "' + _NAME,  # xAPI
            rb'PK\x03\x04.{26}datapackage\.json\{\s*"generator": "' + _NAME,  # data package
            rb"WEBVTT - " + _NAME,  # captions, chapters
            rb'<!doctype html>.*<meta name="generator" content="' + _NAME,  # report, overview
            rb"<svg [^>]*><metadata>" + _NAME,  # timeline
            rb"\x89PNG\r\n\x1a\n.*tEXtSoftware\0" + _NAME,  # timeline, explained face
            rb"\xff\xd8\xff.*\xff\xfe.." + _NAME,  # picture: a JPEG comment
            *(
                rb"(\xef\xbb\xbf)?" + rb"[,;]".join(name.encode() for name in table) + rb"\r?(\n|\Z)"
                for table in TABLES
            ),
        )
    ),
    re.DOTALL,
)

#: How it stands in the metadata of a Parquet file, a key and its value; in that of a workbook, its author; and in that of an MP4
#: file, a comment.
_PARQUET = re.compile(PARQUET_KEY.encode() + rb"\x18.\d", re.DOTALL)
_AUTHOR = re.compile(rb"<dc:creator>" + _NAME)
_MP4 = re.compile(rb"\xa9cmt.{4}data.{8}" + _NAME, re.DOTALL)


#: Bytes at the end of a ZIP file that hold where its list of files stands, and of the longest list that is read.
_ZIP_END, _LONGEST_LIST = (1 << 16) + 22, 1 << 20


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
        if start.startswith(b"PK\x03\x04") and not _BEGINS.match(start):
            return _is_workbook(file, path.stat().st_size)
        if start[4:8] == b"ftyp":
            return bool(_MP4.search(start + file.read(_MP4_START)))
        return bool(_BEGINS.match(start))


def _is_workbook(file: BinaryIO, size: int) -> bool:
    """Whether a ZIP file is an Excel workbook that names this tool as its author, also after a spreadsheet program saved it."""
    file.seek(max(size - _ZIP_END, 0))
    tail = file.read(_ZIP_END)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or int.from_bytes(tail[end + 12 : end + 16], "little") > _LONGEST_LIST:
        return False
    try:
        with zipfile.ZipFile(file) as archive, archive.open("docProps/core.xml") as about:
            return bool(_AUTHOR.search(about.read(_START)))
    except (zipfile.BadZipFile, KeyError, RuntimeError, EOFError, ValueError, zlib.error):
        return False
