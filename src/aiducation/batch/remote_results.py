"""A folder of results elsewhere, on S3, SFTP or WebDAV.

No lock and no shared file is needed there; ``claims`` see to it that one command at a time writes into the folder. A worker puts
the files of one result there, and one small file, ``manifest/NAME.json``, with the line that the manifest has for it. The line is
written twice: before the files, as not complete, and after them. Only the command that deals out the work writes
``results.jsonl``, from these lines. So whoever is killed at whatever time, each result counts once or not at all.

While the command runs, a temporary folder of this machine stands for the folder elsewhere: it has its manifest, and an empty
file for each of its files, so that names are given and results are known again as in any folder.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from aiducation.batch.claims import Claim, TakenOverError, claimed, writing
from aiducation.batch.manifest import Entry, Manifest, entry_of, is_plain, line_of
from aiducation.batch.options import Done
from aiducation.errors import ConfigError, OutputExistsError
from aiducation.files import write_bytes
from aiducation.media.places import Place, is_place
from aiducation.temporary import delete_left_behind, new_folder_beside

#: Below the folder of results: one file for each of them.
_LINES = "manifest"

#: Written by the command that deals out the work.
_WRITTEN = ("results.jsonl", "index.html", "overview.html")

#: Bytes of a name at most that this machine takes; results have shorter ones, and S3 has longer ones of others.
_LONGEST = 255

#: Lines that are read at a time.
_AT_ONCE = 16


class RemoteResults:
    """What is known of a folder of results elsewhere, and what is added to it; see ``opened``.

    Attributes:
        place: where it is.
        folder: the folder of this machine that stands for it.
    """

    def __init__(self, place: Place, folder: Path, claim: Claim | None = None, *, force: bool = False) -> None:
        self.place, self.folder, self._claim, self._force = place, folder, claim, force
        self._known: dict[str, bytes] = {}  # what the manifest and the overview were
        self._read()

    def _read(self) -> None:
        there = self.place.find()
        lines = sorted(name for name in there if name.startswith(f"{_LINES}/") and name.endswith(".json"))
        for name in _WRITTEN:
            if name in there:
                self._known[name] = (self.place / name).read()
                write_bytes(self.folder / name, self._known[name])
        manifest = Manifest(self.folder)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for name, entry in zip(lines, threads.map(lambda name: _entry_in(self.place / name), lines), strict=True):
                before = manifest.entries.get(PurePosixPath(name).stem)
                if entry is None and before:  # cut by a crash: it was about other files than the line before, perhaps
                    entry = replace(before, files=(), complete=False)
                if entry and manifest.entries.get(entry.stem) != entry:
                    manifest.add(entry)
        for name in there:
            if name not in _WRITTEN and is_plain(name) and len(name.encode()) <= _LONGEST:
                (self.folder / name).touch()

    def add(self, entry: Entry, done: Done, manifest: Manifest) -> None:
        """Learn of a result that a worker has put there.

        Raises:
            OutputError: another command has taken the folder over meanwhile.
        """
        if self._claim:
            self._claim.check()
        manifest.add(entry)
        for file in done.files:
            (self.folder / file.name).touch()

    def note_failure(self, entry: Entry) -> None:
        """Write down there what failed.

        Raises:
            OutputError: it cannot be written, or another command has taken the folder over meanwhile.
            DataFileError: whether that is so cannot be read.
        """
        with self._writing():
            put_line(self.place, entry)

    def publish(self) -> None:
        """Put the manifest and the overview there, if they are others than before, and if nobody else has taken the folder over.

        Raises:
            OutputError: they cannot be written.
            DataFileError: whether somebody has cannot be read.
        """
        new = [path for name in _WRITTEN if (path := self.folder / name).is_file() and self._is_new(path)]
        if not new:
            return
        with suppress(TakenOverError), self._writing() as check:
            for path in new:
                check()
                (self.place / path.name).put(path)

    def _is_new(self, path: Path) -> bool:
        return path.read_bytes() != self._known.get(path.name)

    def _writing(self) -> AbstractContextManager[Callable[[], None]]:
        return writing(self.place, self.claim, self.folder.parent, force=self._force)

    @property
    def claim(self) -> Place | None:
        """This command's claim on the folder; None where it has none."""
        return self._claim.file if self._claim else None

    def at(self, done: Done) -> Done:
        """What became of an input, with its files by their addresses."""
        files = tuple(self.place / file.name for file in done.files)
        return replace(done, files=files)


@contextmanager
def opened(
    place: Place, tell: Callable[[str], None] = lambda _: None, *, force: bool = False
) -> Iterator[RemoteResults]:
    """A folder of results elsewhere; its manifest and overview are written when the block ends, also by an error.

    Args:
        place: the folder.
        tell: told in a sentence why this takes a while.
        force: whether the command has --force: messages say how it goes on.

    Raises:
        DataFileError: it cannot be read.
        OutputError: it cannot be written, or another command writes into it.
    """
    above = Path(tempfile.gettempdir())
    with new_folder_beside(above) as private, claimed(place, private, tell, force=force) as claim:
        delete_left_behind(above)
        folder = private / "results"
        folder.mkdir()
        results = RemoteResults(place, folder, claim, force=force)
        try:
            yield results
        finally:
            results.publish()


@contextmanager
def results_at(out: str, tell: Callable[[str], None] = lambda _: None, *, force: bool = False) -> Iterator[Any]:
    """Where results go: a folder's path, or what is known of a folder elsewhere; see ``opened``.

    Raises:
        ConfigError: no folder is named.
        OutputExistsError: a file has its name.
    """
    if not out.strip():
        raise ConfigError("No folder for the results is named: --out is empty.")
    if not is_place(out):
        if os.path.isfile(out):  # noqa: PTH113 - Path's own raises where a name is too long
            raise OutputExistsError(f"{out} is a file; name a folder for the results.")
        yield Path(out)
        return
    with opened(Place.of(out), tell, force=force) as results:
        yield results


def put_result(place: Place, claim: Place | None, private: Path, done: Done, entry: Entry, *, force: bool) -> None:
    """Put a result there: first a line that says whose files these will be, then the files, then the line by which it counts.

    Who is killed in between leaves a result that is not complete: it is made again under the same name, and no file of an earlier
    result counts that may be overwritten by half.

    Args:
        place: the folder of results.
        claim: the claim of the command that has the folder.
        private: the temporary folder of this process.
        done, entry: the result.
        force: whether the command has --force.

    Raises:
        OutputError: something cannot be written, or the command with this claim does not have the folder any more.
        DataFileError: whether it has cannot be read.
    """
    with writing(place, claim, private, force=force) as check:
        put_line(place, replace(entry, files=(), complete=False))
        for file in done.files:
            assert isinstance(file, Path)
            check()
            (place / file.name).put(file)
        check()
        put_line(place, entry)


def put_line(place: Place, entry: Entry) -> None:
    """Write down a result, or what failed."""
    (place / f"{_LINES}/{entry.stem}.json").write(line_of(entry).encode() + b"\n")


def entry_at(place: Place, stem: str) -> Entry | None:
    """What is known of a result elsewhere; None if nothing is.

    Raises:
        DataFileError: it cannot be read.
    """
    return _entry_in(place / f"{_LINES}/{stem}.json")


def _entry_in(place: Place) -> Entry | None:
    content = place.read_if_there()
    with suppress(ValueError):  # a crash cut it: as if it were not there
        return None if content is None else entry_of(content.rstrip(b"\n"))
    return None
