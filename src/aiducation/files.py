"""Small helpers for files: atomic writing, hashing, what may get a name. What was written is read by ``records``."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from aiducation.errors import AiducationError, OutputError, OutputExistsError
from aiducation.locks import BINARY, NO_LINKS, is_at, lock
from aiducation.temporary import delete_left_behind, new_file, new_folder_beside, unswappable


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path``: the file replaces ``path`` if the block succeeds, and is removed if it fails.

    So readers see either the old file or the complete new one, even if the writing is interrupted. The block writes
    into the file that is there already. See ``temporary``: nobody can guess its name, and no link is followed.

    Raises:
        OutputError: the system refused to write, or something other than a file has the name.
    """
    check_place(path)
    file = -1
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file, temporary = new_file(path.parent)
        try:
            yield unswappable(file, temporary)
            check_place(path)
            if not is_at(file, temporary):
                raise OutputError(f"{temporary} was deleted or replaced by another program; {path} is not written.")
            if sys.platform == "win32":  # where an open file gets no other name
                os.close(file)
                file = -1
            temporary.replace(path)
        except BaseException:
            if sys.platform == "win32" and file >= 0:
                os.close(file)
                file = -1
            with suppress(OSError):  # not even its folder may be there
                temporary.unlink()
            raise
    except OSError as error:
        if isinstance(error, AiducationError):
            raise
        raise cannot_write(path, error) from error
    finally:
        if file >= 0:
            os.close(file)


def begin_file(path: Path, text: str) -> TextIO:
    """A new file in the place of ``path`` that begins with a text, open for more and locked until it is closed.

    What had the name stays as it is under any other name that it has (a hard link, a copy in a backup).

    Raises:
        OutputError: it cannot be written.
    """
    check_place(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file, temporary = new_file(path.parent)
        try:
            with os.fdopen(os.dup(file), "wb") as begin:
                begin.write(text.encode())
            check_place(path)
            if sys.platform == "win32":  # where an open file gets no other name
                os.close(file)
                temporary.replace(path)
                file = os.open(path, os.O_RDWR | NO_LINKS | BINARY)
                lock(file)
            else:
                temporary.replace(path)
        except BaseException:
            os.close(file)
            with suppress(OSError):
                temporary.unlink()
            raise
        os.lseek(file, 0, os.SEEK_END)
        return os.fdopen(file, "w", encoding="utf-8", newline="\n")
    except OSError as error:
        if isinstance(error, AiducationError):
            raise
        raise cannot_write(path, error) from error


@contextmanager
def atomic_in_folder(path: Path) -> Iterator[Path]:
    """The same for libraries that take a name and put a file of their own there: a path in a temporary folder beside ``path``.

    The file gets the rights that any new file gets.
    """
    check_place(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_folder_beside(path.parent) as folder:
            written = folder / path.name
            written.touch()
            rights = written.stat().st_mode
            yield written
            written.chmod(rights & 0o777)
            check_place(path)
            written.replace(path)
    except OSError as error:
        if isinstance(error, AiducationError):
            raise
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error for a file that the system refused to write, with what may be the cause."""
    file = next((folder for folder in path.parents if os.path.isfile(folder)), None)  # noqa: PTH113 - Path's own raises
    hint = f"{file} is a file, not a folder." if file else "Is there room on the disk, and may you write there?"
    return OutputError(f"Cannot write {path}: {error.strerror or error}. {hint}")


def write_text(path: Path, text: str) -> None:
    """Write text atomically, as UTF-8 with Unix line ends."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, indented, with a final newline; see ``finite``."""
    write_text(path, json.dumps(finite(value), indent=2, ensure_ascii=False) + "\n")


def finite(value: Any) -> Any:
    """The same JSON values, with null for NaN and infinity, which JSON does not know."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sha256(path: Path) -> str:
    """The SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def new_folder(path: Path, *, force: bool = False) -> Path:
    """Make a folder for results; unfinished files of killed processes in it are deleted.

    Raises:
        OutputExistsError: it is there, not empty, and ``force`` is not set.
    """
    if path.is_file():
        raise OutputExistsError(f"{path} is a file; name a folder for the results.")
    if path.is_dir():
        delete_left_behind(path)
    if path.is_dir() and any(path.iterdir()) and not force:
        raise OutputExistsError(
            f"{path} is not empty; choose another folder. --force writes into this one and overwrites files of the "
            f"same names."
        )
    path.mkdir(parents=True, exist_ok=True)
    return path


def check_place(path: Path) -> None:
    """Make sure that a file may get a name: nothing has it, or a file. A link is not followed, whoever put it there.

    Raises:
        OutputError: a link, a folder, a pipe or a device has it.
    """
    try:
        mode = path.lstat().st_mode
    except OSError:  # nothing is there; whoever writes learns why it cannot be
        return
    if stat.S_ISLNK(mode):
        raise OutputError(f"{path} is a link, and links are not followed: delete it, or name another place.")
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path} is a folder where a file belongs: delete it, or name another place.")
    if not stat.S_ISREG(mode):
        raise OutputError(f"{path} is a device or a pipe, not a file: delete it, or name another place.")


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file for reading, but not a link, and not a pipe, which could block.

    Raises:
        OutputError: see ``check_place``.
        OSError: it is not there or may not be read.
    """
    check_place(path)
    file = os.open(path, os.O_RDONLY | NO_LINKS | BINARY)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OutputError(f"{path} is not a file.")
    return os.fdopen(file, "rb")


def subfolder(folder: Path, name: str) -> Path:
    """A folder inside one that was named, made if it is missing; a link is not followed.

    Raises:
        OutputError: something else has the name, or it cannot be made.
    """
    path = folder / name
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if not os.path.lexists(path):
            raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error
    check_folder(path)
    return path


def check_folder(path: Path) -> None:
    """Make sure that a folder may get a name: nothing has it, or a folder. A link is not followed, whoever put it there.

    Raises:
        OutputError: a link has it, or something else that is not a folder.
    """
    if is_link(path):
        raise OutputError(f"{path} is a link, and links are not followed: delete it, or name another place.")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file where a folder belongs: delete it, or name another place.")


def is_plain_file(path: Path) -> bool:
    """Whether there is a file, and no link to one."""
    return path.is_file() and not path.is_symlink()


def is_link(path: Path) -> bool:
    """Whether a path is a link, or what Windows has for links between folders."""
    return path.is_symlink() or bool(getattr(os.path, "isjunction", lambda _: False)(path))
