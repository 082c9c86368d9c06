from __future__ import annotations

import numpy as np
import pytest

from aiducation import published


def test_table_2_2_is_made_of_whole_images() -> None:
    hits = np.array([row.accuracy for row in published.TABLE_2_2.values()]) * published.TABLE_2_2_IMAGES
    np.testing.assert_allclose(hits, hits.round(), atol=2e-3)


def test_the_best_model_and_the_mean_of_the_folds_are_those_of_the_text() -> None:
    best = max(published.TABLE_2_2, key=lambda name: published.TABLE_2_2[name].accuracy)
    assert best == "B16_N8_FC2_K5_AP20"
    assert np.mean([fold.accuracy for fold in published.K_FOLD]) == pytest.approx(0.6422, abs=5e-5)


def test_counts_add_up() -> None:
    assert sum(published.STATE_COUNTS.values()) == 16_256
    assert sum(published.EMOTION_COUNTS.values()) == 35_887
