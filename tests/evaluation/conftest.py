"""Predictions with known properties, for the tests of the evaluation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from aiducation.predictions import Predictions


def predictions_of(y_true: np.ndarray, y_pred: np.ndarray, groups: np.ndarray | None = None) -> Predictions:
    """Predictions that choose ``y_pred`` with a probability of 0.7."""
    probs = np.full((len(y_true), 4), 0.1, dtype=np.float32)
    probs[np.arange(len(y_true)), y_pred] = 0.7
    ids = np.arange(len(y_true))
    return Predictions(ids=ids, y_true=y_true, probs=probs, groups=ids if groups is None else groups)


def random_predictions(accuracy: float, *, n: int = 400, seed: int = 0, copies: int = 1) -> Predictions:
    """About ``accuracy`` of ``n`` photos right, each ``copies`` times; the true states are the same for all seeds."""
    y_true = np.random.default_rng(1234).integers(4, size=n)
    rng = np.random.default_rng(seed)
    y_pred = np.where(rng.random(n) < accuracy, y_true, (y_true + rng.integers(1, 4, size=n)) % 4)
    return predictions_of(np.repeat(y_true, copies), np.repeat(y_pred, copies), np.repeat(np.arange(n), copies))


@pytest.fixture
def make_predictions() -> Callable[..., Predictions]:
    return random_predictions


@pytest.fixture
def choose() -> Callable[..., Predictions]:
    return predictions_of
