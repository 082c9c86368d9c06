"""Rows of the table: one after the other as all at once, with the columns in their order, and probabilities that add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aiducation.column_names import COLUMNS
from aiducation.observations.faces import rows_of
from aiducation.observations.outcomes import merge, rounded_together
from aiducation.observations.result_json import table_rows
from aiducation.states import OUTCOMES
from makers import faces_of, lesson


def test_rows_are_the_columns_of_the_table() -> None:
    recording = lesson(people=3)
    rows, columns = list(table_rows(recording)), recording.columns()
    assert len(rows) == sum(map(len, recording.frames)) > 0
    assert all(tuple(row) == COLUMNS for row in rows)
    for name in COLUMNS:
        assert [row[name] for row in rows] == columns[name], name


@pytest.mark.parametrize("digits", [4, 6])
def test_written_probabilities_add_up_to_one_and_keep_their_order(digits: int) -> None:
    """Other programs see whether they do: see tests/reference/test_calibration_reference.py."""
    probs = np.random.default_rng(0).dirichlet(np.full(5, 0.5), 5000).astype(np.float32)
    found = rounded_together(probs, digits)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert np.abs(found - probs).max() < 10.0**-digits and found.min() >= 0
    np.testing.assert_array_equal(found, found.round(digits))
    order = probs.argsort(axis=1)
    assert (np.diff(np.take_along_axis(found, order, axis=1)) >= 0).all()
    np.testing.assert_array_equal(rounded_together(found, digits), found)
    if digits == 4:  # as a saved result is read and saved again
        np.testing.assert_array_equal(rounded_together(found.astype(np.float32), digits), found)


def test_other_rows_are_rounded_as_they_are() -> None:
    odd = np.array([[0.20004, 0.2, 0.2, 0.2, 0.1], [np.nan] * 5, [0.99996, 0, 0, 0, 0]])
    np.testing.assert_array_equal(
        rounded_together(odd, 4), [[0.2, 0.2, 0.2, 0.2, 0.1], [np.nan] * 5, [1.0, 0, 0, 0, 0]]
    )
    assert rounded_together(np.zeros((0, 5)), 4).shape == (0, 5)


@pytest.mark.parametrize("view", ["states", "calm"])
def test_the_confidence_is_that_of_the_probabilities_beside_it(view: str) -> None:
    some = np.random.default_rng(1).dirichlet(np.ones(5), 300)
    for row in rows_of(replace(faces_of(list(some)), view=view, states=("angry",) * 300)):
        shares = np.array([row[f"p_{outcome}"] for outcome in OUTCOMES])
        assert row["confidence"] == merge(shares, view).max().round(4) and shares.sum() == pytest.approx(1, abs=1e-12)
