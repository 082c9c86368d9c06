"""The demo says what it does and what was wrong before it installs anything; the shell scripts only call the Python ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from waiting import PATIENCE_S

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("arguments", [["nothing.jpg"], ["study", "one.csv"]], ids=" ".join)
def test_wrong_use_of_the_demo_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    done = _run("demo.py", *arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and not (ROOT / "nothing.jpg").exists()


def test_the_help_of_the_demo_names_every_way(tmp_path: Path) -> None:
    done = _run("demo.py", "--help", folder=tmp_path)
    assert done.returncode == 0 and "PHOTO-OR-VIDEO" in done.stdout and "study" in done.stdout


@pytest.mark.parametrize("name", ["demo", "check"])
def test_the_shell_scripts_only_call_the_python_ones(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 4 and f"tools/{name}.py" in lines[-1]


def _run(script: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / script), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
