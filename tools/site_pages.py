"""The sources of the documentation's site: the repository's own pages at their own places, what they link to, and generated ones.

The folder mirrors the repository, so that every relative link of a page works on the site as it works in an editor.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from site_reference import reference

ROOT = Path(__file__).resolve().parents[1]

#: Pages of the repository that the site begins with; what they link to follows.
_FIRST = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "MODEL_CARD.md", "results/README.md")

#: A link of Markdown: its target without the part after "#", and that part.
_LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")

#: Code, in which nothing is a link.
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.M | re.S)


def write_pages(folder: Path) -> None:
    """Write all sources into a folder."""
    waiting = [ROOT / name for name in _FIRST] + sorted((ROOT / "docs").rglob("*.md"))
    waiting += sorted((ROOT / "examples").glob("*.ipynb"))
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        target = folder / place(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            target.write_text(listing(path), encoding="utf-8")
            waiting += [one for one in path.iterdir() if one.is_file()]
        elif path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
            target.write_text(with_places(text, path), encoding="utf-8")
            waiting += linked(text, path)
        elif path.suffix == ".ipynb":
            shutil.copyfile(path, folder / path.relative_to(ROOT))
            target.write_text(notebook_page(path), encoding="utf-8")
        elif path.name == "index.html":  # a report with its figures and tables
            shutil.copytree(path.parent, target.parent, dirs_exist_ok=True)
        else:
            shutil.copyfile(path, target)
    shutil.copyfile(ROOT / "src" / "aiducation" / "web" / "static" / "icon.svg", folder / "icon.svg")
    (folder / "library.md").write_text(reference(ROOT / "src"), encoding="utf-8")
    for picture in (ROOT / "docs" / "pictures").iterdir():
        (folder / "docs" / "pictures").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, folder / "docs" / "pictures" / picture.name)


def place(path: Path) -> Path:
    """Where the site has a file or folder of the repository, or the page about it."""
    name = path.relative_to(ROOT)
    if path.is_dir():
        return name / "index.md"
    if name == Path("README.md"):
        return Path("index.md")
    return name.with_suffix(".md") if name.suffix == ".ipynb" else name


def linked(text: str, page: Path) -> list[Path]:
    """Files and folders of the repository that a page links to."""
    targets = {
        page.parent / match[1] for match in _LINK.finditer(_CODE.sub("", text)) if match[1] and "://" not in match[1]
    }
    return sorted(target.resolve() for target in targets if target.exists())


def with_places(text: str, page: Path) -> str:
    """A page's text with links to folders, notebooks and the README leading to the pages about them."""

    def moved(match: re.Match[str]) -> str:
        target = (page.parent / match[1]).resolve()
        if not match[1] or "://" in match[1] or not target.is_relative_to(ROOT) or not target.exists():
            return match[0]
        name = place(target)
        if name == target.relative_to(ROOT):
            return match[0]
        up = "../" * (len(place(page).parts) - 1)
        return f"]({up}{name.as_posix()}{match[2] or ''})"

    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_LINK.sub(moved, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _LINK.sub(moved, text[end:])])


def listing(folder: Path) -> str:
    """A page about a folder: its files, and what the comment at the head of each says."""
    name = folder.relative_to(ROOT).as_posix()
    lines = [f"# {name}", "", f"The files in `{name}`.", ""]
    for path in sorted(one for one in folder.iterdir() if one.is_file()):
        said = " ".join(_head_of(path))
        lines += [f"- [`{path.name}`]({path.name})" + (f": {said}" if said else "")]
    lines += [f"- `{one.name}/`" for one in sorted(folder.iterdir()) if one.is_dir() and not one.name.startswith("__")]
    return "\n".join(lines) + "\n"


def _head_of(path: Path) -> Iterator[str]:
    """Sentences of the comment or docstring with which a script begins."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[:12]
    except UnicodeDecodeError:
        return
    if path.suffix == ".py" and lines and lines[0].startswith('"""'):
        yield lines[0].strip('"')
    for line in lines:
        if line.startswith("# ") and not line.startswith("# Date:"):
            yield html.escape(re.sub(r"([*_\[\]])", r"\\\1", line[2:]), quote=False)
        elif line and not line.startswith("#"):
            return


def notebook_page(path: Path) -> str:
    """A notebook as a page: its text and its code."""
    lines = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        lines += [text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```", ""]
    return "\n".join([*lines, f"The notebook as a file: [{path.name}]({path.name})"]) + "\n"
