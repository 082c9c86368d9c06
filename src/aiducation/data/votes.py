"""FER2013 and FER+ as one table: what each image shows and how ten people voted on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aiducation.equality import equal_values
from aiducation.errors import DataFileError, ShapeError
from aiducation.preprocess import SIDE
from aiducation.tables.numbers import parse_whole

#: FER2013's own labels, in the order of its codes 0..6.
EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

#: FER2013's official parts, in the order of their codes 0..2.
USAGES: tuple[str, ...] = ("Training", "PublicTest", "PrivateTest")

#: FER+'s vote columns in their order; ``not_face`` is called NF in the file.
VOTE_COLUMNS: tuple[str, ...] = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "not_face",
)

PIXELS = SIDE * SIDE
RATERS = 10


@dataclass(frozen=True, kw_only=True)
class VoteTable:
    """One row for each image, in FER2013's order.

    Attributes:
        pixels: (N, 48, 48) uint8, gray levels 0..255.
        emotion: (N,) int8, FER2013's label as an index into ``EMOTIONS``; -1 where it is not known.
        usage: (N,) int8, official part as an index into ``USAGES``.
        votes: (N, 10) uint8, votes in the order of ``VOTE_COLUMNS``.
        names: (N,) str, FER+'s image names, empty where it gives none. Not the row number: FER+ numbers the images
            differently.
        without_image: rows of FER+ that are left out because the folder has no image of their name.

    Raises:
        ShapeError: an array has the wrong shape or type.
    """

    pixels: np.ndarray
    emotion: np.ndarray
    usage: np.ndarray
    votes: np.ndarray
    names: np.ndarray
    without_image: int = 0

    __eq__ = equal_values

    def __post_init__(self) -> None:
        n = len(self.pixels)
        expected = {
            "pixels": ((n, SIDE, SIDE), np.uint8),
            "emotion": ((n,), np.int8),
            "usage": ((n,), np.int8),
            "votes": ((n, len(VOTE_COLUMNS)), np.uint8),
        }
        for name, (shape, dtype) in expected.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype != dtype:
                raise ShapeError(
                    f"VoteTable.{name}: expected {np.dtype(dtype)} of shape {shape}, got {array.dtype} {array.shape}."
                )
        if self.names.shape != (n,):
            raise ShapeError(f"VoteTable.names: expected shape {(n,)}, got {self.names.shape}.")

    def __len__(self) -> int:
        return len(self.pixels)


def vote(votes: np.ndarray, column: str) -> np.ndarray:
    """(N,) int16, the votes of one column of ``VOTE_COLUMNS``; signed, so that differences are safe."""
    return votes[:, VOTE_COLUMNS.index(column)].astype(np.int16)


def vote_shares(votes: np.ndarray) -> np.ndarray:
    """(N, 10) float64, each column's share of an image's votes; an image without votes has zeros, which teach nothing."""
    return np.asarray(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1))


def vote_array(path: Path, cells: list[list[str]]) -> np.ndarray:
    """(N, 10) uint8 of the cells of ``VOTE_COLUMNS``.

    Raises:
        DataFileError: a cell is not a number of votes, or a row has more than ten.
    """
    numbers = {str(n): n for n in range(RATERS + 1)}
    votes = np.empty((len(cells), len(VOTE_COLUMNS)), dtype=np.uint8)
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            number = numbers[cell] if cell in numbers else parse_whole(cell)
            if number is None or not 0 <= number <= RATERS:
                raise DataFileError(
                    f"{path.name}, row {i + 1}, column {VOTE_COLUMNS[j]}: '{cell[:20]}' is not a number of votes from "
                    f"0 to {RATERS}."
                )
            votes[i, j] = number
    if len(more := np.flatnonzero((total := votes.sum(axis=1)) > RATERS)):
        raise DataFileError(
            f"{path.name}, row {more[0] + 1}: {total[more[0]]} votes of {RATERS} raters ({len(more):,} such rows). The rules "
            f"that turn votes into states are made for {RATERS}."
        )
    return votes
