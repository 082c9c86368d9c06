"""What the command line shows: progress bars, tables, closing lines, errors."""

from __future__ import annotations

import json
import math
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from aiducation.files import finite
from aiducation.texts import N_, Texts, texts_of
from aiducation.visible import visible

_stderr = Console(stderr=True, highlight=False)

#: The language of the command that runs: one process serves one person.
_texts = Texts()


class Percent(ProgressColumn):
    """How much is done, rounded down: 100 % is said at the end alone."""

    def render(self, task: Task) -> Text:
        return Text(f"{math.floor(task.percentage + 1e-9):>3} %")


class Bars:
    """Progress on stderr: a live bar on a terminal, one line for each epoch or stage elsewhere."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            Percent(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=_stderr,
            transient=True,
            disable=not _stderr.is_terminal,
        )
        self._task: Any = None
        self._what = ""

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def note(self, text: str, *, source: str = "") -> None:
        """A line that stays; see ``note``."""
        note(text, source=source)

    def _show(self, what: str, done: float, total: float, unit: str = "") -> None:
        what = escape(visible(what))
        if self._task is None or what != self._what:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task, self._what = self._progress.add_task(what, total=total, rate=""), what
        elif done < self._progress.tasks[-1].completed:
            self._progress.reset(self._task, total=total)
        speed = self._progress.tasks[-1].speed
        self._progress.update(
            self._task, completed=done, total=total, rate=f"{speed:,.0f} {unit}" if speed and unit else ""
        )

    def stage(self, name: str, share: float) -> None:
        """Progress of a stage, 0..1."""
        if name != self._what and not _stderr.is_terminal:
            self.note(name)
            self._what = name
        if _stderr.is_terminal:
            self._show(name, share, 1.0)

    def images(self, name: str) -> Callable[[int, int], None]:
        """A callback for training progress."""
        return lambda done, total: self._show(name, done, total, "images/s")

    def seconds(self, name: str, done: float, total: float | None) -> None:
        """Progress through a recording; without a known length, the seconds so far."""
        if total:
            self._show(name, min(done, total), total, "x real time")
        elif _stderr.is_terminal:
            self._show(f"{name} {done:,.0f} s", 0, 1)

    def count(self, name: str, done: float, total: float | None) -> None:
        """How many of a number of things are done: "recordings 17 of 200"."""
        if total and _stderr.is_terminal:
            self._show(name, done, total)

    def epoch(self, name: str, epochs: int) -> Callable[[dict[str, float]], None]:
        """A callback that notes each finished epoch."""
        return lambda row: self.note(
            f"{name}: epoch {row['epoch']:.0f}/{epochs}  loss {row['train_loss']:.4f} / {row['valid_loss']:.4f}  "
            f"accuracy {row['train_accuracy']:.4f} / {row['valid_accuracy']:.4f} (train / valid)  "
            f"{row['images_per_s']:,.0f} images/s"
        )


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Aligned columns on stdout: numbers to the right, text to the left."""
    texts = [[_cell(value) for value in row] for row in rows]
    names = [_texts.sentence(name) for name in columns]
    widths = [max(len(line[i]) for line in [names, *texts]) for i in range(len(columns))]
    right = [
        any(isinstance(row[i], int | float) and not isinstance(row[i], bool) for row in rows)
        for i in range(len(columns))
    ]
    for line in [names, *texts]:
        cells = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True))
        print("  ".join(cells).rstrip())  # noqa: T201


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return _texts.gettext(N_("yes") if value else N_("no"))
    if isinstance(value, float):
        return _texts.decimals(str(value))
    return _texts.number(value) if isinstance(value, int) else visible(str(value))


def print_line(text: str = "", *, source: str = "") -> None:
    """A line on stdout, in which nothing moves the cursor or colours the terminal, whatever a file is called.

    Args:
        text: what is said, in English.
        source: what it is said of, the name of a file.
    """
    print(visible(_line(text, source)))  # noqa: T201


def _line(text: str, source: str) -> str:
    """A line in the language of the command."""
    return f"{source}: {_texts.sentence(text)}" if source else _texts.sentence(text)


def print_json(value: Any) -> None:
    """JSON on stdout, which reads back exactly and holds nothing that a terminal would obey; what is not a number is null."""
    print(json.dumps(finite(value), indent=2, allow_nan=False).replace("\x7f", "\\u007f"))  # noqa: T201


def note(text: str, *, source: str = "") -> None:
    """A line on stderr; see ``print_line``."""
    _print(text, source=source)


def say(written: object, *, next_command: str | None = None, page: object | None = None) -> None:
    """The closing lines of a command: what it wrote, and what to do next.

    Args:
        written: where it is: a path, or an address.
        next_command: a command to continue with.
        page: a page or picture to open; no command opens a file on every system, so none is named.
    """
    _print(_texts.gettext("Wrote {path}", path=written))
    if next_command:
        suggest(next_command)
    if page:
        _print(_texts.gettext("Next: open {page} in a browser", page=page))


def suggest(command: str) -> None:
    """What to do next, where a command wrote nothing."""
    _print(_texts.gettext("Next: {command}", command=command))


def command(*words: object) -> str:
    """An ``aiducation`` command as a shell reads it: words with blanks and the like in them are quoted."""
    line = ["aiducation", *map(str, words)]
    return subprocess.list2cmdline(line) if sys.platform == "win32" else shlex.join(line)


def fail(error: object, code: int) -> NoReturn:
    """One sentence on stderr, and out."""
    _print(f"Error: {error}", style="red")
    sys.exit(code)


def interrupted() -> NoReturn:
    """After Ctrl-C: what was finished is kept."""
    _stderr.print()
    _print(
        "Stopped. Finished work is kept; run the same command again to continue (for analyze and train, add --resume)."
    )
    sys.exit(130)


def speak(language: str) -> None:
    """Say what follows in a language.

    Raises:
        ConfigError: there is no such language.
    """
    global _texts
    _texts = texts_of(language)


def _print(text: str, *, source: str = "", **how: Any) -> None:
    _stderr.print(visible(_line(text, source)), markup=False, soft_wrap=True, emoji=False, **how)
