"""PO files, the catalogues of GNU gettext, read as they are: nothing is compiled, so a changed translation shows at once."""

from __future__ import annotations

import ast
import gettext
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiducation.errors import DataFileError


@dataclass
class Catalog:
    """The translations of one language.

    Attributes:
        messages: English text -> its translation, one for each plural form; texts without a translation are left out.
        plurals: English text for one -> for many, of those that have plural forms.
        plural: number -> which of the plural forms it takes.
        header: what the file says of itself, name -> value.
    """

    messages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    plurals: dict[str, str] = field(default_factory=dict)
    plural: Callable[[int], int] = lambda n: int(n != 1)
    header: dict[str, str] = field(default_factory=dict)


def read_po(path: Path) -> Catalog:
    """Read a catalogue. Entries that are marked as fuzzy count as not translated, as everywhere.

    Raises:
        DataFileError: a line is none of a PO file.

    Source: GNU gettext manual, "The Format of PO Files".
    """
    catalog = Catalog()
    for entry in path.read_text(encoding="utf-8").split("\n\n"):
        parts, fuzzy = _parts(entry, path)
        text, forms = parts.get("msgid", ""), tuple(value for key, value in parts.items() if key.startswith("msgstr"))
        if text and not fuzzy and forms and all(forms):
            catalog.messages[text] = forms
            if "msgid_plural" in parts:
                catalog.plurals[text] = parts["msgid_plural"]
        elif "msgid" in parts and not text:
            catalog.header = dict(line.split(": ", 1) for line in forms[0].splitlines() if ": " in line)
    rule = catalog.header.get("Plural-Forms", "")
    if "plural=" in rule:
        catalog.plural = gettext.c2py(rule.split("plural=", 1)[1].rstrip("; "))  # type: ignore[attr-defined]
    return catalog


def _parts(entry: str, path: Path) -> tuple[dict[str, str], bool]:
    """Keyword -> text of an entry, and whether it is fuzzy."""
    parts: dict[str, str] = {}
    keyword, fuzzy = "", False
    for line in entry.splitlines():
        if line.startswith("#"):
            fuzzy |= line.startswith("#,") and "fuzzy" in line
            continue
        name, quote, rest = line.partition('"')
        if not line.strip():
            continue
        if not quote or not rest.endswith('"'):
            raise DataFileError(f"{path}: a line of a PO file is a keyword with a quoted text, not {line[:100]!r}.")
        keyword = name.strip() or keyword
        parts[keyword] = parts.get(keyword, "") + str(ast.literal_eval(f'"{rest}'))
    return parts, fuzzy
