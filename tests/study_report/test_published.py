from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aiducation import published
from aiducation.study_report.study_runs import load_runs


def test_what_is_kept_of_the_study_is_finished() -> None:
    """results/study has no score of a network that was not trained to its end, and the report is about what is kept."""
    study = Path(__file__).parents[2] / "results" / "study"
    found = json.loads((study / "results.json").read_text(encoding="utf-8"))
    kept = load_runs(study / "runs")
    assert [(run.info.model, run.info.epochs_done) for run in kept] == [
        (row["model"], row["epochs_done"]) for row in found["runs"]
    ]
    for run, row in zip(kept, found["runs"], strict=True):
        whole = run.info.epochs_done >= (published.EPOCHS if run.info.model in published.MODELS else run.info.epochs)
        assert row["finished"] == ("yes" if whole else "no")
        assert whole or ((run.valid, run.test) == (None, None) and not any(name.startswith("test_") for name in row))


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
