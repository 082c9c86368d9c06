"""What comments and documentation of the package name in double backticks is there: modules with their names, and files."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "aiducation"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: A name in a module or of an object, and a file of this project.
_DOTTED = re.compile(r"``((?:\w+\.)+)(\w+)(?:\([^`]*\))?``")
_FILE = re.compile(r"``((?:benchmarks|tools|tests|docs|results|findings|studies)/[\w./-]+\.\w+)``")

#: Endings of files that users have, and packages of others.
_ENDINGS = frozenset(
    ("jpg", "png", "csv", "json", "jsonl", "xml", "html", "mp4", "py", "gz", "cff", "txt", "toml", "onnx", "npz")
)
_OTHERS = frozenset((*sys.stdlib_module_names, "feat", "torch"))


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@cache
def names() -> dict[str, set[str]]:
    """Module, package or class -> every name that stands in it."""
    found: dict[str, set[str]] = {}
    for module in MODULES:
        package = module.name == "__init__.py"
        own = found.setdefault(module.parent.name if package else module.stem, set())
        own.update(_inside(tree(module)), (path.stem for path in module.parent.glob("*.py")) if package else ())
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(_inside(node))
    return found


@cache
def used(module: Path) -> frozenset[str]:
    """Names of objects as the module's code uses them: "options.resume"."""
    nodes = [node for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)]
    return frozenset(f"{getattr(one.value, 'id', '') or getattr(one.value, 'attr', '')}.{one.attr}" for one in nodes)


def _inside(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield one.name
        elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store):
            yield one.attr


def said(module: Path) -> Iterator[str]:
    """Documentation, and each line of comments."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(module.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def missing(module: Path) -> Iterator[str]:
    for text in said(module):
        yield from (name for name in _FILE.findall(text) if not (ROOT / name).exists())
        for path, name in _DOTTED.findall(text):
            first, head = path.split(".")[0], path.split(".")[-2]
            if name in _ENDINGS or first in _OTHERS or name in names().get(head, ()):
                continue
            if f"{head}.{name}" not in used(module):
                yield f"{path}{name}"


def test_what_comments_name_is_there() -> None:
    assert [f"{module}: {name}" for module in MODULES for name in missing(module)] == []
