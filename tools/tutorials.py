"""Run every command of a tutorial as it is written there, in an empty folder.

python tools/tutorials.py                     all tutorials
python tools/tutorials.py student teacher     these

A block with a title is a file that the reader saves. Every other block without a language holds commands, one a line, and each
must succeed. Commands that go on, such as ``aiducation serve``, run in the background until the tutorial ends.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TUTORIALS = ROOT / "docs" / "tutorials"

_BLOCK = re.compile(r'^```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```', re.M | re.S)

#: Beginnings of commands that go on until they are stopped.
_SERVERS = ("aiducation serve", "python -m http.server")


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Files ("anna.csv", its text) and commands ("", the command) of a tutorial, in their order."""
    for block in _BLOCK.finditer(text):
        if block["title"]:
            yield block["title"], block["text"]
        elif not block["language"]:
            for line in block["text"].splitlines():
                yield "", line


def run(tutorial: Path, folder: Path) -> None:
    """Follow a tutorial in a folder; ends the script where a command fails."""
    background: list[subprocess.Popen[bytes]] = []
    try:
        for title, text in steps(tutorial.read_text(encoding="utf-8")):
            if title:
                (folder / title).write_text(text, encoding="utf-8")
            elif text.startswith(_SERVERS):
                print(f"$ {text} &", flush=True)
                ours = text.startswith("aiducation")
                more = " --no-browser" if ours and "--no-browser" not in text else ""
                background.append(subprocess.Popen(_command(text + more), cwd=folder))
                _wait_for(8000 if ours else 3000, background[-1])
            else:
                print(f"$ {text}", flush=True)
                if code := subprocess.run(_command(text), cwd=folder).returncode:
                    sys.exit(f"{tutorial.name}: the command ended with {code}: {text}")
    finally:
        for process in background:
            process.terminate()
            process.wait()


def _command(text: str) -> list[str]:
    first, *rest = shlex.split(text)
    return [
        *{"aiducation": [sys.executable, "-m", "aiducation"], "python": [sys.executable]}.get(first, [first]),
        *rest,
    ]


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"The server for port {port} ended by itself.")


def main() -> None:
    names = sys.argv[1:] or sorted(path.stem for path in TUTORIALS.glob("*.md"))
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            keep = os.environ.get("KEEP")  # a folder to look at afterwards
            place = Path(keep) / name if keep else Path(folder)
            place.mkdir(parents=True, exist_ok=True)
            run(TUTORIALS / f"{name}.md", place)
    print(f"Every command worked: {', '.join(names)}.")


if __name__ == "__main__":
    main()
