"""What is skipped says which command would run it; and nothing is skipped in another way."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from running import WITHOUT_PLUGINS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TESTS = Path(__file__).parent

FILES = {
    "test_some.py": """
import pytest
from needs import Need, need_package

NOTHING = Need(lambda: False, "there is no browser", "apt-get install browser && {check}")

@NOTHING.mark()
@pytest.mark.parametrize("k", range(3))
def test_marked(k): ...
def test_asked(): NOTHING.check()
def test_package(): need_package("no_such_package", "dev")
def test_other(): pytest.skip("because")
def test_run(): ...
""",
    "test_whole.py": 'from needs import need_package\nneed_package("no_such_package", "dev")\ndef test_run(): ...\n',
}

SUMMARY = """
4 tests: there is no browser
    apt-get install browser && ./check test_some.py
1 test, 1 whole file: no_such_package is not installed
    pip install -e '.[dev]' && ./check test_some.py test_whole.py
1 test: because
    ./check test_some.py
"""


def run(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "needs", "-p", "no:cacheprovider", "-c", os.devnull, *options]
    command += WITHOUT_PLUGINS
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(
        [*command, "--rootdir", str(folder), str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--numprocesses", "2")], ids=["one process", "pytest-xdist"])
def test_the_end_of_a_run_says_what_would_run_the_rest(options: tuple[str, ...], tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert SUMMARY in run(tmp_path, *options)


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["0", "2"])
def test_slow_tests_that_are_left_out_are_counted(processes: str, tmp_path: Path) -> None:
    """Only where ./check leaves them out: whoever asks for certain tests knows what is not among them."""
    text = "import pytest\ndef test_run(): ...\n@pytest.mark.slow\n@pytest.mark.parametrize('k', range(2))\ndef test_k(k): ...\n"
    (tmp_path / "test_run.py").write_text(text, encoding="utf-8")
    said = "2 slow tests were left out: ./check --all runs them, too."
    quick = run(tmp_path, "--numprocesses", processes, "-m", "not slow")
    assert said in quick and "1 passed" in quick
    assert "left out" not in run(tmp_path, "--numprocesses", processes, "-k", "test_run")


def test_where_nothing_is_skipped_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "test_run.py").write_text("def test_run(): ...\n", encoding="utf-8")
    assert "No test was skipped." in run(tmp_path)


#: What is looked for.
NAMES = {"skip", "importorskip", "skipif", "need_package"}


@cache
def calls() -> list[tuple[Path, str, ast.Call]]:
    """File, name and call of everything that tests call by its name."""
    return [
        (path, ast.unparse(node.func), node)
        for path in sorted(TESTS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in NAMES
    ]


def test_every_skip_has_a_command() -> None:
    """``pytest.skip("...")`` says a reason that nobody can act on: ``needs.py`` has what to use instead."""
    bare = {"pytest.skip", "pytest.importorskip", "pytest.mark.skipif", "pytest.mark.skip"}
    found = [
        f"{path.relative_to(TESTS)}:{node.lineno}"
        for path, name, node in calls()
        if path.name != "needs.py" and name in bare
    ]
    assert not found


def test_every_package_that_tests_need_is_in_an_extra() -> None:
    """Else its tests are skipped everywhere and for ever."""
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[^\w-]", one)[0].replace("-", "_") for one in listed}
    names |= {"sklearn", "pympi", "parselmouth", "webvtt"}  # of scikit-learn, pympi-ling, praat-parselmouth, webvtt-py
    needed = {
        node.args[0].value.split(".")[0]
        for _, name, node in calls()
        if name == "need_package" and isinstance(node.args[0], ast.Constant)
    }
    assert {"torchmetrics", "sklearn", "playwright"} <= needed <= names
