"""Schemas: what a record must look like, in the words of JSON Schema, and whether a value does.

``text``, ``whole``, ``number``, ``listed``, ``record`` and so on make them; they stand with the nouns that they describe.
``check`` knows the words that these use. It looks at all values of one place at once: a lesson's faces take less than twice
the time to check that they take to parse. The tests compare it with the package jsonschema.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

#: Whole numbers are this large at most: beyond them, other programs read another number.
LARGEST_WHOLE = 2**53

Schema = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    "array": (list,),
}
_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "object": "an object",
    "array": "a list",
}


def text(*, longest: int = 2000, pattern: str = "") -> dict[str, Any]:
    """A text; ``pattern`` is searched for in it."""
    return {"type": "string", "maxLength": longest} | ({"pattern": pattern} if pattern else {})


def whole(low: int = 0, high: int = LARGEST_WHOLE) -> dict[str, Any]:
    """A whole number, both ends included."""
    return {"type": "integer", "minimum": low, "maximum": high}


def number(low: float = -1e15, high: float = 1e15) -> dict[str, Any]:
    """A finite number, both ends included."""
    return {"type": "number", "minimum": low, "maximum": high}


def truth() -> dict[str, Any]:
    """True or false."""
    return {"type": "boolean"}


def one_of(*allowed: str) -> dict[str, Any]:
    """One of some texts."""
    return {"type": "string", "enum": list(allowed)}


def listed(item: Schema, *, least: int = 0, most: int = 10_000_000) -> dict[str, Any]:
    """A list."""
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


def named(item: Schema) -> dict[str, Any]:
    """An object with any names."""
    return {"type": "object", "additionalProperties": item}


def record(fields: Mapping[str, Schema], *, optional: Sequence[str] = ()) -> dict[str, Any]:
    """An object with these fields and no other; those of ``optional`` may be missing."""
    return {
        "type": "object",
        "required": [name for name in fields if name not in optional],
        "properties": dict(fields),
        "additionalProperties": False,
    }


def or_null(schema: Schema) -> dict[str, Any]:
    """The same, or null."""
    more = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **more}


def like(value: Any) -> dict[str, Any]:
    """What has the shape of a value: an options class's defaults say what its record looks like."""
    if isinstance(value, bool):
        return truth()
    if isinstance(value, int):
        return whole(0, 2**31 - 1)
    if isinstance(value, float):
        return number(0, 1e6)
    if isinstance(value, (list, tuple)):
        return listed(like(value[0]) if value else ANYTHING, most=1000)
    if isinstance(value, dict):
        return record({name: like(item) for name, item in value.items()})
    return text(longest=200)


#: Any JSON value, any object.
ANYTHING: dict[str, Any] = {}
ANY_OBJECT: dict[str, Any] = {"type": "object"}


def check(value: Any, schema: Schema) -> str:
    """Why a value does not fit a schema, as a sentence without its full stop; "" if it fits."""
    try:
        _check([value], schema, lambda _: "")
    except _Unfit as problem:
        return str(problem)
    return ""


class _Unfit(Exception):  # noqa: N818 - an answer, no error
    pass


#: Names the place of the k-th of the values that are looked at together.
_Where = Callable[[int], str]


def _check(values: list[Any], schema: Schema, where: _Where) -> None:
    """Look at all values of one place: types first, so that the rest need not ask for them."""
    if not values or not schema:
        return
    if "type" in schema:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        known = {kind for name in names for kind in _TYPES[name]}
        if not set(map(type, values)) <= known:
            _refuse(values, schema, where, lambda value: type(value) in known)
    if "enum" in schema or "const" in schema:
        allowed = [(type(one), one) for one in schema.get("enum", [schema.get("const")])]
        _refuse(values, schema, where, lambda value: (type(value), value) in allowed)
    kinds = set(map(type, values))
    if kinds & {int, float}:
        _check_numbers(values, schema, where)
    if str in kinds and ("maxLength" in schema or "pattern" in schema):
        most, pattern = schema.get("maxLength", math.inf), re.compile(schema.get("pattern", ""))
        _refuse(values, schema, where, lambda v: type(v) is not str or (len(v) <= most and bool(pattern.search(v))))
    if list in kinds:
        _check_lists(values, schema, where)
    if dict in kinds:
        _check_objects(values, schema, where)


def _refuse(values: list[Any], schema: Schema, where: _Where, fits: Callable[[Any], bool]) -> None:
    for k, value in enumerate(values):
        if not fits(value):
            raise _Unfit(f"{_place(where(k))} must be {_expected(schema)}, not {shortened(value)}")


def _check_numbers(values: list[Any], schema: Schema, where: _Where) -> None:
    numbers = [value for value in values if type(value) in (int, float)]
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above = schema.get("exclusiveMinimum", -math.inf)
    try:
        good = all(map(math.isfinite, numbers)) and min(numbers) >= low and max(numbers) <= high
    except OverflowError:
        good = False
    if not good or min(numbers) <= above:
        _refuse(
            values,
            schema,
            where,
            lambda v: type(v) not in (int, float) or (_is_finite(v) and low <= v <= high and v > above),
        )


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _check_lists(values: list[Any], schema: Schema, where: _Where) -> None:
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    lists = [(k, value) for k, value in enumerate(values) if type(value) is list]
    for k, value in lists:
        if not least <= len(value) <= most:
            raise _Unfit(f"{_place(where(k))} must be {_expected(schema)}, not one of {len(value):,}")

    def place(of: int) -> str:
        for k, value in lists:
            if of < len(value):
                return f"{where(k)}[{of}]"
            of -= len(value)
        raise AssertionError("an item is in one of the lists")

    _check([item for _, value in lists for item in value], schema.get("items", ANYTHING), place)


def _check_objects(values: list[Any], schema: Schema, where: _Where) -> None:
    objects = [(k, value) for k, value in enumerate(values) if type(value) is dict]
    fields, more = schema.get("properties", {}), schema.get("additionalProperties", ANYTHING)
    required, known = set(schema.get("required", ())), set(fields)
    for k, value in objects:
        names = value.keys()
        if not required <= names:
            raise _Unfit(f"{_place(where(k))} lacks {_names(required - names)}")
        if more is False and not names <= known:
            raise _Unfit(f"{_place(where(k))} has unknown fields {_names(names - known)} (of a newer version?)")

    for name, field in fields.items():
        having = [(k, value[name]) for k, value in objects if name in value]
        _check([item for _, item in having], field, _field_places(where, [k for k, _ in having], name))
    if isinstance(more, Mapping) and more:
        others = [(k, name, item) for k, value in objects for name, item in value.items() if name not in known]
        _check([item for *_, item in others], more, lambda i: _dotted(where(others[i][0]), others[i][1]))


def _field_places(where: _Where, rows: list[int], name: str) -> _Where:
    return lambda i: _dotted(where(rows[i]), name)


def _dotted(where: str, name: str) -> str:
    return f"{where}.{name[:60]}" if where else name[:60]


def _place(where: str) -> str:
    return f"'{_printable(where)}'" if where else "it"


def _names(names: Iterable[str]) -> str:
    """The first names of several, as a message shows them."""
    shown = [_printable(name)[:40] for name in sorted(names)[:3]]
    return ", ".join(shown)


def _printable(words: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in words)


def shortened(value: Any) -> str:
    """A value as a message shows it."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    shown = repr(value)  # strange characters as numbers: it goes to a terminal
    shown = shown if shown.isprintable() and not isinstance(value, str) else ascii(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"


def _expected(schema: Schema) -> str:
    """What a schema asks for, in words."""
    allowed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if allowed is not None:
        return " or ".join(", ".join(map(shortened, allowed)).rsplit(", ", 1)) if len(allowed) < 9 else "another word"
    names = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", ())
    words = " or ".join(_WORDS[name] for name in names if name != "null") or "something"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        words += f" from {low:g} to {high:g}" if high < 1e12 else f" from {low:g}" if low > -1e12 else ""
    elif low is not None:
        words += f" from {low:g}"
    if "exclusiveMinimum" in schema:
        words += f" above {schema['exclusiveMinimum']:g}"
    if "minItems" in schema or "maxItems" in schema:
        least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        words += (
            f" of {least:,}"
            if least == most
            else f" of {least:,} to {most:,}"
            if most < 1e6
            else f" of at least {least:,}"
            if least
            else ""
        )
    if "pattern" in schema:
        words += " as this program writes it"
    elif "maxLength" in schema:
        words += f" of at most {schema['maxLength']:,} characters"
    return words + (" or null" if "null" in names else "")
