"""Soft states: how likely each outcome is, had ten other raters voted on the same image."""

from __future__ import annotations

import numpy as np

from aiducation.data.criteria import Criteria
from aiducation.states import OTHER_INDEX, OUTCOMES

#: Votes added to the ten before others are drawn, shared out as all images' votes are. One such vote leaves room for an
#: emotion that nobody named, and little else.
PRIOR_VOTES = 1.0

#: Ten-vote ballots drawn for each image.
DRAWS = 200

_CHUNK = 1024


def outcome_index(state: np.ndarray) -> np.ndarray:
    """(N,) int64, index into ``OUTCOMES`` for (N,) state indices: "other" becomes the last."""
    return np.where(state == OTHER_INDEX, len(OUTCOMES) - 1, state).astype(np.int64)


def soft_states(votes: np.ndarray, criteria: Criteria, *, seed: int = 0, draws: int = DRAWS) -> np.ndarray:
    """Chance of each outcome when ten new votes are drawn for each image.

    The image's true shares are drawn from the Dirichlet distribution that its votes and ``PRIOR_VOTES`` give, ten votes from
    those, and the criteria decide.

    Args:
        votes: (N, 10) votes.
        criteria: rule set from votes to a state.
        seed: of the draws.
        draws: number of ballots for each image.

    Returns:
        (N, 5) float32, rows sum to 1, columns as ``OUTCOMES``.
    """
    rng = np.random.default_rng(seed)
    prior = votes.sum(axis=0) / votes.sum() * PRIOR_VOTES + 1e-6
    chances = np.zeros((len(votes), len(OUTCOMES)), np.float32)
    for start in range(0, len(votes), _CHUNK):
        part = votes[start : start + _CHUNK]
        shares = rng.standard_gamma(part[:, None] + prior, size=(len(part), draws, votes.shape[1]))
        shares /= shares.sum(axis=2, keepdims=True)
        ballots = rng.multinomial(10, shares).reshape(-1, votes.shape[1])
        outcomes = outcome_index(criteria.assign(ballots.astype(np.int16))).reshape(len(part), draws)
        for k in range(len(OUTCOMES)):
            chances[start : start + len(part), k] = (outcomes == k).mean(axis=1)
    return chances
