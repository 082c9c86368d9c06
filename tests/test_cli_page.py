"""The page about the commands is the generated one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_page_in_the_docs_is_the_generated_one() -> None:
    """Write it anew with: python tools/cli_page.py > docs/cli.md."""
    made = subprocess.run([sys.executable, ROOT / "tools" / "cli_page.py"], capture_output=True, text=True, check=True)
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == made.stdout
