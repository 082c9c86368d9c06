"""Assignment: which row goes with which column, at the least cost."""

from __future__ import annotations

import numpy as np


def assign(cost: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of rows and columns with the most pairs possible and, among those, the least total cost.

    Args:
        cost: (R, C), infinite where a pair is impossible.

    Source: shortest augmenting paths; R. Jonker and A. Volgenant, Computing 38 (1987).
    """
    finite = cost[np.isfinite(cost)]
    if not finite.size:
        return []
    if cost.shape[0] > cost.shape[1]:
        return [(i, j) for j, i in assign(cost.T)]
    rows, columns = cost.shape
    # An impossible pair costs more than any solution without it, so it is taken only where nothing else is left.
    table = np.where(np.isfinite(cost), cost, (finite.max() - min(finite.min(), 0.0) + 1) * (rows + 1))
    row_price, column_price = np.zeros(rows), np.zeros(columns + 1)
    row_of = np.full(columns + 1, -1)
    for row in range(rows):
        row_of[columns] = row
        column = columns
        reached = np.full(columns, np.inf)
        came_from = np.full(columns, columns)
        done = np.zeros(columns + 1, dtype=bool)
        while row_of[column] != -1:
            done[column] = True
            current = row_of[column]
            open_ = ~done[:columns]
            through = table[current] - row_price[current] - column_price[:columns]
            better = open_ & (through < reached)
            reached[better], came_from[better] = through[better], column
            nearest = int(np.argmin(np.where(open_, reached, np.inf)))
            step = reached[nearest]
            row_price[row_of[done]] += step
            column_price[done] -= step
            reached[open_] -= step
            column = nearest
        while column != columns:
            before = int(came_from[column])
            row_of[column] = row_of[before]
            column = before
    return [(int(row_of[j]), j) for j in range(columns) if row_of[j] >= 0 and np.isfinite(cost[row_of[j], j])]


def worth_it(cost: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of rows and columns with the least total cost, of which only pairs below zero can be part.

    Args:
        cost: (R, C) of each pair; leaving a row or a column alone costs nothing.
    """
    worth = cost < 0
    shared = (worth & ((worth.sum(axis=0) > 1) | (worth.sum(axis=1) > 1)[:, None])).any(axis=1)
    pairs = [(i, j) for i, j in np.argwhere(worth).tolist() if not shared[i]]  # nobody else can have them
    if shared.any():
        rows, (some, columns) = np.flatnonzero(shared).tolist(), cost[shared].shape
        alone = np.where(np.eye(some, dtype=bool), 0.0, np.inf)
        table = np.hstack([np.where(worth[shared], cost[shared], np.inf), alone])
        pairs += [(rows[i], j) for i, j in assign(table) if j < columns]
    return sorted(pairs, key=lambda pair: pair[1])
