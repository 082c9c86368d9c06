"""CSV files in the dialect that German and French spreadsheet programs open rightly, in every place that writes some."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from aiducation.batch.options import SaveOptions
from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError
from aiducation.exports.format import Material
from aiducation.exports.formats import FORMATS
from aiducation.observations.transcript import Transcript, Turn
from aiducation.tables.dialects import DIALECTS, csv_file, write_csv
from aiducation.tables.table import open_table
from commands import WRONG_USE, RunCli, check_refused
from makers import lesson

CELLS = ["Zoë; 2", 0.25, -1e-07, Decimal("0.5000"), 3, None, True, '"1.5"', "a,b"]
HEADER = [f"c{i}" for i in range(len(CELLS))]


def rows_of(path: Path) -> list[dict[str, str]]:
    with open_table(path) as table:
        return [dict(row.cells) for row in table.rows(table.columns)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_written_is_read(dialect: str, tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", HEADER, [CELLS], dialect)
    with csv_file(tmp_path / "same.csv", dialect, marked=True) as file:
        file.row(HEADER)
        file.row(CELLS)
    assert (tmp_path / "t.csv").read_bytes() == (tmp_path / "same.csv").read_bytes()
    with open_table(tmp_path / "t.csv") as table:
        [row] = table.rows(HEADER)
    assert [row.number(name) for name in HEADER[1:5]] == [0.25, -1e-07, 0.5, 3]
    assert [row["c0"], row["c5"], *(row[name] for name in HEADER[6:])] == ["Zoë; 2", "", "True", '"1.5"', "a,b"]


def test_bytes_by_example(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", ["name", "share"], [["x,y", 0.5]])
    assert (tmp_path / "t.csv").read_bytes() == b'name,share\n"x,y",0.5\n'
    write_csv(tmp_path / "t.csv", ["name", "share"], [["x;y 1.5", 0.5], ["ü", None]], "excel")
    assert (tmp_path / "t.csv").read_bytes() == b'\xef\xbb\xbfname;share\n"x;y 1.5";0,5\n\xc3\xbc;\n'
    with pytest.raises(ConfigError, match=r"Unknown CSV dialect 'exel'. Did you mean 'excel'\? Known: standard, excel"):
        write_csv(tmp_path / "t.csv", [], [], "exel")


def same_numbers(standard: Path, excel: Path) -> None:
    """Both hold the same table, the second with semicolons, decimal commas and a byte-order mark."""
    first, second = rows_of(standard), rows_of(excel)
    assert (
        excel.read_bytes().startswith(b"\xef\xbb\xbf") and ";" in excel.read_text(encoding="utf-8-sig").splitlines()[0]
    )
    assert len(first) == len(second) > 0
    decimals = 0
    for a, b in zip(first, second, strict=True):
        assert a.keys() == b.keys()
        for name, cell in a.items():
            if name == "track_id":  # drawn anew for each recording
                continue
            is_decimal = bool(re.fullmatch(r"-?\d+\.\d+(e-\d+)?", cell))
            assert b[name] == (cell.replace(".", ",") if is_decimal else cell), name
            decimals += is_decimal
    assert decimals > 0


@pytest.mark.slow
def test_analyze(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    command = ("analyze", samples / "meeting.mp4", "--save", "csv,timeline", "--every", "2")
    assert run_cli(*command, "--out", tmp_path / "a").code == 0
    assert run_cli(*command, "--out", tmp_path / "b", "--csv-dialect", "excel").code == 0
    for name in ("meeting.csv", "meeting.timeline.csv"):
        same_numbers(tmp_path / "a" / name, tmp_path / "b" / name)
    again = run_cli(*command, "--out", tmp_path / "b", "--resume")
    assert "changed since then: CSV dialect" in again.err
    assert ";" not in (tmp_path / "b" / "meeting.csv").read_text(encoding="utf-8-sig")


def test_evaluate(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "labels.csv").write_text(f"file;state\n{samples / 'gallery.jpg'};focused\nnone.jpg;bored\n")
    for dialect in DIALECTS:
        out = tmp_path / f"{dialect}.csv"
        done = run_cli("evaluate", tmp_path / "labels.csv", "--out", out, "--csv-dialect", dialect)
        assert done.code == 0
    same_numbers(tmp_path / "standard.csv", tmp_path / "excel.csv")
    assert not re.search(r"(\d\.\d+) to \1", done.out)  # of one face nothing can be told but the estimate


@pytest.mark.slow
def test_the_merged_table_and_the_data_report(prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    for dialect in DIALECTS:
        command = ("table", prepared, "--out", tmp_path / f"{dialect}.csv", "--no-pixels", "--csv-dialect", dialect)
        assert run_cli(*command).code == 0
        command = ("describe", prepared, "--out", tmp_path / dialect, "--no-faces", "--csv-dialect", dialect)
        assert run_cli(*command).code == 0
    first, second = (rows_of(tmp_path / f"{dialect}.csv") for dialect in DIALECTS)
    assert first == second and len(first) == len(Dataset.load(prepared))
    for standard in sorted((tmp_path / "standard").glob("*.csv")):
        excel = tmp_path / "excel" / standard.name
        assert [row.keys() for row in rows_of(standard)] == [row.keys() for row in rows_of(excel)]
    same_numbers(tmp_path / "standard" / "vote_entropy.csv", tmp_path / "excel" / "vote_entropy.csv")


@pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if ".csv" in str(one.recording)])
def test_formats_say_whether_they_have_a_dialect(name: str, tmp_path: Path) -> None:
    """Whatever follows the dialect may be saved alone in it, and nothing else."""
    written = []
    for dialect in DIALECTS:
        said = Transcript(turns=(Turn(speaker="1", start_s=0.5, end_s=9.0, words=3),))
        material = Material(result=lesson(), csv_dialect=dialect, transcript=said)
        make = FORMATS[name].write
        assert make is not None
        written.append([path.read_bytes() for path in make(material, tmp_path, "x") if path.suffix == ".csv"])
    assert (written[0] != written[1]) == FORMATS[name].in_dialect
    if FORMATS[name].in_dialect:
        assert SaveOptions(formats=(name,), csv_dialect="excel").formats == (name,)
    else:
        with pytest.raises(ConfigError, match="--csv-dialect is for"):
            SaveOptions(formats=(name,), csv_dialect="excel")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("analyze", "x.jpg", "--out", "o", "--csv-dialect", "exel"), "Did you mean 'excel'?"),
        (
            ("analyze", "x.jpg", "--out", "o", "--save", "json", "--csv-dialect", "excel"),
            "--csv-dialect is for csv, timeline, episodes, speech; none of them is among",
        ),
        (("table", "data", "--csv-dialect", "excel"), "--csv-dialect is for a CSV file: name it with --out"),
        (("table", "data", "--out", "t.parquet", "--csv-dialect", "excel"), "--csv-dialect is for a CSV file"),
        (("evaluate", "faces", "--csv-dialect", "excel"), "--csv-dialect is for a CSV file: name it with --out"),
        (("evaluate", "faces", "--out", "x.csv", "--csv-dialect", "tabs"), "Unknown CSV dialect 'tabs'"),
    ],
)
def test_a_dialect_that_is_unknown_or_not_used(command: tuple[str, ...], words: str, run_cli: RunCli) -> None:
    check_refused(run_cli(*command), WRONG_USE, words)
