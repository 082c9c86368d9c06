"""The documentation's site: its sources, its checks, and the commands of its tutorials. ``./check`` builds the whole of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import aiducation

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import docs_site  # noqa: E402
import site_pages  # noqa: E402
import site_reference  # noqa: E402
import tutorials  # noqa: E402
from site_links import faults  # noqa: E402


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two pages, in which all is well."""
    (tmp_path / "docs").mkdir()
    start = '<a href="docs/page.html#a%20name">a</a><a href="https://example.org/">b</a><img src="p.png">'
    (tmp_path / "index.html").write_text(start, encoding="utf-8")
    (tmp_path / "docs" / "page.html").write_text('<h2 id="a name"></h2><a href="../">c</a>', encoding="utf-8")
    (tmp_path / "p.png").write_bytes(b"")
    return tmp_path


def test_a_site_in_which_all_is_well(site: Path) -> None:
    assert faults(site) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<a href="nothing.html">', "there is no such file"),
        ('<a href="docs/page.html#other">', "there is no such heading"),
        ('<img src="nothing.png">', "is missing"),
        ('<script src="https://example.org/a.js"></script>', "from another server"),
        ('<script src="//example.org/a.js"></script>', "from another server"),
        ('<link rel="stylesheet" href="https://example.org/a.css">', "from another server"),
        ('<link rel="preconnect" href="https://example.org">', "from another server"),
        ('<p style="background:url(https://example.org/a.png)">', "from another server"),
    ],
)
def test_what_is_wrong_is_found(site: Path, text: str, words: str) -> None:
    (site / "wrong.html").write_text(text, encoding="utf-8")
    (found,) = faults(site)
    assert found.startswith("wrong.html: ") and words in found


def test_fonts_of_style_sheets_are_checked(site: Path) -> None:
    (site / "a.css").write_text('@import "https://example.org/b.css";', encoding="utf-8")
    assert "from another server" in faults(site)[0]


def test_the_sources_mirror_the_repository(tmp_path: Path) -> None:
    site_pages.write_pages(tmp_path)
    start = (tmp_path / "index.md").read_text(encoding="utf-8")
    assert "](docs/how-to.md)" in start and "](findings/index.md)" in start
    assert (tmp_path / "docs" / "tutorials" / "teacher.md").is_file()
    assert "ferplus_two_sets_of_votes.sh" in (tmp_path / "findings" / "index.md").read_text(encoding="utf-8")
    assert "```python" in (tmp_path / "examples" / "lesson.md").read_text(encoding="utf-8")
    for page in tmp_path.rglob("*.md"):
        assert str(ROOT) not in page.read_text(encoding="utf-8"), "a path of this machine"


def test_every_page_is_in_the_navigation() -> None:
    settings = (ROOT / "tools" / "site" / "zensical.toml").read_text(encoding="utf-8")
    assert docs_site.missing_from_navigation(settings) == []
    there = {f"docs/{page.relative_to(ROOT / 'docs').as_posix()}" for page in (ROOT / "docs").rglob("*.md")}
    assert set(re.findall(r'"(docs/[^"]+\.md)"', settings)) == there


def test_every_public_name_is_in_the_reference() -> None:
    named = [name for names in site_reference.SECTIONS.values() for name in names]
    assert sorted(named) == sorted(set(aiducation.__all__) - {"__version__"})
    page = site_reference.reference(ROOT / "src")
    assert all(name in page for name in named)
    assert "The four states" in site_reference.constant(ROOT / "src", "aiducation.states", "STATES")


def test_code_is_no_link() -> None:
    text = "[a](findings) `[b](findings)`\n```\n[c](findings)\n```\n"
    made = site_pages.with_places(text, ROOT / "README.md")
    assert made == text.replace("[a](findings)", "[a](findings/index.md)")


@pytest.mark.parametrize("page", sorted(tutorials.TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_tutorials_have_files_and_commands_that_can_be_run(page: Path) -> None:
    """``python tools/tutorials.py`` runs them; here is checked that it finds them."""
    text = page.read_text(encoding="utf-8")
    found = list(tutorials.steps(text))
    assert sum(1 for title, _ in found if title) == text.count(' title="')
    commands = [command for title, command in found if not title]
    assert commands and all(command.split()[0] in ("aiducation", "python", "curl") for command in commands)
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert (page.parent / picture).is_file(), picture
