"""Opening a table as a user has it: plain, gzipped, or in a zip archive; told by its first bytes, not by its name."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from aiducation.errors import DataFileError


class TableStream(io.BufferedReader):
    """A readable stream of the unpacked bytes that also knows how far the file on disk was read."""

    def __init__(self, raw: BinaryIO, on_disk: BinaryIO) -> None:
        super().__init__(cast(io.RawIOBase, raw), buffer_size=1 << 20)
        self._on_disk = on_disk

    def position(self) -> int:
        """Bytes of the file on disk that were read so far."""
        return self._on_disk.tell()


@contextmanager
def open_table(path: Path) -> Iterator[TableStream]:
    """Open a CSV file for reading bytes, whether plain, gzipped or the only table in a zip archive.

    Raises:
        DataFileError: the file is missing, empty, not readable, damaged or holds no or several tables.
    """
    try:
        with path.open("rb") as on_disk:
            magic = on_disk.read(4)
            on_disk.seek(0)
            if not magic:
                raise DataFileError(f"{path.name} is empty.")
            if magic[:2] == b"\x1f\x8b":
                with gzip.GzipFile(fileobj=on_disk) as unpacked:
                    yield TableStream(cast(BinaryIO, unpacked), on_disk)
            elif magic == b"PK\x03\x04":
                with zipfile.ZipFile(on_disk) as archive, _member(path, archive) as member:
                    yield TableStream(cast(BinaryIO, member), on_disk)
            else:
                yield TableStream(on_disk, on_disk)
    except FileNotFoundError as error:
        raise DataFileError(f"{path} does not exist. The README says where to get the data.") from error
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise DataFileError(f"{path.name} is damaged or cut off ({error}); download it again.") from error
    except IsADirectoryError as error:
        raise DataFileError(f"{path} is a folder; name the file itself.") from error
    except OSError as error:
        raise DataFileError(f"Cannot read {path}: {str(error.strerror or error).rstrip('.')}.") from error


def _member(path: Path, archive: zipfile.ZipFile) -> IO[bytes]:
    tables = [n for n in archive.namelist() if n.lower().endswith(".csv") and not n.startswith("__MACOSX")]
    if len(tables) != 1:
        found = ", ".join(tables[:5]) or "none"
        raise DataFileError(
            f"{path.name} must hold exactly one .csv file, found: {found}. Unpack it and name the file."
        )
    try:
        return archive.open(tables[0])
    except RuntimeError as error:  # a password, or a way of packing that Python does not know
        raise DataFileError(f"{path.name} cannot be unpacked here ({error}); unpack it and name the file.") from error
