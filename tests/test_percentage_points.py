"""Differences of shares in percentage points: what is sure and small is not told as 0."""

from __future__ import annotations

import numpy as np
import pytest

from aiducation.predictions import Predictions
from aiducation.texts import texts_of
from aiducation.vision.model_comparison import compared
from aiducation.words import point_digits


@pytest.mark.parametrize(
    ("shares", "digits"),
    [
        ((0.15, 0.1, 0.2), 0),
        ((0.15, 0.0, 0.3), 0),
        ((0.01,), 0),
        ((0.15, 0.004, 0.3), 1),
        ((-0.004, 0.2), 1),
        ((0.0004,), 2),
        ((), 0),
    ],
)
def test_decimals_where_they_are_needed(shares: tuple[float, ...], digits: int) -> None:
    assert point_digits(*shares) == digits
    assert all(float(f"{100 * share:.{digits}f}") for share in shares if share)


@pytest.mark.slow
def test_a_small_lead_that_is_sure_is_not_told_as_nothing() -> None:
    n = np.arange(4000)

    def model(wrong: int) -> Predictions:
        probs = np.where((n < wrong)[:, None], [0.1, 0.7, 0.1, 0.1], [0.7, 0.1, 0.1, 0.1]).astype(np.float32)
        return Predictions(ids=n, y_true=np.zeros(len(n), np.int64), probs=probs, groups=n)

    found = compared({"first": model(1016), "second": model(1000)})
    assert found.against[0].p_holm < 0.001
    assert "more often than first, by 0.4 percentage points (+0.2 to +0.6)" in found.headline()
    assert "0,4 Prozentpunkte" in found.headline(texts_of("de"))
