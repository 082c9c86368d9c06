"""The first thing that somebody types."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aiducation import cli
from commands import COULD_NOT, RunCli, check_refused
from needs import UNIX


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


def test_ctrl_c_that_a_library_makes_an_error_of(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Modules in C++ that are stopped while they load say that they cannot be loaded."""

    def loading(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except SystemExit as error:
            raise ImportError("initialization failed") from error

    monkeypatch.setattr("aiducation.kit.kit.write_kit", loading)
    answer = run_cli("kit", "--out", tmp_path / "kit")
    assert answer.code == 130 and answer.err.strip().startswith("Stopped.")
    assert len(answer.err.strip().splitlines()) == 1


@UNIX.mark()
@pytest.mark.parametrize(("before", "after"), [("SIG_DFL", 143), ("SIG_IGN", 0)], ids=["a window", "nohup"])
def test_the_window_is_closed(before: str, after: int, tmp_path: Path) -> None:
    """What was begun is taken away as after SIGTERM; ``nohup`` goes on."""
    program = f"""
import pathlib, signal, sys
from aiducation import cli
from aiducation.files import atomic_path
from aiducation.kit import kit

def closed(out, *_, **__):
    with atomic_path(out / "half.html"):
        signal.raise_signal(signal.SIGHUP)
    return [out / "half.html"]

signal.signal(signal.SIGHUP, signal.{before})
kit.write_kit = closed
sys.argv = ["aiducation", "kit", "--out", {str(tmp_path / "kit")!r}]
cli.main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == after, done.stderr.decode()
    assert [path.name for path in (tmp_path / "kit").iterdir()] == ([] if after else ["half.html"])


def test_without_onnx_runtime_no_model_is_blamed(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from aiducation.vision import classifier, sessions

    for cache in (classifier._session, sessions.onnx_runtime):
        cache.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    check_refused(run_cli("kit", "--out", tmp_path / "kit"), COULD_NOT, "ONNX Runtime", "pip install")
    shutil.copy(classifier.default_model_path(), tmp_path / "own.onnx")
    answer = run_cli("kit", "--out", tmp_path / "kit", "--model", tmp_path / "own.onnx")
    check_refused(answer, COULD_NOT, "ONNX Runtime", "pip install")
