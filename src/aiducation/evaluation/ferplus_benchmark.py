"""The public benchmark of FER+: eight emotions, as the majority of the raters named them."""

from __future__ import annotations

import numpy as np

#: An emotion that a single rater named counts as an error of that rater.
_ERROR = 1

#: Emotions that are judged; the last two columns of the votes are "unknown" and "not a face".
EMOTIONS = 8


def majority(votes: np.ndarray) -> np.ndarray:
    """(N,) int64, the emotion that more than half of the raters named for (N, 10) votes; -1 for images that do not take part.

    Votes that nobody else gave are left out first. An image takes part if one of the eight emotions then has more than half of
    the votes.

    Source: E. Barsoum et al., "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label Distribution",
    ICMI 2016, and its published program (microsoft/FERPlus, ferplus.py, mode majority), which tests all its networks so.
    """
    kept = np.where(votes > _ERROR, votes, 0)
    most = kept.argmax(axis=1)
    named = (kept.max(axis=1) > 0.5 * kept.sum(axis=1)) & (most < EMOTIONS)
    return np.where(named, most, -1).astype(np.int64)


def named(vote_logits: np.ndarray) -> np.ndarray:
    """(N,) int64, the emotion of the eight that (N, 10) vote logits give most."""
    return np.asarray(vote_logits[:, :EMOTIONS].argmax(axis=1), dtype=np.int64)
