"""Prose is plain: phrases that readers had to read twice are not in it, and things have one name each.

That holds for documents, for everything that the program says (help, errors, reports, columns, the page), and for the
documentation of public names. A person who stumbles over another phrase adds it to ``RIDDLES``, with what to write instead.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FOLDERS = ("", "docs", "docs/tutorials", "results", "deploy", "studies", "examples", "findings", "tests", "benchmarks")
PAGES = sorted(page for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))
PACKAGE = ROOT / "src" / "aiducation"
MODULES = sorted(PACKAGE.rglob("*.py"))
TEMPLATES = sorted(PACKAGE.rglob("templates/*.html"))
SCRIPTS = sorted((PACKAGE / "web" / "static").glob("*texts.js"))

#: A phrase as a regular expression -> what to write instead.
RIDDLES = {
    r"(?<!there\s)\b(is|are|was|were) no (?!longer\b|\s)[a-z]+": "is not a ..., has no ..., there is no ...",
    r"\b(row|file|line|column|process|noun) an? (face|picture|frame|file|format|result|study|core)\b": "one for each",
    r"\bfound of\b": "recall of",
    r"\b(taken|taking|takes|took) for\b(?! granted)": "counted as, mistaken for",
    r"\b(is|are|was|were|be) looked at\b": "is analyzed, is searched, is checked",
    r"\b(one|each|every|six|a second|a closer) looks?\b": "one picture, one search, one sample",
    r"\blet(s|ting)? go of\b": "release",
    r"\b(hold|holds|held) on to\b": "keep, select",
    r"\ball the same\b": "still, nevertheless",
    r"\bwhat may be a face\b": "low-confidence detection",
    r"\bhas (one|a) photo done\b": "finishes a photo",
    r"\bmoments? of change\b": "change point",
    r"\bstillness\b": "static face",
    r"\b(journals?|registers?)\b(?! of [A-Z])": "checkpoint (of a recording), manifest (of a folder of results)",
    r"\bcop(y|ies) apart\b|\bcuts? (no )?copies\b|\bsearch for copies\b": "duplicates on both sides, search for duplicates",
    r"\btest part\b": "test split",
    r"\bflatter(s|ed|ing)?\b": "looks too good",
    r"\bdoubtful faces?\b|\bcovers? (every|all|the) faces?\b": "low-confidence detections; anonymize",
    r"[;,] else\b": "otherwise",
    r"\btold apart by whom\b|\bwho it was\b": "track",
}


def riddles(text: str) -> list[str]:
    """What a reader would stumble over in a text, with the line and what to write instead. Code in Markdown does not count."""
    text = re.sub(
        r"^```.*?^```$|``[^`]*``|`[^`\n]*`|\]\([^)]*\)",
        lambda code: re.sub(r"[^\n]", "¤", code[0]),
        text,
        flags=re.M | re.S,
    )
    found = []
    for phrase, instead in RIDDLES.items():
        for match in re.finditer(phrase.replace(" ", r"\s+"), text, re.IGNORECASE):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"line {line}: {' '.join(match[0].split())!r}; instead: {instead}")
    return found


def test_no_riddles() -> None:
    assert [f"{page}: {riddle}" for page in PAGES for riddle in riddles(page.read_text(encoding="utf-8"))] == []


def spoken(module: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string that a module says, with ¤ for values; and the documentation of its public names."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    inside: set[ast.AST] = set()  # documentation, and pieces of f-strings
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(part for part in ast.walk(node) if part is not node)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                inside.add(first.value)
                if not getattr(node, "name", "").startswith("_"):
                    yield first.lineno, str(first.value.value)
    for node in ast.walk(tree):
        if node not in inside and isinstance(node, ast.Constant | ast.JoinedStr):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [part.value if isinstance(part, ast.Constant) else "¤" for part in parts]
            if all(isinstance(text, str) for text in texts):
                yield node.lineno, "".join(map(str, texts))


@pytest.fixture(scope="module")
def said() -> list[tuple[str, str]]:
    """Place and text of all that the program says."""
    return [(f"{module}:{line}", text) for module in MODULES for line, text in spoken(module)]


def test_no_riddles_in_what_the_program_says(said: list[tuple[str, str]]) -> None:
    assert [f"{place}: {riddle}" for place, text in said for riddle in riddles(text)] == []


#: "3 boxes were left out", which is wrong of one: a number stands at the end, "boxes that were left out: 3", or has two forms.
_SEVERAL = re.compile(
    r"¤ ([a-z]+ )+(are|were) (left out|dropped|not among)|¤ (annotations|boxes|pictures|labels) (could not|shorter|without)|"
    r"\b(In|None of|All|has) ¤ (pictures|labels|annotations)|¤ of ¤ faces judged"
)


def test_one_is_not_told_as_several(said: list[tuple[str, str]]) -> None:
    assert [f"{place}: {text}" for place, text in said if _SEVERAL.search(text)] == []


def test_no_riddles_in_templates() -> None:
    for template in TEMPLATES:
        text = re.sub(r"\{[%#{].*?[%#}]\}", "¤", template.read_text(encoding="utf-8"))
        assert riddles(text) == [], template


def test_no_riddles_on_the_page() -> None:
    for script in SCRIPTS:
        texts = re.sub(r'"\s*\+\s*"', "", script.read_text(encoding="utf-8"))
        assert riddles(texts) == [], script


@pytest.mark.parametrize(
    "text",
    [
        "What is no picture is left out.",
        "A row a face, sorted.",
        "| found of *neutral* |",
        "It is counted\nall the same.",
        "How the next one is looked at",
    ],
)
def test_riddles_are_found(text: str) -> None:
    assert len(riddles(text)) == 1


@pytest.mark.parametrize("text", ["It is no longer read.", "There is no picture.", "`is no picture` is code."])
def test_plain_sentences_pass(text: str) -> None:
    assert not riddles(text)


def test_the_readme_can_be_read_in_five_minutes() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 900


def test_the_changelog_can_be_read() -> None:
    """A version is described as it is; how it came to be so is in git."""
    _, *versions = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M)
    assert versions and all(len(version.split()) <= 3000 for version in versions)
