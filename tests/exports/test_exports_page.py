"""docs/exports.md: it names every format, and what it says of the readers of others holds."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.exports.csv_file import CSV
from aiducation.exports.format import Material
from aiducation.exports.formats import FORMATS
from aiducation.exports.xapi_file import VERBS
from makers import faces_of, recording_of
from needs import need_package

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


def test_every_format_is_named() -> None:
    assert set(FORMATS) <= set(re.findall(r"`(\w+)`", PAGE))
    assert set(re.findall(r"/verbs/([\w-]+)", PAGE)) == set(VERBS)


@pytest.mark.slow
def test_a_column_that_begins_empty_is_read_as_numbers_in_the_way_that_it_names(tmp_path: Path) -> None:
    """As in a lesson that begins in the dark: more empty rows than readers look at."""
    polars, duckdb = need_package("polars"), need_package("duckdb")
    dark, light = faces_of([np.full(5, np.nan)] * 50), faces_of([np.full(5, 0.2)] * 10)
    frames = tuple(replace(seen, time_s=float(i)) for i, seen in enumerate([dark] * 420 + [light]))
    recording = replace(recording_of([]), source="a.mp4", frames=frames)
    assert CSV.write is not None
    (path,) = CSV.write(Material(result=recording), tmp_path, "result")
    assert polars.read_csv(path, infer_schema_length=None)["confidence"].sum() > 1.9
    assert str(duckdb.sql(f"select confidence from read_csv('{path}', sample_size=-1)").types[0]) == "DOUBLE"
