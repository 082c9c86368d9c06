"""Numbers of the preliminary analysis: counts, vote entropy, agreement, intensities. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aiducation.data.votes import EMOTIONS, VOTE_COLUMNS
from aiducation.states import OTHER, OTHER_INDEX, STATES

#: The crowd's column that means the same as an original emotion.
CROWD_NAMES: dict[str, str] = {"angry": "anger", "happy": "happiness", "sad": "sadness"}

#: Marks an image whose most chosen column is not unique.
TIE_INDEX = -1


def count_names(indices: np.ndarray, names: tuple[str, ...]) -> dict[str, int]:
    """How many of (N,) ``indices`` are 0, 1, 2 ..., by the names of these numbers; others are not counted."""
    return {name: int(np.count_nonzero(indices == i)) for i, name in enumerate(names)}


def state_counts(state: np.ndarray, kept: np.ndarray) -> dict[str, int]:
    """Images of each state, and of ``other``, among those that cleaning kept."""
    states = state[kept]
    return {**count_names(states, STATES), OTHER: int(np.count_nonzero(states == OTHER_INDEX))}


def vote_entropy(votes: np.ndarray) -> np.ndarray:
    """(N,) float64, the entropy in bits of each image's (N, 10) votes: 0 where all raters agree, 3.32 at most.

    Images without any vote get 0.
    """
    total = votes.sum(axis=1, keepdims=True, dtype=np.float64)
    share = np.divide(votes, total, out=np.zeros(votes.shape), where=total > 0)
    logs = np.log2(share, out=np.zeros_like(share), where=share > 0)
    return np.asarray(np.abs((share * logs).sum(axis=1)))


def most_voted(votes: np.ndarray) -> np.ndarray:
    """(N,) int64, the column with the most of (N, 10) votes, or ``TIE_INDEX`` where two share the first place."""
    first = votes.max(axis=1, keepdims=True)
    unique = (votes == first).sum(axis=1) == 1
    return np.where(unique, votes.argmax(axis=1), TIE_INDEX)


def agreement(emotion: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """(7, 11) int64, images by original emotion (rows, as ``EMOTIONS``) and the crowd's majority.

    Columns are ``VOTE_COLUMNS``, then "no majority". Images without an original emotion (-1) are not counted.
    """
    table = np.zeros((len(EMOTIONS), len(VOTE_COLUMNS) + 1), dtype=np.int64)
    known = emotion >= 0
    column = most_voted(votes[known])
    np.add.at(table, (emotion[known], np.where(column == TIE_INDEX, len(VOTE_COLUMNS), column)), 1)
    return table


def agreement_rates(table: np.ndarray) -> dict[str, float]:
    """Share of each emotion's images, and of all (``overall``), whose majority means the original emotion.

    ``table`` is that of ``agreement``; an emotion without images gets NaN.
    """
    same = np.array([table[i, VOTE_COLUMNS.index(CROWD_NAMES.get(name, name))] for i, name in enumerate(EMOTIONS)])
    rows = table.sum(axis=1)
    rates = {name: float(same[i] / rows[i]) if rows[i] else float("nan") for i, name in enumerate(EMOTIONS)}
    return {**rates, "overall": float(same.sum() / rows.sum()) if rows.sum() else float("nan")}


def intensity_histogram(images: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """(64,) float64, share of the pixels of ``images[ids]`` in each of 64 equal ranges of 0..255; sums to 1."""
    counts = np.zeros(256, dtype=np.int64)
    for block in np.array_split(ids, max(1, len(ids) // 4096)):  # a memory map is never read whole
        counts += np.bincount(np.asarray(images[block]).ravel(), minlength=256)
    return np.asarray(counts.reshape(64, -1).sum(axis=1) / max(1, counts.sum()))


def mean_face(images: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """(48, 48) float64 in 0..255, the mean of ``images[ids]``."""
    if not len(ids):
        return np.zeros(images.shape[1:])
    blocks = np.array_split(ids, max(1, len(ids) // 4096))
    return np.asarray(sum(np.asarray(images[block]).sum(axis=0, dtype=np.float64) for block in blocks) / len(ids))


def group_sizes(duplicate_group: np.ndarray) -> dict[int, int]:
    """How many duplicate groups have 1, 2, 3 ... images, by size."""
    sizes, counts = np.unique(np.unique(duplicate_group, return_counts=True)[1], return_counts=True)
    return {int(size): int(count) for size, count in zip(sizes, counts, strict=True)}


def split_table(parts: Mapping[str, np.ndarray], state: np.ndarray) -> dict[str, dict[str, int]]:
    """Images of each state in each part of a split, by part and state."""
    return {part: count_names(state[ids], STATES) for part, ids in parts.items()}


def sample_ids(state: np.ndarray, kept: np.ndarray, count: int, seed: int) -> dict[str, np.ndarray]:
    """For each state ``count`` randomly chosen image numbers (fewer where there are fewer), ascending."""
    rng = np.random.default_rng(seed)
    chosen = {}
    for i, name in enumerate(STATES):
        ids = np.flatnonzero(kept & (state == i))
        chosen[name] = np.sort(rng.choice(ids, size=min(count, len(ids)), replace=False))
    return chosen
