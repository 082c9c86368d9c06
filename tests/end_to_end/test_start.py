"""The first thing that somebody types."""

from __future__ import annotations

import pytest

from aiducation import cli
from commands import RunCli


@pytest.mark.parametrize("arguments", [(), ("--help",)], ids=["nothing", "--help"])
def test_what_it_can_do(arguments: tuple[str, ...], run_cli: RunCli) -> None:
    answer = run_cli(*arguments)
    assert answer.code == 0 and answer.err == ""
    words = " ".join(answer.out.split())
    for command in cli.app.registered_commands:
        assert command.callback and command.callback.__doc__
        assert " ".join(command.callback.__doc__.split("\n\n")[0].split()) in words
    assert "..." not in words.replace("[ARGS]...", "")
    assert answer.out.count("  aiducation ") == 2
