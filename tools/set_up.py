"""Makes .venv with this project and some of its extras: what demo.py and check.py begin with. Does nothing if all is there.

Runs with the system's Python, before anything is installed, and says so if that Python is too old.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_VENV = ROOT / ".venv"
_STAMP = _VENV / "set-up-for"


def program(name: str) -> str:
    """The path of a program in .venv, on any system."""
    windows = os.name == "nt"
    return str(_VENV / ("Scripts" if windows else "bin") / (name + ".exe" if windows else name))


def set_up(extras: str) -> None:
    """Make .venv with these extras, comma-separated, unless it has them already. Ends the script if that is not possible."""
    if sys.version_info < (3, 10):  # noqa: UP036, since this is what tells users of an older one
        have = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Python 3.10 or newer is needed; this is {have} ({sys.executable}).\nTry: python3.12 {sys.argv[0]}")
    inputs = (ROOT / "pyproject.toml", ROOT / "constraints.txt", Path(__file__))
    state = hashlib.sha256(b"".join(file.read_bytes() for file in inputs)).hexdigest()[:16]
    line = f"{extras}: {state}"
    stamp = _STAMP.read_text(encoding="utf-8") if _STAMP.is_file() else ""
    done = [known for known in stamp.splitlines() if known.endswith(state)]  # what an earlier state had may be gone
    if line in done and Path(program("aiducation")).is_file():
        return
    size = "several GB, mostly PyTorch" if "train" in extras else "some hundred MB"
    print(
        f"Setting up .venv for {extras}, once: pip loads {size}. This takes some minutes, with a slow network more ...",
        file=sys.stderr,
        flush=True,
    )
    if not Path(program("python")).is_file():
        _run([sys.executable, "-m", "venv", str(_VENV)])
    pip = [program("python"), "-m", "pip", "install", "--disable-pip-version-check"]
    quiet = [] if sys.stderr.isatty() else ["--quiet"]  # whoever waits sees what pip does
    _run([*pip, *quiet, "--constraint", "constraints.txt", "--editable", f".[{extras}]"])
    _STAMP.write_text("\n".join([*done, line]) + "\n", encoding="utf-8")


def _run(command: list[str]) -> None:
    code = subprocess.run(command, cwd=ROOT).returncode
    if code:
        sys.exit(f"The set-up failed (see above). The command was: {' '.join(command)}")
