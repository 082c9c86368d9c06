"""Held file: a recording's file that stays open while it is analyzed, and what happens to it meanwhile.

Everything is read from the file that was opened first: one that is deleted, moved away or replaced by another of its name
meanwhile is still read to its end. A file whose content changes is recognized by its size and its times.
"""

from __future__ import annotations

import io
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from aiducation.errors import DataFileError
from aiducation.media.input_files import check_file

#: Bytes that are read at a time.
_BLOCK = 1 << 16


@dataclass(frozen=True)
class State:
    """What the system knows about a file's content without reading it.

    Attributes:
        size: in bytes.
        times_ns: when content, and anything about the file, changed last.
    """

    size: int
    times_ns: tuple[int, int]


class HeldFile:
    """A file that is held open; use it in a ``with`` block.

    Args:
        path: the file.

    Attributes:
        path: the same.
        first: its state when it was opened.
        error: why it could not be read any further, as a network's or a device's file; "" while it can. It seems to end there.

    Raises:
        DataFileError: the file is missing, empty, or may not be read.
    """

    def __init__(self, path: Path) -> None:
        check_file(path)
        self.path, self.error = path, ""
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise DataFileError(f"{path} cannot be read: {error.strerror or error}.") from error
        self.first = State(0, (0, 0))
        self.first = self.state()

    def __enter__(self) -> HeldFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def state(self) -> State:
        """Its state now."""
        try:
            now = os.fstat(self._file.fileno())
        except OSError as error:  # a network's file
            self.error = error.strerror or str(error)
            return self.first
        return State(now.st_size, (now.st_mtime_ns, now.st_ctime_ns))

    def check(self) -> int:
        """A checksum of all of its content."""
        check = 0
        with self.buffered() as file:
            while block := file.read(1 << 20):
                check = zlib.crc32(block, check)
        return check

    def view(self) -> BinaryIO:
        """Its content as a file of its own, at its beginning. It is named after the file, as its readers expect it."""
        return cast(BinaryIO, _View(self))

    def read_at(self, at: int, size: int) -> bytes:
        """Bytes from a place on; none behind the end."""
        try:
            if hasattr(os, "pread"):
                return os.pread(self._file.fileno(), size, at)
            with self.path.open("rb", buffering=0) as file:  # Windows deletes and moves no file that is open
                file.seek(at)
                return file.read(size) or b""
        except OSError as error:
            self.error = error.strerror or str(error)
            return b""

    def buffered(self) -> io.BufferedReader:
        """The same for many small steps."""
        return io.BufferedReader(cast(io.RawIOBase, self.view()), _BLOCK)


class _View(io.RawIOBase):
    """Reads an open file at a place of its own."""

    def __init__(self, held: HeldFile) -> None:
        super().__init__()
        self.name, self._held, self._at = str(held.path), held, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        if size is None or size < 0:
            size = max(self._held.state().size - self._at, 0)
        data = self._held.read_at(self._at, size)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        start = (0, self._at, self._held.state().size if whence == 2 else 0)[whence]
        self._at = max(start + offset, 0)
        return self._at

    def tell(self) -> int:
        return self._at
