"""The allocator's settings: set where they are wanted, and put back."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aiducation import allocator
from needs import GLIBC, LINUX


@pytest.fixture
def glibc() -> None:
    GLIBC.check()


def test_what_training_sets_is_put_back_when_the_last_user_ends(glibc: None) -> None:
    before = allocator.settings()
    with allocator.keeping_freed_memory():
        inside = allocator.settings()
        assert inside[allocator.MMAP_MAX] == 0 and inside[allocator.TRIM_THRESHOLD] == 2**31 - 1
        with allocator.keeping_freed_memory():
            assert allocator.settings() == inside
        assert allocator.settings() == inside, "the outer one still needs it"
    assert allocator.settings() == before


def test_it_is_put_back_after_an_error_too(glibc: None) -> None:
    before = allocator.settings()
    with pytest.raises(ZeroDivisionError), allocator.keeping_freed_memory():
        1 / 0  # noqa: B018
    assert allocator.settings() == before


def test_large_blocks_really_stay_inside_and_really_go_back_outside(glibc: None) -> None:
    """In a process of its own, whose memory nobody else uses: resident megabytes inside and after the block of code."""
    code = (
        "import re; from pathlib import Path; from aiducation import allocator\n"
        "def resident():\n"
        "    return int(re.search(r'VmRSS:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024\n"
        "start = resident()\n"
        "with allocator.keeping_freed_memory():\n"
        "    block = bytearray(b'x') * (200 << 20); del block\n"
        "    print(resident() - start)\n"
        "print(resident() - start)\n"
        "block = bytearray(b'x') * (200 << 20); del block\n"
        "print(resident() - start)\n"
    )
    LINUX.check()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    inside, after, later = map(int, done.stdout.split())
    assert inside > 150 and after < 50 and later < 50, (inside, after, later)
