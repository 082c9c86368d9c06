"""Files that are sent and may be deleted at any moment."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from aiducation.visible import visible
from aiducation.web.problems import Problem

_log = logging.getLogger(__name__)


class SentFiles:
    """Which files are being opened; the folders of these are deleted a moment later.

    Starlette (1.10) tells the size of a file before it opens it. What is deleted in between would break off after its headers.
    """

    def __init__(self) -> None:
        self._lock, self._opening, self._late = threading.Lock(), Counter[Path](), set[Path]()

    def delete(self, folder: Path) -> None:
        """Delete a folder, as soon as none of its files is being opened."""
        with self._lock:  # until it is gone: another thread must not begin to send a file of it meanwhile
            if any(folder in path.parents for path in self._opening):
                self._late.add(folder)
                return
            delete_folder(folder)

    @contextmanager
    def opening(self, path: Path) -> Iterator[None]:
        """While a file is being opened."""
        with self._lock:
            self._opening[path] += 1
        try:
            yield
        finally:
            with self._lock:
                self._opening -= Counter([path])
                late = {one for one in self._late if not any(one in path.parents for path in self._opening)}
                self._late -= late
                for folder in late:
                    delete_folder(folder)


def delete_folder(folder: Path) -> None:
    """Delete a folder as far as the system lets us."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        _log.warning("%s could not be deleted.", visible(str(folder)))


class SentFile(FileResponse):
    """A file of ``files``; ``path`` is there when this is made, or has been deleted meanwhile."""

    def __init__(
        self, files: SentFiles, path: Path, *, media_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(path, media_type=media_type, headers=headers)
        self._files, self._path = files, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises:
            Problem: it was deleted.
        """
        with ExitStack() as held:

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.body":  # it is open, if it is to be read at all
                    held.close()
                await send(message)

            held.enter_context(self._files.opening(self._path))
            if not self._path.is_file():
                raise gone()
            await super().__call__(scope, receive, send_on)


def gone() -> Problem:
    """What is said of a recording that is not there."""
    return Problem("not_found", "There is no such recording; it was deleted, or its time was over.")
