"""Figures of an exported flagship, drawn from what it said of the test images."""

from __future__ import annotations

from pathlib import Path

from aiducation.evaluation.calibration import reliability, risk_coverage
from aiducation.evaluation.metrics import confusion_matrix, expected_calibration_error
from aiducation.predictions import Predictions
from aiducation.temporary import subfolder


def write_flagship_figures(test: Predictions, threshold: float, folder: Path) -> None:
    """Write ``reliability``, ``risk-coverage`` and ``confusion``, each as SVG and PNG.

    Args:
        test: over the five outcomes.
        threshold: the default one of the model.
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
    save(confusion_figure(counts, test.states, "What is taken for what?"), folder / "confusion")
