"""Sets up what is missing, then runs what CI runs: format, lint, types (of the page's JavaScript, too), the documentation's site,
security scans and tests.

Arguments go to pytest.

python tools/check.py               on any system; ./check is the same on Linux and macOS
python tools/check.py -k splits     the tests whose names hold "splits"
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from audit import audit
from set_up import ROOT, program, set_up


def main() -> int:
    """Run every step until one fails, and return its exit code."""
    set_up("train,serve,dev,docs")
    for step in (
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["mypy"],
        ["python", "tools/page_check.py"],
        ["python", "tools/docs_site.py"],
        ["bandit", "--quiet", "--recursive", "--severity-level", "medium", "src"],
    ):
        if code := subprocess.run([program(step[0]), *step[1:]], cwd=ROOT).returncode:
            return code
    if code := audit(program("pip-audit")):
        return code
    if shutil.which("npm"):  # for the tests of the page without a server; where it cannot be had they are skipped
        subprocess.run([program("python"), "tools/web_runtime.py"], cwd=ROOT)
    # One test process a core, each with one thread: tests do not wait for each other's threads. A file stays in one process,
    # which makes what its tests share once.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    tests = [program("python"), "-m", "pytest", "--numprocesses", str(cores), "--dist", "loadfile", *sys.argv[1:]]
    return subprocess.run(tests, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
