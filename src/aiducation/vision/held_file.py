"""Held file: a recording's file that stays open while it is analyzed, and what happens to it meanwhile.

Everything is read from the file that was opened first: one that is deleted, moved away or replaced by another of its name
meanwhile is read to its end all the same. One whose content changes is told by its size and its times.
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
from aiducation.vision.photos import check_file

#: Bytes that are read at a time.
_BLOCK = 1 << 16


@dataclass(frozen=True)
class State:
    """What the system says of a file's content without a look at it.

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

    Raises:
        DataFileError: the file is missing, empty, or may not be read.
    """

    def __init__(self, path: Path) -> None:
        check_file(path)
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise DataFileError(f"{path} cannot be read: {error.strerror or error}.") from error
        self.first = self.state()

    def __enter__(self) -> HeldFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def state(self) -> State:
        """Its state now."""
        now = os.fstat(self._file.fileno())
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
        return cast(BinaryIO, _View(self.path, self._file.fileno()))

    def buffered(self) -> io.BufferedReader:
        """The same for many small steps."""
        return io.BufferedReader(cast(io.RawIOBase, self.view()), _BLOCK)


class _View(io.RawIOBase):
    """Reads an open file at a place of its own. Where the system cannot do that, the path is opened again."""

    def __init__(self, path: Path, number: int) -> None:
        super().__init__()
        self.name, self._number, self._at = str(path), number, 0
        self._own = None if hasattr(os, "pread") else path.open("rb", buffering=0)

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
            size = max(os.fstat(self._number).st_size - self._at, 0)
        if self._own:
            self._own.seek(self._at)
        data = (self._own.read(size) or b"") if self._own else os.pread(self._number, size, self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        start = (0, self._at, os.fstat(self._number).st_size)[whence]
        self._at = max(start + offset, 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if self._own:
            self._own.close()
        super().close()
