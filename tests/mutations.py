"""Mutations of records: valid JSON with other values, and bytes that are no JSON; drawn with a fixed seed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: What is put in the place of a value.
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -0.0,
    -1,
    7,
    0.5,
    1e308,
    -1e-320,
    10**18,
    float("nan"),
    float("inf"),
    "",
    "x",
    "7",
    "../../x",
    "a\nb\x1b[31m",
    "x" * 5000,
    "ü\u202e",
    [],
    [None],
    [1, 2, 3],
    [[]],
    {},
    {"a": 1},
)

#: What is put in the place of a value as text, because json would not write it.
RAW = (
    "1e400",
    "-1e400",
    "1" + "0" * 5000,
    '"\\ud800"',
    '"\\u0000"',
    "NaN",
    "-Infinity",
    "-0",
    "01",
    "tru",
    "[" * 10_000,
)

_MARK = "\ufffemark\ufffe"


def places(value: Any) -> list[tuple[Any, ...]]:
    """The way to every value inside a value; of long lists, to the first and last items."""
    found: list[tuple[Any, ...]] = [()]
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = sorted({*range(min(len(value), 3)), *range(max(len(value) - 2, 0), len(value))})
    for key in keys:
        found += [(key, *rest) for rest in places(value[key])]
    return found


def with_value(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value in a place."""
    if not place:
        return new
    changed = copy.copy(value)
    changed[place[0]] = with_value(value[place[0]], place[1:], new)
    return changed


def without(value: Any, place: tuple[Any, ...]) -> Any:
    """A copy without a field or item."""
    changed = copy.copy(value)
    if len(place) > 1:
        changed[place[0]] = without(value[place[0]], place[1:])
    else:
        del changed[place[0]]
    return changed


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value


def mutated_values(value: Any, rng: random.Random, count: int) -> Iterator[Any]:
    """Copies of a JSON value with one thing changed, as Python values."""
    where = places(value)
    for _ in range(count):
        place = rng.choice(where)
        way = rng.random()
        if way < 0.1 and place:
            yield without(value, place)
        elif way < 0.2 and isinstance(inner := _at(value, place), dict):
            yield with_value(value, place, {**inner, "more": rng.choice(VALUES)})
        elif way < 0.3 and isinstance(inner := _at(value, place), list) and inner:
            yield with_value(value, place, rng.choice((inner[:-1], [*inner, inner[0]], inner[::-1])))
        else:
            yield with_value(value, place, rng.choice(VALUES))


def mutated_texts(text: str, rng: random.Random, count: int) -> Iterator[bytes]:
    """Contents of a JSON file with one thing changed: its value, its text or its bytes."""
    value, where = json.loads(text), places(json.loads(text))
    for _ in range(count):
        way = rng.randrange(10)
        if way < 5:
            yield json.dumps(next(mutated_values(value, rng, 1)), ensure_ascii=rng.random() < 0.5).encode(
                "utf-8", "surrogatepass"
            )
        elif way < 7:
            yield (
                json.dumps(with_value(value, rng.choice(where), _MARK))
                .replace(json.dumps(_MARK), rng.choice(RAW))
                .encode()
            )
        elif way == 7:
            yield text.encode()[: rng.randrange(len(text))]
        else:
            yield mutated_bytes(text.encode(), rng)


def mutated_bytes(content: bytes, rng: random.Random) -> bytes:
    """Bytes changed, cut out, doubled or put in."""
    changed = bytearray(content)
    at, length = rng.randrange(len(changed)), rng.randrange(1, 40)
    way = rng.randrange(8)
    if way == 0:
        changed[at] ^= 1 << rng.randrange(8)
    elif way == 1:
        changed[at : at + length] = rng.randbytes(length)
    elif way == 2:
        del changed[at : at + length]
    elif way == 3:
        changed[at:at] = changed[at : at + length]
    elif way == 4:
        return b"\xef\xbb\xbf" + content
    elif way == 5:
        return content.decode("utf-8", "replace").encode("utf-16")
    elif way == 6:
        return rng.choice((b"", b"\n", b"null", rng.randbytes(300), b"[" * 10_000, b'{"a":' * 10_000))
    else:
        return content + rng.choice((b"x", b"\0", b"{}", b"\n\n", content))
    return bytes(changed)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
