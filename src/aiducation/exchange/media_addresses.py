"""Where another program finds a recording, seen from the file that names it."""

from __future__ import annotations

import os
from pathlib import Path


def whole_path(path: Path) -> Path:
    """A path from the root on, without "..". No link is followed: the name stays the one that people know."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def media_addresses(media: Path, folder: Path) -> tuple[str, str]:
    """The address of a recording, without "..", and the path to it from a folder, which begins with "./".

    ELAN takes both as they stand: it would look for a file whose name has "%20" in it. On another drive there is no path from the
    folder; then the recording is looked for in the folder itself.

    Args:
        media: the recording.
        folder: where the file is that names it.
    """
    whole = whole_path(media)
    try:
        relative = Path(os.path.relpath(whole, whole_path(folder))).as_posix()
    except ValueError:
        relative = whole.name
    return f"file:///{whole.as_posix().lstrip('/')}", f"./{relative}"
