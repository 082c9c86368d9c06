"""What tests of the command line share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

COULD_NOT, WRONG_USE = 1, 2


@dataclass(frozen=True)
class Answer:
    """What a command gave: its exit code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str


#: The fixture ``run_cli``.
RunCli: TypeAlias = Callable[..., Answer]


def check_refused(answer: Answer, code: int, *words: str) -> None:
    """The last line on stderr is a short text that holds the words; nothing is on stdout, and no traceback anywhere."""
    assert answer.code == code, answer.err
    assert "Traceback" not in answer.err
    last = answer.err.strip().splitlines()[-1]
    assert last.startswith("Error: ") and len(last) < 600, last
    for word in words:
        assert word in last, f"{word!r} is not in: {last}"
    assert answer.out == ""
