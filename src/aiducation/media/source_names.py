"""Names of sources: how the file names of the results of a photo, a recording or a device begin."""

from __future__ import annotations

import re
from pathlib import Path

from aiducation.media.file_kinds import MEDIA_ENDINGS
from aiducation.visible import as_text, is_unseen

#: How names begin that Windows keeps for devices, whatever ending follows.
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³]) *(?=[./]|$)", re.IGNORECASE)


#: Bytes of a result's name before its ending: file systems take 255 in all, counters and temporary names included.
_MOST_BYTES = 120


#: Of them, those of the file's own name where folders stand before it.
_NAME_BYTES = 80


def stem_of(source: str) -> str:
    """A source's name as its results begin: without the ending of a photo or video, safe in any file system, never empty.

    Example:
        >>> stem_of("class.jpg"), stem_of("week 1/video1.mp4"), stem_of("camera:0")
        ('class', 'week 1_video1', 'camera_0')
    """
    ending = Path(source).suffix
    return _safe(source.removesuffix(ending) if ending.lower() in MEDIA_ENDINGS else source)


def file_name_of(source: str) -> str:
    """The name of a source's file, without the folders before it."""
    return as_text(source).rpartition("/")[2] or "input"


def _safe(name: str) -> str:
    safe = re.sub(r'[<>:"|?*\\]', "_", "".join("_" if is_unseen(c) else c for c in as_text(name)))
    safe = safe.strip(" .") or "input"
    safe = f"_{safe}" if safe.startswith("-") or _RESERVED.match(safe) else safe
    if len(safe.encode()) > _MOST_BYTES and "/" in safe:  # the file's own name is worth more than its folders'
        folders, _, last = safe.rpartition("/")
        last = _cut(last, _NAME_BYTES)
        safe = f"{_cut(folders, _MOST_BYTES - 1 - len(last.encode()))}/{last}"
    return _cut(safe.replace("/", "_"), _MOST_BYTES)


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
