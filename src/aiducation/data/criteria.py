"""Criteria: named rule sets that turn ten votes into one of the four states.

To add a set, write its rules and put it into ``CRITERIA``; every command and test takes it from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aiducation.data.votes import vote
from aiducation.errors import unknown_name
from aiducation.states import OTHER_INDEX, STATES

#: A rule says which images show a state: (N, 10) votes in, (N,) bool out.
Rule = Callable[[np.ndarray], np.ndarray]

#: Contempt, unknown and not-a-face are not among the emotions that are compared. Source: the published counts, which
#: come out only so.
_COMPARED = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """An ordered rule set; the first rule that an image meets decides.

    Attributes:
        name: how commands and files call it.
        description: what it is, in a sentence.
        rules: (state, rule) pairs, in their order.

    Raises:
        ConfigError: a rule names no state; suggests the nearest.
    """

    name: str
    description: str
    rules: tuple[tuple[str, Rule], ...]

    def __post_init__(self) -> None:
        for state, _ in self.rules:
            if state not in STATES:
                raise unknown_name(f"state in the criteria '{self.name}':", state, STATES)

    def assign(self, votes: np.ndarray) -> np.ndarray:
        """(N,) int8, index into ``STATES`` for each row of (N, 10) votes; -1 ("other") where no rule is met."""
        state = np.full(len(votes), OTHER_INDEX, dtype=np.int8)
        for name, rule in self.rules:
            state[(state == OTHER_INDEX) & rule(votes)] = STATES.index(name)
        return state


def _tops(column: str) -> Rule:
    """The column has more votes than every other compared emotion."""

    def rule(votes: np.ndarray) -> np.ndarray:
        others = np.stack([vote(votes, name) for name in _COMPARED if name != column])
        return np.asarray(vote(votes, column) > others.max(axis=0))

    return rule


def _bored(votes: np.ndarray) -> np.ndarray:
    sadness = vote(votes, "sadness")
    return np.asarray(
        (vote(votes, "happiness") == 0)
        & (vote(votes, "fear") == 0)
        & (sadness > 0)
        & (vote(votes, "neutral") > 0)
        & (vote(votes, "anger") + 2 < sadness)
    )


def _focused(votes: np.ndarray) -> np.ndarray:
    return np.asarray(_tops("neutral")(votes) & (vote(votes, "sadness") == 0) & (vote(votes, "anger") == 0))


def _neutral(votes: np.ndarray) -> np.ndarray:
    return np.asarray(_tops("neutral")(votes) & (vote(votes, "neutral") > 6))


#: Every rule set by its name.
CRITERIA: dict[str, Criteria] = {
    criteria.name: criteria
    for criteria in (
        Criteria(
            name="published",
            description="Reproduces the published counts exactly: angry if anger leads OR has more than 2 votes; "
            "then focused, neutral, bored.",
            rules=(
                ("angry", lambda votes: _tops("anger")(votes) | (vote(votes, "anger") > 2)),
                ("focused", _focused),
                ("neutral", _neutral),
                ("bored", _bored),
            ),
        ),
        Criteria(
            name="literal",
            description="Follows the wording of the study literally: all conditions of a state are joined by AND, "
            "and the states are checked in the order of the text.",
            rules=(
                ("angry", lambda votes: _tops("anger")(votes) & (vote(votes, "anger") > 2)),
                ("neutral", _neutral),
                ("focused", _focused),
                ("bored", _bored),
            ),
        ),
    )
}


def get_criteria(name: str) -> Criteria:
    """A rule set by its name.

    Raises:
        ConfigError: there is none of that name; suggests the nearest.
    """
    if name not in CRITERIA:
        raise unknown_name("criteria", name, CRITERIA)
    return CRITERIA[name]
