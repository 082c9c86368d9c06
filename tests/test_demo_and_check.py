"""The demo says what it does and what was wrong before it installs anything; the check runs the tests that it is asked for; the
shell scripts only call the Python ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from running import LONGEST, TESTS, WITHOUT_PLUGINS, pytest_collection_modifyitems
from waiting import PATIENCE_S

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
from check import chosen, in_processes

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


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], ["-m", "not slow"]),
        (["--all"], []),
        (["-k", "splits"], ["-k", "splits"]),
        (["-x", "--all", "tests/web"], ["-x", "tests/web"]),
    ],
    ids=" ".join,
)
def test_slow_tests_run_where_they_are_asked_for(arguments: list[str], options: list[str]) -> None:
    assert chosen(arguments) == options


def test_ci_runs_every_test() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == "exec ./check --all"


@pytest.mark.slow
def test_a_test_that_crashes_its_process_is_named_and_the_others_run(tmp_path: Path) -> None:
    (tmp_path / "test_crash.py").write_text(
        "import os\ndef test_before(): pass\ndef test_crash(): os.abort()\ndef test_after(): pass\n"
    )
    for name in "abc":
        (tmp_path / f"test_{name}.py").write_text(
            "import time\ndef test_one(): time.sleep(0.5)\ndef test_two(): pass\n"
        )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *WITHOUT_PLUGINS, *in_processes(2)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 1 and "crashed while running 'test_crash.py::test_crash'" in done.stdout
    assert "1 failed, 7 passed" in done.stdout


def test_the_longest_files_begin_first() -> None:
    assert all((TESTS / name).is_file() for name in LONGEST)
    names = ["test_one.py", "test_many.py", "test_many.py", LONGEST[1], LONGEST[0]]
    items: list[Any] = [SimpleNamespace(path=TESTS / name) for name in names]
    pytest_collection_modifyitems(items)
    assert [item.path for item in items] == [TESTS / names[i] for i in (4, 3, 1, 2, 0)]


def _run(script: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / script), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
