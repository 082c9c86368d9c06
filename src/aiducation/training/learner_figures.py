"""Figures of one Learner's log and predictions, each as SVG and PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from aiducation.evaluation.metrics import confusion_matrix
from aiducation.predictions import Predictions


def draw_losses(name: str, log: dict[str, np.ndarray], path: Path | str) -> list[Path]:
    """Draw training and validation loss by epoch; gives the files that were written."""
    from aiducation.study_report import study_figures

    return _save(study_figures.losses_figure({name: [log]}), path)


def draw_metrics(name: str, log: dict[str, np.ndarray], path: Path | str) -> list[Path]:
    """Draw validation accuracy and F1 by epoch; gives the files that were written."""
    from aiducation.study_report import study_figures

    return _save(study_figures.metrics_figure({name: [log]}), path)


def draw_confusion(name: str, made: Predictions, path: Path | str) -> list[Path]:
    """Draw a confusion matrix; gives the files that were written."""
    from aiducation.study_report import study_figures

    confusion = confusion_matrix(made.y_true, made.y_pred, len(made.states))
    return _save(study_figures.confusion_figure(confusion, made.states, name), path)


def _save(figure: Any, path: Path | str) -> list[Path]:
    from aiducation.study_report import style

    path = Path(path)
    style.save(figure, path)
    return [path.with_name(f"{path.name}.{kind}") for kind in ("svg", "png")]
