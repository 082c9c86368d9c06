"""Cells of text: read back by every reader as they were, and computed by no spreadsheet program."""

from __future__ import annotations

import csv
import random
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from aiducation.tables.cells import guarded, unguarded
from aiducation.tables.dialects import DIALECTS, csv_file
from aiducation.tables.numbers import parse_number
from aiducation.tables.table import open_table
from needs import Need, need_package

pytestmark = pytest.mark.hostile

COMPUTED = [
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\tx", "\rx"),
    *(
        "＝1+1",
        "＋1",
        "－1+1",
        "＠x",
        "﹦1",
        "⁺1",
        " =1",
        "\u00a0=1",
        "\u3000=1",
        "'=1",
        '"=1"',
        "''=1",
        "\u200b=1",
        "\ufeff=1",
    ),
    *("-5.jpg", "+x", "=", "-", "\x1b=1", "“=1”", "\u2028=1"),
]
PLAIN = [
    "class.jpg",
    "a=1",
    "0.5",
    "-0.5",
    "+3",
    "-1e-07",
    "1-1",
    "",
    "'quoted'",
    "x\ry",
    "x\r\ny",
    "x\ny",
    "\x1b[31m",
    "-0,5",
    "−2",
]


@pytest.mark.parametrize("text", COMPUTED)
def test_what_would_be_computed_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}" and unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_what_would_not_stays(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


def test_any_text_comes_back() -> None:
    letters, draw = "=+-@＝＠ \t\r\n'\"“ab0.5\u200b\u3000", random.Random(0)
    for _ in range(20_000):
        text = "".join(draw.choices(letters, k=draw.randrange(6)))
        assert unguarded(guarded(text)) == text


CELLS = [*COMPUTED, *PLAIN, "a;b", "a,b", "a\tb", 'say "x"', "two\n\nlines", "Zoë; 2", "课"]


@pytest.fixture(params=list(DIALECTS))
def written(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "t.csv"
    with csv_file(path, request.param, marked=True) as file:
        file.row(["text", "number", "last"])
        for number, cell in enumerate(CELLS):
            file.row([cell, -0.5 - number, cell])
    return path, DIALECTS[request.param].delimiter


def test_python_reads_them(written: tuple[Path, str]) -> None:
    path, delimiter = written
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))[1:]
    assert [row[0] for row in rows] == [row[2] for row in rows] == [guarded(cell) for cell in CELLS]
    assert [float(row[1].replace(",", ".")) for row in rows] == [-0.5 - number for number in range(len(CELLS))]


def test_pyarrow_reads_them(written: tuple[Path, str]) -> None:
    need_package("pyarrow")
    from pyarrow import csv as arrow

    path, delimiter = written
    options = arrow.ConvertOptions(strings_can_be_null=False, column_types={"text": "string"})
    table = arrow.read_csv(path, parse_options=arrow.ParseOptions(delimiter=delimiter), convert_options=options)
    assert table.column("text").to_pylist() == [guarded(cell) for cell in CELLS]


def test_pyarrow_reads_many(tmp_path: Path) -> None:
    """Over the blocks that it reads in, with line ends inside cells: of these it must be told."""
    need_package("pyarrow")
    from pyarrow import csv as arrow

    name = "a lesson\rof two\nlines.mp4"  # of \r\n it loses half between two blocks
    with csv_file(tmp_path / "t.csv") as file:
        file.row(["source", "n"])
        for number in range(60_000):
            file.row([name, number])
    options = arrow.ParseOptions(newlines_in_values=True)
    assert arrow.read_csv(tmp_path / "t.csv", parse_options=options).column("source").to_pylist() == [name] * 60_000


def test_this_tool_reads_them_unchanged(written: tuple[Path, str]) -> None:
    """But for blanks and marks without a shape around a cell, which are nobody's words."""
    with open_table(written[0]) as table:
        rows = list(table.rows(("text", "number")))
    want = [cell if guarded(cell) != cell else cell.strip() for cell in CELLS]
    assert [row["text"] for row in rows] == want
    assert [row.number("number") for row in rows] == [-0.5 - number for number in range(len(CELLS))]


LIBREOFFICE = Need(
    lambda: bool(shutil.which("soffice")), "LibreOffice is not installed", "apt-get install libreoffice-calc"
)


@LIBREOFFICE.mark()
@pytest.mark.slow
def test_a_spreadsheet_program_computes_none(written: tuple[Path, str], tmp_path: Path) -> None:
    """LibreOffice opens it and gives it back; its line ends in cells are its own."""
    path, delimiter = written
    how = f"{ord(delimiter)},34,76,1,,0,false,true,false,false,false,-1"
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
    command += [f"csv:Text - txt - csv (StarCalc):{how}", f"--infilter=Text - txt - csv (StarCalc):{how}"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "out"), str(path)], check=True, capture_output=True, timeout=300
    )
    [made] = (tmp_path / "out").glob("*.csv")
    with made.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))[1:]

    def plain(text: str) -> str:
        return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("'")

    read = {number: plain(row[0]) for number, row in enumerate(rows) if parse_number(CELLS[number]) is None}
    assert read == {number: plain(guarded(CELLS[number])) for number in read} and len(rows) == len(CELLS)


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    with csv_file(tmp_path / "t.csv") as file:
        file.row([-0.5, -3, Decimal("-0.5000"), "-0.5", None, True, ""])
        file.row([""])
    assert (tmp_path / "t.csv").read_text() == '-0.5,-3,-0.5000,-0.5,,True,\n""\n'


def test_what_no_file_can_hold(tmp_path: Path) -> None:
    with csv_file(tmp_path / "t.csv") as file:
        file.row(["a\0b", b"caf\xe9".decode("utf-8", "surrogateescape"), "\ud83d"])
    assert (tmp_path / "t.csv").read_text() == "a\ufffdb,caf\\xe9,\\ud83d\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_others(end: str, tmp_path: Path) -> None:
    """Tables of other programs are read as before, whatever ends their lines."""
    (tmp_path / "t.csv").write_bytes(f'a,b{end}"x{end}y",1{end}z,2{end}'.encode())
    with open_table(tmp_path / "t.csv") as table:
        assert [row["a"].replace("\r", "\n").replace("\n\n", "\n") for row in table.rows("ab")] == ["x\ny", "z"]
    (tmp_path / "t.csv").write_bytes(b"a,b\nx,1\r\ny,2\r\n")  # a heading from elsewhere
    with open_table(tmp_path / "t.csv") as table:
        assert [(row["a"], row["b"]) for row in table.rows("ab")] == [("x", "1"), ("y", "2")]
