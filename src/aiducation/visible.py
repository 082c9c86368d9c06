"""Text that people read: what has no shape, or moves other letters about, is written as Python writes it.

A file may have any name: one that clears the screen, colours a terminal, writes from right to left, or breaks its line. Files are
read under their exact names, and JSON keeps them; whoever reads a message, a table, a report or a log gets ``visible`` ones.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

#: Codes that Unicode keeps from being characters: the last two of each plane, and 32 others. XML refuses some of them.
_NEVER = range(0xFDD0, 0xFDF0)

#: Categories of Unicode: controls, formats (direction, zero width), halves of letters, ends of lines and paragraphs.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))

#: Letters and marks without a shape.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")

#: What is worth a look: all but plain letters, and the line ends of indented JSON.
_ODD = re.compile(r"[^\n -~]")


def visible(text: str) -> str:
    """A text without control characters, marks of direction and the like: these as ``\\x1b`` or ``\\u202e``.

    Example:
        >>> visible("a\\x1b[2Jb.jpg"), visible("Zoë 1.jpg")
        ('a\\\\x1b[2Jb.jpg', 'Zoë 1.jpg')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if is_unseen(c) else c for c in text)


def as_text(text: str) -> str:
    """A text that UTF-8 can hold: only bytes of file names that are none, and other halves of letters, are written otherwise."""
    if text.isascii():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) == "Cs" else c for c in text)


def is_unseen(character: str) -> bool:
    """Whether a character is one that ``visible`` writes otherwise."""
    code = ord(character)
    if code in _NEVER or code & 0xFFFE == 0xFFFE:
        return True
    return unicodedata.category(character) in _UNSEEN or character in _BLANK


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    named = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return named.get(character) or (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def json_text(value: Any, **how: Any) -> str:
    """JSON with letters as they are, but for what ``visible`` writes otherwise: as ``\\u202e``, which reads the same."""
    return _ODD.sub(lambda found: _in_json(found[0]), json.dumps(value, ensure_ascii=False, **how))


def _in_json(character: str) -> str:
    if not is_unseen(character):
        return character
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
