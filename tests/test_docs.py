"""What the documentation shows works: Python blocks run, links lead somewhere, commands and their options exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from needs import need_package

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "results" / "README.md"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings(page: Path) -> None:
    for target, heading in re.findall(r"\]\(([^):#]*)#([^)]+)\)", page.read_text(encoding="utf-8")):
        there = page.parent / target if target else page
        assert heading in headings(there.read_text(encoding="utf-8")), f"{target}#{heading}"


def headings(text: str) -> set[str]:
    """The names by which links reach the headings of a page, as GitHub makes them."""
    return {
        re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-") for line in re.findall(r"^#+ (.*)$", text, re.M)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_have_the_options_that_are_named(page: Path) -> None:
    known = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    options = {
        command: set(re.findall(r"(--[a-z-]+)", text))
        for command, text in re.findall(r"^## aiducation (\S+)(.*?)(?=^## |\Z)", known, re.M | re.S)
    }
    for line in re.findall(r"(?:^|`)aiducation ([a-z]+ [^`\n]*)", page.read_text(encoding="utf-8"), re.M):
        command, *words = shlex.split(line.split("   ")[0], comments=True)
        assert command in options, line
        assert {w.split("=")[0] for w in words if w.startswith("--")} <= options[command] | {"--help"}, line


def test_the_python_block_of_the_readme_runs(samples: Path, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "class.jpg").symlink_to(samples / "gallery.jpg")
    (tmp_path / "lesson.mp4").symlink_to(clip)
    (block,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "result" / "lesson.report.html").is_file()


@pytest.mark.slow
def test_the_python_blocks_of_the_how_to_run(
    synthetic_files: tuple[Path, Path], prepared: Path, tmp_path: Path
) -> None:
    need_package("torch")
    need_package("matplotlib")
    for file in (*synthetic_files, prepared):
        (tmp_path / ("data" if file == prepared else file.name)).symlink_to(file)
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "docs" / "how-to.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert len(blocks) >= 3
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "labelled images" in done.stdout and done.stdout.rstrip().endswith("1.0")
    assert (tmp_path / "loss.svg").is_file()
