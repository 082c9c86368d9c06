"""What every kind of split keeps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aiducation.data.splits import SHARES, SPLITS, Split, SplitInput, find_leaks, make_split, parse_split_name
from aiducation.states import STATES

KINDS = (*SPLITS, "folds2", "folds10")

#: Those that never put copies of one photo into different parts.
CLEAN = tuple(kind for kind in KINDS if kind != "published")


def drawn_input(seed: int, n: int = 1200) -> SplitInput:
    """Images in random groups of 1 to 40, of random states and usages, numbered with gaps."""
    rng = np.random.default_rng(seed)
    sizes = rng.choice([1, 1, 1, 1, 2, 3, rng.integers(4, 40)], n)
    group = rng.permutation(np.repeat(rng.permutation(n), sizes)[:n])
    return SplitInput(
        ids=np.sort(rng.choice(3 * n, n, replace=False)),
        usage=rng.choice(3, n, p=(0.8, 0.1, 0.1)),
        state=rng.choice(len(STATES), n, p=(0.4, 0.3, 0.2, 0.1)),
        group=group,
        data_hash=f"{seed:064x}",
    )


def groups_of(data: SplitInput, split: Split) -> dict[str, set[int]]:
    return {part: set(data.group[np.isin(data.ids, ids)].tolist()) for part, ids in split.parts.items()}


def spread(data: SplitInput) -> np.ndarray:
    """The group of every row number up to the largest, as ``find_leaks`` wants it; -1 where there is no image."""
    group = np.full(data.ids.max() + 1, -1)
    group[data.ids] = data.group
    return group


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_parts_hold_each_image_at_most_once(kind: str, seed: int) -> None:
    data = drawn_input(seed)
    split = make_split(kind, data, seed=seed)
    together = np.concatenate(list(split.parts.values()))
    assert len(np.unique(together)) == len(together) == len(data.ids) - split.taken_out
    assert np.isin(together, data.ids).all()
    assert (split.taken_out == 0) or kind == "official"
    assert split.data_hash == data.data_hash
    for ids in split.parts.values():
        assert ids.dtype == np.int64
        assert (np.diff(ids) > 0).all()


@pytest.mark.parametrize("kind", CLEAN)
@pytest.mark.parametrize("seed", range(20))
def test_no_group_is_cut(kind: str, seed: int) -> None:
    data = drawn_input(seed, n=np.random.default_rng(seed).integers(300, 900))
    split = make_split(kind, data, seed=seed)
    for a, b in itertools.combinations(groups_of(data, split).values(), 2):
        assert not a & b
    assert find_leaks(split, spread(data)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_split(kind: str) -> None:
    data = drawn_input(0)
    first, again, other = (make_split(kind, data, seed=seed) for seed in (3, 3, 4))
    for part, ids in first.parts.items():
        np.testing.assert_array_equal(ids, again.parts[part])
    same = all(np.array_equal(ids, other.parts[part]) for part, ids in first.parts.items())
    assert same == (kind == "official")
    assert first.name == (kind if kind == "official" else f"{kind}-3")
    assert make_split(kind, data).name == kind


@pytest.mark.parametrize("kind", [kind for kind in CLEAN if kind != "official"])
@pytest.mark.parametrize("seed", range(3))
def test_each_part_has_its_share_of_each_state(kind: str, seed: int) -> None:
    data = drawn_input(seed, n=4000)
    alone = SplitInput(**{**vars(data), "group": np.arange(len(data.ids))})
    split = make_split(kind, alone, seed=seed)
    shares = SHARES if kind == "random" else np.full(split.n_folds, 1 / split.n_folds)
    per_state = np.bincount(data.state)
    for share, ids in zip(shares, split.parts.values(), strict=True):
        found = np.bincount(data.state[np.isin(data.ids, ids)], minlength=len(STATES))
        assert np.abs(found - share * per_state).max() <= 1  # rounding only, as no group has two images


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_states_does_not_matter_to_the_sizes(kind: str) -> None:
    data = drawn_input(1)
    turned = SplitInput(**{**vars(data), "state": (data.state + 1) % len(STATES)})
    sizes = [[len(ids) for ids in make_split(kind, given).parts.values()] for given in (data, turned)]
    assert np.abs(np.subtract(*sizes)).max() < 0.05 * len(data.ids)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [0, 12])
def test_names_can_be_read(kind: str, seed: int) -> None:
    split = make_split(kind, drawn_input(2), seed=seed)
    assert parse_split_name(split.name) == (kind, split.n_folds, 0 if kind == "official" else seed)


def test_other_names_are_kinds_of_their_own() -> None:
    assert parse_split_name("my-split") == ("my-split", 0, 0)
    assert parse_split_name("folds1") == ("folds1", 0, 0)
    assert parse_split_name("") == ("", 0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(kind: str, tmp_path) -> None:
    split = make_split(kind, drawn_input(2), seed=1)
    split.save(tmp_path / "split.json")
    read = Split.load(tmp_path / "split.json")
    assert (read.name, read.seed, read.data_hash, read.taken_out) == (
        split.name,
        split.seed,
        split.data_hash,
        split.taken_out,
    )
    assert list(read.parts) == list(split.parts)
    for part, ids in split.parts.items():
        np.testing.assert_array_equal(read.parts[part], ids)
    first = (tmp_path / "split.json").read_bytes()
    read.save(tmp_path / "split.json")
    assert (tmp_path / "split.json").read_bytes() == first
    assert len(first.splitlines()) == 8 + len(split.parts)  # one line a part
