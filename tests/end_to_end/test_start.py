"""The first thing that somebody types."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize("command", [("-m", "aiducation"), ("-c", "from aiducation.__main__ import main; main()")])
def test_ctrl_c_while_the_program_is_loading(command: tuple[str, str], tmp_path: Path) -> None:
    """There is nothing yet that could say a sentence, and nobody needs to read where Python was."""
    (tmp_path / "sitecustomize.py").write_text("""
import signal, sys

class Pressed:
    def find_spec(self, name, path, target=None):
        if name == "aiducation.console":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Pressed())
""")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, *command, "--help"], capture_output=True, env=environment, check=False)
    assert done.returncode == -signal.SIGINT
    assert not done.stdout and not done.stderr
