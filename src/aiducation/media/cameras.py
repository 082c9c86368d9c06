"""Cameras: which there are, by name, so that one can be chosen whose number changes."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiducation.errors import DataFileError

#: Where Linux lists cameras, and the request that asks one what it can do (VIDIOC_QUERYCAP), with the length of its answer.
_LISTED, _QUERYCAP, _ANSWER = Path("/sys/class/video4linux"), 0x80685600, 104

#: Bits of the answer: it gives pictures; it has a list of what this very file can do.
_CAPTURES, _OWN = 0x00000001, 0x80000000


@dataclass(frozen=True)
class Camera:
    """A camera.

    Attributes:
        number: as in ``camera:0``; a camera that is plugged in again may get another.
        name: as its maker or driver calls it, "Integrated Camera", "OBS Virtual Camera".
    """

    number: int
    name: str


def cameras() -> list[Camera]:
    """The cameras of this machine, in order of number.

    Raises:
        DataFileError: they cannot be listed on this system.
    """
    if sys.platform.startswith("linux"):
        return _of_linux(_LISTED)
    return [
        Camera(number, one.description or one.name)
        for number, one in enumerate(listed_cameras("dshow" if sys.platform == "win32" else "avfoundation"))
    ]


def camera_named(name: str) -> Camera:
    """The camera whose name is, or else holds, some words; large and small letters are the same.

    Raises:
        DataFileError: there is none, or more than one.
    """
    found = cameras()
    wanted = name.casefold()
    fits = [one for one in found if one.name.casefold() == wanted] or [
        one for one in found if wanted in one.name.casefold()
    ]
    if len(fits) == 1:
        return fits[0]
    there = ", ".join(f"camera:{one.number} ({one.name})" for one in found)
    if not found:
        raise DataFileError(f"There is no camera called '{name}', and this machine has no other.")
    if not fits:
        raise DataFileError(f"There is no camera called '{name}'. There are: {there}.")
    raise DataFileError(f"{len(fits)} cameras are called '{name}'. There are: {there}.")


def _of_linux(folder: Path) -> list[Camera]:
    """Cameras have several device files; those that give pictures count."""
    found = []
    for path in sorted(folder.glob("video*"), key=lambda path: (len(path.name), path.name)):
        if (match := re.fullmatch(r"video(\d+)", path.name)) and _captures(Path("/dev") / path.name):
            with suppress(OSError):
                found.append(Camera(int(match[1]), (path / "name").read_text("utf-8", "replace").strip() or path.name))
    return found


def _captures(device: Path) -> bool:
    """Whether a device file gives pictures; one that may not be asked counts, opening it says why."""
    import fcntl

    answer = bytearray(_ANSWER)
    try:
        with device.open("rb", buffering=0) as file:
            fcntl.ioctl(file, _QUERYCAP, answer)
    except OSError:
        return True
    everything, own = struct.unpack_from("<II", answer, 84)
    return bool((own if everything & _OWN else everything) & _CAPTURES)


def listed_cameras(kind: str) -> Sequence[Any]:
    """Name and description of the cameras that FFmpeg's format of that name lists, in the order in which it counts them.

    Raises:
        DataFileError: they cannot be listed.
    """
    import av

    try:
        return [one for one in av.enumerate_input_devices(kind) if "video" in one.media_types]
    except AttributeError as error:
        raise DataFileError("Listing cameras needs PyAV 17 or newer: pip install --upgrade av") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise DataFileError(f"The cameras of this machine cannot be listed ({error}).") from error
