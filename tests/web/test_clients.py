"""The clients of the examples run as they stand, against a server that was started by its command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from web_makers import Server

EXAMPLES = Path(__file__).parents[2] / "examples" / "api"


def run(server: Server, samples: Path, folder: Path, *command: str) -> str:
    files = [str(samples / "gallery.jpg"), str(samples / "meeting.mp4")]
    done = subprocess.run(
        [*command, server.address, *files], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert server.get("health")[1]["recordings"]["done"] == 0, "the client deletes what it sent"
    return done.stdout


def test_python(server: Server, samples: Path, tmp_path: Path) -> None:
    pytest.importorskip("requests")
    shown = run(server, samples, tmp_path, sys.executable, str(EXAMPLES / "client.py"))
    assert shown.count("photo: ") == 9 and "recording: done" in shown and "timeline: " in shown
    assert shown.count("9 faces after") == 3 and shown.endswith("live: summary\n")


def test_shell(server: Server, samples: Path, tmp_path: Path) -> None:
    if not shutil.which("curl") or not shutil.which("bash"):
        pytest.skip("there is no curl or no bash here")
    shown = run(server, samples, tmp_path, "bash", str(EXAMPLES / "client.sh"))
    assert "state,reason,confidence" in shown and '"state": "done"' in shown
    assert (tmp_path / "annotated.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_javascript(server: Server, samples: Path, tmp_path: Path) -> None:
    node = shutil.which("node")
    if not node:
        pytest.skip("there is no Node.js here")
    shown = run(server, samples, tmp_path, node, str(EXAMPLES / "client.mjs"))
    assert shown.count("photo: ") == 9 and "recording: done" in shown and "moments: []" in shown
