"""Claims: one command at a time writes into a folder of results elsewhere, where there are no locks.

A command puts a small file there, ``claims/ID.json``, and writes it anew every few seconds. A claim that stays as it is was left
behind by a command that was killed, and the next one deletes it. No clock is compared with another: a claim is alive while
its file changes. Claims need nothing but a store that lists at once what was written, as S3, SFTP and WebDAV do.

Workers may outlive their command, on a cluster or where the machine of the command sleeps. So whoever puts a result there first
says so with a file of the same kind, ``writing/ID.json``, and then makes sure that the claim of its command is still there. The
next command first deletes that claim, and then waits for the files in ``writing``: so each sees the other, whoever comes first.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiducation.batch.options import go_on
from aiducation.errors import AiducationError, OutputError
from aiducation.media.places import Place
from aiducation.records import parse
from aiducation.temporary import delete_left_behind, is_temporary

#: Below the folder of results: a file for the command that writes into it, and one for each process that puts a result there.
CLAIMS, WRITING = "claims", "writing"

#: Seconds after which a sign is written anew, and after which one that did not change was left behind.
BEAT_S, LEFT_S = 5.0, 30.0

#: What a sign says that is over, where it could not be deleted.
_OVER = b"over"


class TakenOverError(OutputError):
    """Another command has a folder that this one had."""

    @classmethod
    def of(cls, place: Place, *, force: bool) -> TakenOverError:
        """The error about a folder; ``force``: whether this command has --force."""
        return cls(
            f"{place} was taken over by another command while this one did not run. Results that are there already are kept. "
            f"Wait until the other one has ended. {go_on(force=force)}"
        )


class Sign:
    """A small file elsewhere that is written anew every few seconds, as long as its process runs.

    Args:
        place: the folder of results.
        file: the sign.
        private: temporary folder of its process on this machine, by which a later command sees that it was killed.

    Attributes:
        file: the sign.
        lost: whether another command deleted it, because this process did not run for long, as on a suspended machine.
    """

    def __init__(self, place: Place, file: Place, private: Path) -> None:
        self.file, self.lost = file, False
        self._place, self._private = place, private
        self._over, self._turn, self._beats = threading.Event(), threading.Lock(), 0
        self._thread = threading.Thread(target=self._beat, name="aiducation-claim", daemon=True)

    def begin(self) -> None:
        """Write it, and go on with that.

        Raises:
            OutputError: it cannot be written.
        """
        self._write()
        self._thread.start()

    def give_back(self) -> None:
        """Let others write into the folder."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._beats and not self.lost:
            with suppress(AiducationError):  # others see that it does not change any more
                _end(self.file)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            with suppress(AiducationError):  # the network is away; perhaps it is back next time
                self.lost = _content(self.file) is None
                if not self.lost:
                    self._write()
                    if self._taken_over():
                        self.lost = True
                        _end(self.file)
                if self.lost:
                    return

    def _taken_over(self) -> bool:
        """Whether it was deleted and came back only because this process slept just before it wrote it anew."""
        return False

    def _write(self) -> None:
        with self._turn:
            self._beats += 1
            self.file.write(json.dumps({"beat": self._beats, "folder": self._private.name, **self._says()}).encode())

    def _says(self) -> dict[str, Any]:
        """What else it says."""
        return {}


class Claim(Sign):
    """The right of this command to write into a folder elsewhere; see ``claimed``."""

    def __init__(self, place: Place, private: Path, *, force: bool) -> None:
        super().__init__(place, place / f"{CLAIMS}/{secrets.token_hex(12)}.json", private)
        self._asks, self._force = True, force
        self._ended = set[Place]()  # claims that others had left behind, as it seemed

    def check(self) -> None:
        """Make sure that the folder is still this command's.

        Raises:
            TakenOverError: it is not.
        """
        if self.lost:
            raise TakenOverError.of(self._place, force=self._force)

    def take(self, tell: Callable[[str], None]) -> None:
        """Claim the folder.

        First the claim only asks. It counts when it is alone: of those that ask at once, the one whose name comes first stays.

        Args:
            tell: told in a sentence why this takes a while.

        Raises:
            OutputError: another command writes into it, or it cannot be written.
            DataFileError: it cannot be read.
        """
        self.begin()
        while others := self._others():
            self._wait_for(others, tell)
        while workers := _signs(self._place / WRITING):
            self._wait_for(workers, tell, workers=True)
        self.check()
        self._asks = False
        self._write()

    def _taken_over(self) -> bool:
        return not self._asks and any(
            _said(content).get("asks") is False for other, content in self._others().items() if other not in self._ended
        )

    def _says(self) -> dict[str, Any]:
        return {"asks": self._asks}

    def _others(self) -> dict[Place, bytes]:
        """The claims of other commands, with what they say."""
        return {other: content for other, content in _signs(self._place / CLAIMS).items() if other != self.file}

    def _wait_for(self, others: dict[Place, bytes], tell: Callable[[str], None], *, workers: bool = False) -> None:
        """Until all of some signs are over, or turn out to have been left behind; ``workers``: whether they end by themselves."""
        since, told = time.monotonic(), False
        for other, first in others.items():
            runs, last = _runs_here(first), first
            end, asked = since + (0 if runs is False else LEFT_S), time.monotonic()
            while (now := _content(other)) is not None:
                if now != last:
                    last, end = now, time.monotonic() + LEFT_S
                # What was read is as old as the question: this process may have slept since.
                if asked >= end:
                    if _runs_here(last):  # it is suspended
                        raise self._refused()
                    _end(other)
                    break
                comes_first = workers or other.name < self.file.name or not _said(last).get("asks")
                if comes_first and not workers and (runs or last != first):
                    raise self._refused()
                if comes_first and not told:
                    told = True
                    tell(
                        f"A worker of an earlier command writes into {self._place}; this command begins when that has ended."
                        if workers
                        else f"Another command writes into {self._place}, or was killed while it did; {LEFT_S:g} seconds show "
                        f"which."
                    )
                time.sleep(BEAT_S / 5)
                asked = time.monotonic()
            self._ended.add(other)

    def _refused(self) -> OutputError:
        again = "run this one again" if self._force else "run this one again with --resume"
        return OutputError(
            f"Another command writes into {self._place} now. Wait until it has ended and {again}, or name another folder. For "
            f"several machines that share the work, start one command with --cluster."
        )


def _signs(folder: Place) -> dict[Place, bytes]:
    """The signs in a folder that are not over, with what they say."""
    there = (folder / name for name in folder.find())
    return {sign: content for sign in there if (content := _content(sign)) is not None}


def _content(sign: Place) -> bytes | None:
    """What a sign says; None if it is over."""
    content = sign.read_if_there()
    return None if content == _OVER else content


def _end(sign: Place) -> None:
    """Delete a sign. Whoever may write but not delete there says in it that it is over."""
    try:
        sign.delete()
    except OutputError:
        sign.write(_OVER)


def _said(sign: bytes) -> dict[str, Any]:
    """What a sign says; nothing of one that was cut."""
    try:
        said = parse(sign.decode())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _runs_here(sign: bytes) -> bool | None:
    """Whether the process of a sign runs on this machine, or was killed on it: its temporary folder tells. None where there is
    no such folder, as for one of another machine."""
    name, above = _said(sign).get("folder"), Path(tempfile.gettempdir())
    if not isinstance(name, str) or not is_temporary(name) or not (above / name).is_dir():
        return None
    delete_left_behind(above)
    return (above / name).is_dir()


@contextmanager
def claimed(place: Place, private: Path, tell: Callable[[str], None], *, force: bool) -> Iterator[Claim]:
    """The claim of this command on a folder elsewhere, until the block ends.

    Args:
        place: the folder.
        private: see ``Sign``.
        tell: told in a sentence why this takes a while.
        force: whether the command has --force.

    Raises:
        OutputError: another command writes into it, or it cannot be written.
        DataFileError: it cannot be read.
    """
    claim = Claim(place, private, force=force)
    try:
        claim.take(tell)
        yield claim
    finally:
        claim.give_back()


@contextmanager
def writing(place: Place, claim: Place | None, private: Path, *, force: bool) -> Iterator[Callable[[], None]]:
    """Say that this process puts something into a folder elsewhere for a command, until the block ends. What is given makes sure
    that the command still has the folder; call it before each file.

    Args:
        place: the folder.
        claim: the claim of the command; None where nobody claims the folder.
        private: see ``Sign``.
        force: whether the command has --force.

    Raises:
        TakenOverError: the command does not have the folder any more.
        OutputError: it cannot be written.
        DataFileError: it cannot be read.
    """
    if claim is None:
        yield lambda: None
        return
    sign = Sign(place, place / f"{WRITING}/{_name(os.getpid())}.json", private)

    def check() -> None:
        if _content(claim) is None:
            raise TakenOverError.of(place, force=force)

    try:
        sign.begin()
        check()
        yield check
    finally:
        sign.give_back()


@lru_cache
def _name(process: int) -> str:
    """One for all results of a process: where nothing may be deleted, a term would leave thousands of signs."""
    del process  # after a fork it is another one
    return secrets.token_hex(12)
