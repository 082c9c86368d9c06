"""Inputs: what the arguments on the command line stand for: photos, videos, folders, patterns, cameras, the screen,
addresses."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from aiducation.errors import ConfigError, DataFileError
from aiducation.media.class_folders import STARTS, ClassFolder, class_folder, clock_of
from aiducation.media.file_kinds import PHOTO, VIDEO, kind_of
from aiducation.media.folders import Found, is_companion, is_own_output, look, walk
from aiducation.media.places import NOWHERE, Place, Version, is_place
from aiducation.media.remote_files import glances
from aiducation.media.stream_addresses import SCHEMES, Address, without_secrets

__all__ = [
    "CAMERA",
    "PHOTO",
    "SCREEN",
    "VIDEO",
    "Address",
    "Class",
    "Device",
    "File",
    "Input",
    "LeftOut",
    "Nothing",
    "RemoteFile",
    "find_inputs",
]

CAMERA, SCREEN = "camera", "screen"

#: Why a file or folder is left out that was named beside others.
_COMPANION = "made by a device or an operating system for its own use. To analyze it, name the file itself"


@dataclass(frozen=True)
class File:
    """A file to analyze.

    Attributes:
        kind: "photo" or "video".
        path: where it is.
        place: its path inside the folder that was named, "day 1/class.jpg"; "" for a file that was named itself.
    """

    kind: str
    path: Path
    place: str = ""

    @property
    def name(self) -> str:
        """What results call it: its path inside the folder that was named, without the folders above, for privacy."""
        return self.place or self.path.name


@dataclass(frozen=True)
class RemoteFile(File):
    """A file elsewhere, which is copied to the machine that analyzes it, and deleted there afterwards.

    Attributes:
        path: its name in the last place; no file of this machine.
        where: where it is.
        version: which version of it was listed.
        fingerprint: by which it is known again, as a file of this machine is.
    """

    where: Place | None = None
    version: Version = NOWHERE
    fingerprint: str = ""


@dataclass(frozen=True)
class Copied(File):
    """The copy of a file elsewhere: nothing that is saved may name its path."""


@dataclass(frozen=True)
class Device:
    """A camera or a screen.

    Attributes:
        kind: "camera" or "screen".
        number: which one, from 0.
        label: the name by which a camera is chosen instead; "" where its number chooses.
    """

    kind: str
    number: int = 0
    label: str = ""

    @property
    def name(self) -> str:
        """What results call it: "camera:0", "screen:0", "camera:OBS Virtual Camera"."""
        return f"{self.kind}:{self.label or self.number}"


@dataclass(frozen=True)
class Class:
    """A class that was recorded with a file for each participant.

    Attributes:
        recorded: its files and their clock.
        kind: "class".
    """

    recorded: ClassFolder
    kind: str = "class"

    @property
    def name(self) -> str:
        """What results call it: the name of its folder."""
        return self.recorded.path.absolute().name or "class"


@dataclass(frozen=True)
class Nothing:
    """An argument that does not name anything that can be analyzed.

    Attributes:
        name: the argument.
        why: in a sentence.
        path: the file or folder of this machine that the sentence names; pages that are saved do not say where that lies.
    """

    name: str
    why: str
    path: Path | None = None


@dataclass(frozen=True)
class LeftOut:
    """Something in a folder that is left out on purpose, which is not an error.

    Attributes:
        name: its place below the folder that was named.
        why: in words that follow a count of files: "sound, without pictures".
        files: how many that are; a folder has several.
    """

    name: str
    why: str
    files: int = 1


#: What an argument may mean.
Input: TypeAlias = File | Device | Class | Address | Nothing | LeftOut


def find_inputs(
    arguments: Sequence[str], *, together: bool | None = False, streams: bool = False, without: str = ""
) -> list[Input]:
    """Everything that the arguments name, in their order; folders and patterns in natural order, each file once.

    Args:
        arguments: what was named.
        together: whether the recordings in a folder are the participants of one class; None where a meeting's server says so.
        streams: whether addresses may be read; otherwise nothing is loaded from the network.
        without: the address of a folder elsewhere whose files are left out, because results go there.

    What is in a folder is decided by content. Sound, documents, thumbnails, hidden files and own results are left out, and
    given as such. An own result or a thumbnail that is named itself is analyzed if it is the only argument: a ``*`` of the
    shell names all that there is.

    A file that does not exist is given as a photo: reading it says so, and the rest goes on.

    Raises:
        ConfigError: there are no arguments.
    """
    if not arguments:
        raise ConfigError("Name at least one photo, video, folder, camera:0 or screen: to analyze.")
    found: dict[object, Input] = {}
    for argument in arguments:
        meant = (
            _elsewhere(argument, together, without)
            if streams and is_place(argument)
            else _meant(argument, alone=len(arguments) == 1, together=together, streams=streams)
        )
        for one in meant:
            found.setdefault(one.path.absolute() if isinstance(one, File) else (type(one), one.name), one)
    return list(found.values())


def _meant(argument: str, *, alone: bool, together: bool | None, streams: bool) -> Iterator[Input]:
    if match := re.fullmatch(r"(camera|screen):([0-9]{0,9})", argument):
        yield Device(match[1], int(match[2] or 0))
        return
    if (match := re.fullmatch(r"camera:(?!//)(.+)", argument)) and not os.path.exists(argument):  # noqa: PTH110
        yield Device(CAMERA, label=match[1].strip())
        return
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", argument) and not os.path.exists(argument):  # noqa: PTH110
        if not argument.lower().startswith("file:"):
            known = streams and argument.split(":")[0].lower() in SCHEMES
            yield Address(argument) if known else _address(argument)
            return
        try:
            argument = unquote(urlsplit(argument).path)
        except ValueError as error:
            yield Nothing(argument, f"{argument} is not an address of a file: {error}.")
            return
    if "\0" in argument:  # which no system takes for a part of a name
        yield Nothing(argument, f"{argument} cannot be the name of a file; check how it is written.")
        return
    path = Path(argument)
    if os.path.isdir(path):  # noqa: PTH112 - Path's own raises where a name is too long
        yield from _folder(path, alone=alone) if together is False else _class_or_folder(path, together, alone=alone)
    elif argument in ("camera", "screen") and not path.exists():
        yield Nothing(
            argument, f"There is no file {argument}; the camera is camera:0, the screen is screen: with a colon."
        )
    elif re.fullmatch(r"/dev/video\d+", argument):
        yield Nothing(argument, f"{argument} is a camera: name it as camera:{argument.removeprefix('/dev/video')}.")
    elif os.path.exists(path) or not glob.has_magic(argument):  # noqa: PTH110
        yield _named(path, alone=alone)
    else:
        yield from _pattern(argument)


def _elsewhere(address: str, together: bool | None, without: str) -> Iterator[Input]:
    """The files of a place elsewhere, in natural order: first what is analyzed, then what is left out."""
    if together:
        raise ConfigError(f"--together is for folders of this machine; copy {address} here, then name the copy.")
    try:
        found = glances(address, without=without)
    except DataFileError as error:
        yield Nothing(address, str(error))
        return
    if not any(one.kind or one.failed for one in found):
        yield Nothing(address, f"There is no photo and no recording at {address}, or it cannot be read.")
    left = []
    for one in sorted(found, key=lambda one: _natural(Path(one.below))):
        if one.kind:
            path = Path(f"/{one.place.scheme}/{one.place.host}/{one.place.path}")
            yield RemoteFile(one.kind, path, one.below, one.place, one.version, one.fingerprint)
        elif one.failed:
            yield Nothing(one.below, one.why)
        else:
            left.append(LeftOut(one.below, one.why))
    yield from left


def _address(argument: str) -> Nothing:
    """The answer to an address; a password in it is nobody's business, and results keep the answer."""
    shown = without_secrets(argument)
    scheme = argument.split(":")[0].lower()
    if scheme in ("rtsp", "rtsps", "rtmp", "rtmps", "rtp", "srt", "udp", "tcp", "mms", "whep"):
        return Nothing(
            shown,
            f"{shown} is the address of a live stream, and nothing is loaded from the network here: 'aiducation analyze' reads "
            "rtsp, rtsps, http and https. Record any other into a file (VLC and ffmpeg can: ffmpeg -i ADDRESS -c copy -t 3600 "
            "lesson.mkv), then name that file.",
        )
    if scheme in ("http", "https", "ftp", "ftps"):
        return Nothing(
            shown,
            f"{shown} is an address on the web, and nothing is loaded from the network. Download the recording or photo, then "
            "name the file.",
        )
    return Nothing(
        shown, f"{shown} is an address, and nothing is loaded from the network. Copy the file here, then name it."
    )


def _named(path: Path, *, alone: bool) -> Input:
    """A file that was named itself: what it holds decides, whatever it is called."""
    if not alone and is_own_output(path):
        return LeftOut(path.name, "a result of this tool, not an input. To analyze it, name the file itself")
    if not alone and is_companion(path):
        return LeftOut(path.name, _COMPANION)
    kind = kind_of(path)
    if kind.why and os.path.exists(path) and kind.name != "empty":  # noqa: PTH110
        if kind.name == "other":  # it may be something that Pillow knows
            return File(PHOTO, path)
        return Nothing(path.name, f"{path} cannot be analyzed, because it is {kind.why}.", path)
    return File(kind.what or PHOTO, path)


def _pattern(pattern: str) -> Iterator[Input]:
    paths = sorted((Path(name) for name in glob.glob(pattern, recursive=True)), key=_natural)  # noqa: PTH207 - Path.glob takes no absolute ones
    if not paths:
        yield Nothing(pattern, f"No file fits the pattern {pattern}.")
        return
    folders = [path for path in paths if path.is_dir()]
    for path in paths:
        if path in folders:
            yield from _folder(path, alone=False)
        elif not any(folder in path.parents for folder in folders):  # else its folder brings it, with its place
            yield from _of_folder([look(path)], path.parent)


def _folder(folder: Path, *, alone: bool) -> Iterator[Input]:
    if not alone and is_companion(folder):
        yield LeftOut(f"{folder.name}/", _COMPANION)
        return
    given = list(_of_folder(walk(folder), folder))
    if not any(isinstance(one, File) for one in given):
        empty = f"The folder {folder} contains no photo and no video."
        closed = f"The folder {folder} cannot be read: permission denied."
        yield Nothing(str(folder), empty if os.access(folder, os.R_OK | os.X_OK) else closed, folder)
    yield from given


def _class_or_folder(folder: Path, together: bool | None, *, alone: bool) -> Iterator[Input]:
    """A folder whose recordings are the participants of one class; its files one by one where it is none."""
    try:
        clock = clock_of(folder)
        if clock is None and not together:
            yield from _folder(folder, alone=alone)
            return
        given = list(_of_folder(walk(folder), folder))
        files = [one.path for one in given if isinstance(one, File) and one.kind == VIDEO]
        recorded = class_folder(folder, files, clock)
    except DataFileError as error:
        yield Nothing(str(folder), str(error), folder)
        return
    if recorded is None:
        if together or clock:
            yield Nothing(str(folder), f"The folder {folder} holds no recording of a participant.", folder)
        return
    yield Class(recorded)
    taken = {piece.path for piece in recorded.pieces}
    for one in given:
        if isinstance(one, LeftOut):
            if Path(one.name).name not in (STARTS, "events.xml"):
                yield one
        elif isinstance(one, File) and one.path not in taken:
            yield LeftOut(
                one.name, "no participant's recording: it is a picture, a shared screen, or not named by the server"
            )


def _of_folder(found: Iterator[Found] | list[Found], folder: Path) -> Iterator[Input]:
    """What was found, in natural order: first what is analyzed, then what is left out."""
    left = []
    for one in sorted(found, key=lambda one: _natural(one.path)):
        place = one.path.relative_to(folder).as_posix()
        if one.why:
            left.append(LeftOut(place if one.kind else place + "/" * one.path.is_dir(), one.why, one.files))
        else:
            assert one.kind is not None
            yield File(one.kind.what, one.path, place)
    yield from left


def _natural(path: Path) -> list[object]:
    """So that "photo 2" comes before "photo 10"."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
