"""Tables as people have them: whatever the cells are separated by and the letters are encoded in, the rows are the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aiducation.errors import DataFileError
from aiducation.tables.table import Table, open_table

ROWS = [("faces/Zoë.jpg", "focused"), ("faces/a b.jpg", "bored"), ("faces/ß,x;y.jpg", "neutral")]
NEEDED = ("file", "state")
Written = Callable[[str], bytes]


def text(delimiter: str, rows: list[tuple[str, ...]] = ROWS, heading: tuple[str, ...] = NEEDED) -> str:
    """Rows as spreadsheet programs write them: a cell with separators stands in quotes."""
    quoted = [[f'"{cell}"' if "," in cell or ";" in cell else cell for cell in row] for row in [heading, *rows]]
    return "".join(delimiter.join(row) + "\n" for row in quoted)


def read(path: Path, *, needed: tuple[str, ...] = NEEDED) -> list[tuple[str, ...]]:
    with open_table(path, prefer=needed) as table:
        table.need(*needed)
        return [tuple(row[name] for name in needed) for row in table.rows(needed)]


WRITTEN: dict[str, bytes] = {
    "commas": text(",").encode(),
    "semicolons": text(";").encode(),
    "tabs": text("\t").encode(),
    "bars": text("|").encode(),
    "byte-order mark": text(";").encode("utf-8-sig"),
    "two byte-order marks": ("\ufeff" + text(";")).encode("utf-8-sig"),
    "Unicode text of Excel": text("\t").replace("\n", "\r\n").encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + text(",").encode("utf-16-be"),
    "UTF-16 without its mark": text(";").encode("utf-16-le"),
    "UTF-16, big end first, without its mark": text(";").encode("utf-16-be"),
    "UTF-32": text(";").encode("utf-32"),
    "Windows letters": text(";").encode("cp1252"),
    "old Mac": text(";").replace("\n", "\r").encode("mac_roman"),
    "Mac lines": text(",").replace("\n", "\r").encode(),
    "Windows lines": text(",").replace("\n", "\r\n").encode(),
    "mixed lines": text(",").replace("\n", "\r\n", 1).replace("d\n", "d\r").encode(),
    "no last line end": text(",").rstrip("\n").encode(),
    "end of file of DOS": text(",").encode() + b"\x1a",
    "sep line": b"sep=;\n" + text(";").encode(),
    "sep line after a mark": ("\ufeffSEP=\t\r\n" + text("\t").replace("\n", "\r\n")).encode(),
    "quoted sep line": b'"sep=;"\n' + text(";").encode(),
    "sep line of a spreadsheet": b"sep=,,\n" + text(",").encode(),
    "sep line that lies": b"sep=;\n" + text(",").encode(),
    "empty rows": text(";").replace("\n", "\n;\n\n \n").encode(),
    "empty rows above": b"\n;;\n  \n" + text(";").encode(),
    "empty columns": text(";").replace("\n", ";;;\n").encode(),
    "empty columns in the heading alone": text(";").replace("\n", ";;;\n", 1).encode(),
    "empty columns below the heading": text(";").replace("d\n", "d;;\n").encode(),
    "capitals and blanks": text(",", heading=(" File ", "STATE\u00a0")).encode(),
    "quoted headings": text(";").replace("file;state", '"File" ; " State"').encode(),
    "a heading on two lines": text(",").replace("file,state", '"file\n",State').encode(),
    "blanks around cells": text(";").replace(";focused", "\u202f; focused\u00a0").encode(),
    "everything quoted": "".join(f'"{a}";"{b}"\n' for a, b in [NEEDED, *ROWS]).encode(),
    "other order": text(";", [row[::-1] for row in ROWS], NEEDED[::-1]).encode(),
    "other columns": text(";", [("1", *row, "x, y") for row in ROWS], ("", *NEEDED, "a, b")).encode(),
    "other columns left out where empty": text(";", ROWS, (*NEEDED, "remark")).encode(),
    "marks of Windows's file manager": text(";").replace("faces/Z", "\u202afaces/Z").encode(),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_whatever_it_is_written_in_the_rows_are_the_same(name: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(WRITTEN[name])
    assert read(tmp_path / "table.csv") == ROWS


def test_letters_after_a_long_part_without_any(tmp_path: Path) -> None:
    """Whether it is UTF-8 shows only where the first letter outside ASCII comes, here beyond the first block."""
    many = [("a" * 100, "bored")] * 15_000
    for encoding in ("utf-8", "cp1252", "utf-16"):
        (tmp_path / "table.csv").write_bytes(text(";", many + ROWS).encode(encoding))
        assert read(tmp_path / "table.csv")[-3:] == ROWS


def test_blocks_end_anywhere(tmp_path: Path) -> None:
    """A letter of two bytes, or a line end of two, lies across the border of the blocks that are read."""
    for shift in range(3):
        for ending in ("\n", "\r\n", "\r"):
            many = [("ö" * 50, "bored")] * 11_000
            made = (shift * "x" + text(";", many)).replace("\n", ending).replace("file", "file", 1)
            (tmp_path / "table.csv").write_bytes(made.encode())
            assert read(tmp_path / "table.csv", needed=("x" * shift + "file", "state")) == many


def test_lines_are_counted_as_spreadsheets_do(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text('\nfile;state\n\n"two\nlines";bored\na;bored\n')
    with open_table(tmp_path / "table.csv") as table:
        assert [row.line for row in table.rows(NEEDED)] == [5, 6]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"file;state;remark\na.png\n", "line 2: expected 3 values, got 1; values are separated by semicolons"),
        (b"file,state\na.png;bored\n", "line 2: expected 2 values, got 1; values are separated by commas"),
        (b"file;state\na.png;bored;x\n", "line 2: expected 2 values, got 3"),
        (
            b"file;photo\na.png;bored\n",
            "lacks the column state; its first line is: file;photo. It must name file and state",
        ),
        (b"file;State;state\n", "has the column state twice"),
        (b"", "is empty: it lacks the column file and state"),
        (b"\n;;\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "is not a text table"),
        (b"<html><table><tr><td>file</td></tr></table>", "is a web page or XML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "is a web page or XML"),
        (b'{"file": "a"}', "is JSON"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook"),
        (b"%PDF-1.7", "is a PDF"),
        (b"PAR1\x15\x04", "is a Parquet file"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "is a 7z archive; unpack it"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "Zstandard; unpack it"),
        ("file;state\nä;bored\n".encode("utf-16")[:-1], "UTF-16-LE text is damaged or cut off"),
        (b"file;state\n" + b"x" * 5_000_000, "a line has more than"),
        (
            "file;state\nö;bored\n".encode() + b"x;bored\n" * 200_000 + b"\xf6;bored",
            "begins as UTF-8 but has another encoding",
        ),
        (b'file;state\n"' + b"x" * 200_000 + b"\n", "a line has more than 16,384 letters"),
        (b'file;state\n"' + b"x\n" * 200_000, "a row has more than 131,072 letters|line 2.* is not CSV: field larger"),
        (b'file;state\n"' + b'x\n";"' * 200_000, "a row has more than 131,072 letters. Is a quote left open"),
        pytest.param(b"file;state\n" + b"a;b\n" * 1_000_001, "has more than 1,000,000 rows", marks=pytest.mark.slow),
    ],
)
def test_what_is_no_such_table(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(DataFileError, match=words) as caught:
        read(tmp_path / "table.csv")
    assert "table.csv" in str(caught.value) and len(str(caught.value)) < 500


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="does not exist"):
        read(tmp_path / "none.csv")
    with pytest.raises(DataFileError, match="is a folder"):
        read(tmp_path)


def test_a_table_may_be_too_large(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(text(";") * 1000)
    with (
        pytest.raises(DataFileError, match=r"unpacks to more than 0 MB"),
        open_table(tmp_path / "table.csv", largest=50_000) as table,
    ):
        list(table.rows(NEEDED))


def test_the_needed_columns_decide_between_separators(tmp_path: Path) -> None:
    """Headings may hold more of other marks than of the one that separates them."""
    (tmp_path / "table.csv").write_text("file;state;a, b, c, d\nx.png;bored;\n")
    assert read(tmp_path / "table.csv") == [("x.png", "bored")]
    with open_table(tmp_path / "table.csv", prefer=NEEDED) as table:
        assert isinstance(table, Table) and (table.delimiter, table.columns) == (";", ("file", "state", "a, b, c, d"))


@pytest.mark.parametrize("heading", ['state;"mean, bits";"median, bits"', "state;mean, bits;median, bits"])
def test_marks_inside_headings_do_not_separate(heading: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(heading + "\nbored;1;2\n")
    with open_table(tmp_path / "table.csv") as table:
        assert table.columns == ("state", "mean, bits", "median, bits")


def test_numbers_in_cells(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("id;share\n1.234.567;0,25\n12,5;x\n1.234;\n")
    with open_table(tmp_path / "table.csv") as table:
        first, second, third = table.rows(("id", "share"))
    assert (first.whole("id"), first.number("share")) == (1_234_567, 0.25)
    with pytest.raises(DataFileError, match=r"line 3: column id: '12,5' is not a whole number"):
        second.whole("id")
    with pytest.raises(DataFileError, match=r"line 3: column share: 'x' is not a number"):
        second.number("share")
    with pytest.raises(DataFileError, match=r"line 4: column id: '1\.234' may mean 1234 or 1\.234; write it without"):
        third.whole("id")
