"""Processes of the command line, forked from one that has imported PyTorch: that alone takes longer than most tests."""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from waiting import PATIENCE_S

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["aiducation.cli.training", "aiducation.training.study", "torch._dynamo"])

COMMAND_LINE = "from aiducation import cli\ncli.main()"


@dataclass(frozen=True)
class Forked:
    """A real process, which can really be killed.

    Attributes:
        process: as ``multiprocessing`` has it.
        errors_path: what it writes to stderr.
    """

    process: BaseProcess
    errors_path: Path

    def kill(self, how: int) -> None:
        """Send it a signal."""
        assert self.process.pid
        os.kill(self.process.pid, how)

    def wait(self) -> tuple[int, str]:
        """Its exit code, negative for a signal, and what it wrote to stderr."""
        self.process.join(timeout=4 * PATIENCE_S)
        assert self.process.exitcode is not None, "the process did not end"
        return self.process.exitcode, self.errors_path.read_text(encoding="utf-8")


def start(arguments: list[str], errors_path: Path, *, program: str = COMMAND_LINE) -> Forked:
    """Run a program, the command line if no other is given, with these arguments."""
    process = _CONTEXT.Process(target=_run, args=(program, arguments, str(errors_path)))
    process.start()
    return Forked(process, errors_path)


def _run(program: str, arguments: list[str], errors_path: str) -> None:
    errors, nowhere = os.open(errors_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), os.open(os.devnull, os.O_WRONLY)
    os.dup2(errors, 2)
    os.dup2(nowhere, 1)
    sys.argv = ["aiducation", *arguments]
    exec(compile(program, "program", "exec"), {"__name__": "__main__"})
