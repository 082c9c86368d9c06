"""Finds the sentences that the package says in English with their values filled in: an extraction method for Babel.

``f"{n} of {people} people turned to {outcome}"`` becomes the text ``{n} of {people} people turned to {outcome}``, which
``aiducation.texts.Texts.sentence`` finds again in what was said. Of a module that is looked at, every string counts that a person
could read: of two words at least, and no documentation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

#: What a person could read: two words; or a word with a place for a value beside it.
_READABLE = re.compile(r"[A-Za-z]{2,}[,.:;)]* +[({]?\w|\} [a-z]{2,}")

_WORD = re.compile(r"[A-Za-z]{2}")

#: What no person reads: markup, styles, patterns, statements.
_CODE = re.compile(r"[<>\\#]|^\W*$|\{\{|;\s*\w+:|;$|\n$")

#: Names of attributes, options and headers: nobody reads them alone, but they may stand beside three words of a sentence.
_NAMES, _IN_WORDS = re.compile(r"[=_]|^[a-z-]+: "), re.compile(r"(?<![\w-])(?:[A-Za-z'’]+,? ){3}")


def sentences(fileobj: Any, _keywords: Any, _comment_tags: Any, options: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    """(line, function, text, comments) of each, as Babel asks for them.

    Options: ``words``: "any" takes single words, too.
    """
    tree = ast.parse(fileobj.read())
    for line, text in found(tree, any_words=options.get("words") == "any"):
        yield line, "gettext", text, []


def found(tree: ast.AST, *, any_words: bool = False) -> Iterator[tuple[int, str]]:
    """Line and text of every string of a module that a person could read."""
    left_out = set(_no_words(tree))
    for node in ast.walk(tree):
        if node in left_out or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = _text(node)
        inside = any_words or getattr(node, "in_sentence", False)
        words = re.sub(r"\{\w+\}", "", text)
        named = _NAMES.search(words) and not _IN_WORDS.search(words)
        code = _CODE.search(words) or text.startswith(": ") or named
        if _WORD.search(words) and not code and (inside or _READABLE.search(text)):
            yield node.lineno, text


def _no_words(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that are no texts of their own: documentation, names, the pieces of a text with values in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.Constant):
                    yield part
                else:  # what is chosen between inside of a text is a text, whatever its length
                    for inner in ast.walk(part):
                        if isinstance(inner, ast.Constant | ast.JoinedStr):
                            inner.in_sentence = True  # type: ignore[union-attr]
                    yield from _format_of(part)
        elif isinstance(node, ast.Subscript):
            yield node.slice
        elif isinstance(node, ast.keyword) and node.arg in (
            "help",
            "envvar",
            "metavar",
            "about",
            "description",
            "next_command",
            "summary",
            "response_description",
        ):
            yield from ast.walk(node.value)
        elif isinstance(node, ast.Dict):  # of the API's own description
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "description":
                    yield from ast.walk(value)
        elif isinstance(node, ast.Compare):
            yield from [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in (
            "get",
            "getattr",
            "encode",
            "AssertionError",
            "warning",  # of logs
            "split",
            "join",
            "replace",
            "partition",
            "decode",
            "removeprefix",
        ):
            yield from node.args
            if isinstance(node.func, ast.Attribute) and node.func.attr == "encode":  # what is bytes is for programs
                yield node.func.value


def _format_of(part: ast.AST) -> Iterator[ast.AST]:
    if isinstance(part, ast.FormattedValue) and part.format_spec is not None:
        yield part.format_spec
        yield from ast.walk(part.format_spec)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    names: dict[str, str] = {}  # what is filled in -> its name
    text = ""
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            what = ast.unparse(part.value)
            names.setdefault(what, _name(part.value, set(names.values())))
            text += f"{{{names[what]}}}"
        elif isinstance(part, ast.Constant):
            text += str(part.value)
    return text


def _name(value: ast.AST, taken: set[str]) -> str:
    """A name for what is filled in: that of the variable, the attribute or the function."""
    names = [
        getattr(node, "id", "") or getattr(node, "attr", "")
        for node in ast.walk(value)
        if isinstance(node, ast.Name | ast.Attribute)
    ]
    name = next(
        (name for name in names if name and name not in ("self", "np", "len", "round", "float", "str")), "value"
    )
    name = name.strip("_").lower()
    return next(one for one in (name, *(f"{name}{k}" for k in range(2, 20))) if one not in taken)
