"""The command line: parse, one call, print. Results go to stdout, progress and errors to stderr."""

from __future__ import annotations

import functools
import io
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from aiducation import __version__, allocator

# Importing them adds their commands.
from aiducation.cli import (  # noqa: F401
    adapting,
    agreeing,
    analysis,
    annotating,
    collecting,
    comparing,
    data,
    devices,
    explaining,
    grouping,
    paging,
    preparing,
    serving,
    studying,
    training,
)
from aiducation.cli.options import app
from aiducation.console import fail, interrupted, speak
from aiducation.errors import TRAIN_PACKAGES, AiducationError, ConfigError, missing_extra
from aiducation.texts import ENGLISH

#: Commands beside the study that write pages with figures.
_WITH_FIGURES = ("agree", "collection", "compare", "groups")


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 could not, 2 wrong use, 130 stopped by Ctrl-C, 143 by the system."""
    if sys.argv[1:2] == ["serve"]:
        allocator.start_with_huge_pages()
    stopped = _listen()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        _command()()
    except Exception as error:
        if stopped:  # a library that is being loaded makes an error of its own out of the end that was asked for
            sys.exit(stopped[0])
        _tell(error)


def _listen() -> list[int]:
    """Let signals end the program by an exception, so that claims, locks and temporary folders are given back.

    Returns:
        The exit codes of the signals that came; empty until then.
    """
    stopped: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        stopped.append(128 + number)
        sys.unraisablehook = lambda _: None  # what was cut off is no news
        if number == signal.SIGINT:
            interrupted()
        sys.exit(stopped[-1])

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    # A window that is closed ends what runs in it like the system does, whoever listens to that; not after nohup.
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    return stopped


def _tell(error: Exception) -> NoReturn:
    """Say in a sentence what went wrong; a fault of the program is raised again."""
    match error:
        case AiducationError():
            fail(error, 2 if isinstance(error, ConfigError) else 1)
        case ModuleNotFoundError() if (package := (error.name or "").split(".")[0]) in TRAIN_PACKAGES:
            # Pages of results need figures, and not the PyTorch of the study.
            figures = package in ("matplotlib", "scipy") and sys.argv[1] in _WITH_FIGURES
            fail(missing_extra(error.name, "collection" if figures else "train"), 1)
        case OSError():
            fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", 1)
        case MemoryError() | RuntimeError() if _out_of_memory(error):
            fail("There is not enough memory for this; use a smaller model or batch, or --device cpu.", 1)
    raise error


@functools.cache
def _command() -> Callable[[], Any]:
    """All commands, put together once in a process: that takes longer than some of them."""
    return typer.main.get_command(app)


def _out_of_memory(error: Exception) -> bool:
    """NumPy raises MemoryError; torch a RuntimeError, which has a type of its own on GPUs only."""
    texts = (type(error).__name__, str(error))
    return isinstance(error, MemoryError) or any("OutOfMemory" in t or "allocate memory" in t for t in texts)


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    speak(ENGLISH)  # an earlier command of this process may have spoken another language
    if version:
        print(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
