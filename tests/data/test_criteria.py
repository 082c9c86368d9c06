from __future__ import annotations

import numpy as np
import pytest

from aiducation.data.cleaning import clean
from aiducation.data.criteria import CRITERIA, get_criteria
from aiducation.data.votes import USAGES, VOTE_COLUMNS, VoteTable
from aiducation.errors import ConfigError
from aiducation.states import OTHER, STATES


def state_of(criteria: str, **given: int) -> str:
    """The state of one image with these votes."""
    votes = np.array([[given.get(name, 0) for name in VOTE_COLUMNS]], np.uint8)
    return (*STATES, OTHER)[CRITERIA[criteria].assign(votes)[0]]


@pytest.mark.parametrize(
    ("votes", "published", "literal"),
    [
        ({"neutral": 10}, "focused", "neutral"),
        ({"neutral": 8, "sadness": 2}, "neutral", "neutral"),
        ({"neutral": 7, "anger": 1, "sadness": 2}, "neutral", "neutral"),
        ({"neutral": 6, "anger": 2, "sadness": 2}, "other", "other"),
        ({"neutral": 6, "happiness": 4}, "focused", "focused"),
        ({"neutral": 5, "happiness": 5}, "other", "other"),
        ({"neutral": 7, "anger": 3}, "angry", "neutral"),  # more than 2 votes are enough in the published set
        ({"neutral": 5, "anger": 3, "happiness": 2}, "angry", "other"),
        ({"anger": 2, "neutral": 1, "surprise": 1, "contempt": 6}, "angry", "other"),  # leads, with 2 votes
        ({"anger": 6, "neutral": 4}, "angry", "angry"),
        ({"anger": 5, "disgust": 5}, "angry", "other"),  # does not lead, has more than 2
        ({"sadness": 8, "neutral": 2}, "bored", "bored"),
        ({"sadness": 1, "neutral": 9}, "neutral", "neutral"),
        ({"sadness": 3, "neutral": 6, "contempt": 1}, "bored", "bored"),
        ({"sadness": 2, "neutral": 6, "contempt": 2}, "other", "other"),  # anger + 2 is not below sadness
        ({"sadness": 10}, "other", "other"),
        ({"sadness": 6, "neutral": 3, "fear": 1}, "other", "other"),
        ({"sadness": 6, "neutral": 3, "happiness": 1}, "other", "other"),
        ({"sadness": 5, "neutral": 3, "anger": 2}, "bored", "bored"),
        ({"sadness": 4, "neutral": 4, "anger": 2}, "other", "other"),
        ({"contempt": 9, "neutral": 1}, "focused", "focused"),  # contempt is not compared
        ({"happiness": 10}, "other", "other"),
    ],
)
def test_rules_by_example(votes: dict[str, int], published: str, literal: str) -> None:
    assert (state_of("published", **votes), state_of("literal", **votes)) == (published, literal)


def test_many_votes_do_not_wrap() -> None:
    """uint8 votes: anger + 2 and differences must not pass 255 or 0."""
    assert state_of("published", sadness=1, neutral=1, anger=0) == "other"
    assert state_of("published", sadness=255, neutral=1, anger=2) == "bored"


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'literal'"):
        get_criteria("litteral")
    assert get_criteria("literal") is CRITERIA["literal"]


@pytest.mark.slow
def test_published_counts(real_table: VoteTable) -> None:
    """Source: the published study, checked on FER+'s votes; by Usage as well."""
    kept, _ = clean(real_table.votes)
    state, usage = CRITERIA["published"].assign(real_table.votes[kept]), real_table.usage[kept]
    assert np.bincount(state[state >= 0]).tolist() == [3_789, 3_954, 4_553, 3_960]
    by_usage = {name: np.bincount(state[(state >= 0) & (usage == i)]).tolist() for i, name in enumerate(USAGES)}
    assert by_usage == {
        "Training": [3_032, 3_150, 3_501, 3_240],
        "PublicTest": [384, 397, 586, 323],
        "PrivateTest": [373, 407, 466, 397],
    }


@pytest.mark.slow
def test_literal_counts(real_table: VoteTable) -> None:
    """What the wording gives as it stands: far from the published counts."""
    state = CRITERIA["literal"].assign(real_table.votes[clean(real_table.votes)[0]])
    counts = dict(zip(STATES, np.bincount(state[state >= 0]).tolist(), strict=True))
    assert counts == {"neutral": 7_620, "angry": 3_049, "focused": 751, "bored": 3_962}
