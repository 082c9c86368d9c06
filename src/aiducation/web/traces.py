"""Traces: what this tool has on the disk, found by what it is and not by what somebody wrote down. Needs no extra."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiducation.errors import ConfigError
from aiducation.vision.faces import COLUMNS
from aiducation.web.workspace import workspaces

#: Endings that only this tool's files have.
_ENDINGS = (
    ".annotated.jpg",
    ".annotated.mp4",
    ".timeline.svg",
    ".timeline.png",
    ".timeline.csv",
    ".part.jsonl",
)

#: What files begin with whose endings many share.
_STARTS: dict[str, tuple[bytes, ...]] = {
    ".json": (b'{\n  "schema_version"',),
    ".csv": tuple(mark + ",".join(COLUMNS).encode() for mark in (b"", b"\xef\xbb\xbf")),
}

_MADE_WITH = b"Made with aiducation"


@dataclass(frozen=True)
class Trace:
    """Something that this tool wrote.

    Attributes:
        what: in words.
        path: a file or a folder.
        files, bytes: how much.
        in_use: a running server needs it; it goes when the server ends.
    """

    what: str
    path: Path
    files: int
    bytes: int
    in_use: bool = False

    def delete(self) -> bool:
        """Delete it, unless it is in use; whether it is gone."""
        if not self.in_use:
            if self.path.is_dir():
                shutil.rmtree(self.path, ignore_errors=True)
            else:
                with suppress(OSError):
                    self.path.unlink()
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


def traces(folders: Iterable[Path]) -> Iterator[Trace]:
    """Temporary folders of servers, then results in the folders named and below them.

    Raises:
        ConfigError: one of them is no folder.
    """
    named = list(folders)
    for folder in named:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is no folder; name folders with saved results.")
    for left in workspaces():
        what = "temporary folder of a running server" if left.alive else "left behind by a killed server"
        yield Trace(what, left.folder, left.files, left.bytes, in_use=left.alive)
    for folder in named:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                path = Path(root) / name
                if _is_result(path):
                    yield Trace("saved result", path, 1, path.lstat().st_size)


def _is_result(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if path.name.endswith(_ENDINGS):
        return True
    try:
        with path.open("rb") as file:
            if path.name == "index.html" or path.name.endswith(".report.html"):
                return _MADE_WITH in file.read()
            if path.suffix == ".parquet":
                return b"aiducation_schema_version" in file.read()
            starts = _STARTS.get(path.suffix)
            return bool(starts) and file.read(1000).startswith(starts or b"")
    except OSError:
        return False
