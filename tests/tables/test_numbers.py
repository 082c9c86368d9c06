"""Numbers as people and spreadsheet programs write them."""

from __future__ import annotations

import math

import pytest

from aiducation.tables.cells import guarded, unguarded
from aiducation.tables.numbers import not_whole, parse_number, parse_whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234.567", 1_234_567),
        ("1,234,567.25", 1_234_567.25),
        ("1 234,5", 1234.5),
        ("1\u00a0234,5", 1234.5),
        ("1\u202f234\u202f567", 1_234_567),
        ("1'234.5", 1234.5),
        ("1’234.5", 1234.5),
        ("1.234", 1.234),
        ("1,234", 1.234),
        ("-0,25", -0.25),
        ("\u22120,25", -0.25),
        ("+3", 3.0),
        ("1e-05", 1e-05),
        ("1,5E-05", 1.5e-05),
        (",5", 0.5),
        ("5,", 5.0),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1,2,3",
        "1.2.3,4",
        "12.34.567",
        "1 2",
        "1 23",
        "0x10",
        "²",
        "٣",
        "1_000",
        "--1",
        "--nan",
        "+-inf",
        "nan+",
        "ınf",
        "1,5,",
        "infinity",
        ".",
        "e5",
    ],
)
def test_no_numbers(text: str) -> None:
    assert parse_number(text) is None


def test_what_was_not_defined() -> None:
    assert math.isnan(parse_number("nan") or 0.0) and parse_number("-inf") == -math.inf
    assert parse_number("+INF") == math.inf and math.isnan(parse_number("-NaN") or 0.0)


def test_what_begins_like_a_number_can_be_written() -> None:
    """A spreadsheet program computes it, so it gets an apostrophe."""
    assert guarded("--nan") == "'--nan" and unguarded("'--nan") == "--nan" and guarded("-nan") == "-nan"


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("12.0", 12), ("12,0", 12), ("1 234", 1234), ("1.234.567", 1_234_567), ("1.234,0", 1234), ("-3", -3)],
)
def test_whole_numbers(text: str, value: int) -> None:
    assert parse_whole(text) == value


@pytest.mark.parametrize("text", ["", "12,5", "1.234", "1,234", "3.000", "nan", "inf", "1e400", "²", "9" * 5000])
def test_no_whole_numbers(text: str) -> None:
    """A mark before three digits may stand between thousands or before decimals: a wrong guess would join wrong rows."""
    assert parse_whole(text) is None
    assert not_whole(text)


def test_large_whole_numbers() -> None:
    assert parse_whole("9" * 30) == int("9" * 30)
