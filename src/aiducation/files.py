"""Small helpers for files: atomic writing, hashing. What was written is read by ``records``."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aiducation.errors import AiducationError, OutputError, OutputExistsError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends well, and is removed when it does not.

    Readers therefore see the old file or the whole new one, never half of it, whatever interrupts the writing.

    Raises:
        OutputError: the system refused to write.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if isinstance(error, AiducationError):
            raise
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):  # it may not be there, or not even its folder
            temporary.unlink()


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error for a file that the system refused to write, with what may be the cause."""
    file = next((folder for folder in path.parents if os.path.isfile(folder)), None)  # noqa: PTH113 - Path's own raises
    hint = f"{file} is a file, no folder." if file else "Is there room on the disk, and may you write there?"
    return OutputError(f"Cannot write {path}: {error.strerror or error}. {hint}")


def write_text(path: Path, text: str) -> None:
    """Write text atomically, as UTF-8 with Unix line ends."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, indented, with a final newline; see ``finite``."""
    write_text(path, json.dumps(finite(value), indent=2, ensure_ascii=False) + "\n")


def finite(value: Any) -> Any:
    """The same JSON values with null for numbers that are none, which JSON does not know."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def usual_mode(folder: Path) -> int:
    """The permissions that a new file gets in a folder: what the user's umask and the folder's own rules leave."""
    probe = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        with probe.open("xb") as file:
            return stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    finally:
        with suppress(OSError):
            probe.unlink()


def sha256(path: Path) -> str:
    """The SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def new_folder(path: Path, *, force: bool = False) -> Path:
    """Make a folder for results.

    Raises:
        OutputExistsError: it is there, not empty, and ``force`` is not set.
    """
    if path.is_file():
        raise OutputExistsError(f"{path} is a file; name a folder for the results.")
    if path.is_dir() and any(path.iterdir()) and not force:
        raise OutputExistsError(
            f"{path} is not empty; choose another folder. --force writes into this one, and files of the same names are lost."
        )
    path.mkdir(parents=True, exist_ok=True)
    return path
