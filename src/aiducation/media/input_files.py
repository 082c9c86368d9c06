"""Input files: whether there is something to read, and how large pictures may be."""

from __future__ import annotations

import stat
from pathlib import Path

from aiducation.errors import DataFileError

#: Larger pictures are refused before they are decoded: they would take gigabytes.
MAX_PIXELS = 150_000_000


#: The same for a frame of a video, of which several are in memory at a time; 8K has 33 million.
MAX_FRAME_PIXELS = 40_000_000


def check_file(path: Path) -> None:
    """Raise ``DataFileError`` if there is no readable file, or if it is empty."""
    if "\0" in str(path):
        raise DataFileError(f"No file can have the name {str(path)!r}.")
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise DataFileError(f"{path} is a folder, not a file.")
        if not stat.S_ISREG(kind):  # reading it could wait forever
            raise DataFileError(f"{path} is a device or a pipe, not a file.")
        with path.open("rb") as file:
            if not file.read(1):
                raise DataFileError(f"{path} is empty.")
    except FileNotFoundError as error:
        raise DataFileError(f"There is no file {path}.") from error
    except OSError as error:
        raise DataFileError(f"{path} cannot be read: {error.strerror}.") from error
