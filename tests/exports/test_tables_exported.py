"""Workbooks, data packages and tables, as spreadsheet programs, frictionless, DuckDB, Polars and R read them."""

from __future__ import annotations

import csv
import json
import subprocess
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation.column_names import FEX_EMOTIONS
from aiducation.exports.csv_file import CSV
from aiducation.exports.data_package import DATA_PACKAGE
from aiducation.exports.episodes_file import EPISODES
from aiducation.exports.excel_file import EXCEL
from aiducation.exports.fex_file import FEX
from aiducation.exports.format import Format, Material
from aiducation.exports.parquet_file import PARQUET
from aiducation.observations.columns import COLUMN_MEANINGS
from aiducation.observations.episode_columns import EPISODE_COLUMNS
from aiducation.observations.episodes import episodes_of
from aiducation.observations.faces import COLUMNS, Faces
from aiducation.observations.recording import Recording
from makers import faces_of, lesson
from needs import FEAT, FEAT_PYTHON, LIBREOFFICE, R_READR, need_package

#: A name that a spreadsheet program would compute.
FORMULA = '=HYPERLINK("http://a.invalid";"@b")'


def photo(source: str = "class.jpg") -> Faces:
    return replace(faces_of([np.eye(5)[i % 5] * 0.5 + 0.1 for i in range(6)]), source=source)


def written(one: Format, result: Faces | Recording, folder: Path, **options: Any) -> Path:
    one.check()
    assert one.write is not None
    (path,) = one.write(Material(result=result, **options), folder, "result")
    return path


def sheets(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    book = need_package("openpyxl").load_workbook(path)
    return {sheet.title: [tuple(cell.value for cell in row) for row in sheet.iter_rows()] for sheet in book}


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    need_package("xlsxwriter")
    return written(EXCEL, lesson(source=FORMULA), tmp_path)


def test_a_workbook_holds_every_table_and_what_its_columns_mean(workbook: Path) -> None:
    read = sheets(workbook)
    assert list(read) == ["summary", "faces", "episodes", "timeline", "columns"]
    assert read["faces"][0] == COLUMNS and len(read["faces"]) == 1 + sum(len(f) for f in lesson().frames)
    assert read["episodes"][0] == tuple(EPISODE_COLUMNS) and len(read["episodes"]) == 1 + len(episodes_of(lesson()))
    meanings = {(row[0], row[1]): row[2] for row in read["columns"][1:]}
    assert meanings["faces", "yaw"] == COLUMN_MEANINGS["yaw"].meaning
    for name in ("faces", "episodes", "timeline"):
        assert all(meanings[name, column] for column in read[name][0])
    summary = {row[0]: row[1] for row in read["summary"]}
    assert summary["length"] == "1:30" and summary["analyzed frames"] == 90 and summary["tracks"] == 8
    assert summary["faces in a frame, on average: neutral"] > 3


@pytest.mark.slow
def test_rows_that_have_no_room_in_a_sheet_are_in_further_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson of thirty people has more rows than a sheet of Excel within five hours."""
    need_package("xlsxwriter")
    whole = sheets(written(EXCEL, lesson(), tmp_path))
    rows = len(whole["faces"]) - 1
    monkeypatch.setattr("aiducation.exports.excel_file._MOST_ROWS", rows // 2)
    read = sheets(written(EXCEL, lesson(), tmp_path))
    parts = [read[name] for name in read if name.startswith("faces")]
    assert [len(part) - 1 for part in parts] == [rows // 2] * 2 + [rows % 2] * (rows % 2)
    assert [row for part in parts for row in part[1:]] == whole["faces"][1:]
    assert all(part[0] == COLUMNS for part in parts) and list(read)[1:3] == ["faces", "faces 2"]
    monkeypatch.setattr("aiducation.exports.excel_file._MOST_ROWS", rows)  # no sheet of a heading alone
    assert list(sheets(written(EXCEL, lesson(), tmp_path))) == list(whole)


def test_no_cell_of_a_workbook_is_a_formula(workbook: Path) -> None:
    book = need_package("openpyxl").load_workbook(workbook)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(cell.value == FORMULA for cell in cells)
    with zipfile.ZipFile(workbook) as archive:
        assert b"<f>" not in b"".join(archive.read(name) for name in archive.namelist())
        assert "xl/externalLinks" not in " ".join(archive.namelist())


def test_a_small_group_has_no_figures_in_a_workbook(tmp_path: Path) -> None:
    need_package("xlsxwriter")
    few = replace(faces_of([np.eye(5)[0] * 0.5 + 0.1] * 3), source="few.jpg")
    summary = dict(row[:2] for row in sheets(written(EXCEL, few, tmp_path))["summary"])
    assert "withheld" in summary["group"] and not any("probability" in name for name in summary)


@pytest.mark.slow
def test_libreoffice_opens_a_workbook(workbook: Path, tmp_path: Path) -> None:
    LIBREOFFICE.check()
    home = (tmp_path / "home").as_uri()
    convert = ["soffice", f"-env:UserInstallation={home}", "--headless", "--convert-to"]
    subprocess.run(
        [*convert, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", workbook.name],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=300,
    )
    with (tmp_path / "result-episodes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["source"], int(row["track_id"]), row["state"], float(row["to_s"])) for row in rows] == [
        (FORMULA, e.track_id, e.state, round(e.end_s, 3)) for e in episodes_of(lesson())
    ]


@pytest.mark.parametrize("result", [lesson(), photo('a "b", ü.jpg')], ids=["recording", "photo"])
def test_frictionless_finds_a_data_package_valid(result: Faces | Recording, tmp_path: Path) -> None:
    frictionless = need_package("frictionless")
    path = written(DATA_PACKAGE, result, tmp_path)
    report = frictionless.validate(str(path))
    assert report.valid, report.flatten(["type", "note", "rowNumber", "fieldName"])
    package = frictionless.Package(str(path))
    names = ["faces", "episodes", "timeline"] if isinstance(result, Recording) else ["faces"]
    assert package.resource_names == names
    rows = package.get_resource("faces").read_rows()
    assert len(rows) == sum(len(frame) for frame in result.pictures)
    assert isinstance(rows[0]["confidence"], float | int | Decimal)
    with zipfile.ZipFile(path) as archive:
        description = json.loads(archive.read("datapackage.json"))
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert description["$schema"].endswith("/2.0/datapackage.json")
    assert all(field["description"] for r in description["resources"] for field in r["schema"]["fields"])


def test_duckdb_and_polars_read_csv_and_parquet_alike(tmp_path: Path) -> None:
    duckdb, polars = need_package("duckdb"), need_package("polars")
    need_package("pyarrow")
    recording = lesson(source="a.mp4")
    table, parquet, episodes = (written(one, recording, tmp_path) for one in (CSV, PARQUET, EPISODES))
    want = [(e.track_id, e.state, round(e.start_s, 3)) for e in episodes_of(recording)]
    assert polars.read_csv(episodes).select("track_id", "state", "from_s").rows() == want
    with duckdb.connect() as database:
        assert database.sql(f"from '{episodes}' select track_id, state, from_s").fetchall() == want
        counted = "select state, count(*), round(avg(confidence), 6) group by state order by state"
        assert (
            database.sql(f"from '{table}' {counted}").fetchall()
            == database.sql(f"from '{parquet}' {counted}").fetchall()
        )
        unjudged = database.sql(f"from '{parquet}' select count(*) where confidence is null").fetchall()
    assert unjudged == [(5,)] and polars.read_parquet(parquet)["confidence"].null_count() == 5


@pytest.mark.slow
def test_r_reads_the_tables(tmp_path: Path) -> None:
    R_READR.check()
    path = written(EPISODES, lesson(source="Zoë.mp4"), tmp_path)
    script = (
        f'e <- readr::read_csv("{path}", show_col_types = FALSE); '
        'cat(nrow(e), e$source[1], sum(e$to_s - e$from_s), class(e$mean_probability), sum(is.na(e$place)), sep="\\n")'
    )
    done = subprocess.run(["Rscript", "-e", script], check=True, capture_output=True, text=True, timeout=300)
    own = episodes_of(lesson())
    rows, source, total, kind, _ = done.stdout.split("\n")[:5]
    assert (int(rows), source, kind) == (len(own), "Zoë.mp4", "numeric")
    assert float(total) == pytest.approx(sum(e.end_s - e.start_s for e in own))


@pytest.mark.slow
@pytest.mark.parametrize("result", [lesson(), photo()], ids=["recording", "photo"])
def test_py_feat_reads_its_columns(result: Faces | Recording, tmp_path: Path) -> None:
    FEAT.check()
    path = written(FEX, result, tmp_path)
    script = (
        "import sys, json; from feat.utils.io import read_feat; fex = read_feat(sys.argv[1]); "
        "print(json.dumps([len(fex), fex.faceboxes.iloc[0].tolist(), int(fex.emotions.notna().sum().sum()), "
        "fex.inputs.iloc[0], sorted(set(fex['Identity'].tolist()))]))"
    )
    done = subprocess.run([str(FEAT_PYTHON), "-c", script, str(path)], check=True, capture_output=True, text=True)
    rows, box, emotions, source, who = json.loads(done.stdout.splitlines()[-1])
    first = result.pictures[0]
    left, top, right, bottom = first.boxes[0].tolist()
    assert rows == sum(len(frame) for frame in result.pictures) and source == result.source
    assert box == pytest.approx([left, top, right - left, bottom - top, 0.9], abs=0.1) and emotions == 0
    assert who == ([100 + i for i in range(8)] if isinstance(result, Recording) else list(range(6)))


def test_emotions_of_py_feat_are_shares_of_votes(tmp_path: Path) -> None:
    seen = photo()
    votes = np.tile(np.float32([0.1, 0.5, 0.05, 0.1, 0.15, 0.02, 0.03, 0.05]), (len(seen), 1))
    for name, result in {"none": seen, "votes": replace(seen, votes=votes)}.items():
        (tmp_path / name).mkdir()
        with written(FEX, result, tmp_path / name).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert rows[0]["p_neutral"]
        if name == "none":
            assert all(row[emotion] == "" for row in rows for emotion in FEX_EMOTIONS)
        else:
            assert {row["happiness"] for row in rows} == {"0.5"} and {row["anger"] for row in rows} == {"0.15"}
