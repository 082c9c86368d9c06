"""``aiducation.console``: what a terminal shows."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest
from rich.console import Console
from rich.progress import Progress

from aiducation.console import Percent, command, print_table, say, speak
from needs import UNIX


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    speak("en")


def test_numbers_stand_at_the_right_also_below_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["input", "calm", "unclear"], [["a.mp4", "–", 6.0], ["b.mp4", 10.5, 5]])
    assert capsys.readouterr().out.splitlines() == [
        "input  calm  unclear",
        "a.mp4     –      6.0",
        "b.mp4  10.5        5",
    ]


def test_numbers_have_the_decimal_point_of_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    speak("de")
    print_table(["input", "unclear"], [["a.mp4", 0.4], ["b.mp4", 1.0]])
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]] == ["0,4", "1,0"]


@pytest.mark.parametrize(
    ("done", "total", "shown"), [(0, 7, "  0 %"), (29, 100, " 29 %"), (249, 250, " 99 %"), (7, 7, "100 %")]
)
def test_only_what_is_done_is_at_100_percent(done: float, total: float, shown: str) -> None:
    with Progress(Percent(), console=Console(quiet=True)) as progress:
        progress.add_task("", completed=done, total=total)
        assert Percent().render(progress.tasks[0]).plain == shown


def test_the_next_command_can_be_pasted_whatever_the_folders_are_called(capsys: pytest.CaptureFixture[str]) -> None:
    UNIX.check()
    words = ("report", "my runs/it's $HOME", "--out", "report")
    say("x", next_command=command(*words))
    line = capsys.readouterr().err.splitlines()[-1].removeprefix("Next: ")
    assert shlex.split(line) == ["aiducation", *words]
    assert command("report", "runs", "--out", "report") == "aiducation report runs --out report"
