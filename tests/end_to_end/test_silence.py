"""Nothing is reported to anybody, and nothing is written but what was asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_an_analysis_writes_nothing_but_its_results(samples: Path, tmp_path: Path) -> None:
    """ONNX Runtime leaves a device id and events in the cache, to be sent, unless it is told not to."""
    home, out = tmp_path / "home", tmp_path / "out"
    (home / "temporary").mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    environment = {**kept, "HOME": str(home), "TMPDIR": str(home / "temporary"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "aiducation", "analyze", str(samples / "gallery.jpg"), "--out", str(out)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert {path.name for path in out.iterdir()} == {
        "gallery.json",
        "gallery.csv",
        "gallery.annotated.jpg",
        "gallery.report.html",
        "results.jsonl",
    }
