"""The folder of a page without a server: whatever ends the command, the next one finds the page or puts it back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aiducation.web import static_page
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused

#: Runs the command, which is killed as soon as the page that was there has another name.
_KILLED = """
import os, pathlib, sys
from aiducation.cli import main
from aiducation.web import static_page

static_page.page = lambda *_, **__: {"about.json": b"new"}
rename = pathlib.Path.rename

def killed(path, to):
    there = rename(path, to)
    if path.name == "site":
        os._exit(9)
    return there

pathlib.Path.rename = killed
main()
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A page that was written before, beside something else."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "about.json").write_bytes(b"old")
    (tmp_path / "site" / "page-files.txt").write_bytes(b"about.json\n")
    (tmp_path / ".site-notes").mkdir()
    return tmp_path / "site"


def _killed(site: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, "page", "--static", str(site)], capture_output=True)
    assert done.returncode == 9, done.stderr.decode()
    assert not site.exists(), "it was killed too late"


def _all(site: Path) -> list[str]:
    return sorted(path.name for path in site.parent.iterdir())


@pytest.mark.slow
def test_a_page_that_was_being_exchanged_is_put_back(
    site: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    _killed(site)
    check_refused(run_cli("page", "--static", site, "--min-group", "0"), WRONG_USE)
    assert (site / "about.json").read_bytes() == b"old"

    _killed(site)
    monkeypatch.setattr(static_page, "page", lambda *_, **__: {"about.json": b"newer", "static/app.js": b""})
    assert run_cli("page", "--static", site).code == 0
    assert (site / "about.json").read_bytes() == b"newer" and (site / "static" / "app.js").is_file()
    assert _all(site) == [".site-notes", "site"], "nothing is left beside it"


def test_a_page_that_cannot_be_put_there_leaves_the_earlier_one(
    site: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_page, "page", lambda *_, **__: {"about.json": b"new"})
    rename = Path.rename

    def refused(path: Path, to: Path) -> Path:
        if to == site and not (path / "about.json").read_bytes() == b"old":
            raise PermissionError(13, "Permission denied", str(to))
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refused)
    check_refused(run_cli("page", "--static", site), COULD_NOT, "Permission denied")
    assert (site / "about.json").read_bytes() == b"old" and _all(site) == [".site-notes", "site"]


def test_a_link_leads_to_the_folder_that_is_exchanged(
    site: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_page, "page", lambda *_, **__: {"about.json": b"new"})
    link = site.with_name("public")
    link.symlink_to(site)
    assert run_cli("page", "--static", link).code == 0
    assert link.is_symlink() and (site / "about.json").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["notes.txt", "about.json", ".git/HEAD", "static/mine.js", "index.html"])
def test_a_folder_with_something_else_is_left_alone(name: str, run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine", encoding="utf-8")
    check_refused(
        run_cli("page", "--static", tmp_path), COULD_NOT, "something else", name.split("/")[0], "another folder"
    )
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_what_was_put_beside_a_page_is_not_lost_with_it(
    when: str, site: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: object, **__: object) -> dict[str, bytes]:
        (site / "CNAME").write_bytes(b"school.example")
        return {"about.json": b"new"}

    monkeypatch.setattr(static_page, "page", made)
    if when == "before":
        made()
    check_refused(run_cli("page", "--static", site), COULD_NOT, "something else", "CNAME")
    assert (site / "about.json").read_bytes() == b"old" and (site / "CNAME").read_bytes() == b"school.example"
    assert _all(site) == [".site-notes", "site"]
    (site / "CNAME").unlink()
    monkeypatch.setattr(static_page, "page", lambda *_, **__: {"about.json": b"new"})
    assert run_cli("page", "--static", site).code == 0
    assert run_cli("page", "--static", site).code == 0, "and again"
