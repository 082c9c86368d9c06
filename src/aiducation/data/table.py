"""The merged table (the published table 1.2): one row for each image, for people and for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.dataset import Dataset
from aiducation.data.votes import EMOTIONS, USAGES, VOTE_COLUMNS
from aiducation.errors import ConfigError, OutputExistsError, require
from aiducation.files import atomic_path
from aiducation.states import OTHER, OTHER_INDEX, STATES
from aiducation.tables.dialects import STANDARD, csv_file
from aiducation.temporary import delete_left_behind

FORMATS = (".csv", ".parquet")


def table_columns(dataset: Dataset) -> dict[str, np.ndarray]:
    """Every column except the pixels, one value for each image."""
    state_names = np.array([*STATES, OTHER])  # index -1 is the last one
    emotion_names = np.array([*EMOTIONS, ""])
    assert OTHER_INDEX == -1
    return {
        "image": np.arange(len(dataset)),
        "name": dataset.names,
        "usage": np.array(USAGES)[dataset.usage],
        "emotion": emotion_names[dataset.emotion],
        **{column: dataset.votes[:, i] for i, column in enumerate(VOTE_COLUMNS)},
        "kept": dataset.kept,
        "state": state_names[dataset.state],
        "duplicate_group": dataset.duplicate_group,
    }


def table_rows(dataset: Dataset, ids: np.ndarray) -> Iterator[dict[str, Any]]:
    """Some rows as dictionaries, pixels last, as space-separated gray levels."""
    columns = table_columns(dataset)
    for i in ids:
        yield {name: values[i] for name, values in columns.items()} | {"pixels": _pixel_text(dataset.images[i])}


def export_table(
    dataset: Dataset, path: Path, *, pixels: bool = True, csv_dialect: str = STANDARD, force: bool = False
) -> None:
    """Write the table as CSV or Parquet, by the ending of the path.

    Args:
        csv_dialect: of ``tables.dialects.DIALECTS``, for CSV.
        pixels: add the 2,304 gray levels: as text in CSV, as a fixed-size list of uint8 in Parquet.

    Raises:
        ConfigError: another ending, or no such dialect.
        OutputExistsError: the file is there and ``force`` is not set.
        MissingExtraError: Parquet without pyarrow.
    """
    if path.suffix.lower() not in FORMATS:
        raise ConfigError(f"{path.name}: the ending must be one of {', '.join(FORMATS)}.")
    if path.exists() and not force:
        raise OutputExistsError(
            f"{path} exists already; name another file. --force replaces it, and its content is lost."
        )
    delete_left_behind(path.parent)
    if path.suffix.lower() == ".csv":
        _export_csv(dataset, path, pixels, csv_dialect)
    else:
        _export_parquet(dataset, path, pixels)


def _export_csv(dataset: Dataset, path: Path, pixels: bool, dialect: str) -> None:
    columns = table_columns(dataset)
    with csv_file(path, dialect) as file:
        file.row([*columns, *(["pixels"] if pixels else [])])
        for i, row in enumerate(zip(*columns.values(), strict=True)):
            file.row([*row, _pixel_text(dataset.images[i])] if pixels else row)


def _export_parquet(dataset: Dataset, path: Path, pixels: bool) -> None:
    pa = require("pyarrow", "parquet")
    parquet = require("pyarrow.parquet", "parquet")
    columns = {name: pa.array(values) for name, values in table_columns(dataset).items()}
    if pixels:
        flat = pa.array(np.ascontiguousarray(dataset.images).reshape(-1))
        columns["pixels"] = pa.FixedSizeListArray.from_arrays(flat, dataset.images[0].size)
    with (
        atomic_path(path) as temporary,
        temporary.open("wb") as file,
    ):  # a path would be read as an address, or as UTF-8
        parquet.write_table(pa.table(columns), file, compression="zstd")


def _pixel_text(image: np.ndarray) -> str:
    return " ".join(map(str, image.reshape(-1).tolist()))
