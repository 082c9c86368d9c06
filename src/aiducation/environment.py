"""What a number was made with: versions, machine, commit, command."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = ("aiducation", "numpy", "torch")

#: Names the commit of a source that was brought without its repository.
COMMIT_VARIABLE = "AIDUCATION_COMMIT"


def environment() -> dict[str, Any]:
    """JSON values that name the software and the kind of machine; no host, user or path names."""
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "commit": _commit(),
        "command": " ".join([_program(Path(sys.argv[0])), *(_without_folders(word) for word in sys.argv[1:])]),
    }


def _program(path: Path) -> str:
    """What a reader types: python -m aiducation is aiducation, and not the file of the package that runs."""
    return path.parent.name if path.name == "__main__.py" else path.name


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def processor_name() -> str:
    """The model of the processor as the system names it."""
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The commit of the source this runs from, with "+changes" when files differ from it; outside a checkout the one of
    ``COMMIT_VARIABLE``, or None."""
    if not (Path(__file__).resolve().parents[2] / ".git").exists():
        return os.environ.get(COMMIT_VARIABLE)
    commit = _git("rev-parse", "--short=12", "HEAD")
    return commit + ("+changes" if _git("status", "--porcelain", "--", ".") else "") if commit else None


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ("git", "--no-optional-locks", *words),
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:  # git is not installed
        return ""
    return done.stdout.strip()


def _without_folders(word: str) -> str:
    return Path(word).name if os.sep in word else word
