"""Sets up what is missing, then runs format, lint, types (of the page's JavaScript, too), the documentation's site, security
scans and tests.

python tools/check.py               the tests that are not marked as slow; ./check is the same on Linux and macOS
python tools/check.py --all         all tests, as CI does
python tools/check.py -k splits     the tests whose names hold "splits", slow ones, too: other arguments go to pytest
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from set_up import ROOT, program, set_up

#: More test processes would need more memory (some 2 GB each, with a browser and servers) and no less time: the longest
#: file decides.
_MOST = 12


def main() -> int:
    """Run every step until one fails, and return its exit code."""
    set_up("train,serve,dev,docs")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    if code := together(1, [["ruff", "format", "--check", "."], ["ruff", "check", "."]]):
        return code
    steps = [
        ["mypy"],  # takes longest
        ["python", "tools/docs_site.py"],
        ["python", "tools/page_check.py"],
        ["bandit", "--quiet", "--recursive", "--severity-level", "medium", "src"],
        ["python", "tools/audit.py", program("pip-audit")],
    ]
    if code := together(cores, steps):
        return code
    if shutil.which("npm"):  # for the tests of the page without a server; where it cannot be had they are skipped
        subprocess.run([program("python"), "tools/web_runtime.py"], cwd=ROOT)
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1"}  # so that tests do not wait for each other's threads
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process that a test starts would compile all modules
    tests = [program("python"), "-m", "pytest", *in_processes(cores), *chosen(sys.argv[1:])]
    return subprocess.run(tests, cwd=ROOT, env=surroundings).returncode


def chosen(arguments: Sequence[str]) -> list[str]:
    """Options of pytest: which tests run."""
    return [one for one in arguments if one != "--all"] if arguments else ["-m", "not slow"]


def in_processes(cores: int) -> list[str]:
    """Options of pytest: two test processes for each core but the only one, as many wait for a browser, a server or a clock.

    A file stays in one process, which makes what its tests share once. ``tests/running.py`` says which files begin first;
    pytest-xdist would begin with those of many short tests. A process that crashes is named with its test and not replaced:
    pytest-xdist 3.8.0 gives the next one the files that are done, and then waits for ever.
    """
    processes = ["--numprocesses", str(1 if cores == 1 else min(2 * cores, _MOST))]
    return [*processes, "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0"]


def together(at_once: int, steps: Sequence[Sequence[str]]) -> int:
    """Run programs, so many at once, and show what they said, one after the other; the exit code of the first that failed."""

    def run(step: Sequence[str]) -> subprocess.CompletedProcess[str]:
        command = [program(step[0]), *step[1:]]
        return subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )

    codes = []
    with ThreadPoolExecutor(at_once) as pool:
        for done in pool.map(run, steps):
            print(done.stdout, end="", flush=True)
            codes.append(done.returncode)
    return next(filter(None, codes), 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
