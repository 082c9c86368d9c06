from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.dataset import Dataset
from aiducation.data.table import export_table, table_columns, table_rows
from aiducation.data.votes import EMOTIONS, USAGES, VOTE_COLUMNS
from aiducation.errors import ConfigError, MissingExtraError, OutputExistsError
from aiducation.states import OTHER, STATES
from commands import RunCli
from needs import need_package

COLUMNS = ["image", "name", "usage", "emotion", *VOTE_COLUMNS, "kept", "state", "duplicate_group"]


def check_row(row: dict[str, object], dataset: Dataset, i: int) -> None:
    """A row as it was read back, values as text or as numbers."""
    assert int(str(row["image"])) == i
    assert row["name"] == dataset.names[i]
    assert row["usage"] == USAGES[dataset.usage[i]]
    assert row["emotion"] == EMOTIONS[dataset.emotion[i]]
    assert [int(str(row[name])) for name in VOTE_COLUMNS] == dataset.votes[i].tolist()
    assert str(row["kept"]) == str(dataset.kept[i])
    assert row["state"] == (STATES[dataset.state[i]] if dataset.state[i] >= 0 else OTHER)
    assert int(str(row["duplicate_group"])) == dataset.duplicate_group[i]


def test_csv_reads_back(dataset: Dataset, tmp_path: Path) -> None:
    export_table(dataset, tmp_path / "table.csv")
    assert b"\r" not in (tmp_path / "table.csv").read_bytes()
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == [*COLUMNS, "pixels"]
        rows = list(reader)
    assert len(rows) == len(dataset)
    for i, row in enumerate(rows):
        check_row(row, dataset, i)
        np.testing.assert_array_equal(np.array(row["pixels"].split(), int), dataset.images[i].reshape(-1))


def test_parquet_reads_back(dataset: Dataset, tmp_path: Path) -> None:
    parquet = need_package("pyarrow.parquet")
    export_table(dataset, tmp_path / "table.parquet")
    table = parquet.read_table(tmp_path / "table.parquet")
    assert table.column_names == [*COLUMNS, "pixels"]
    assert str(table.schema.field("pixels").type).endswith("[2304]")
    assert str(table.schema.field("anger").type) == "uint8"
    rows = table.to_pylist()
    assert len(rows) == len(dataset)
    for i, row in enumerate(rows):
        check_row(row, dataset, i)
    pixels = np.array(table["pixels"].to_pylist(), np.uint8)
    np.testing.assert_array_equal(pixels.reshape(dataset.images.shape), dataset.images)


@pytest.mark.parametrize("name", ["table.csv", "table.PARQUET"])
def test_without_pixels(name: str, dataset: Dataset, tmp_path: Path) -> None:
    parquet = need_package("pyarrow.parquet")
    export_table(dataset, tmp_path / name, pixels=False)
    if name.endswith("csv"):
        header = (tmp_path / name).read_text().splitlines()[0].split(",")
    else:
        header = parquet.read_table(tmp_path / name).column_names
    assert header == COLUMNS == list(table_columns(dataset))
    assert (tmp_path / name).stat().st_size < 100 * len(dataset)


def test_what_is_there_is_kept_unless_forced(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("mine")
    with pytest.raises(OutputExistsError, match="--force"):
        export_table(dataset, path)
    assert path.read_text() == "mine"
    export_table(dataset, path, force=True)
    assert path.read_text().startswith("image,name,")
    with pytest.raises(ConfigError, match=r"\.csv, \.parquet"):
        export_table(dataset, tmp_path / "table.xlsx")


def test_parquet_names_its_own_extra(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"aiducation\[parquet\]"):
        export_table(dataset, tmp_path / "table.parquet")


def test_rows_for_people(dataset: Dataset) -> None:
    ids = np.array([4, 400])
    for i, row in zip(ids, table_rows(dataset, ids), strict=True):
        check_row(row, dataset, i)
        assert len(row["pixels"].split(" ")) == 2304


def test_command_shows_and_writes(dataset: Dataset, prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    shown = run_cli("table", prepared, "--rows", 3)
    assert shown.code == 0
    header, *rows = shown.out.splitlines()
    assert header.split() == [*COLUMNS, "pixels"]
    assert [row.split()[0] for row in rows] == ["0", "1", "2"]
    assert str(dataset.names[0]) in rows[0]
    written = run_cli("table", prepared, "--out", tmp_path / "t.csv", "--no-pixels")
    assert (written.code, written.out) == (0, "")
    assert written.err == f"Wrote {tmp_path / 't.csv'}\n"
    assert len((tmp_path / "t.csv").read_text().splitlines()) == len(dataset) + 1
