"""The allocator's settings: set where they are wanted, and put back."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from aiducation import allocator
from needs import ASKED_PAGES, GLIBC, LINUX
from waiting import PATIENCE_S


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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    inside, after, later = map(int, done.stdout.split())
    assert inside > 150 and after < 50 and later < 50, (inside, after, later)


def test_analysis_during_a_training_takes_nothing_from_it_and_has_its_own_afterwards(glibc: None) -> None:
    """In a process of its own: one heap for all threads stays."""
    code = (
        "from aiducation import allocator\n"
        "with allocator.keeping_freed_memory():\n"
        "    kept = allocator.settings()\n"
        "    allocator.share_one_heap()\n"
        "    inside = allocator.settings()\n"
        "print(all(inside[name] == kept[name] for name in (allocator.TRIM_THRESHOLD, allocator.MMAP_MAX)))\n"
        "print(allocator.settings() == {allocator.MMAP_MAX: 65_536, **allocator._ANALYSIS})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_a_server_starts_with_huge_pages_and_keeps_its_arguments(glibc: None) -> None:
    """In a process of its own: it has huge pages, the arguments that it was started with, and what it starts has no setting."""
    ASKED_PAGES.check()
    code = (
        "import os, re, sys; from aiducation import allocator; allocator.start_with_huge_pages()\n"
        "kept = bytearray(b'x') * (64 << 20)\n"
        "text = open('/proc/self/smaps_rollup').read()\n"
        "print(int(re.search(r'AnonHugePages: *(\\d+)', text).group(1)) // 1024, sys.argv[1:], os.environ['GLIBC_TUNABLES'])\n"
    )
    surroundings = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
    command = [sys.executable, "-c", code, "a b", "c"]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    pages, _, rest = done.stdout.strip().partition(" ")
    assert (int(pages) >= 32, rest) == (True, "['a b', 'c']")


def test_who_has_chosen_for_himself_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0")
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it was started again"))
    allocator.start_with_huge_pages()
    assert os.environ["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=0"


def test_a_program_that_only_calls_it_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    monkeypatch.setattr(sys, "argv", ["aiducation", "serve", "--port", "0"])
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it was started again"))
    allocator.start_with_huge_pages()
    assert "GLIBC_TUNABLES" not in os.environ
