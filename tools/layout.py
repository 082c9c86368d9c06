"""How the code is laid out: files and lines in each folder, the longest file, circles of imports.

python tools/layout.py [SRC]    SRC: another tree's src/aiducation, to compare with; default: this one's
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path


def modules(source: Path) -> dict[str, Path]:
    """Dotted name -> file, of every module of the package."""
    return {".".join(path.relative_to(source.parent).with_suffix("").parts): path for path in source.rglob("*.py")}


def graph(source: Path) -> dict[str, set[str]]:
    """Each module and those it imports, at import time or later."""
    names = modules(source)
    depends: dict[str, set[str]] = {}
    for module, path in names.items():
        said: list[str] = []
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                said += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                said += [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        depends[module] = {name for name in said if name in names and name != module}
    return depends


def circles(source: Path) -> list[list[str]]:
    """Groups of modules that import each other in a circle."""
    depends = graph(source)
    reach: dict[str, set[str]] = {}
    for start in depends:
        seen, left = set[str](), [start]
        while left:
            for name in depends[left.pop()] - seen:
                seen.add(name)
                left.append(name)
        reach[start] = seen
    groups = {frozenset(b for b in reach[a] if a in reach[b]) for a in depends if a in reach[a]}
    return sorted(sorted(group) for group in groups)


def main() -> None:
    source = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "src" / "aiducation")
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(source).values()}
    folders = sorted({path.parent for path in lines})
    for folder in folders:
        own = [path for path in lines if path.parent == folder and path.name != "__init__.py"]
        name = folder.relative_to(source).as_posix()
        print(f"{'' if name == '.' else name + '/':24} {len(own):3} files {sum(lines[path] for path in own):6,} lines")
    longest = sorted(lines, key=lambda path: -lines[path])[:3]
    print("Longest:", ", ".join(f"{path.relative_to(source)} {lines[path]}" for path in longest))
    found = circles(source)
    print(f"Circles: {len(found)}", *(f"\n  {len(group)} modules: {', '.join(group)}" for group in found))


if __name__ == "__main__":
    main()
