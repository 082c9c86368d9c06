"""The clients of the examples run as they stand, against servers that were started by their command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from needs import CURL, NODE, need_package
from waiting import PATIENCE_S
from web_makers import Server, start_server

EXAMPLES = Path(__file__).parents[2] / "examples" / "api"


@pytest.fixture(scope="module", params=["", "a secret"], ids=["open", "token"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Without a token, and with one, which the clients find where the server found it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "AIDUCATION_TOKEN", request.param)
        server = start_server()
        yield server
    server.stop()


def run(server: Server, files: list[Path], folder: Path, *command: str) -> str:
    done = subprocess.run(
        [*command, server.address, *map(str, files)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert server.get("api/model")[0] == (401 if os.environ["AIDUCATION_TOKEN"] else 200)
    assert server.get("health")[1]["recordings"]["done"] == 0, "the client deletes what it sent"
    return done.stdout


@pytest.mark.slow
def test_python(server: Server, samples: Path, clip: Path, tmp_path: Path) -> None:
    need_package("requests")
    shown = run(server, [samples / "gallery.jpg", clip], tmp_path, sys.executable, str(EXAMPLES / "client.py"))
    assert shown.count("photo: ") == 9 and "recording: done" in shown and "timeline: " in shown
    assert shown.count("9 faces after") == 3 and shown.endswith("live: summary\n")


def test_shell(server: Server, samples: Path, clip: Path, tmp_path: Path) -> None:
    CURL.check()
    shown = run(server, [samples / "gallery.jpg", clip], tmp_path, "bash", str(EXAMPLES / "client.sh"))
    assert "state,expression,reason,confidence" in shown and '"state":"done"' in shown
    assert (tmp_path / "annotated.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.slow
def test_javascript(server: Server, samples: Path, clip: Path, tmp_path: Path) -> None:
    NODE.check()
    shown = run(server, [samples / "gallery.jpg", clip], tmp_path, "node", str(EXAMPLES / "client.mjs"))
    assert shown.count("photo: ") == 9 and "recording: done" in shown and "changes: []" in shown
