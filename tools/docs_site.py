"""Build the documentation as a site: pages of this repository, the library's reference, and nothing from the network.

python tools/docs_site.py                     writes build/docs/site; open index.html there (only the search needs a server)
python -m http.server --bind 127.0.0.1 --directory build/docs/site          with the search, at http://127.0.0.1:8000
python tools/docs_site.py --out FOLDER        writes FOLDER/site

Needs the extra ``docs``, and Python 3.11. Every link is checked, to pages, headings and files, and that no page asks another
server for anything. Exit code 1 if something is wrong.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from site_links import faults
from site_pages import ROOT, write_pages

_HERE = Path(__file__).parent / "site"


def build(out: Path) -> list[str]:
    """Build the site.

    Args:
        out: folder that gets ``pages`` (the sources) and ``site``; what an earlier build left there is deleted.

    Returns:
        What is wrong with it, a sentence each.
    """
    for name in ("pages", "site", ".cache"):
        shutil.rmtree(out / name, ignore_errors=True)
    write_pages(out / "pages")
    settings = (_HERE / "zensical.toml").read_text(encoding="utf-8")
    (out / "zensical.toml").write_text(settings.replace("SOURCE", (ROOT / "src").as_posix()), encoding="utf-8")
    shutil.copytree(_HERE / "overrides", out / "overrides", dirs_exist_ok=True)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(out / "zensical.toml")]
    done = subprocess.run(
        command, cwd=out, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    if done.returncode or not (out / "site" / "index.html").is_file():
        return [_plain(done.stdout)]
    return [*missing_from_navigation(settings), *faults(out / "site")]


def missing_from_navigation(settings: str) -> list[str]:
    """Pages of ``docs`` to which no entry of the navigation leads."""
    there = {f"docs/{page.relative_to(ROOT / 'docs').as_posix()}" for page in (ROOT / "docs").rglob("*.md")}
    return [
        f"{page} is not in the navigation of tools/site/zensical.toml."
        for page in sorted(there)
        if page not in settings
    ]


def _plain(text: str) -> str:
    """Text of a terminal without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "docs")
    out = parser.parse_args().out.resolve()
    if sys.version_info < (3, 11):  # the package itself runs with 3.10
        print("The generator of the site needs Python 3.11 or newer: the site is not built.", file=sys.stderr)
        return
    out.mkdir(parents=True, exist_ok=True)
    if wrong := build(out):
        sys.exit("\n".join(wrong))
    print(out / "site" / "index.html")


if __name__ == "__main__":
    main()
