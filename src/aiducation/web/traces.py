"""Traces: what this tool has on the disk, found by what it is and not by what somebody wrote down. Needs no extra."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiducation import temporary
from aiducation.batch.collection import is_month
from aiducation.batch.names import CHECKPOINT
from aiducation.errors import ConfigError
from aiducation.media.folders import is_own_output
from aiducation.temporary import is_temporary


@dataclass(frozen=True)
class Trace:
    """Something that this tool wrote.

    Attributes:
        what: in words.
        path: a file or a folder.
        files, bytes: how much.
        in_use: a running command needs it.
    """

    what: str
    path: Path
    files: int
    bytes: int
    in_use: bool = False

    def delete(self) -> bool:
        """Delete it, unless it is in use, and the folder of a month that is empty then; whether it is gone."""
        if self.in_use:
            return False
        if is_temporary(self.path.name):
            return temporary.delete(temporary.Left(self.path, self.in_use, self.files, self.bytes))
        with suppress(OSError):
            self.path.unlink()
            if is_month(self.path.parent.name):  # who made a folder of another name is not known
                self.path.parent.rmdir()
        return not self.path.exists()

    def entry(self) -> dict[str, Any]:
        """The trace as JSON values."""
        return {
            "what": self.what,
            "path": str(self.path),
            "files": self.files,
            "bytes": self.bytes,
            "in_use": self.in_use,
        }


def traces(folders: Iterable[Path], closed: Callable[[OSError], None]) -> Iterator[Trace]:
    """Temporary folders, as of servers; then, in the folders named and below them, results and what killed commands left.

    Args:
        closed: gets the error of each folder that cannot be searched.

    Raises:
        ConfigError: one of them is not a folder.
    """
    named = list(folders)
    for folder in named:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is not a folder; name folders with saved results.")
    above = Path(tempfile.gettempdir())
    yield from _unfinished(above, "temporary folder of a running command")
    for folder in named:
        for root, below, names in os.walk(folder, onerror=closed):
            if not above.samefile(root):
                yield from _unfinished(Path(root), "unfinished file of a running command")
            below[:] = sorted(name for name in below if not is_temporary(name))
            for name in sorted(names):
                path = Path(root) / name
                if not path.is_symlink() and is_own_output(path):
                    busy = name.endswith(CHECKPOINT) and temporary.is_locked(path, unknown=False)
                    what = "checkpoint of a running command" if busy else "saved result"
                    yield Trace(what, path, 1, path.lstat().st_size, in_use=busy)


def _unfinished(folder: Path, running: str) -> Iterator[Trace]:
    """What commands have not finished in a folder; ``running``: what that of one that still runs is called."""
    for one in temporary.temporaries(folder):
        what = running if one.alive else "left behind by a killed command"
        yield Trace(what, one.path, one.files, one.bytes, in_use=one.alive)
