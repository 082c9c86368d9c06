"""The tidy table in pandas: types that do not depend on what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aiducation.observations.columns import COLUMN_MEANINGS
from aiducation.observations.faces import Faces
from makers import faces_of, lesson
from needs import need_package


def test_types_are_the_same_whatever_is_missing() -> None:
    """Otherwise the numbers of several files put together would be objects, of which some means are not computed."""
    pandas = need_package("pandas")
    nobody, unjudged = faces_of([]), replace(faces_of([np.full(5, np.nan)] * 3), source="dark.jpg")
    results = [lesson(), unjudged, nobody]
    tables = [one.to_dataframe() for one in results]
    kinds = {"number": "float64", "integer": "Int64"}
    for table, result in zip(tables, results, strict=True):
        assert list(table) == list(COLUMN_MEANINGS)
        for name, column in COLUMN_MEANINGS.items():
            if column.kind != "string":
                assert str(table[name].dtype) == ("int64" if name == "face" else kinds[column.kind]), name
        if isinstance(result, Faces):
            assert table["frame"].isna().all() and table["time_s"].isna().all()
    together = pandas.concat(tables)
    assert {str(together[name].dtype) for name, column in COLUMN_MEANINGS.items() if column.kind == "number"} == {
        "float64"
    }
    means = together.groupby("source")["p_bored"].mean()
    assert np.isnan(means["dark.jpg"]) and 0 < means[lesson().source] < 1
    missing = together["reason"].isna()
    assert (together["state"][~missing] == "unclear").all() and (together["state"][missing] != "unclear").all()
