"""Claims: several processes or machines that share a folder agree on who trains which run.

A claim is a file that only one process can create. Its owner renews it; one that was not renewed for a while belongs to a
process that died, and may be taken over; on the owner's own machine at once. Plain files work on every shared file system. Where
it has locks as well, one process at a time takes claims in a folder: without, of three that meet a stale claim in the same
instant two could get it.

Whatever stands in a claim's place, nobody waits: a claim with a time far in the future is as stale as one far in the past,
and whatever is not a plain file (a folder, a pipe, a link), or cannot be replaced, is named in an error.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import stat
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from aiducation.errors import RunError
from aiducation.locks import held
from aiducation.records import open_regular

RENEW_EVERY = 10.0
STALE_AFTER = 300.0


class Claim:
    """The right of this process to work in a folder; see ``claim``."""

    def __init__(self, path: Path, owner: str) -> None:
        self._path, self._owner = path, owner

    def check(self) -> None:
        """Make sure that no other process has taken it over: this one may have slept for longer than a claim counts.

        Raises:
            RunError: one has.
        """
        try:
            lost = _found(self._path, self._owner) is None
        except OSError:  # a shared folder may be away for a moment
            return
        if lost:
            raise RunError(
                f"{self._path.parent} was taken over by another process while this one did not run, as on a machine that "
                f"sleeps. This one was stopped; what the other one writes stays. When that has ended, run the same command "
                f"again ('aiducation train' with --resume)."
            )

    def renew(self) -> None:
        """Show that this process is alive."""
        with contextlib.suppress(OSError):  # a shared folder may be away for a moment
            if _owner(self._path) == self._owner:
                os.utime(self._path)

    def give_back(self) -> None:
        """Delete the claim; another's, which has taken it over, stays."""
        with contextlib.suppress(OSError):
            if place := _found(self._path, self._owner):
                place.unlink(missing_ok=True)


@contextlib.contextmanager
def claim(
    folder: Path, *, renew_every: float = RENEW_EVERY, stale_after: float = STALE_AFTER
) -> Iterator[Claim | None]:
    """The claim on a folder if this process may work in it, until the block ends; None where another one does.

    Args:
        folder: a run's folder; made if it is not there.
        renew_every, stale_after: seconds.

    Raises:
        RunError: the folder cannot be claimed by anybody, or not by this user.
    """
    path = folder / ".claim"
    owner = f"{uuid.uuid4().hex} {os.getpid()} {_machine()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with held(folder, "claim", wait=False) as alone:
            mine = alone and _take(path, owner, stale_after)
    except OSError as error:
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        hint = "Is there room on the disk?"
        if isinstance(cause, PermissionError):
            hint = "May you write there? If another user left a claim there, only that user can delete it."
        raise RunError(f"{folder} cannot be claimed: {cause.strerror or str(error).rstrip('.')}. {hint}") from error
    if not mine:
        yield None
        return
    taken, stop = Claim(path, owner), threading.Event()

    def renew() -> None:
        while not stop.wait(renew_every):
            taken.renew()

    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield taken
    finally:
        stop.set()
        renewing.join()
        taken.give_back()


def _found(path: Path, owner: str) -> Path | None:
    """Where the claim of an owner is. Who looked at an older one may hold it under another name for a moment and puts it back.

    Raises:
        OSError: that cannot be told.
    """
    for place in itertools.chain([path], path.parent.glob(".claim-*"), [path]):  # each as it is when its turn comes
        with contextlib.suppress(FileNotFoundError, ValueError):
            if _read(place) == owner:
                return place
    return None


def holder(folder: Path) -> str:
    """Who holds a folder, in words; "" if nobody does."""
    path = folder / ".claim"
    try:
        owner, age = _owner(path), _file_time(folder) - path.stat().st_mtime
    except OSError:
        return ""
    _, pid, machine = [*owner.split(" ", 2), "", ""][:3]
    known = pid.isdecimal() and machine.strip()
    who = (
        f"process {pid} on {machine.split()[0]}"
        if known and machine.isprintable()
        else ("a file without the name of a process")
    )
    return f"claimed by {who[:200]}, renewed {age:,.0f} s ago" if age >= 0 else f"claimed by {who[:200]}"


def _take(path: Path, owner: str, stale_after: float) -> bool:
    _check_plain(path)
    if _is_stale(path, stale_after):
        # Of several processes that see the stale file, only one can rename it away.
        gone = path.with_name(f".claim-{uuid.uuid4().hex}")
        with contextlib.suppress(FileNotFoundError):
            path.rename(gone)
            if not _is_stale(gone, stale_after):  # another was faster, and this is its new claim: give it back
                with contextlib.suppress(FileExistsError):
                    gone.rename(path)
                return False
            gone.unlink()
    try:
        file = path.open("x", encoding="utf-8")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(owner)
    except OSError:  # the disk is full: an empty claim would keep everybody out
        path.unlink(missing_ok=True)
        raise
    return True


def _check_plain(path: Path) -> None:
    """Make sure that a claim, if there is one, is a file of this folder."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a link" if stat.S_ISLNK(mode) else "a pipe or device"
        raise RunError(f"{path} is {kind}, not a claim: no process can work in this folder before it is deleted.")


def _is_stale(path: Path, stale_after: float) -> bool:
    try:
        owner, renewed = _owner(path), path.stat().st_mtime
    except FileNotFoundError:
        return False
    return _is_dead(owner) or abs(_file_time(path.parent) - renewed) > stale_after


def _is_dead(owner: str) -> bool:
    """Whether an owner was a process of this machine that is no more; False if that cannot be told."""
    _, pid, machine = [*owner.split(" ", 2), "", ""][:3]
    if os.name != "posix" or not pid.isdecimal() or not pid.isascii() or len(pid) > 15 or machine != _machine():
        return False
    try:
        os.kill(int(pid), 0)  # sends nothing
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # another user's; a number that no process has
        return False
    return False


def _machine() -> str:
    """This machine, or this container on it: where process numbers mean the same."""
    try:
        processes = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        processes = ""
    return f"{socket.gethostname()} {processes}"


def _file_time(folder: Path) -> float:
    """The present by the clock that stamps files there, which may be another machine's."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".now-") as file:
        return os.fstat(file.fileno()).st_mtime


def _owner(path: Path) -> str:
    """What a claim says; "" where nothing can be read."""
    try:
        return _read(path)
    except (OSError, ValueError):
        return ""


def _read(path: Path) -> str:
    with open_regular(path) as file:
        return file.read(1000).decode("utf-8", "replace")
