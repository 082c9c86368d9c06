"""Numbers as people and spreadsheet programs write them."""

from __future__ import annotations

import re

_GROUPED_BY_BLANKS = re.compile(r"^([+-]?[0-9]{1,3})((?:[\s'’][0-9]{3})+)(?=$|[.,])")
_NO_DIGITS = re.compile(r"^[+-]?(?:nan|inf)$", re.IGNORECASE | re.ASCII)  # a dotless i is not an i, nor for float()
_PLAIN = re.compile(r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$")


def parse_number(text: str) -> float | None:
    """A number as people and spreadsheet programs write it; None if it is none.

    One comma or point is a decimal mark: "0,5", "1.234". Of both, the last: "1.234,5", "1,234.5". What stands there several
    times, and blanks and apostrophes, group thousands: "1 234 567,8", "1'234.5". "nan" and "inf" are numbers, too.
    """
    if _NO_DIGITS.match(text):
        return float(text)
    plain = _plain_number(text)
    return float(plain) if plain is not None else None


def parse_whole(text: str) -> int | None:
    """A whole number; None if it is none, or if it cannot be told from a number with three decimals: "1.234"."""
    if re.fullmatch(r"[+-]?[0-9]{1,4300}", text):
        return int(text)
    plain = _plain_number(text)
    if plain is None or _is_ambiguous(text):
        return None
    value = float(plain)
    return int(value) if value.is_integer() and abs(value) < 2**53 else None


def not_whole(text: str) -> str:
    """Why ``parse_whole`` refuses a text."""
    if _is_ambiguous(text):
        joined = re.sub("[.,]", "", text)
        return (
            f"'{text}' may mean {joined} or {text.replace(',', '.')}; write it without a separator between the "
            "thousands."
        )
    return f"'{text[:20]}' is not a whole number."


def _is_ambiguous(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]{1,3}[.,][0-9]{3}", text) is not None


def _plain_number(text: str) -> str | None:
    """The number as ``float()`` takes it."""
    text = text.replace("\u2212", "-")  # the typographic minus
    text = _GROUPED_BY_BLANKS.sub(lambda found: found[1] + re.sub(r"[\s'’]", "", found[2]), text)
    commas, points = text.count(","), text.count(".")
    if commas and points:
        group = "," if text.rindex(".") > text.rindex(",") else "."
    else:
        group = "," if commas > 1 else "." if points > 1 else ""
    if group:
        head, decimal, tail = text.partition("." if group == "," else ",")
        if not re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+", head):
            return None
        text = head.replace(group, "") + decimal + tail
    text = text.replace(",", ".")
    return text if _PLAIN.match(text) else None
