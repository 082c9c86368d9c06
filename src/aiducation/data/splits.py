"""Splits: which images are used for training, for choosing the epoch, and for the test; saved in files that can be read
back and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aiducation.data.votes import USAGES
from aiducation.equality import equal_values
from aiducation.errors import ConfigError, DataFileError, ShapeError, unknown_name
from aiducation.files import write_text
from aiducation.records import check_seed, read_record
from aiducation.schemas import listed, named, record, text, whole

#: Shares of train, valid and test in the splits drawn at random. Source: the published study.
SHARES: tuple[float, ...] = (0.70, 0.15, 0.15)

PARTS: tuple[str, ...] = ("train", "valid", "test")
TRAIN, VALID, TEST = PARTS


#: What the file of a split looks like.
_SCHEMA = record(
    {
        "name": text(longest=200),
        "seed": whole(),
        "data_hash": text(longest=200),
        "taken_out": whole(0, 2**31 - 1),
        "parts": named(listed(whole(0, 2**31 - 1), least=1)),
    }
)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Disjoint parts of a prepared data set.

    Attributes:
        name: kind of split; a seed other than 0 is part of the name.
        parts: part's name -> (M,) int64 row numbers, sorted. "train", "valid", "test", or "fold0" ... "fold9".
        seed: what it was drawn with.
        data_hash: SHA-256 of the data it belongs to.
        taken_out: images left out because a duplicate of them is in a part that must stay complete.

    Raises:
        ShapeError: a part is empty, not sorted, or shares an image with another.
    """

    name: str
    parts: dict[str, np.ndarray]
    seed: int
    data_hash: str
    taken_out: int = 0

    __eq__ = equal_values

    def __post_init__(self) -> None:
        if not self.parts:
            raise ShapeError(f"Split '{self.name}' has no parts.")
        for name, ids in self.parts.items():
            if ids.ndim != 1 or not len(ids) or ids.min() < 0 or (np.diff(ids) <= 0).any():
                raise ShapeError(
                    f"Split '{self.name}', part '{name}': expected row numbers, sorted, each once, not empty."
                )
        together = np.concatenate(list(self.parts.values()))
        if len(np.unique(together)) != len(together):
            raise ShapeError(f"Split '{self.name}': an image is in more than one part.")

    @property
    def n_folds(self) -> int:
        """Number of folds; 0 for a split in train, valid and test."""
        return sum(name.startswith("fold") for name in self.parts)

    def fold(self, held_out: int) -> Split:
        """The split that validates on one fold and trains on the others; it has no test split.

        Raises:
            ConfigError: there is no such fold.
        """
        if not self.n_folds:
            raise ConfigError(
                f"Split '{self.name}' is not made of folds; leave out --fold, or name a split like folds10."
            )
        if not 0 <= held_out < self.n_folds:
            raise ConfigError(f"Split '{self.name}' has folds 0..{self.n_folds - 1}, not {held_out}.")
        rest = [ids for name, ids in self.parts.items() if name != f"fold{held_out}"]
        parts = {TRAIN: np.sort(np.concatenate(rest)), VALID: self.parts[f"fold{held_out}"]}
        return Split(name=self.name, parts=parts, seed=self.seed, data_hash=self.data_hash)

    def save(self, path: str | Path) -> None:
        """Write as JSON, one line for each part, so that differences between two splits are readable."""
        parts = ",\n".join(f'    "{name}": {ids.tolist()}' for name, ids in self.parts.items())
        name, data_hash = (json.dumps(one, ensure_ascii=False) for one in (self.name, self.data_hash))
        head = f'  "name": {name},\n  "seed": {self.seed},\n  "data_hash": {data_hash},\n'
        write_text(Path(path), f'{{\n{head}  "taken_out": {self.taken_out},\n  "parts": {{\n{parts}\n  }}\n}}\n')

    @classmethod
    def load(cls, path: str | Path) -> Split:
        """Read what ``save`` wrote.

        Raises:
            DataFileError: the file is not a split.
        """
        value = read_record(Path(path), _SCHEMA, hint="Make the split again with: aiducation prepare")
        try:
            return cls(**{**value, "parts": _parts(value["parts"])})
        except ValueError as error:
            raise DataFileError(f"{path} is not a split file: {str(error).rstrip('.')}.") from error


def _parts(value: dict[str, list[int]]) -> dict[str, np.ndarray]:
    names = set(value)
    folds = len(names) >= 2 and names == {f"fold{i}" for i in range(len(names))}
    if not ({TRAIN, VALID} <= names <= set(PARTS) or folds):
        raise ValueError("its parts must be train, valid and test, or two folds or more: fold0, fold1 and so on")
    return {name: np.array(ids, dtype=np.int64) for name, ids in value.items()}


@dataclass(frozen=True, kw_only=True)
class SplitInput:
    """What splits are made from: (M,) arrays about the images that may be used.

    Attributes:
        ids: row numbers, sorted.
        usage: official part, an index into ``USAGES``.
        state: index of the state; parts and folds get equal shares of each.
        group: duplicate group.
        data_hash: SHA-256 of the data.
    """

    ids: np.ndarray
    usage: np.ndarray
    state: np.ndarray
    group: np.ndarray
    data_hash: str


def check_kind(kind: str, seed: int = 0) -> None:
    """Check that a kind of split and a seed exist, before long work that needs them.

    Raises:
        ConfigError: the kind or the seed does not exist.
    """
    if kind not in SPLITS and not _n_folds(kind):
        raise unknown_name("split", kind, [*SPLITS, "folds10"])
    check_seed(seed)


def make_split(kind: str, data: SplitInput, *, seed: int = 0) -> Split:
    """Draw one split: a name of ``SPLITS``, or ``folds10`` for ten folds (2 to 100 are allowed).

    Raises:
        ConfigError: there is no such kind, or a part would be empty.
    """
    check_kind(kind, seed)
    if k := _n_folds(kind):
        part, names = _stratified(data, np.full(k, 1 / k), seed), [f"fold{i}" for i in range(k)]
    else:
        part, names = SPLITS[kind](data, seed), list(PARTS)
    parts = {name: data.ids[part == i] for i, name in enumerate(names)}
    if empty := [name for name, ids in parts.items() if not len(ids)]:
        raise ConfigError(
            f"The {kind} split has no image in {', '.join(empty)}; the data is too small, or images of one Usage are "
            f"missing."
        )
    suffix = f"-{seed}" if seed and kind != "official" else ""  # nothing is drawn in the official one
    return Split(name=kind + suffix, parts=parts, seed=seed, data_hash=data.data_hash, taken_out=int((part < 0).sum()))


class SplitName(NamedTuple):
    """What the name of a split says: ``folds10-2`` is the kind ``folds10``, 10 folds, drawn with seed 2."""

    kind: str
    n_folds: int
    seed: int


def parse_split_name(name: str) -> SplitName:
    """Read the name that ``make_split`` gives. Any other name is a kind without folds."""
    match = re.fullmatch(r"(.+?)(?:-(\d+))?", name, re.ASCII | re.DOTALL)
    kind, seed = match.groups() if match else (name, None)
    return SplitName(kind=kind, n_folds=_n_folds(kind), seed=int(seed or 0))


def _n_folds(kind: str) -> int:
    """The number of folds that a kind's name asks for; 0 if it is no such name."""
    match = re.fullmatch(r"folds([1-9]\d{0,2})", kind, re.ASCII)
    return int(match[1]) if match and 2 <= int(match[1]) <= 100 else 0


def _official(data: SplitInput, seed: int) -> np.ndarray:
    """Training, PublicTest and PrivateTest; the test part stays whole, then the validation part."""
    part = np.array([USAGES.index(u) for u in ("Training", "PublicTest", "PrivateTest")])[data.usage]
    in_test = np.isin(data.group, data.group[part == 2])
    part[in_test & (part < 2)] = -1
    in_valid = np.isin(data.group, data.group[part == 1])
    part[in_valid & (part == 0)] = -1
    return part


def _random(data: SplitInput, seed: int) -> np.ndarray:
    """70/15/15, equal shares of each state, copies of one photo always together."""
    return _stratified(data, np.array(SHARES), seed)


def _published(data: SplitInput, seed: int) -> np.ndarray:
    """70/15/15 of the images, unaware of states and copies, as the study did: it measures how much that flatters."""
    n = len(data.ids)
    order = np.random.default_rng(seed).permutation(n)
    part = np.empty(n, dtype=np.int64)
    cuts = np.floor(np.cumsum(SHARES)[:-1] * n).astype(int)
    for i, rows in enumerate(np.split(order, cuts)):
        part[rows] = i
    return part


#: Kind of split -> part of each image (0 train, 1 valid, 2 test, -1 taken out).
SPLITS: dict[str, Callable[[SplitInput, int], np.ndarray]] = {
    "official": _official,
    "random": _random,
    "published": _published,
}


def _stratified(data: SplitInput, shares: np.ndarray, seed: int) -> np.ndarray:
    """Part of each image. Whole duplicate groups are dealt out, state by state, in random order.

    A group counts for the state of its first image. Its middle decides where it falls on the line from 0 to the number of
    images of that state, which is cut by the shares.
    """
    rng = np.random.default_rng(seed)
    _, first, inverse, size = np.unique(data.group, return_index=True, return_inverse=True, return_counts=True)
    part_of_group = np.empty(len(first), dtype=np.int64)
    group_state = data.state[first]
    for state in np.unique(group_state):
        groups = rng.permutation(np.flatnonzero(group_state == state))
        middle = np.cumsum(size[groups]) - size[groups] / 2
        edges = np.cumsum(shares)[:-1] * size[groups].sum()
        part_of_group[groups] = np.searchsorted(edges, middle)
    return np.asarray(part_of_group[inverse])


@dataclass(frozen=True, kw_only=True)
class Leak:
    """Images of one part that have a duplicate in another part.

    Attributes:
        part, other: names of the parts.
        ids: row numbers in ``part`` with a duplicate in ``other``.
        n_groups: number of duplicate groups that have images in both parts.
    """

    part: str
    other: str
    ids: np.ndarray
    n_groups: int


def find_leaks(split: Split, group: np.ndarray) -> list[Leak]:
    """Every pair of parts that share a photo; an empty list for a clean split.

    Args:
        split: any split.
        group: (N,) duplicate group of every image of the data set, by row number.
    """
    leaks = []
    for part, ids in split.parts.items():
        for other, other_ids in split.parts.items():
            shared = np.isin(group[ids], group[other_ids])
            if part != other and shared.any():
                leaks.append(Leak(part=part, other=other, ids=ids[shared], n_groups=len(np.unique(group[ids[shared]]))))
    return leaks
