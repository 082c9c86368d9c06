"""Names of results: one for each source, told apart by its place, so that no result ever takes the place of another's.

A source is known by what it is: its file's name, size and a fingerprint of its content. Where it lies is not written down, so a
folder may move, and results say nothing of the folders above what was named. A camera, a screen or a stream is another source
each time.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from aiducation.batch.manifest import Entry, Manifest
from aiducation.errors import OutputError
from aiducation.files import check_place
from aiducation.locks import held
from aiducation.media.fingerprint import fingerprint
from aiducation.media.inputs import Address, Class, Copied, Device, File, RemoteFile
from aiducation.media.source_names import _safe, stem_of
from aiducation.records import parse, read_lines
from aiducation.visible import as_text

#: How the checkpoint of a recording ends.
CHECKPOINT = ".part.jsonl"


#: What is analyzed.
Source: TypeAlias = File | Device | Class | Address


@dataclass(frozen=True, kw_only=True)
class Named:
    """An input and what its results are called.

    Attributes:
        input: a file or a device.
        source: what tables, reports and the overview call it: its place.
        stem: how the names of its files begin.
        identity: what the source is, as JSON values: see ``identity_of``.
        known: results of this very source have these names already.
        moved: its plainest name belongs to something that was there before.
    """

    input: Source
    source: str
    stem: str
    identity: list[Any]
    known: bool = False
    moved: bool = False


def identity_of(one: Source) -> list[Any]:
    """Name, size and fingerprint of a file that is there; the name alone of what is not, and of a device."""
    if isinstance(one, (Device, Address)):
        return [one.name]
    if isinstance(one, Class):
        pieces = [(identity_of(File("video", piece.path)), piece.start_s) for piece in one.recorded.pieces]
        return [as_text(one.name), len(pieces), hashlib.sha256(repr(pieces).encode()).hexdigest()[:32]]
    if isinstance(one, RemoteFile):
        return [as_text(one.path.name), one.version.size, one.fingerprint]
    with suppress(OSError):
        if one.path.is_file():
            return [as_text(one.path.name), *fingerprint(one.path)]
    return [as_text(one.path.name)]  # reading it says what is wrong


class Names:
    """Which names are taken in a folder of results, and by which source.

    Args:
        folder: of the results; it need not be there.
        manifest: what is known of them.
        endings: how the files of one result may end.
    """

    def __init__(self, folder: Path, manifest: Manifest, endings: Iterable[str]) -> None:
        self._folder, self._manifest, self._endings = folder, manifest, tuple(endings)
        self._taken = {_key(path.name) for path in folder.iterdir()} if folder.is_dir() else set()
        self._sources: set[str] = set()
        self._owned: dict[str, Any] = {}
        self._failed: set[str] = set()  # stems without any file, which go to whatever replaces the file that failed
        self._learn(manifest.entries)
        self._before = self._taken | self._sources
        self._owned |= dict(_checkpoints(folder))
        self._seen = set(self._owned)
        self._resume = False

    def name(self, inputs: Sequence[Source], *, resume: bool) -> list[Named]:
        """Names for all inputs: the names of their existing results; otherwise new names that are not taken.

        Args:
            inputs: in their order.
            resume: a device continues its earlier recording; otherwise it counts as a new source.
        """
        self._resume = resume
        identities = [identity_of(one) for one in inputs]
        named = [self._known(one, identity, resume) for one, identity in zip(inputs, identities, strict=True)]
        places = _places([one for one, before in zip(inputs, named, strict=True) if before is None])
        return [
            before or self._new(one, next(places), identity)
            for one, before, identity in zip(inputs, named, identities, strict=True)
        ]

    def leave(self, stems: Iterable[str]) -> None:
        """Leave these names to the other inputs of the same batch, whose files may be copies of this one."""
        for stem in stems:
            self._owned.pop(stem, None)
            self._seen.add(stem)

    @contextmanager
    def settled(self, named: Named, *, wait: bool = False) -> Iterator[Named | None]:
        """The name for good: until the block ends, no other process works on this source, or on results of this name.

        Meanwhile another process may have saved results of this source: then they are known, and have their names. Or it has
        taken the name for another source: then this one gets another.

        Args:
            wait: wait until another process that works on it has finished; otherwise None is returned.

        Raises:
            OutputError: something other than a file has one of the names.
        """
        with ExitStack() as stack:
            yield self._settle(named, stack, wait)

    def _settle(self, named: Named, stack: ExitStack, wait: bool) -> Named | None:
        stays = isinstance(named.input, (File, Class))
        if stays and not self._take(stack, f"source {named.identity}", wait):
            return None
        self._refresh()
        if not named.known:
            named = self._known(named.input, named.identity, self._resume) or named
        if named.known:
            for name in self._files(named.stem):
                check_place(self._folder / name)
            return named if self._take(stack, f"results {_key(named.stem)}", wait) else None
        while True:
            with ExitStack() as first:
                if self._take(first, f"results {_key(named.stem)}", False) and not self._is_there(named.stem):
                    stack.push(first.pop_all())
                    self._seen.add(named.stem)
                    return named
            self._look()
            named = self._new(named.input, named.source, named.identity)

    def _take(self, stack: ExitStack, what: str, wait: bool) -> bool:
        return stack.enter_context(held(self._folder, what, wait=wait))

    def _is_there(self, stem: str) -> bool:
        return (stem in self._owned and stem not in self._failed) or any(
            os.path.lexists(self._folder / name) for name in self._files(stem)
        )

    def _refresh(self) -> None:
        """Learn of results that other processes have saved meanwhile."""
        self._manifest.refresh()
        new = {stem: entry for stem, entry in self._manifest.entries.items() if stem not in self._seen}
        self._seen |= new.keys()
        self._learn(new)

    def _learn(self, entries: Mapping[str, Entry]) -> None:
        for stem, entry in entries.items():
            self._owned[stem] = entry.made_from.get("file")
            if entry.error and not entry.files:
                self._failed.add(stem)
            else:
                self._sources.add(_key(entry.source))

    def _look(self) -> None:
        """Learn of names that others have taken meanwhile."""
        self._taken |= (names := {_key(path.name) for path in self._folder.iterdir()})
        self._before |= names

    def _known(self, one: Source, identity: list[Any], resume: bool) -> Named | None:
        """The names that results of this source have; of several, those with the same place."""
        if isinstance(one, (Device, Address)) and not resume:
            return None
        stems = [
            stem for stem, owner in self._owned.items() if owner and owner in (identity, _before_fingerprints(one))
        ]
        if not stems:
            return None
        entries = self._manifest.entries
        stem = next((stem for stem in stems if stem in entries and entries[stem].source == as_text(one.name)), stems[0])
        del self._owned[stem]  # a copy of it gets another name
        self._taken |= {_key(name) for name in self._files(stem)}
        source = entries[stem].source if stem in entries else as_text(one.name)
        return Named(input=one, source=source, stem=stem, identity=identity, known=True)

    def _new(self, one: Source, place: str, identity: list[Any]) -> Named:
        moved = False
        for source, stem in _candidates(one, place):
            names = {_key(name) for name in self._files(stem)}
            free = stem not in self._owned or stem in self._failed
            if free and _key(source) not in self._sources and not names & self._taken:
                self._owned.pop(stem, None)
                self._taken |= names
                self._sources.add(_key(source))
                return Named(input=one, source=source, stem=stem, identity=identity, moved=moved)
            moved = moved or bool({_key(source), *names} & self._before)
        raise AssertionError("there is always another number")

    def _files(self, stem: str) -> list[str]:
        return [stem + ending for ending in self._endings]


def _key(name: str) -> str:
    """Equal for names that some file system takes for the same."""
    return unicodedata.normalize("NFC", as_text(name)).casefold()


def _candidates(one: Source, place: str) -> Iterator[tuple[str, str]]:
    """Sources with stems, the plainest first: with the folder above, with the ending, at last with a number."""
    sources = [place]
    if isinstance(one, File) and not isinstance(one, Copied) and (above := _with_folder(one.path, place)):
        sources.append(above)
    for source in sources:
        yield source, stem_of(source)
        yield source, _safe(source)
    number = 2
    while True:
        yield place, f"{stem_of(place)}-{number}"
        yield f"{place} ({number})", f"{stem_of(place)}-{number}"
        number += 1


def _with_folder(path: Path, place: str) -> str:
    """A place with one folder more in front; "" if there is none."""
    parts = path.absolute().parts[1:]
    depth = place.count("/") + 2
    return as_text("/".join(parts[-depth:])) if len(parts) >= depth else ""


def _places(inputs: Sequence[Source]) -> Iterator[str]:
    """Each input's place; where several have the same, with as many folders in front as tell them apart. No folder tells apart
    what lies in one folder and differs in capitals alone."""
    places = [as_text(one.name) for one in inputs]
    whole = [_key(str(one.path.absolute())) if isinstance(one, File) else "" for one in inputs]
    while True:
        keys = [_key(place) for place in places]
        files = {key: len({path for one, path in zip(keys, whole, strict=True) if one == key}) for key in keys}
        longer = [
            _with_folder(one.path, place) if isinstance(one, File) and files[key] > 1 else ""
            for one, place, key in zip(inputs, places, keys, strict=True)
        ]
        if not any(longer):
            return iter(places)
        places = [more or place for more, place in zip(longer, places, strict=True)]


def _before_fingerprints(one: Source) -> list[Any] | None:
    """What results of earlier versions say of a file: name, size and time of its last change."""
    with suppress(OSError):
        if isinstance(one, File):
            state = one.path.stat()
            return [as_text(one.path.name), state.st_size, state.st_mtime_ns]
    return None


def _checkpoints(folder: Path) -> Iterator[tuple[str, Any]]:
    """Stem and source of each recording in a folder whose analysis was interrupted."""
    for path in folder.glob(f"*{CHECKPOINT}") if folder.is_dir() else ():
        with suppress(OSError, ValueError, OutputError):
            check_place(path)
            head = parse(next(read_lines(path), None) or b"")
            if isinstance(head, dict) and isinstance(owner := head.get("file"), list):
                yield path.name.removesuffix(CHECKPOINT), owner
