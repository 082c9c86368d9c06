"""The one strict reader: what it takes, what it refuses in a sentence, and that its schemas mean what JSON Schema says."""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from aiducation.errors import DataFileError, RunError
from aiducation.records import LONGEST_LINE, parse, read_lines, read_record
from aiducation.runs import RUN_SCHEMA
from aiducation.schemas import check, like, listed, named, number, one_of, or_null, record, text, truth, whole
from mutations import mutated_values
from needs import UNIX

pytestmark = pytest.mark.hostile

RUN = {
    "model": "B1",
    "config": {"epochs": 1},
    "split": "random",
    "fold": None,
    "seed": 0,
    "data_hash": "ab",
    "criteria": "published",
    "n_train": 3,
    "n_valid": 2,
    "n_test": 1,
    "epochs": 5,
    "parameters": 7,
    "epochs_done": 5,
    "best_epoch": 4,
    "states": ["neutral", "angry", "focused", "bored"],
    "environment": {},
}

BAD_BYTES = {
    b"": "empty",
    b"  \n": "empty",
    b"{": "not JSON",
    b'{"a": 1} x': "not JSON",
    b"\x00\x01\x02": "not JSON",
    b'{"a": "\xff"}': "not UTF-8 (byte 7)",
    '{"a": 1}'.encode("utf-16"): "not UTF-8",
    b'{"a": NaN}': "NaN, which is not a number",
    b'{"a": -Infinity}': "-Infinity, which is not a number",
    b'{"a": 1e400}': "1e400, which is too large",
    b'{"a": 1' + b"0" * 5000 + b"}": "5,001 digits",
    b'{"a": 1, "a": 2}': "'a' occurs twice in it",
    b'{"b": {"a": 1, "a": 1}}': "'a' occurs twice in it",
    b'{"a": "\\ud800"}': "half a character",
    b'{"\\udfff": 1}': "half a character",
    b'{"a": "x\\u0000"}': "NUL",
    b"[" * 10_000 + b"]" * 10_000: "nested too deeply",
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000: "nested too deeply",
}


@pytest.mark.parametrize(("content", "words"), BAD_BYTES.items(), ids=range(len(BAD_BYTES)))
def test_what_is_not_strict_json_is_refused_with_its_reason(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(DataFileError) as refused:
        read_record(path)
    message = str(refused.value)
    assert words in message and str(path) in message and len(message) < 400 and message.isprintable()


def test_a_byte_order_mark_and_real_characters_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": "\\ud83d\\ude00 \\\\u0000 \\u00e4", "b": -0, "c": 1e3}')
    assert read_record(path) == {"a": "😀 \\u0000 ä", "b": 0, "c": 1000.0}


@pytest.mark.parametrize("value", [b"[]", b"7", b"null", b'"x"'])
def test_only_an_object_is_a_record(value: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(value)
    with pytest.raises(RunError, match=r"must be an object, not .*\. Make it again"):
        read_record(path, error=RunError, hint="Make it again.")


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "folder"),
        pytest.param(make_pipe, "pipe", marks=UNIX.mark()),
        pytest.param(lambda path: path.symlink_to("nowhere"), "No such file", marks=UNIX.mark()),
        pytest.param(lambda path: path.symlink_to(path.name), "symbolic links", marks=UNIX.mark()),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), "device", marks=UNIX.mark()),
        (lambda path: path.write_bytes(b" " * 2_000_000), "more than 1.0 MB"),
    ],
)
def test_what_is_no_file_is_never_waited_for(make: Callable[[Path], object], words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    make(path)
    with pytest.raises(DataFileError, match=words):
        read_record(path, most=1_000_000)


def test_lines_are_read_one_by_one_and_long_ones_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"a\r\n\n" + b"x" * (2 * LONGEST_LINE + 5) + b"\nb")
    assert list(read_lines(path)) == [b"a", b"", None, b"b"]
    path.write_bytes(b"x" * (LONGEST_LINE + 5))
    assert list(read_lines(path)) == [None]


SCHEMAS: dict[str, tuple[dict[str, Any], Any]] = {
    "run": (RUN_SCHEMA, RUN),
    "nested": (
        record(
            {
                "numbers": listed(listed(number(-1, 1), least=2, most=2), least=1),
                "words": named(or_null(one_of("a", "b"))),
                "more": or_null(
                    record({"yes": truth(), "name": text(longest=5, pattern="^[a-z]+$")}, optional=("name",))
                ),
                "above": {"type": "number", "exclusiveMinimum": 0},
            }
        ),
        {"numbers": [[0.5, -1], [1, 0]], "words": {"x": "a", "y": None}, "more": {"yes": True}, "above": 0.1},
    ),
    "like": (
        like({"a": 1, "b": [0.5], "c": {"d": "x", "e": False}}),
        {"a": 2, "b": [1, 2.5], "c": {"d": "", "e": True}},
    ),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_say_what_json_schema_says(name: str) -> None:
    """The package jsonschema is the judge. Stricter here: 1.0 is no whole number, and what is no number fits nothing."""
    schema, good = SCHEMAS[name]
    judge = jsonschema.Draft202012Validator(schema)
    assert check(good, schema) == "" and judge.is_valid(good)
    fitting = refused = 0
    for value in mutated_values(good, random.Random(name), 3000):
        mine = check(value, schema)
        if any(isinstance(leaf, float) and (not math.isfinite(leaf) or leaf.is_integer()) for leaf in leaves(value)):
            continue
        assert (mine == "") == judge.is_valid(value), (mine, value)
        assert len(mine) < 300 and mine.isprintable()
        fitting, refused = fitting + (mine == ""), refused + (mine != "")
    assert fitting > 20 and refused > 500


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


@pytest.mark.parametrize(
    ("value", "schema", "words"),
    [
        (
            {"a": [{"b": 1}, {"b": "x"}]},
            record({"a": listed(record({"b": whole()}))}),
            "'a[1].b' must be a whole number",
        ),
        (
            {"a": [[], [1, 2], [3, math.nan]]},
            record({"a": listed(listed(number(0, 5)))}),
            "'a[2][1]' must be a number from 0 to 5",
        ),
        ({"a": {"x": 1, "y": True}}, record({"a": named(whole())}), "'a.y' must be a whole number from 0, not true"),
        ({}, record({"a": text()}), "it lacks a"),
        ({"a": "", "z\n": 1}, record({"a": text()}), "it has unknown fields z?"),
        (10**400, number(), "not 1000"),
        ("\x1b[31m", one_of("a", "b"), r"must be 'a' or 'b', not '\x1b[31m'"),
    ],
)
def test_the_sentence_names_the_place(value: Any, schema: dict[str, Any], words: str) -> None:
    why = check(value, schema)
    assert words in why and why.isprintable()


def test_of_many_rows_the_one_that_does_not_fit_is_named() -> None:
    """All values of a place are looked at in one go."""
    row = {f"c{i}": 0.5 for i in range(20)}
    schema = listed(record({name: number(0, 1) for name in row}))
    value = parse(json.dumps([row] * 5000))
    assert check(value, schema) == ""
    value[4321] = {**row, "c7": 1.5}
    assert check(value, schema).startswith("'[4321].c7' must be a number from 0 to 1, not 1.5")
