"""The examples run as they stand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from needs import need_package
from waiting import PATIENCE_S

FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example(example: Path, samples: Path) -> None:
    given = samples / ("gallery.jpg" if example.stem == "photo" else "meeting.mp4")
    done = subprocess.run(
        [sys.executable, str(example), str(given)], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 2
    if example.stem == "recording":  # nine faces, none of whom is bored
        header, first = (line.split("\t") for line in done.stdout.splitlines()[:2])
        shown = dict(zip(header, first, strict=True))
        assert list(shown) == ["minute", "calm", "angry", "bored", "other"]
        assert (shown["calm"], shown["bored"], shown["other"]) == ("0.0", "0.0", "4.0")


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(notebook: Path, tmp_path: Path) -> None:
    """Its cells run in their order, as a script: what Jupyter adds is only that the last value of a cell is shown."""
    need_package("pandas")
    value = json.loads(notebook.read_text(encoding="utf-8"))
    assert value["nbformat"] == 4 and all(not cell.get("outputs") for cell in value["cells"]), "outputs show faces"
    cells = ["".join(cell["source"]) for cell in value["cells"] if cell["cell_type"] == "code"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(cells)], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "calm" in done.stdout and (tmp_path / "result" / "meeting.report.html").is_file()
