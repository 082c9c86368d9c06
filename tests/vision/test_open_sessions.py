"""Memory is given back while other threads open and use networks."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from aiducation.vision.classifier import Classifier
from aiducation.vision.sessions import OpenSessions, give_all_memory_back


class _Session:
    pass


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_models_are_opened_while_all_are_asked_to_give_memory_back(hasty: None) -> None:
    known, kept, over = OpenSessions(), [_Session() for _ in range(300)], threading.Event()
    for one in kept:
        known.add(one)

    def open_more() -> None:
        while not over.is_set():
            for one in [_Session() for _ in range(50)]:
                known.add(one)

    others = threading.Thread(target=open_more)
    others.start()
    try:
        assert all(set(known.all()) >= set(kept) for _ in range(1000))
    finally:
        over.set()
        others.join()


def test_sessions_that_nobody_uses_are_forgotten() -> None:
    known = OpenSessions()
    session = _Session()
    known.add(session)
    assert known.all() == [session]
    del session
    assert known.all() == []


@pytest.mark.slow
def test_faces_are_classified_alike_while_memory_is_given_back() -> None:
    faces = np.random.default_rng(1).integers(0, 256, (40, 48, 48), np.uint8)
    classifier = Classifier()
    wanted, over = classifier.probs(faces), threading.Event()

    def give_back() -> None:
        while not over.is_set():
            give_all_memory_back()

    other = threading.Thread(target=give_back)
    other.start()
    try:
        for _ in range(20):
            np.testing.assert_array_equal(classifier.probs(faces), wanted)
    finally:
        over.set()
        other.join()
