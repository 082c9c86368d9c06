"""Whether scikit-learn's temperature scaling understands the probabilities of our tables as probabilities.

scikit-learn (1.9.1) guesses: rows that add up to 1 within 0.00001, all of them at once, are probabilities, and otherwise all are
logits. Five numbers that are rounded each alone miss that: the temperature is wrong, and a face gets another answer alone than
beside others. The documentation does not say how near to 1 they have to be.

Source: findings/rounded_probabilities_in_scikit_learn.sh.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation.evaluation.calibration import softmax
from aiducation.observations.faces import rows_of
from aiducation.predictions import Predictions
from aiducation.states import OUTCOMES
from aiducation.vision.own_faces import LabelledFace, OwnFaces
from makers import faces_of
from needs import need_package

calibration = need_package("sklearn.calibration")
FrozenEstimator = need_package("sklearn.frozen").FrozenEstimator
base = need_package("sklearn.base")

N, TOO_SURE = 1000, 1.5


class Given(base.ClassifierMixin, base.BaseEstimator):  # type: ignore[misc,name-defined]
    """A classifier whose answers were written down before: its input is its probabilities."""

    def fit(self, said: np.ndarray, truth: np.ndarray) -> Given:
        self.classes_ = np.arange(said.shape[1])
        return self

    def predict_proba(self, said: np.ndarray) -> np.ndarray:
        return said

    def predict(self, said: np.ndarray) -> np.ndarray:
        return np.asarray(said.argmax(axis=1))


def faces() -> tuple[np.ndarray, np.ndarray]:
    """(N, 5) float32 probabilities that are too sure, and the truth."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (N, 5))
    return softmax(TOO_SURE * logits).astype(np.float32), np.array([rng.choice(5, p=p) for p in softmax(logits)])


def calibrated(said: np.ndarray, truth: np.ndarray) -> tuple[float, Any]:
    """The temperature that scikit-learn finds, and what calibrates with it."""
    made = calibration.CalibratedClassifierCV(FrozenEstimator(Given().fit(said, truth)), method="temperature")
    made.fit(said, truth)
    return 1 / float(made.calibrated_classifiers_[0].calibrators[0].beta_), made


def written(kind: str, said: np.ndarray, truth: np.ndarray, folder: Path) -> np.ndarray:
    """What a table gives for them: that of an analysis, or that of a user's own labelled faces."""
    if kind == "an analysis":
        return np.array([[row[f"p_{outcome}"] for outcome in OUTCOMES] for row in rows_of(faces_of(list(said)))])
    numbers = np.arange(N)
    judged = tuple(LabelledFace(Path(f"{k}.png"), OUTCOMES[outcome]) for k, outcome in enumerate(truth))
    predictions = Predictions(ids=numbers, y_true=truth, probs=said, groups=numbers, states=OUTCOMES)
    crops = np.zeros((N, 48, 48), np.uint8)
    seen = OwnFaces(predictions=predictions, judged=judged, probs=said, skipped=(), several=0, crops=crops)
    seen.save(folder / "faces.csv")
    with (folder / "faces.csv").open(newline="", encoding="utf-8") as file:
        return np.array([[float(row[f"p_{outcome}"]) for outcome in OUTCOMES] for row in csv.DictReader(file)])


@pytest.mark.parametrize("kind", ["an analysis", "own faces"])
def test_probabilities_of_tables_are_calibrated_as_probabilities(kind: str, tmp_path: Path) -> None:
    said, truth = faces()
    given = written(kind, said, truth, tmp_path)
    temperature, made = calibrated(given, truth)
    assert temperature == pytest.approx(calibrated(said, truth)[0], rel=0.02) == pytest.approx(TOO_SURE, rel=0.1)
    alone = np.vstack([made.predict_proba(row[None]) for row in given[:100]])
    np.testing.assert_allclose(alone, made.predict_proba(given)[:100], atol=1e-9)


def test_what_scikit_learn_makes_of_numbers_that_are_rounded_alone() -> None:
    """If this fails, scikit-learn no longer guesses, and the tables may round as they like."""
    said, truth = faces()
    assert calibrated(said.round(4), truth)[0] < 0.5 < 1 < calibrated(said, truth)[0]
