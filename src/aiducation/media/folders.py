"""Folders: the files in a folder and its subfolders. Each is recognized by its content, and whatever is left out is
listed with a reason."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiducation.media.file_kinds import PHOTO, Kind, kind_of
from aiducation.media.picture_readers import missing_reader
from aiducation.signature import is_signed

#: Why files are left out that other programs and devices put beside pictures.
_COMPANION = "thumbnails and other files that a storage device, a camera or an operating system made for its own use"
_HIDDEN = "hidden: the name begins with a dot"
_RESULT = "a result of this tool, not an input"
_CLOUD = "not on this machine yet: open it once, so that the cloud service downloads it"
_LINK = "a link to a folder; links to folders are not followed"
_CLOSED = "cannot be read: permission denied"

#: Names of folders that devices and systems make beside pictures, in small letters.
_COMPANION_FOLDERS = frozenset(
    (
        *("@eadir", "@tmp", "@recycle", "@recently-snapshot", "@sharebin", "#recycle", "#snapshot", "lost+found"),
        *("$recycle.bin", "recycler", "recycled", "system volume information", "found.000", "__macosx", "thmbnl"),
        *(
            "network trash folder",
            "temporary items",
            ".thumbnails",
            ".@__thumb",
            ".trashes",
            ".snapshot",
            ".appledouble",
        ),
    )
)

#: Patterns of such files, in small letters.
_COMPANION_FILES = re.compile(
    "|".join(
        fnmatch.translate(pattern)
        for pattern in (
            *("._*", ".ds_store", "thumbs.db", "ehthumbs*.db", "desktop.ini", "picasa.ini", ".picasa.ini", ".nomedia"),
            *("synofile_thumb_*", "synophoto_thumb_*", "*@synoresource", "*@synoeastream", "*.thm", "~$*", "icon\r"),
        )
    )
)


@dataclass(frozen=True)
class Found:
    """A file or folder that a walk met.

    Attributes:
        path: where it is.
        kind: what it is; None for what is left out without reading its content.
        why: why it is left out, "" if it is not.
        files: how many files that are.
    """

    path: Path
    kind: Kind | None = None
    why: str = ""
    files: int = 1


def walk(folder: Path) -> Iterator[Found]:
    """Every file in a folder and its subfolders, in any order; a folder that is left out counts as one."""
    closed: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=closed.append):
        here = Path(root)
        for name in list(folders):
            if why := _folder_why(here / name):
                folders.remove(name)
                yield Found(here / name, why=why, files=_count(here / name) if why != _LINK else 1)
        lower = {name.lower() for name in names}
        for name in names:
            yield look(here / name, beside=lower)
    for error in closed:
        yield Found(Path(os.fsdecode(error.filename or folder)), why=_CLOSED)


def look(path: Path, *, beside: set[str] | None = None) -> Found:
    """One file: what it is, or why it is left out of a folder.

    Args:
        path: the file.
        beside: names of the files in its folder, in small letters.
    """
    name = path.name.lower()
    if name.startswith(".") and name.endswith(".icloud"):
        return Found(path, why=_CLOUD)
    if _COMPANION_FILES.match(name):
        return Found(path, why=_COMPANION)
    if beside and _is_smaller_version(name, beside):
        return Found(path, why="a smaller version of the recording, made by the camera")
    if name.startswith("."):
        return Found(path, why=_HIDDEN)
    if path.is_symlink() and not path.exists():
        return Found(path, why="a link that does not lead to a file")
    if path.exists() and not path.is_file():
        return Found(path, why="a device or a pipe")
    if is_own_output(path):
        return Found(path, why=_RESULT)
    kind = kind_of(path)
    missing = missing_reader(kind.name) if kind.what == PHOTO else None
    return Found(path, kind, str(missing) if missing else kind.why)


def _is_smaller_version(name: str, beside: set[str]) -> bool:
    """Whether a camera made a file beside the recording of which it is a smaller version.

    Source: GoPro, "Camera File Naming Convention" (GL010001.LRV beside GH010001.MP4, H.264, or GX010001.MP4, HEVC); DJI's cameras
    write DJI_0001.LRF beside DJI_0001.MP4.
    """
    stem, ending = Path(name).stem, Path(name).suffix
    if ending not in (".lrv", ".lrf"):
        return False
    stems = (stem, *(f"{begin}{stem[2:]}" for begin in ("gh", "gx") if stem.startswith("gl")))
    return any(f"{one}{own}" in beside for one in stems for own in (".mp4", ".mov"))


def is_companion(path: Path) -> bool:
    """Whether a file or folder is one that a device or system made for itself."""
    name = path.name.lower()
    return name in _COMPANION_FOLDERS or bool(_COMPANION_FILES.match(name))


def is_open(folder: Path) -> bool:
    """Whether a path is a folder, or a link to one, that holds no companions and is not hidden."""
    return folder.is_dir() and _folder_why(folder) in ("", _LINK)


def is_own_output(path: Path) -> bool:
    """Whether this tool wrote a file; False for files that cannot be read."""
    try:
        return path.is_file() and is_signed(path)
    except OSError:
        return False


def _folder_why(folder: Path) -> str:
    if is_companion(folder):
        return _COMPANION
    if folder.name.startswith("."):
        return _HIDDEN
    return _LINK if folder.is_symlink() else ""


def _count(folder: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(folder))
