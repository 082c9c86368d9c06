"""Inputs: what the words on the command line mean: photos, videos, folders, patterns, cameras, the screen."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from aiducation.errors import ConfigError
from aiducation.vision.result_json import readable

PHOTO, VIDEO, CAMERA, SCREEN = "photo", "video", "camera", "screen"

#: Files in folders are taken by these endings; a file that is named itself is looked into, whatever its ending.
_PHOTO_ENDINGS = frozenset((".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".jfif"))
_VIDEO_ENDINGS = frozenset(
    (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".wmv", ".flv", ".3gp", ".ogv")
)

#: First bytes of picture files.
_PHOTO_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")

#: Bytes of a result's name before its ending: file systems take 255 in all, counters and temporary names included.
_MOST_BYTES = 120


@dataclass(frozen=True)
class File:
    """A file to analyze.

    Attributes:
        kind: "photo" or "video".
        path: where it is.
    """

    kind: str
    path: Path

    @property
    def name(self) -> str:
        """What results call it: the file's name, never its folder."""
        return self.path.name


@dataclass(frozen=True)
class Device:
    """A camera or a screen.

    Attributes:
        kind: "camera" or "screen".
        number: which one, from 0.
    """

    kind: str
    number: int = 0

    @property
    def name(self) -> str:
        """What results call it: "camera:0", "screen:0"."""
        return f"{self.kind}:{self.number}"


@dataclass(frozen=True)
class Nothing:
    """An argument that names nothing to analyze.

    Attributes:
        name: the argument.
        why: in a sentence.
    """

    name: str
    why: str


#: What an argument may mean.
Input: TypeAlias = File | Device | Nothing


def find_inputs(arguments: Sequence[str]) -> list[Input]:
    """Everything that the arguments name, in their order; folders and patterns in natural order, each file once.

    A file that does not exist is given as a photo: reading it says so, and the rest goes on.

    Raises:
        ConfigError: there are no arguments.
    """
    if not arguments:
        raise ConfigError("Name at least one photo, video, folder, camera:0 or screen: to analyze.")
    found: dict[object, Input] = {}
    for argument in arguments:
        for one in _meant(argument):
            found.setdefault(one.path.absolute() if isinstance(one, File) else one.name, one)
    return list(found.values())


def stem_of(source: str) -> str:
    """A source's name as its results begin: without the ending of a photo or video, safe in any file system, never empty.

    Example:
        >>> stem_of("class.jpg"), stem_of("lesson 1.5"), stem_of("camera:0")
        ('class', 'lesson 1.5', 'camera_0')
    """
    ending = Path(source).suffix
    plain = source.removesuffix(ending) if ending.lower() in _PHOTO_ENDINGS | _VIDEO_ENDINGS else source
    safe = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", readable(plain)).strip(" .") or "input"
    safe = f"_{safe}" if safe.startswith("-") else safe
    return safe.encode()[:_MOST_BYTES].decode(errors="ignore")


def stems(inputs: Sequence[Input]) -> list[str]:
    """``stem_of`` each input, with a number behind where a name was taken already."""
    taken: set[str] = set()
    names = []
    for one in inputs:
        base = stem_of(one.name)
        name, number = base, 2
        while name.casefold() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _meant(argument: str) -> Iterator[Input]:
    if match := re.fullmatch(r"(camera|screen):(\d*)", argument):
        yield Device(match[1], int(match[2] or 0))
        return
    path = Path(argument)
    if os.path.isdir(path):  # noqa: PTH112 - Path's own raises where a name is too long
        yield from _folder(path)
    elif argument in ("camera", "screen") and not path.exists():
        yield Nothing(
            argument, f"There is no file {argument}; the camera is camera:0, the screen is screen: with a colon."
        )
    elif os.path.exists(path) or not glob.has_magic(argument):  # noqa: PTH110
        yield _file(path)
    else:
        files = [Path(name) for name in glob.glob(argument, recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute ones
        if not files:
            yield Nothing(argument, f"No file fits the pattern {argument}.")
        for file in sorted(files, key=_natural):
            yield from _folder(file) if file.is_dir() else [_file(file)]


def _folder(folder: Path) -> Iterator[Input]:
    files = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [
            Path(root) / name
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in _PHOTO_ENDINGS | _VIDEO_ENDINGS
        ]
    if not files:
        yield Nothing(str(folder), f"The folder {folder} holds no photo and no video, or may not be read.")
    for file in sorted(files, key=_natural):
        yield _file(file)


def _file(path: Path) -> File:
    return File(VIDEO if _is_video(path) else PHOTO, path)


def _is_video(path: Path) -> bool:
    """By the first bytes where they tell, else by the ending."""
    start = b""
    with suppress(OSError):
        if path.is_file():  # a pipe would be waited for
            with path.open("rb") as file:
                start = file.read(12)
    if start.startswith(_PHOTO_STARTS) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP"):
        return False
    if start[4:8] == b"ftyp" and start[8:12] not in (b"heic", b"heix", b"mif1", b"avif"):
        return True
    if start.startswith((b"\x1aE\xdf\xa3", b"FLV", b"OggS", b"\0\0\1\xba")) or start[8:12] == b"AVI ":
        return True
    return path.suffix.lower() in _VIDEO_ENDINGS


def _natural(path: Path) -> list[object]:
    """So that "photo 2" comes before "photo 10"."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
