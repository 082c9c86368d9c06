"""Pictures that are analyzed beside each other get one thread each, and the same answers to the bit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from aiducation.media.samples import gallery
from aiducation.observations.result_json import to_json
from aiducation.vision import sessions
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.sessions import beside_others, threads_here


def test_a_picture_beside_others_is_left_to_one_thread() -> None:
    assert threads_here(4) == 4
    with beside_others(False):
        assert threads_here(4) == 4
    with beside_others(True):
        assert threads_here(4) == 1
        with beside_others(False):
            assert threads_here(4) == 1, "there are others all the same"
    assert threads_here(4) == 4


@pytest.mark.parametrize("shape", [(3, 3), (5, 4)], ids=str)
def test_the_answers_are_the_same_to_the_bit(shape: tuple[int, int]) -> None:
    analyzer, image = Analyzer(threads=2), gallery(*shape, width=1280, height=720)
    alone = analyzer.photo(image)
    with beside_others(True):
        beside = analyzer.photo(image)
    assert len(alone) == shape[0] * shape[1]
    assert to_json(alone) == to_json(beside)
    for name in ("boxes", "probs", "votes"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(beside, name))


def test_memory_is_given_back_at_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pictures are analyzed: all that is given back must be filled with zeros again."""
    given, now_s = [], [5000.0]
    monkeypatch.setattr(sessions, "give_memory_back", lambda: given.append(now_s[0]))
    monkeypatch.setattr(sessions, "_given_at_s", 0.0)
    monkeypatch.setattr(sessions, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    for _ in range(100):
        sessions.give_memory_back_at_times()
        now_s[0] += 0.5
    assert given == [5000.0, 5010.0, 5020.0, 5030.0, 5040.0]
