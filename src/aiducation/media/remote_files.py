"""Files elsewhere as inputs: what each one is, told from a few of its bytes; and its copy on this machine while it is analyzed.

A folder elsewhere may hold more than this machine has room for. So no more is loaded of a file, before its turn comes, than its
kind and its fingerprint need: 64 KiB of its beginning, middle and end.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aiducation.errors import DataFileError
from aiducation.media.file_kinds import PHOTO, VIDEO, kind_of
from aiducation.media.fingerprint import SAMPLE, fingerprint, sampled
from aiducation.media.folders import is_companion, look
from aiducation.media.places import Place, Version, is_place, pattern
from aiducation.temporary import delete_left_behind, new_folder_beside

#: Files of which something is read at a time: most of the time is waiting.
_AT_ONCE = 16

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")

#: Of files that are left out by their names alone.
_PASSED_OVER = "hidden, or made by a device or an operating system for its own use"


class NotCopiedError(DataFileError):
    """A file elsewhere that may be copied another time: there was no room for it, or it changed meanwhile."""


@dataclass(frozen=True)
class Glance:
    """What is known of a file elsewhere before it is copied.

    Attributes:
        place: where it is.
        below: its path inside the folder that was named; its name if it was named itself.
        version: which version of it that holds for.
        kind: "photo" or "video"; "" for what is left out.
        fingerprint: see ``fingerprint``.
        why: why it is left out, "" if it is not.
        failed: whether that is an error: it could not be read.
    """

    place: Place
    below: str
    version: Version
    kind: str = ""
    fingerprint: str = ""
    why: str = ""
    failed: bool = False


def glances(address: str, *, without: str = "") -> list[Glance]:
    """Everything in a folder elsewhere and below it, or a file, or what fits a pattern.

    Args:
        address: of ``Place``, perhaps with ``*``.
        without: the address of a folder in which nothing is read, such as that of results; not if it is ``address`` or above it.

    Raises:
        ConfigError, MissingExtraError: see ``Place.of``.
        DataFileError: it cannot be read.
    """
    place = Place.of(address)
    found = [
        (place / below if below else place, below or place.name, version) for below, version in place.find().items()
    ]
    if not found and re.search(r"[*?\[]", address):  # a name with brackets is a pattern only where nothing is called so
        found = [(one, one.name, version) for one in pattern(address) if (version := one.version())]
    left = f"{Place.of(without)}/" if without and is_place(without) else ""
    if left and f"{Place.of(address)}/".startswith(left):
        left = ""
    kept = [one for one in found if not left or not f"{one[0]}/".startswith(left)]
    beside: dict[str, set[str]] = {}
    for _, below, _ in kept:
        beside.setdefault(str(PurePosixPath(below).parent), set()).add(PurePosixPath(below).name.lower())
    delete_left_behind(Path(tempfile.gettempdir()))
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(
            threads.map(lambda one: _glance(one[0], one[1], one[2], beside[str(PurePosixPath(one[1]).parent)]), kept)
        )


def _glance(place: Place, below: str, version: Version, beside: set[str]) -> Glance:
    folders = PurePosixPath(below).parts[:-1]
    if any(part.startswith(".") or is_companion(Path(part)) for part in folders):
        return Glance(place, below, version, why=_PASSED_OVER)
    above = Path(tempfile.gettempdir())
    with new_folder_beside(above) as folder:  # which the next command deletes if this one is killed: it may show faces
        try:
            path = _stand_in(place, version, folder)
        except DataFileError as error:
            return Glance(place, below, version, why=str(error), failed=True)
        except OSError:
            words = _no_room(place, version, above, shutil.disk_usage(above).free)
            return Glance(place, below, version, why=words, failed=True)
        found = look(path, beside=beside)
        kind = found.kind.what if found.kind and not found.why else ""
        return Glance(place, below, version, kind, fingerprint(path)[1], found.why)


def _stand_in(place: Place, version: Version, folder: Path) -> Path:
    """A file as large as one elsewhere, with its name and with the bytes that tell what it is; the others are missing."""
    path = folder / PurePosixPath(place.name).name
    try:
        file = path.open("wb")
    except (OSError, ValueError):  # no file may be called so here
        path = folder / _plain(place.name)
        file = path.open("wb")
    with file:
        if version.size <= 3 * SAMPLE:
            file.write(place.read())
            return path
        for start in sampled(version.size):
            file.seek(start)
            file.write(place.read(start, start + SAMPLE))
        file.truncate(version.size)
    return path


def _plain(name: str) -> str:
    """A name that every system takes, with the same ending."""
    ending = PurePosixPath(name).suffix
    return f"copy{ending if _ENDING.fullmatch(ending) else ''}"


@contextmanager
def copied(place: Place, version: Version) -> Iterator[tuple[str, Path]]:
    """Kind and path of a copy on this machine, which goes when the block ends. Copies that killed processes left go, too.

    Raises:
        DataFileError: it cannot be copied.
        NotCopiedError: there is no room for it, or it is another one than was listed.
    """
    above = Path(tempfile.gettempdir())
    delete_left_behind(above)
    if (free := shutil.disk_usage(above).free) < version.size:
        raise NotCopiedError(_no_room(place, version, above, free))
    if place.version() != version:
        raise NotCopiedError(_changed(place))
    with new_folder_beside(above) as folder:
        path = folder / _plain(place.name)
        try:
            place.copy_to(path)
        except OSError as error:
            if isinstance(error, DataFileError):
                raise
            raise NotCopiedError(_no_room(place, version, above, shutil.disk_usage(above).free)) from error
        if path.stat().st_size != version.size or place.version() != version:
            raise NotCopiedError(_changed(place))
        yield (PHOTO if kind_of(path).what == PHOTO else VIDEO), path


def _no_room(address: Place, version: Version, folder: Path, free: int) -> str:
    return (
        f"{address} cannot be copied to {folder}: it needs {version.size / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB are free. Make "
        f"room there, or set TMPDIR to a folder with more of it."
    )


def _changed(address: Place) -> str:
    return f"{address} was changed or deleted after it was listed."
