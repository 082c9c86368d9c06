from __future__ import annotations

import json

import numpy as np
import pytest

from aiducation.data.cleaning import CLEANING, clean
from aiducation.data.votes import VOTE_COLUMNS, VoteTable


def votes_of(**columns: list[int]) -> np.ndarray:
    n = len(next(iter(columns.values())))
    votes = np.zeros((n, len(VOTE_COLUMNS)), np.uint8)
    for name, values in columns.items():
        votes[:, VOTE_COLUMNS.index(name)] = values
    return votes


def test_rules_drop_what_they_say_in_their_order() -> None:
    votes = votes_of(not_face=[0, 10, 1, 0, 0, 2, 0], unknown=[0, 0, 5, 4, 5, 0, 8])
    kept, steps = clean(votes)
    assert kept.tolist() == [True, False, False, True, False, False, False]
    assert [step["rule"] for step in steps] == ["not a face", "unknown"]
    # Row 2 meets both rules and counts for the first.
    assert steps[0]["counts"] == {"10": 1, "2": 1, "1": 1}
    assert list(steps[0]["counts"]) == ["10", "2", "1"]
    assert steps[1]["counts"] == {"8": 1, "5": 1}
    assert [(step["dropped"], step["left"]) for step in steps] == [(3, 4), (2, 2)]


def test_steps_add_up_and_are_json(synthetic_table: VoteTable) -> None:
    kept, steps = clean(synthetic_table.votes)
    assert json.loads(json.dumps(steps)) == steps
    left = len(synthetic_table)
    for step in steps:
        assert sum(step["counts"].values()) == step["dropped"] > 0
        left -= step["dropped"]
        assert step["left"] == left
    assert kept.sum() == left


def test_votes_stay_as_they_are(synthetic_table: VoteTable) -> None:
    before = synthetic_table.votes.copy()
    clean(synthetic_table.votes)
    np.testing.assert_array_equal(synthetic_table.votes, before)


def test_nothing_in_nothing_out() -> None:
    kept, steps = clean(np.zeros((0, len(VOTE_COLUMNS)), np.uint8))
    assert kept.shape == (0,)
    assert [step["left"] for step in steps] == [0] * len(CLEANING)


@pytest.mark.slow
def test_published_counts(real_table: VoteTable) -> None:
    """Source: the published study, checked on FER+'s votes."""
    kept, (not_face, unknown) = clean(real_table.votes)
    assert not_face["counts"] == {"10": 176, "4": 2, "2": 4, "1": 167}
    assert (not_face["dropped"], not_face["left"]) == (349, 35_538)
    assert unknown["counts"] == {"8": 3, "7": 3, "6": 18, "5": 55}
    assert (unknown["dropped"], unknown["left"]) == (79, 35_459)
    assert kept.sum() == 35_459
