"""Frames of a live session are kept as they were, in a fraction of the memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from aiducation.observations.faces import Faces, MadeWith
from aiducation.observations.packed_frames import PackedFrames
from makers import faces_of


def frame(i: int) -> Faces:
    rng = np.random.default_rng(i)
    faces = faces_of(list(rng.dirichlet(np.ones(5), 9)), time_s=2.0 * i)
    return replace(faces, standing=bool(i % 2), low_confidence=rng.random((i % 3, 4)).astype(np.float32))


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 100])
@pytest.mark.parametrize("read", [iter, PackedFrames.drained])
def test_frames_come_back_as_they_were(n: int, read: Callable[[PackedFrames], Iterator[Faces]]) -> None:
    kept = PackedFrames()
    for i in range(n):
        kept.add(frame(i))
    assert len(kept) == n and kept.faces == 9 * n
    frames = list(read(kept))
    assert len(frames) == n
    for i, seen in enumerate(frames):
        np.testing.assert_array_equal(seen.probs, frame(i).probs)
        np.testing.assert_array_equal(seen.low_confidence, frame(i).low_confidence)
        assert (seen.time_s, seen.standing, seen.states) == (2.0 * i, bool(i % 2), frame(i).states)
    assert kept.last is None if n == 0 else kept.last and kept.last.time_s == 2.0 * (n - 1)


@pytest.mark.slow
def test_they_need_a_fraction_of_the_memory() -> None:
    def grown(add: object) -> int:
        tracemalloc.start()
        for i in range(320):
            add(frame(i))  # type: ignore[operator]
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return size

    plain: list[Faces] = []
    packed = PackedFrames()
    assert grown(packed.add) < grown(plain.append) / 3


def test_what_frames_were_made_with_is_there_once() -> None:
    """It describes the model and all options, and would take more memory than the faces."""
    ones = [MadeWith(settings={"every": str(number)}) for number in (1, 2)]
    kept = PackedFrames()
    for i in range(100):
        kept.add(replace(frame(i), made_with=ones[i // 50]))
    assert [seen.made_with for seen in kept] == [ones[i // 50] for i in range(100)]
    assert len({id(seen.made_with) for seen in kept}) == 2


@pytest.mark.slow
def test_unpacked_frames_do_not_need_the_room_of_packed_ones_besides() -> None:
    tracemalloc.start()
    kept = PackedFrames()
    for i in range(1600):
        kept.add(frame(i))
    packed = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    frames = list(kept.drained())
    most = tracemalloc.get_traced_memory()[1]
    del kept
    unpacked = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(frames) == 1600 and most - unpacked < 0.75 * packed
