"""The command line: parse, one call, print. Results go to stdout, progress and errors to stderr."""

from __future__ import annotations

import functools
import io
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any

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
    signal.signal(signal.SIGINT, lambda *_: interrupted())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that claims and locks are given back
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        _command()()
    except ConfigError as error:
        fail(error, 2)
    except AiducationError as error:
        fail(error, 1)
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package not in TRAIN_PACKAGES:
            raise
        # Pages of results need figures, and not the PyTorch of the study.
        figures = package in ("matplotlib", "scipy") and sys.argv[1] in _WITH_FIGURES
        fail(missing_extra(error.name, "collection" if figures else "train"), 1)
    except OSError as error:
        fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", 1)
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        fail("There is not enough memory for this; use a smaller model or batch, or --device cpu.", 1)


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
