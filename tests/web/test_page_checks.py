"""``tools/page_check.py``: what checks the page's JavaScript says when it cannot, and fails only where the page is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from needs import programs
from waiting import PATIENCE_S

TOOLS = Path(__file__).parents[2] / "tools"
NPM = programs("node", "npm", packages="nodejs npm")


def check(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the script says in a copy that has none of its tools."""
    shutil.copytree(TOOLS, folder / "tools", ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    command = [sys.executable, str(folder / "tools" / "page_check.py")]
    return subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, timeout=PATIENCE_S)


def test_without_node_it_is_skipped_in_one_sentence(tmp_path: Path) -> None:
    done = check(tmp_path, PATH=str(tmp_path))
    assert done.returncode == 0
    assert done.stderr == "Node.js 20 or newer is not installed: the checks of the page's JavaScript are skipped.\n"


@NPM.mark()
def test_without_the_registry_it_is_skipped_in_one_sentence(tmp_path: Path) -> None:
    done = check(tmp_path, npm_config_registry="http://127.0.0.1:9/", npm_config_cache=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last == "The npm registry cannot be reached from here: the checks of the page's JavaScript are skipped."
    assert not (tmp_path / "tools" / "page" / "node_modules").exists()


def test_the_lock_file_names_no_address_to_load_from() -> None:
    assert '"resolved"' not in (TOOLS / "page" / "package-lock.json").read_text(encoding="utf-8")
