"""Cells of text in CSV files: as every reader reads them back, and as no spreadsheet program computes them.

A cell that a spreadsheet program would take for a formula gets an apostrophe in front, which ``unguarded`` takes away again: the
two undo each other for any text. Numbers are none of these, also those that stand there as text.
"""

from __future__ import annotations

import unicodedata

from aiducation.tables.numbers import parse_number

#: What formulas begin with. The full-width, small and raised ones of East Asian keyboards and fonts count as the plain ones.
_SIGNS = frozenset("=+-@")

#: Quotes that programs take away before they look at what is behind.
_QUOTES = frozenset("\"'`´‘’‚“”„«»")

_NEEDS_QUOTES = frozenset('",;\t|\r\n')


def guarded(text: str) -> str:
    """A text with an apostrophe in front if a spreadsheet program would compute it.

    Example:
        >>> guarded("=1+1"), guarded("-0.5"), guarded("class.jpg")
        ("'=1+1", '-0.5', 'class.jpg')
    """
    return f"'{text}" if _is_computed(text) else text


def unguarded(text: str) -> str:
    """The text that ``guarded`` was given."""
    return text[1:] if text.startswith("'") and _is_computed(text[1:]) else text


def _is_computed(text: str) -> bool:
    if text.lstrip(" '")[:1] in ("\t", "\r", "\n"):
        return True
    at = next((i for i, c in enumerate(text) if not _is_passed_over(c)), None)
    if at is None or unicodedata.normalize("NFKC", text[at]) not in _SIGNS:
        return False
    return at > 0 or parse_number(text) is None


def _is_passed_over(character: str) -> bool:
    """Whether programs strip it from the beginning of a cell: blanks of every kind, quotes, what cannot be seen."""
    return (
        character.isspace() or character in _QUOTES or unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")
    )


def written(text: str) -> str:
    """A cell as it stands in the file: in quotes where it holds what separates cells or rows, in any dialect."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.intersection(text) else text
