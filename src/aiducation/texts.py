"""Texts in the language of who reads them: English as it stands in the code, other languages from ``locales``.

A text is English, with names in braces for what is filled in: ``texts("{n} of {total}", n=3, total=8)``. Programs that answer
several people at once have a ``Texts`` for each; nothing here depends on the system's language or on a variable of the process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiducation.errors import unknown_name
from aiducation.po import Catalog, read_po

#: Language -> how its speakers call it. To add one, add a file to ``locales``: see docs/translating.md.
LANGUAGES: dict[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français"}

#: The language of the code.
ENGLISH = "en"

LOCALES = Path(__file__).parent / "locales"

#: Language -> thousands separator, decimal point, and what stands between a number and the percent sign.
_NUMBERS = {"en": (",", "."), "de": (".", ","), "fr": ("\u202f", ",")}


def N_(text: str) -> str:  # noqa: N802 - as gettext calls it
    """The text itself: marks a constant to be translated where it is shown."""
    return text


@dataclass(frozen=True)
class Texts:
    """What is said in one language.

    Attributes:
        language: of ``LANGUAGES``.
    """

    language: str = ENGLISH

    def gettext(self, text: str, **values: Any) -> str:
        """A text in this language, or in English where nobody translated it."""
        forms = catalog_of(self.language).messages.get(text)
        return _filled(forms[0] if forms else text, values)

    def ngettext(self, one: str, many: str, n: int, **values: Any) -> str:
        """The form of a text that fits a whole number; ``{n}`` in it is the number."""
        catalog = catalog_of(self.language)
        forms = catalog.messages.get(one)
        text = forms[catalog.plural(n)] if forms else (one if n == 1 else many)
        return _filled(text, {"n": self.number(n), **values})

    def sentence(self, text: str) -> str:
        """What the package said in English, in this language.

        Results, notes and errors are written in English where they arise, with their values filled in. Whoever shows them asks
        here: the text that a sentence was made from is found in the catalogue, and its values are put into the translation.
        What is not found stays English.
        """
        return text if self.language == ENGLISH else said(self.language, text)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many decimals."""
        thousands, point = _NUMBERS[self.language]
        return f"{value:,.{digits}f}".translate({ord(","): thousands, ord("."): point})

    def short(self, value: float) -> str:
        """A number with as many decimals as it needs: 0.5, 10."""
        return self.decimals(f"{value:g}")

    def decimals(self, digits: str) -> str:
        """Digits with the decimal point of this language, and minus as it is printed: "-0.25" is "−0,25"."""
        return digits.replace(".", _NUMBERS[self.language][1]).replace("-", "−")

    def percent(self, share: float) -> str:
        """A share as text: 0.123 is "12 %"."""
        return f"{self.number(100 * share)} %"


def texts_of(language: str) -> Texts:
    """What is said in a language.

    Raises:
        ConfigError: there is no such language.
    """
    if language not in LANGUAGES:
        raise unknown_name("language", language, LANGUAGES)
    return Texts(language)


@lru_cache
def catalog_of(language: str) -> Catalog:
    """The translations of a language; none for English."""
    return Catalog() if language == ENGLISH else read_po(LOCALES / language / "LC_MESSAGES" / "aiducation.po")


# --- sentences with values in them -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pattern:
    """A text of the catalogue with places for values, and its translations.

    Attributes:
        places: finds the values of an English sentence by their names.
        forms: the translation, one for each plural form.
        letters: how many letters the text has besides its places: of several that fit a sentence, the longest is meant.
        sentences: how many sentences it has.
    """

    places: re.Pattern[str]
    forms: tuple[str, ...]
    letters: int
    sentences: int

    def each_of(self, text: str) -> bool:
        """Whether a text is a list, every part of which is this one: "0.7 on a, 0.6 on b". As a whole it fits, too."""
        return ", " in text and all(self.places.fullmatch(part) for part in text.split(", "))


@lru_cache
def _patterns(language: str) -> tuple[_Pattern, ...]:
    """The texts with places for values, the longest first."""
    catalog = catalog_of(language)
    found = []
    for english, forms in catalog.messages.items():
        for text in (english, catalog.plurals.get(english, "")):
            letters = len(_PLACE.sub("", text))
            if _PLACE.search(text) and letters >= _LEAST_LETTERS:
                parts = _PLACE.split(text)
                names = "".join(
                    re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+?)" if parts.index(part) == i else f"(?P={part})"
                    for i, part in enumerate(parts)
                )
                found.append(_Pattern(re.compile(names, re.DOTALL), forms, letters, len(_ENDS.split(text))))
    return tuple(sorted(found, key=lambda one: -one.letters))


@lru_cache(maxsize=4096)
def said(language: str, text: str) -> str:
    """See ``Texts.sentence``."""
    if known := _found(language, text):
        return known
    if (place := _IN_FILE.fullmatch(text)) and (what := said(language, place["what"])) != place["what"]:
        where = [_found(language, part, loose=True) or part for part in (place["where"] or "").split(", ")]
        return f"{', '.join((place['file'], *filter(None, where)))}{_found(language, ': ') or ': '}{what}"
    if len(parts := _ENDS.split(text)) > 1 and len(text) <= _LONGEST:
        about, colon, what = text.partition(": ")
        if colon and (head := _found(language, about, loose=True)) and (rest := said(language, what)) != what:
            return f"{head}{_found(language, colon) or colon}{rest}"
        for pattern in _patterns(language):  # one text of as many sentences, some of whose values stay English
            match = pattern.places.fullmatch(text) if pattern.sentences == len(parts) else None
            if match and (known := _translated(language, pattern, match.groupdict(), loose=True)):
                return known
        return " ".join(said(language, part) for part in parts)
    return _found(language, text, loose=True) or text


@lru_cache(maxsize=4096)
def _found(language: str, text: str, *, loose: bool = False) -> str | None:
    """The translation of a sentence, a value, or several of them; None if there is none.

    Args:
        loose: whether values may stay English in a text that is long enough to be meant.
    """
    if forms := catalog_of(language).messages.get(text):
        return forms[0]
    if not _LETTER.search(text) or _MEASURE.fullmatch(text):
        return _numbers(language, text)
    if len(text) > _LONGEST:
        return None
    if len(parts := _ENDS.split(text)) > 1 and (known := _each(language, parts, " ", loose=loose)):
        return known
    for pattern in _patterns(language):
        match = pattern.places.fullmatch(text)
        if (
            match
            and not pattern.each_of(text)
            and (known := _translated(language, pattern, match.groupdict(), loose=loose))
        ):
            return known
    for joint in _JOINTS:
        if len(parts := joint.split(text)) > 1 and (known := _each(language, parts, "", loose=loose)):
            return known
    lower = text[:1].lower() + text[1:]
    known = _found(language, lower, loose=loose) if lower != text else None
    return known[:1].upper() + known[1:] if known else None


def _each(language: str, parts: list[str], between: str, *, loose: bool) -> str | None:
    """The translations of the parts of a text; None if one has none."""
    known = [_found(language, part, loose=loose) for part in parts]
    return between.join(part for part in known if part is not None) if None not in known else None


def _numbers(language: str, text: str) -> str:
    """Numbers, times and signs with the separators of a language; addresses, which have more points, as they are."""
    thousands, point = _NUMBERS[language]
    if re.search(r"\.\d+\.", text):
        return text
    return _NUMBER.sub(lambda match: match[0].translate({ord(","): thousands, ord("."): point}), text)


def _translated(language: str, pattern: _Pattern, values: dict[str, str], *, loose: bool) -> str | None:
    """A translation with the values put in; None if the text fits by chance, which shows in its values."""
    count = values.get("n", "").replace(",", "")
    form = catalog_of(language).plural(int(count)) if len(pattern.forms) > 1 and count.isdecimal() else 0
    own: dict[str, str] = {}
    for name, value in values.items():
        kind = name.rstrip("0123456789")
        as_it_is = kind in _VERBATIM and value not in _NAMELESS
        known = value if as_it_is else _found(language, value, loose=loose)
        if kind in _HEADINGS:
            known = value.replace(" and ", _found(language, " and ") or " and ")
        if value.count("(") != value.count(")") or (kind in _NUMERIC and not _NUMERIC[kind].fullmatch(value)):
            return None
        if kind in _STATES and value not in catalog_of(language).messages:
            return None
        if known is None and not (loose and (pattern.letters >= _SURE_LETTERS or kind in _ANYTHING)):
            return None
        own[name] = value if known is None else known
    return pattern.forms[form].format(**own)


#: What is wrong at a place of a file: labels.csv, line 2: column state: ...
_IN_FILE = re.compile(r"(?P<file>[^:\n]*\.\w{1,8})(?:, (?P<where>[^:\n]{1,200}))?: (?P<what>.+)", re.DOTALL)

#: A place for a value in a text; a letter; a number; where a sentence ends.
_PLACE = re.compile(r"\{(\w+)\}")
_LETTER = re.compile(r"[A-Za-z]")
_NUMBER = re.compile(r"\d+(,\d{3})*(\.\d+)?")
_ENDS = re.compile(r"(?<=[.!?]) (?=\S)")

#: A number with a unit that all languages share.
_MEASURE = re.compile(r"[\d.,]+ (s|ms|px|MB)")

#: What stands between the parts of a list, between a name and a value, or between a number and what it counts; what holds least
#: together first.
_JOINTS = tuple(
    map(
        re.compile,
        (
            *(r"(; )", r"(: )", r"(, )", r"( and )", r"( (?=\d+(?:\.\d+)? %$))", r"( \((?=.*\)$)|\)$)"),
            r"^(\d[\d,.]* )(?=[a-z]+$)",
        ),
    )
)
_ABOUT = N_("about {n}")
_KINDS = N_("condition"), N_("detector"), N_("device"), N_("language"), N_("set of priors"), N_("view")
_AND, _COMMA, _COLON, _SEMICOLON, _SPACE = N_(" and "), N_(", "), N_(": "), N_("; "), N_(" ")

#: Letters of a text besides its places: less fits anything; from so many on it is meant, whatever the values are.
_LEAST_LETTERS, _SURE_LETTERS = 3, 10

#: Letters of what is looked up at most.
_LONGEST = 2000

#: Names of values that are numbers; that are states; that are nobody's words; that may be any sentence.
_FIGURE = re.compile(r"(about )?-?[\d.,:]+( %)?|–")
_NUMERIC = dict.fromkeys(
    (
        "number",
        "clock",
        "count",
        "percent",
        "score",
        "before",
        "after",
        "people",
        "changed",
        "min_group",
        "share",
        "judged",
        "failed",
        "low",
        "high",
    ),
    _FIGURE,
) | {"n": re.compile(r"[\d,]+")}
_STATES = {"outcome", "outcomes"}
_VERBATIM = {
    "path",
    "source",
    "name",
    "file",
    "folder",
    "note",
    "host",
    "address",
    "command",
    "extra",
    "listed",
    "provider",
}
_ANYTHING = {"error", "words"}

#: What is said in the place of a name where there is none.
_NAMELESS = {"The frame", "the file"}

#: Lists of names: only what stands between them is translated.
_HEADINGS = {"headings"}


def language_for(accepted: str) -> str:
    """The first language of an ``Accept-Language`` header that there is, English if there is none. Source: RFC 9110, 12.5.4."""
    wanted: list[tuple[float, str]] = []
    for part in accepted[:1000].split(","):
        tag, _, quality = part.partition(";")
        value = quality.strip().removeprefix("q=")
        try:
            weight = float(value) if value else 1.0
        except ValueError:
            continue
        if weight > 0:
            wanted.append((-weight, tag.strip().split("-")[0].lower()))
    known = (tag for _, tag in sorted(wanted, key=lambda one: one[0]) if tag in LANGUAGES)
    return next(known, ENGLISH)


def _filled(text: str, values: dict[str, Any]) -> str:
    return text.format(**values) if values else text
