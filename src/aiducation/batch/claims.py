"""Claims: one command at a time writes into a folder of results elsewhere, where there are no locks.

A command puts a small file there, ``claims/ID.json``, and writes it anew every few seconds. A claim that stays as it is was left
behind by a command that was killed, and the next one deletes it. No clock is compared with another: a claim is alive while
its file changes. Claims need nothing but a store that lists at once what was written, as S3, SFTP and WebDAV do.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aiducation.errors import AiducationError, OutputError
from aiducation.media.places import Place
from aiducation.records import parse
from aiducation.temporary import delete_left_behind, is_temporary

#: Below the folder of results: a file for the command that writes into it.
CLAIMS = "claims"

#: Seconds after which a claim is written anew, and after which one that did not change was left behind.
BEAT_S, LEFT_S = 5.0, 30.0

#: What a claim says that is over, where it could not be deleted.
_OVER = b"over"


class Claim:
    """The right of this command to write into a folder elsewhere; see ``claimed``.

    Attributes:
        lost: whether another command took the folder over, because this one did not run for long, as on a suspended machine.
    """

    def __init__(self, place: Place, private: Path) -> None:
        self.lost = False
        self._place, self._private = place, private
        self._own = place / f"{CLAIMS}/{secrets.token_hex(12)}.json"
        self._over, self._turn, self._beats, self._asks = threading.Event(), threading.Lock(), 0, True
        self._ended = set[Place]()  # claims that others had left behind, as it seemed
        self._thread = threading.Thread(target=self._beat, name="aiducation-claim", daemon=True)

    def check(self) -> None:
        """Make sure that the folder is still this command's.

        Raises:
            OutputError: it is not.
        """
        if self.lost:
            raise OutputError(
                f"{self._place} was taken over by another command while this one did not run. Results that are there already are "
                f"kept; run the same command again with --resume when the other one has ended."
            )

    def take(self, tell: Callable[[str], None]) -> None:
        """Claim the folder.

        First the claim only asks. It counts when it is alone: of those that ask at once, the one whose name comes first stays.

        Raises:
            OutputError: another command writes into it, or it cannot be written.
            DataFileError: it cannot be read.
        """
        self._write()
        self._thread.start()
        while others := self._others():
            for other, content in others.items():
                self._wait_for(other, content, tell)
        self.check()
        self._asks = False
        self._write()

    def give_back(self) -> None:
        """Let others write into the folder."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._beats and not self.lost:
            with suppress(AiducationError):  # others see that it does not change any more
                _end(self._own)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            with suppress(AiducationError):  # the network is away; perhaps it is back next time
                self.lost = self._own.read_if_there() in (None, _OVER)
                if not self.lost:
                    self._write()
                    if self._taken_over():
                        self.lost = True
                        _end(self._own)
                if self.lost:
                    return

    def _taken_over(self) -> bool:
        """Whether another command holds the folder, which this one held: it slept just before it wrote its claim anew, and
        meanwhile that was deleted as one left behind."""
        return not self._asks and any(
            _said(content).get("asks") is False for other, content in self._others().items() if other not in self._ended
        )

    def _write(self) -> None:
        with self._turn:
            self._beats += 1
            about = {"beat": self._beats, "asks": self._asks, "folder": self._private.name}
            self._own.write(json.dumps(about).encode())

    def _others(self) -> dict[Place, bytes]:
        """The claims of other commands, with what they say."""
        found = {}
        for name in (self._place / CLAIMS).find():
            other = self._place / f"{CLAIMS}/{name}"
            if name and other != self._own and (content := other.read_if_there()) not in (None, _OVER):
                found[other] = content or b""
        return found

    def _wait_for(self, other: Place, first: bytes, tell: Callable[[str], None]) -> None:
        """Until a claim is given back, or turns out to have been left behind."""
        runs, last = _runs_here(first), first
        end = time.monotonic() + (0 if runs is False else LEFT_S)
        told = bool(runs)
        while time.monotonic() < end:
            comes_first = other.name < self._own.name or not _said(last).get("asks")
            if comes_first and (runs or last != first):
                raise self._refused()
            if comes_first and not told:
                told = True
                tell(
                    f"Another command writes into {self._place}, or was killed while it did; {LEFT_S:g} seconds show which."
                )
            time.sleep(BEAT_S / 5)
            now = other.read_if_there()
            if now is None or now == _OVER:
                return
            if now != last:
                last, end = now, time.monotonic() + LEFT_S
        if _runs_here(last):  # it is suspended
            raise self._refused()
        self._ended.add(other)
        _end(other)

    def _refused(self) -> OutputError:
        return OutputError(
            f"Another command writes into {self._place} now. Wait until it has ended and run this one again with --resume, or "
            f"name another folder. For several machines that share the work, start one command with --cluster."
        )


def _end(claim: Place) -> None:
    """Delete a claim. Whoever may write but not delete there says in it that it is over."""
    try:
        claim.delete()
    except OutputError:
        claim.write(_OVER)


def _said(claim: bytes) -> dict[str, Any]:
    """What a claim says; nothing of one that was cut."""
    try:
        said = parse(claim.decode())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _runs_here(claim: bytes) -> bool | None:
    """Whether the command of a claim runs on this machine, or was killed on it: its temporary folder tells. None where there is
    no such folder, as for one of another machine."""
    name, above = _said(claim).get("folder"), Path(tempfile.gettempdir())
    if not isinstance(name, str) or not is_temporary(name) or not (above / name).is_dir():
        return None
    delete_left_behind(above)
    return (above / name).is_dir()


@contextmanager
def claimed(place: Place, private: Path, tell: Callable[[str], None]) -> Iterator[Claim]:
    """The claim of this command on a folder elsewhere, until the block ends.

    Args:
        place: the folder.
        private: temporary folder of this command on this machine, by which a later one sees that it was killed.
        tell: told in a sentence why this takes a while.

    Raises:
        OutputError: another command writes into it, or it cannot be written.
        DataFileError: it cannot be read.
    """
    claim = Claim(place, private)
    try:
        claim.take(tell)
        yield claim
    finally:
        claim.give_back()
