"""What tests of written pages in several languages share: every text of a page, and that none of it stays English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

#: What a reader is told besides the text of the page itself.
_TOLD = ("aria-label", "alt", "title", "placeholder")

#: Words that English sentences have, and German and French ones do not.
_ENGLISH = re.compile(
    r"\b(the|of|and|with|is|are|were|for|from|that|this|each|people|below|between|not|by)\b", re.IGNORECASE
)

#: Names of files that a page names.
_FILES = re.compile(r"\b\w+\.(csv|json|jsonl|svg|png|mp4)\b")

#: A number with decimals as English writes it.
_POINT = re.compile(r"\b0\.\d")


class _Texts(HTMLParser):
    """Collects every text of a page: of its elements, its figures and what screen readers and pointers are told."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.language = ""
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "script")
        self.language = self.language or dict(attrs).get("lang") or ""
        self.found += [value for name, value in attrs if name in _TOLD and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.found.append(" ".join(data.split()))


def texts_of_page(html: str) -> tuple[str, list[str]]:
    """The language that a page names, and its texts in their order."""
    reader = _Texts()
    reader.feed(html)
    return reader.language, reader.found


def check_languages(pages: Mapping[str, str], same: str) -> None:
    """A page says the same in every language, and nothing of it stays English.

    Args:
        pages: language -> the page, English among them.
        same: a pattern of the texts that are the same in every language, such as names of files and of lessons.
    """
    kept = re.compile(same)
    _, english = texts_of_page(pages["en"])
    for language, html in pages.items():
        said, texts = texts_of_page(html)
        assert said == language
        assert len(texts) == len(english), list(zip(english, texts, strict=False))[-5:]
        if language == "en":
            continue
        words = [(one, other) for one, other in zip(english, texts, strict=True) if not kept.fullmatch(other)]
        assert [one for one, other in words if one == other and re.search("[A-Za-z]{2}", one)] == []
        rest = [_FILES.sub("", kept.sub("", other)) for _, other in words]
        assert [one for one in rest if _ENGLISH.search(one) or _POINT.search(one)] == []
