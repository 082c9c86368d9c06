"""Uploads: one file of a form, streamed to the disk as it comes, counted while it comes."""

from __future__ import annotations

import asyncio
import unicodedata
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import anyio
from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect

from aiducation.media.file_kinds import PHOTO, UNKNOWN, VIDEO, kind_of
from aiducation.visible import is_unseen
from aiducation.web.arrivals import Arrival
from aiducation.web.problems import Problem, problem_of

#: What a form may have beside its file, and a line in the head of a part.
_FORM_BYTES, _LINE_BYTES = 100_000, 8_000

#: Letters of a file name that are shown, and how many of its end are among them.
_LONGEST_NAME, _NAME_END = 150, 40

#: What a part with annotations may have.
_MORE_BYTES = 80_000


def form(**parts: dict[str, Any]) -> dict[str, Any]:
    """For the OpenAPI document: a form with these parts, of which ``file`` must be there."""
    schema = {"type": "object", "required": ["file"], "additionalProperties": False, "properties": parts}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


#: A part that is a file, and a form with one.
FILE = {"type": "string", "format": "binary"}
FORM = form(file=FILE)

#: The same for a photo, whose result can be changed by hand.
PHOTO_FORM = form(
    file=FILE,
    annotations={
        "type": "string",
        "description": "A file of annotations as JSON: what people changed by hand.",
    },
)


@dataclass(frozen=True)
class Upload:
    """A file that came.

    Attributes:
        path: where it lies; its name there has nothing to do with ``name``.
        name: what the client calls it, without folders and control characters.
        size: in bytes.
    """

    path: Path
    name: str
    size: int


async def receive_file(
    request: Request,
    path: Path,
    *,
    most_bytes: int,
    stall_s: float,
    arrival: Arrival | None = None,
    beside: Path | None = None,
) -> Upload:
    """Write the form's part named "file" to ``path``; an incomplete file is deleted.

    Args:
        request: that brings it.
        path: where to.
        most_bytes: of the file.
        stall_s: seconds after which an upload that has stopped is given up.
        arrival: of the upload, where others must know of it.
        beside: where to write a part named "annotations"; None refuses one.

    Raises:
        Problem: the request is not such a form, is too large, broke off or had to make room, or the disk is full.
    """
    with _FilePart(path, most_bytes, beside) as part:
        await _receive(request, part, most_bytes=most_bytes, stall_s=stall_s, arrival=arrival or Arrival())
        return part.done()


async def receive_files(
    request: Request, folder: Path, *, most_bytes: int, most_files: int, stall_s: float
) -> list[Upload]:
    """Write the form's parts named "file" into a folder; what is not whole is deleted.

    Args:
        request: with the form.
        folder: where to; each file has the number of its part as its name.
        most_bytes: of one file.
        most_files: in the form.
        stall_s: seconds without a byte after which the upload is given up.

    Raises:
        Problem: see ``receive_file``; or there are more files.
    """
    parts = _FileParts(folder, most_bytes, most_files)
    with parts:
        await _receive(request, parts, most_bytes=most_bytes * most_files, stall_s=stall_s, arrival=Arrival())
        return parts.all()


async def _receive(request: Request, part: _FilePart, *, most_bytes: int, stall_s: float, arrival: Arrival) -> None:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Problem("bad_request", "Send the file as a form (multipart/form-data), in a part named 'file'.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes + _FORM_BYTES:
        raise _too_large(most_bytes)
    try:
        parser = MultipartParser(boundary, part.callbacks())  # type: ignore[arg-type]
        received = 0
        async for block in arrival.blocks(request.stream(), stall_s):  # type: ignore[arg-type]
            received += len(block)
            if received > most_bytes + _FORM_BYTES:
                raise _too_large(most_bytes)
            parser.write(block)
        parser.finalize()
    except FormParserError as error:
        raise Problem("bad_request", "The form is damaged or cut short.") from error
    except (ClientDisconnect, TimeoutError, asyncio.TimeoutError) as error:  # two classes before Python 3.11
        if arrival.given_up:
            raise Problem(
                "too_many_requests",
                "The upload was too slow and was ended, because other uploads are waiting.",
                retry_after_s=60,
            ) from error
        raise broke_off() from error
    except OSError as error:
        raise problem_of(error) from error


async def check_kind(upload: Upload, wanted: str) -> None:
    """Make sure that a file may be what it was sent as; what it is called says nothing.

    Args:
        upload: the file.
        wanted: "photo" or "video", of ``file_kinds``.

    Raises:
        Problem: it is the other of the two, or neither.
    """
    kind = await anyio.to_thread.run_sync(kind_of, upload.path)
    if kind.what == VIDEO and wanted == PHOTO:
        raise Problem("is_recording", f"{upload.name} is a recording ({kind.name}): send it to /api/recordings.")
    if kind.what == PHOTO and wanted == VIDEO:
        raise Problem("is_photo", f"{upload.name} is a photo ({kind.name}): send it to /api/photo.")
    if not kind.what and kind is not UNKNOWN:
        raise Problem("unreadable", f"{upload.name} cannot be analyzed, because it is {kind.why}.")


def broke_off() -> Problem:
    """The client is gone before its upload was answered."""
    return Problem("bad_request", "The upload broke off.")


def _too_large(most_bytes: int) -> Problem:
    return Problem("too_large", f"The file has more than {most_bytes / 1e6:,.0f} MB, which is the limit.")


class _FilePart(AbstractContextManager["_FilePart"]):
    """Takes the part named "file" out of a form while it is parsed, and refuses others."""

    def __init__(self, path: Path, most_bytes: int, beside: Path | None = None) -> None:
        self._path, self._most, self._beside = path, most_bytes, beside
        self._more = bytearray()  # the part beside the file
        self._is_more = False
        self._file: IO[bytes] | None = None
        self._wanted = self._whole = False
        self._name, self._size = "", 0
        self._field, self._value = b"", b""

    def callbacks(self) -> dict[str, Any]:
        """What the parser calls."""
        return {
            "on_part_begin": self._part_begins,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_ends,
            "on_part_data": self._data,
            "on_part_end": self._part_ends,
        }

    def _part_begins(self) -> None:
        self._wanted = self._is_more = False
        self._field = self._value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field = _longer(self._field, data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = _longer(self._value, data[start:end])

    def _header_ends(self) -> None:
        if self._field.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            name = options.get(b"name", b"")
            self._is_more = name == b"annotations" and self._beside is not None
            if (
                name != b"file" and not self._is_more
            ):  # it may be one that covers faces: nobody may believe that it was heard
                raise Problem(
                    "bad_request",
                    f"The form has a part '{name.decode('utf-8', 'replace')[:50]}' beside 'file'; give options in "
                    f"the address, as in ?anonymize=true.",
                )
            if not self._whole and not self._is_more:  # of several files the first
                self._wanted = True
                self._name = display_name(options.get(b"filename", b"").decode("utf-8", "replace"))
                self._file = self._file or self._path.open("wb")
        self._field = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted and self._file:
            self._size += end - start
            if self._size > self._most:
                raise _too_large(self._most)
            self._file.write(data[start:end])
        elif self._is_more:
            self._more += data[start:end]
            if len(self._more) > _MORE_BYTES:
                raise Problem("too_large", "The part 'annotations' has more bytes than are taken.")

    def _part_ends(self) -> None:
        self._whole = self._whole or self._wanted
        if self._is_more and self._beside:
            self._beside.write_bytes(self._more)

    def done(self) -> Upload:
        """The file, if all of it came."""
        if not self._file:
            raise Problem("bad_request", "The form has no part named 'file'.")
        if not self._whole:
            raise Problem("bad_request", "The form is damaged or cut short.")
        if not self._size:
            raise Problem("unreadable", f"{self._name} is empty.")
        return self._closed()

    def _closed(self) -> Upload:
        """The file that has come last."""
        assert self._file
        try:
            self._file.close()  # what was still in memory may find no room
        except OSError as error:
            raise problem_of(error) from error
        return Upload(self._path, self._name, self._size)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            with suppress(OSError):  # a full disk says so a second time
                self._file.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)


class _FileParts(_FilePart):
    """Takes every part named "file" out of a form; each becomes a file of its own."""

    def __init__(self, folder: Path, most: int, most_files: int) -> None:
        super().__init__(folder / "0", most)
        self._folder, self._most_files = folder, most_files
        self._uploads: list[Upload] = []

    def _header_ends(self) -> None:
        if self._whole and self._field.lower() == b"content-disposition":  # another one begins
            self._uploads.append(self._closed())
            if len(self._uploads) >= self._most_files:
                raise Problem(
                    "too_large", f"The form has more than {self._most_files} files, the most that is taken at once."
                )
            self._path = self._folder / str(len(self._uploads))
            self._file, self._whole, self._size = None, False, 0
        super()._header_ends()

    def all(self) -> list[Upload]:
        """The files, if all of them came; an empty one is judged like any other."""
        if self._file and self._whole:
            return [*self._uploads, self._closed()]
        return [*self._uploads, self.done()]


def _longer(line: bytes, more: bytes) -> bytes:
    if len(line) + len(more) > _LINE_BYTES:
        raise Problem("bad_request", "The form has a line that is too long.")
    return line + more


def display_name(name: str) -> str:
    """A file name as it may be shown: the last part of a path, without what cannot be seen, not too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C" and not is_unseen(c)).strip()
    if len(shown) > _LONGEST_NAME:  # its end says what kind of file it is, and often which of several
        shown = f"{shown[: _LONGEST_NAME - _NAME_END - 1]}…{shown[-_NAME_END:]}"
    return shown or "upload"
