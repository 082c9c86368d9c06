"""What every entry of CRITERIA keeps, the user's own as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aiducation.data.criteria import CRITERIA, Criteria
from aiducation.data.dataset import Dataset
from aiducation.data.prepare import prepare
from aiducation.data.votes import RATERS, VOTE_COLUMNS, vote
from aiducation.errors import ConfigError
from aiducation.states import STATES
from commands import RunCli


def drawn_votes(n: int = 4000) -> np.ndarray:
    """Ten votes an image, from nearly agreed to scattered, and some images with fewer or no votes."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(len(VOTE_COLUMNS), 0.3), n)
    votes = np.array([rng.multinomial(RATERS, row) for row in p], dtype=np.uint8)
    votes[:100] //= 2
    votes[100] = 0
    return votes


VOTES = drawn_votes()


@pytest.mark.parametrize("name", CRITERIA)
def test_gives_states_or_other(name: str) -> None:
    state = CRITERIA[name].assign(VOTES)
    assert state.shape == (len(VOTES),)
    assert state.dtype == np.int8
    assert set(state.tolist()) == {-1, 0, 1, 2, 3}  # votes as varied as these show every state, and others


@pytest.mark.parametrize("name", CRITERIA)
def test_same_votes_same_states(name: str) -> None:
    before = VOTES.copy()
    first = CRITERIA[name].assign(VOTES)
    np.testing.assert_array_equal(CRITERIA[name].assign(VOTES), first)
    np.testing.assert_array_equal(VOTES, before)


@pytest.mark.parametrize("name", CRITERIA)
def test_a_row_is_judged_by_itself(name: str) -> None:
    whole = CRITERIA[name].assign(VOTES)
    order = np.random.default_rng(1).permutation(len(VOTES))
    np.testing.assert_array_equal(CRITERIA[name].assign(VOTES[order]), whole[order])
    alone = np.concatenate([CRITERIA[name].assign(VOTES[i : i + 1]) for i in range(200)])
    np.testing.assert_array_equal(alone, whole[:200])
    assert CRITERIA[name].assign(VOTES[:0]).shape == (0,)


@pytest.mark.parametrize("name", CRITERIA)
def test_describes_itself_and_its_rules(name: str) -> None:
    criteria = CRITERIA[name]
    assert criteria.name == name
    assert criteria.description.endswith(".")
    assert set(STATES) == {state for state, _ in criteria.rules}
    for _, rule in criteria.rules:
        met = rule(VOTES)
        assert met.shape == (len(VOTES),)
        assert met.dtype == bool


@pytest.mark.parametrize("name", CRITERIA)
def test_the_first_rule_that_is_met_decides(name: str) -> None:
    rules = CRITERIA[name].rules
    expected = np.full(len(VOTES), -1)
    for i, row in enumerate(VOTES):
        expected[i] = next((STATES.index(state) for state, rule in rules if rule(row[None])[0]), -1)
    np.testing.assert_array_equal(CRITERIA[name].assign(VOTES), expected)


def test_a_rule_must_name_a_state() -> None:
    with pytest.raises(
        ConfigError, match=r"Unknown state in the criteria 'mine': 'focussed'. Did you mean 'focused'\?"
    ):
        Criteria(name="mine", description="Misspelt.", rules=(("focussed", lambda votes: votes[:, 0] > 3),))


def test_a_set_of_the_user_works_like_ours(
    synthetic_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_cli: RunCli
) -> None:
    columns = {"neutral": "neutral", "angry": "anger", "focused": "surprise", "bored": "sadness"}
    rules = tuple((s, lambda votes, c=c: vote(votes, c) > 3) for s, c in columns.items())
    monkeypatch.setitem(CRITERIA, "mine", Criteria(name="mine", description="More than 3 votes.", rules=rules))
    made = prepare(*synthetic_files, tmp_path / "data", criteria="mine", splits=("random",), duplicates="identical")
    read = Dataset.load(tmp_path / "data")
    assert read.info.criteria == "mine"
    np.testing.assert_array_equal(read.state, CRITERIA["mine"].assign(read.votes))
    assert made.data_hash == read.data_hash == read.split("random").data_hash
    assert "More than 3 votes." in run_cli("list", "criteria").out
