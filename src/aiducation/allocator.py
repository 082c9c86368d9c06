"""The memory allocator of the C library (glibc): the one place that tunes it, and puts it back where that is possible.

Other C libraries have no such knobs; there everything here does nothing. Two settings serve two kinds of work:

``keeping_freed_memory``   training: large blocks that are freed stay with the process, until the block of code ends; only that
                           glibc moves its threshold by itself is lost, as after any of these settings
``share_one_heap``         analysis: all threads share one heap; this stays, because glibc cannot give up that choice again

Source of the numbers and of the initial values: glibc's malloc.h and malloc.c.
"""

from __future__ import annotations

import ctypes
import logging
import os
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -3, -4, -8

#: What glibc starts with, and from then on what this module has set.
_settings: dict[int, int] = {TRIM_THRESHOLD: 128 << 10, MMAP_THRESHOLD: 128 << 10, MMAP_MAX: 65_536, ARENA_MAX: 0}

#: What suits analysis: one heap, and room in it for the next pictures.
_ANALYSIS: dict[int, int] = {ARENA_MAX: 1, MMAP_THRESHOLD: 32 << 20, TRIM_THRESHOLD: 8 << 20}

#: What keeps freed memory: no block of its own for large requests, and no end of the heap that is given back.
_KEEPING: dict[int, int] = {MMAP_MAX: 0, TRIM_THRESHOLD: 2**31 - 1}

_users = 0
_before: dict[int, int] = {}
_lock = threading.Lock()


@contextmanager
def keeping_freed_memory() -> Iterator[None]:
    """Let the process keep large blocks for reuse instead of giving each back to the system, until the block of code ends.

    A training step of the published models frees and asks again for gradients of 164 MB and more. The kernel must fill fresh
    pages with zeros, which took a third of the step. Blocks may be nested and may run in several threads; the last one that
    ends restores the settings and returns what lies free.
    """
    global _users, _before
    with _lock:
        _users += 1
        if _users == 1:
            _before = {name: _settings[name] for name in _KEEPING}
            _apply(_KEEPING)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _apply(_before)
                give_back()


def share_one_heap() -> None:
    """Let all threads share one heap, which keeps room for the pictures that come next; more is returned to the system.

    By default every thread keeps a heap with the leftovers of its pictures. Shared, they are used again, which is also faster:
    for each picture whose memory was returned the kernel fills fresh pages with zeros, a tenth of the time of a recording.
    """
    global _before
    with _lock:
        later = {name: value for name, value in _ANALYSIS.items() if _users and name in _KEEPING}
        _before = {**_before, **later}  # training has other settings until it ends
        _apply({name: value for name, value in _ANALYSIS.items() if name not in later})
    give_back()


#: What names settings for glibc when a program starts, and the setting that asks Linux for huge pages.
_TUNABLES, _HUGE = "GLIBC_TUNABLES", "glibc.malloc.hugetlb"
_ASKED = f"{_HUGE}=1"

#: What Linux does about huge pages: the word in brackets is in force.
_HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def start_with_huge_pages() -> None:
    """Start the program once more, in this same process, with memory in pages of 2 MiB, where Linux gives them to those who ask.

    To be called before anything else is done. Networks walk through many megabytes for each picture: with pages of 4 KiB the
    detector takes an eighth longer. Where that cannot be had, or was decided in the environment, nothing happens.
    """
    told = [one for one in os.environ.get(_TUNABLES, "").split(":") if one]
    if told[-1:] == [_ASKED]:
        # This is the second start. Programs that it starts itself, such as a browser, decide for themselves.
        os.environ[_TUNABLES] = ":".join(told[:-1])
        return
    command, given = getattr(sys, "orig_argv", []), sys.argv[1:]
    is_program = bool(given) and command[-len(given) :] == given and threading.active_count() == 1
    if _glibc() is None or any(one.startswith(_HUGE) for one in told) or not is_program or not sys.executable:
        return  # not in another program that only calls this one, such as a test
    try:
        if "[madvise]" in _HUGE_PAGES.read_text(encoding="ascii"):
            surroundings = {**os.environ, _TUNABLES: ":".join([*told, _ASKED])}
            os.execve(sys.executable, [sys.executable, *command[1:]], surroundings)  # nosec B606 - this program once more
    except OSError as error:
        log.debug("no huge pages (%s); the program continues without", error)


def give_back() -> None:
    """Return what lies free to the system."""
    if libc := _glibc():
        libc.malloc_trim(0)


def settings() -> dict[int, int]:
    """The settings in force, as far as this module knows them; nobody can ask glibc."""
    return dict(_settings)


def _apply(wanted: dict[int, int]) -> None:
    libc = _glibc()
    if libc is None:
        return
    for name, value in wanted.items():
        if libc.mallopt(name, value):
            _settings[name] = value
        else:
            log.debug("mallopt refused %d for %d; the program continues, a little slower", value, name)


@lru_cache(maxsize=1)
def _glibc() -> Any:
    """The C library, if it is glibc; else None."""
    if platform.libc_ver()[0] != "glibc":
        return None
    try:
        libc = ctypes.CDLL(None)
        return libc if libc.mallopt and libc.malloc_trim else None
    except (OSError, AttributeError):
        return None
