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
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

log = logging.getLogger(__name__)

TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -3, -4, -8

#: What glibc starts with, and from then on what this module has set.
_settings: dict[int, int] = {TRIM_THRESHOLD: 128 << 10, MMAP_THRESHOLD: 128 << 10, MMAP_MAX: 65_536, ARENA_MAX: 0}

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
    """Let all threads share one heap, and return blocks above four megabytes to the system as soon as they are freed.

    By default every thread keeps a heap with the leftovers of its pictures. Shared, they are used again, which is also faster.
    """
    _apply({ARENA_MAX: 1, MMAP_THRESHOLD: 4 << 20})
    give_back()


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
