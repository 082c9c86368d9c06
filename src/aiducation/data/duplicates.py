"""Duplicates: which images of FER2013 were made from the same photo.

A duplicate may be pixel-identical, nearly identical (saved again, different brightness), cropped anew (different shift
or scale) or mirrored. The search compares short descriptors of all images with those of all others shifted, scaled and
mirrored; each candidate is then registered at full resolution, and only pairs whose finest structure agrees are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aiducation.data.registration import coarse_band, fine_band, register, sampling, similarity
from aiducation.errors import ShapeError

#: How two images of a pair relate; ``Duplicates.kind`` holds positions in this tuple.
KINDS: tuple[str, ...] = ("identical", "near", "recropped", "mirrored")

#: Copies are counted by how much may differ: name of the count -> the kinds that it takes in.
LEVELS: dict[str, tuple[str, ...]] = {"identical": KINDS[:1], "near": KINDS[:2], "all": KINDS}

#: Pairs at least this similar are the same photo. On FER2013 similarities have two heaps, below 0.75 and above 0.92;
#: of the few between, those under 0.86 are partly other photos of one scene, and those above nearly always one photo.
SAME_PHOTO = 0.88

_CANDIDATE = 0.7  # cosine of descriptors; lower finds few further copies and costs many more registrations
_PROMISING = 0.75  # coarse similarity after rough registration; copies have 0.8 and more
_HALF_PIXEL = 0.5  # near-identical: no pixel moves further
_FLAT_IMAGE = 0.05  # share of contrast-normalised structure; below it an image has nothing to compare
_DIMENSIONS = 48
_BASIS_IMAGES = 2000
_BLOCK = 1024  # images at a time: blocks of descriptor products stay in the processor's cache


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """Groups of images that were made from one photo, and the pairs that the groups were made from.

    Attributes:
        group: (N,) int32, group of each image, numbered 0.. in order of first appearance; an image without a duplicate
            has its own group.
        pairs: (M, 2) int64, rows of the two images of each verified pair, the smaller first. Of pixel-identical images
            each is paired with the first, and only the first with other images.
        kind: (M,) int8, positions in ``KINDS``.
        similarity: (M,) float32, ``SAME_PHOTO``..1, correlation of the registered images' fine structure.
        searched: the kinds that were searched for.
    """

    group: np.ndarray
    pairs: np.ndarray
    kind: np.ndarray
    similarity: np.ndarray
    searched: tuple[str, ...] = KINDS

    def levels(self) -> dict[str, np.ndarray]:
        """(N,) int32 groups by the pairs of each of ``LEVELS`` alone, for those that were searched whole."""
        return {
            name: _groups(len(self.group), self.pairs[np.isin(self.kind, [KINDS.index(kind) for kind in kinds])])
            for name, kinds in LEVELS.items()
            if set(kinds) <= set(self.searched)
        }

    def counts(self) -> dict[str, int]:
        """How many groups of at least two images there are, images in them, and images in the largest, for each of
        ``levels``; then the pairs of each kind that was searched."""
        numbers: dict[str, int] = {}
        for name, group in self.levels().items():
            sizes = np.bincount(group)
            sizes = sizes[sizes > 1]
            numbers |= {f"{name}_groups": len(sizes), f"{name}_images": int(sizes.sum())}
            numbers[f"{name}_largest_group"] = int(sizes.max(initial=1))
        return numbers | {f"{kind}_pairs": int((self.kind == KINDS.index(kind)).sum()) for kind in self.searched}


def find_identical(images: np.ndarray) -> Duplicates:
    """Groups of pixel-identical images.

    Args:
        images: (N, s, s) uint8, gray.

    Raises:
        ShapeError: ``images`` has another shape or type.
    """
    pairs = _identical(images)[1]
    return _duplicates(len(images), pairs, np.zeros(len(pairs)), np.ones(len(pairs)), LEVELS["identical"])


def find_duplicates(images: np.ndarray, *, progress: Callable[[float], None] | None = None) -> Duplicates:
    """Groups of images that were made from one photo. The groups do not depend on the order of the images.

    Args:
        images: (N, s, s) uint8, gray, s = 48 in FER2013.
        progress: called now and then with the share of the work that is done, 0..1.

    Raises:
        ShapeError: ``images`` has another shape or type.
    """
    report = progress or (lambda share: None)
    rows, identical = _identical(images)
    distinct = images[rows]
    coarse = np.empty(distinct.shape, np.float32)
    for i in range(0, len(distinct), _BLOCK):
        coarse[i : i + _BLOCK] = coarse_band(distinct[i : i + _BLOCK])
    first, second, mirrored, placement = _candidates(coarse, lambda share: report(0.8 * share))
    kinds, values = [np.zeros(0, np.int8)], [np.zeros(0, np.float32)]
    for i in range(0, len(first), _BLOCK):
        part = slice(i, i + _BLOCK)
        kind, alike = _verify(distinct, coarse, first[part], second[part], mirrored[part], placement[part])
        kinds.append(kind)
        values.append(alike)
        report(0.8 + 0.2 * min(1.0, (i + _BLOCK) / len(first)))
    report(1.0)
    kind, alike = np.concatenate(kinds), np.concatenate(values)
    kept = _best_per_pair(first, second, np.zeros_like(mirrored), alike)
    kept = kept[alike[kept] >= SAME_PHOTO]
    pairs = np.sort(np.stack([rows[first[kept]], rows[second[kept]]], axis=1), axis=1)
    return _duplicates(
        len(images),
        np.concatenate([identical, pairs]),
        np.concatenate([np.zeros(len(identical)), kind[kept]]),
        np.concatenate([np.ones(len(identical)), alike[kept]]),
    )


def _identical(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row of each distinct image, in an order that only the pixels decide; pairs of each other row with it."""
    if images.ndim != 3 or images.shape[1] != images.shape[2] or images.dtype != np.uint8:
        raise ShapeError(f"images: expected (N, s, s) uint8, got {images.shape} {images.dtype}.")
    n, size = len(images), images.shape[1]
    pixels = np.ascontiguousarray(images).reshape(n, size * size).view(np.dtype((np.void, size * size)))[:, 0]
    _, rows, number = np.unique(pixels, return_index=True, return_inverse=True)
    others = np.setdiff1d(np.arange(n), rows)
    return rows, np.stack([rows[number[others]], others], axis=1).astype(np.int64)


def _bank() -> Iterator[tuple[bool, float, int, int]]:
    """Mirrored, scale, dx, dy of the second image. Each also covers its inverse, as a pair is met both ways round: at
    scale 1 half of the shifts do, and no scale is below 1. Mirrored copies are rare, so fewer of them are tried."""
    for mirrored in (False, True):
        yield from ((mirrored, 1.0, dx, dy) for dy in (0, 3) for dx in (-3, 0, 3) if mirrored or (dx, dy) != (-3, 0))
    yield from ((False, 1.15, dx, dy) for dy in (-3, 0, 3) for dx in (-3, 0, 3))
    yield True, 1.15, 0, 0


def _window(size: int, mirrored: bool, scale: float, dx: float, dy: float) -> np.ndarray:
    """(size², k²) float32: matrix that reads every other pixel of the middle of a placed image, less their mean."""
    k = 3 * size // 8
    u = (np.arange(k) - (k - 1) / 2) * 2
    x, y = (sampling(scale * u + d + (size - 1) / 2, size) for d in (dx, dy))
    if mirrored:
        x = x[:, ::-1]
    matrix = np.einsum("ay,bx->yxab", y, x).reshape(size * size, k * k)
    return np.asarray(matrix - matrix.mean(axis=1, keepdims=True), dtype=np.float32)


def _basis(lines: np.ndarray, size: int) -> np.ndarray:
    """(k², d) float32: whitened principal components of windows, so that what all faces share counts little.

    Few images say little about what all share: with fewer of them, the whitening fades."""
    lines = lines[:: max(1, len(lines) // _BASIS_IMAGES)]
    moment = sum(unit.T @ unit for unit in (_unit(lines @ _window(size, *place)) for place in _bank()))
    value, vector = np.linalg.eigh(moment)
    share, vector = value[::-1][:_DIMENSIONS] / value.sum(), vector[:, ::-1][:, :_DIMENSIONS]
    return np.asarray(vector / np.sqrt(np.maximum(share, 0) + 1 / len(lines)), dtype=np.float32)


def _candidates(
    coarse: np.ndarray, report: Callable[[float], None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pairs that may be copies: positions of both images (m,), mirrored (m,) bool, rough placement (m, 3)."""
    size = coarse.shape[-1]
    lines = coarse.reshape(len(coarse), size * size)
    busy = (
        np.einsum("ij,ij->i", lines, lines)[:, None] > _FLAT_IMAGE * size**2
    )  # a descriptor of zeros is like no other
    found: list[np.ndarray] = [np.zeros((0, 7), np.float32)]
    if busy.any():
        basis, bank = _basis(lines, size), list(_bank())
        plain = _unit(lines @ (_window(size, False, 1, 0, 0) @ basis)) * busy
        for done, place in enumerate(bank):
            placed = _unit(lines @ (_window(size, *place) @ basis)) * busy
            found.extend(np.c_[a, b, cosine, np.tile(place, (len(a), 1))] for a, b, cosine in _close(plain, placed))
            report((done + 1) / len(bank))
    table = np.concatenate(found)
    first, second, mirrored = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 3] > 0
    best = _best_per_pair(first, second, mirrored, table[:, 2])
    return first[best], second[best], mirrored[best], table[best, 4:].astype(np.float32)


def _close(plain: np.ndarray, placed: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Positions and cosines of all descriptor pairs above the candidate threshold, an image with itself left out."""
    for i in range(0, len(plain), _BLOCK):
        for j in range(0, len(placed), _BLOCK):
            cosine = plain[i : i + _BLOCK] @ placed[j : j + _BLOCK].T
            a, b = np.divmod(np.flatnonzero(cosine > _CANDIDATE), cosine.shape[1])
            other = a + i != b + j
            a, b = a[other], b[other]
            if len(a):
                yield a + i, b + j, cosine[a, b]


def _verify(
    images: np.ndarray,
    coarse: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    mirrored: np.ndarray,
    placement: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Kind (m,) and similarity (m,) of candidate pairs after registration; similarity is -1 where it is clear early."""
    kind, alike = np.zeros(len(first), np.int8), np.full(len(first), -1, np.float32)
    a, b = coarse[first], _flip(coarse[second], mirrored)
    placement = register(a, b, placement, step=2, rounds=5)
    good = np.flatnonzero(similarity(a, b, placement, step=2) > _PROMISING)
    if len(good):
        placement = register(a[good], b[good], placement[good], step=1, rounds=3)
        a, b = fine_band(images[first[good]]), fine_band(_flip(images[second[good]], mirrored[good]))
        alike[good] = similarity(a, b, placement)
        moved = np.abs(placement[:, 1:]).max(axis=1) + np.abs(placement[:, 0] - 1) * images.shape[-1] / 2
        kind[good] = np.where(mirrored[good], 3, np.where(moved < _HALF_PIXEL, 1, 2))
    return kind, alike


def _flip(images: np.ndarray, mirrored: np.ndarray) -> np.ndarray:
    return np.where(mirrored[:, None, None], images[:, :, ::-1], images)


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6))


def _best_per_pair(first: np.ndarray, second: np.ndarray, mirrored: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Positions of the highest value of each unordered pair (and mirrored or not)."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((-value, mirrored, high, low))
    key = np.stack([low, high, mirrored], axis=1)[order]
    return np.asarray(order[np.r_[True, (key[1:] != key[:-1]).any(axis=1)][: len(order)]])


def _groups(n: int, pairs: np.ndarray) -> np.ndarray:
    """(n,) int32, the connected groups, numbered in order of first appearance."""
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs.tolist():
        low, high = sorted((root(a), root(b)))
        parent[high] = low  # the root of a group is its first image
    _, group = np.unique([root(i) for i in range(n)], return_inverse=True)
    return group.astype(np.int32)


def _duplicates(
    n: int, pairs: np.ndarray, kind: np.ndarray, alike: np.ndarray, searched: Sequence[str] = KINDS
) -> Duplicates:
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return Duplicates(
        group=_groups(n, pairs),
        pairs=pairs[order],
        kind=kind[order].astype(np.int8),
        similarity=alike[order].astype(np.float32),
        searched=tuple(searched),
    )
