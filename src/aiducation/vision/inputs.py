"""Inputs: what the words on the command line mean: photos, videos, folders, patterns, cameras, the screen."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiducation.errors import ConfigError

PHOTO, VIDEO, CAMERA, SCREEN = "photo", "video", "camera", "screen"

#: Files in folders are taken by these endings; a file that is named itself is looked into, whatever its ending.
_PHOTO_ENDINGS = frozenset((".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".jfif"))
_VIDEO_ENDINGS = frozenset(
    (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".wmv", ".flv", ".3gp", ".ogv")
)

#: First bytes of picture files.
_PHOTO_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")


@dataclass(frozen=True)
class Input:
    """One thing to analyze.

    Attributes:
        kind: "photo", "video", "camera" or "screen".
        name: what results call it: the file's name, "camera:0", "screen:0".
        path: of the file; None for cameras and screens.
        number: of the camera or screen.
    """

    kind: str
    name: str
    path: Path | None = None
    number: int = 0


def find_inputs(arguments: Sequence[str]) -> list[Input]:
    """Everything that the arguments name, in their order; folders and patterns in natural order, each file once.

    A file that does not exist is given as a photo: reading it says so, and the rest goes on.

    Raises:
        ConfigError: nothing is named, or a folder or pattern holds nothing.
    """
    found: dict[object, Input] = {}
    for argument in arguments:
        for one in _meant(argument):
            found.setdefault(one.path.absolute() if one.path else one.name, one)
    if not found:
        raise ConfigError("Name at least one photo, video, folder, camera:0 or screen: to analyze.")
    return list(found.values())


def stems(inputs: Sequence[Input]) -> list[str]:
    """A name for the results of each input that is safe in any file system, and no name twice."""
    taken: set[str] = set()
    names = []
    for one in inputs:
        plain = Path(one.name).stem if one.path else one.name.strip(":")
        base = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", plain).strip(" .") or "input"
        base = f"_{base}" if base.startswith("-") else base
        name, number = base[:120], 2
        while name.casefold() in taken:
            name, number = f"{base[:120]}-{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _meant(argument: str) -> Iterator[Input]:
    if match := re.fullmatch(r"(camera|screen):(\d*)", argument):
        number = int(match[2] or 0)
        yield Input(match[1], f"{match[1]}:{number}", number=number)
        return
    path = Path(argument)
    if os.path.isdir(path):  # noqa: PTH112 - Path's own raises where a name is too long
        yield from _folder(path)
    elif os.path.exists(path) or not glob.has_magic(argument):  # noqa: PTH110
        yield _file(path)
    else:
        files = [Path(name) for name in glob.glob(argument, recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute ones
        if not files:
            raise ConfigError(f"No file fits the pattern {argument}.")
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
        raise ConfigError(f"The folder {folder} holds no photo and no video, or may not be read.")
    for file in sorted(files, key=_natural):
        yield _file(file)


def _file(path: Path) -> Input:
    return Input(VIDEO if _is_video(path) else PHOTO, path.name, path)


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
