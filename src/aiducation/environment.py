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


def environment() -> dict[str, Any]:
    """JSON values that name the software and the kind of machine; no host, user or path names."""
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "commit": _commit(),
        "command": " ".join([Path(sys.argv[0]).name, *(_without_folders(word) for word in sys.argv[1:])]),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The commit of the source this runs from, with "+changes" when files differ from it; None outside a checkout."""
    here = Path(__file__).resolve().parent
    if (here.parents[1] / ".git").exists():
        run = lambda *words: subprocess.run(("git", *words), cwd=here, capture_output=True, text=True, check=False)  # noqa: E731
        commit = run("rev-parse", "--short=12", "HEAD").stdout.strip()
        changed = run("status", "--porcelain", "--", "src").stdout.strip()
        return commit + ("+changes" if changed else "") if commit else None
    return None


def _without_folders(word: str) -> str:
    return Path(word).name if os.sep in word else word
