"""What is measured of the flagship: every number, table and figure of its card and description."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from aiducation.evaluation.calibration import reliability, risk_coverage
from aiducation.evaluation.intervals import score_intervals
from aiducation.evaluation.metrics import area_under_roc, confusion_matrix, expected_calibration_error
from aiducation.files import subfolder
from aiducation.predictions import Predictions
from aiducation.states import OUTCOMES, STATES
from aiducation.training.published_comparison import rounded


def measured(predictions: Predictions, threshold: float) -> dict[str, Any]:
    """Every number that the card shows, with 95 % intervals where they are estimates of accuracy."""
    four = predictions.of_four_states()
    intervals = score_intervals(four)
    five = score_intervals(predictions)
    coverage, answered = risk_coverage(predictions.probs, predictions.y_true).at(threshold)
    other = predictions.y_true == len(STATES)

    return {
        "images": len(predictions),
        "images_of_four_states": len(four),
        "accuracy": rounded(intervals["accuracy"]),
        "f1_macro": rounded(intervals["f1_macro"]),
        "recall": {state: rounded(intervals[f"recall_{state}"]) for state in STATES},
        "five_way_accuracy": rounded(five["accuracy"]),
        "five_way_recall": {outcome: rounded(five[f"recall_{outcome}"]) for outcome in OUTCOMES},
        "other_auc": round(area_under_roc(predictions.probs[:, -1], other), 6),
        "calibration_error": round(expected_calibration_error(predictions.probs, predictions.y_true), 6),
        "calibration_error_four": round(expected_calibration_error(four.probs, four.y_true), 6),
        "answered": round(coverage, 6),
        "accuracy_when_answered": round(answered, 6),
    }


def shares_of(predictions: Predictions) -> dict[str, float]:
    """How frequent each outcome is: the priors that a calibration on these images assumes."""
    counts = np.bincount(predictions.y_true, minlength=len(predictions.states))
    return {name: round(float(n / len(predictions)), 4) for name, n in zip(predictions.states, counts, strict=True)}


def charts(predictions: Predictions) -> dict[str, Any]:
    """What ``ModelInfo.charts`` holds."""
    counts = confusion_matrix(predictions.y_true, predictions.y_pred, len(predictions.states))
    bins = reliability(predictions.probs, predictions.y_true)
    names = ("low", "high", "confidence", "accuracy", "count")
    rows = [
        {name: round(float(getattr(bins, name)[i]), 4) for name in names} for i in np.flatnonzero(bins.count).tolist()
    ]
    return {"confusion": [[int(n) for n in row] for row in counts], "reliability": rows}


def write_figures(test: Predictions, threshold: float, folder: Path) -> None:
    """Write ``reliability``, ``risk-coverage`` and ``confusion``, each as SVG and PNG.

    Args:
        test: over the five outcomes.
        threshold: that of the model under the conditions of its training, which validation images chose.
        folder: made if it is missing.
    """
    from aiducation.study_report.calibration_figures import reliability_figure, risk_coverage_figure
    from aiducation.study_report.study_figures import confusion_figure
    from aiducation.study_report.style import save

    folder = subfolder(folder.parent, folder.name)
    probs, truth = test.probs, test.y_true
    error = expected_calibration_error(probs, truth)
    save(reliability_figure(reliability(probs, truth), error), folder / "reliability")
    save(risk_coverage_figure(risk_coverage(probs, truth), threshold), folder / "risk-coverage")
    counts = confusion_matrix(truth, test.y_pred, len(test.states))
    save(confusion_figure(counts, test.states, "Confusion matrix"), folder / "confusion")
