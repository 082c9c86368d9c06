"""Answers: what the network says of some faces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def logit(probability: float) -> float:
    """The logit of a probability between 0 and 1."""
    return math.log(probability / (1 - probability))


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the network says of N aligned faces.

    Attributes:
        probs: (N, 5) float32, probability of each of ``OUTCOMES``.
        votes: (N, 8) float32, share of raters who would name each of ``EMOTIONS``; NaN if the model has no votes.
        covered: (N,) bool, whether so much of the face is hidden that its state cannot be told; all False if the model does not
            look for that.
    """

    probs: np.ndarray
    votes: np.ndarray
    covered: np.ndarray

    def split(self, sizes: Sequence[int]) -> list[Answers]:
        """The answers in parts of so many faces each."""
        ends = np.cumsum(sizes)[:-1]
        parts = zip(*(np.split(value, ends) for value in (self.probs, self.votes, self.covered)), strict=True)
        return [Answers(probs=probs, votes=votes, covered=covered) for probs, votes, covered in parts]
