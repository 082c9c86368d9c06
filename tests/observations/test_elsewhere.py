"""The section on faces from elsewhere: what a model's file carries becomes the same words everywhere."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from aiducation.evaluation.face_scores import face_scores
from aiducation.model_info import CAMERA_FIELDS, ModelInfo
from aiducation.observations.assumptions import Assumptions
from aiducation.observations.elsewhere import ANCHOR, CHOSEN, TITLE, USE, compact, off_by, section
from aiducation.states import OUTCOMES


def measured() -> dict[str, Any]:
    """What the benchmark writes, of faces that are drawn."""
    random = np.random.default_rng(0)
    probs, truth = random.dirichlet(np.ones(len(OUTCOMES)), 60), random.integers(0, len(OUTCOMES), 60)
    scores = face_scores(probs, truth, np.arange(60), threshold=0.4) | {"assumed": {"priors": "balanced"}}
    only_angry = face_scores(probs[:9], np.ones(9, int), np.arange(9), threshold=0.4) | {"assumed": {}}
    about = {"what": "pictures of nobody", "faces": 60}
    return {
        "sets": {
            "drawn": about | {"default": scores, "calm": {**scores["calm"], "answered": scores["answered_calm"]}},
            "angry": about | {"default": only_angry},
        },
        "environment": {"commit": "abc"},
    }


def test_a_model_carries_the_figures_and_they_become_a_section() -> None:
    info = ModelInfo(name="one", elsewhere=compact(measured()))
    told = section(ModelInfo.from_json(info.to_json()).elsewhere)
    assert told is not None and told.title == TITLE and told.use == USE
    assert [row[0] for row in told.rows] == ["drawn", "drawn", "angry", "angry"]
    assert all(len(row) == len(told.columns) for row in told.rows)
    accuracy = measured()["sets"]["drawn"]["default"]["accuracy"]["estimate"]
    assert told.rows[0][3].startswith(f"{accuracy:.3f} (")
    assert any("Neutral against focused" in words and "angry" not in words for words in told.sentences)


def test_as_markdown_it_has_a_table_the_anchor_and_what_follows() -> None:
    told = section(compact(measured()))
    assert told is not None
    text = told.markdown()
    assert text.startswith(f"## {TITLE}\n") and ANCHOR in text and all(words in text for words in USE)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"\|", row)) for row in rows}) == 1 and len(rows) == 6


def test_it_says_that_settings_were_chosen_on_the_same_faces() -> None:
    """Otherwise the figures would promise as much for faces from yet another place."""
    told = section(compact(measured()))
    assert told is not None and CHOSEN in told.sentences and CHOSEN in told.markdown()
    own = measured()
    own["sets"] = {"test": own["sets"]["drawn"]}
    told = section(compact(own))
    assert told is not None and CHOSEN not in told.sentences, "nothing was chosen on the official test"


def test_nothing_is_said_where_nothing_was_measured() -> None:
    assert section({}) is None


def test_how_far_probabilities_are_off_is_that_of_the_worst_foreign_set() -> None:
    def entry(name: str, error: float, calm: float) -> dict[str, Any]:
        return {
            "name": name,
            "faces": 9,
            "calibration_error": {"estimate": error, "low": None, "high": None},
            "calm_calibration_error": {"estimate": calm, "low": None, "high": None},
        }

    elsewhere = {"sets": [entry("test", 0.4, 0.4), entry("a", 0.07, 0.12), entry("b", 0.11, 0.02)]}
    assert off_by(elsewhere) == 0.11 and off_by(elsewhere, "calm") == 0.12
    assert off_by({}) is None
    info = ModelInfo(name="one", elsewhere=elsewhere, camera=dict.fromkeys(CAMERA_FIELDS, 0.5))
    assert Assumptions.of(info).off_by(info) == 0.11
    assert Assumptions.of(info, conditions="training").off_by(info) is None
