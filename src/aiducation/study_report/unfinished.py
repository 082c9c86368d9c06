"""Runs whose training is not over, apart from all tables: how far they are, and nothing that looks like a result."""

from __future__ import annotations

from collections.abc import Sequence

from aiducation.study_report.page_parts import Table
from aiducation.study_report.study_runs import StudyRun


def unfinished_table(runs: Sequence[StudyRun]) -> Table | None:
    """How far each is; None where every run is finished."""
    if not runs:
        return None
    return Table(
        columns=["network", "split", "seed", "fold", "epochs", "training", "best validation accuracy so far"],
        rows=[
            [
                run.info.model,
                run.info.split,
                run.info.seed,
                run.info.fold,
                f"{run.info.epochs_done} of {max(run.wanted, run.info.epochs)}",
                _state(run),
                round(float(run.log["valid_accuracy"].max()), 4) if len(run.log.get("valid_accuracy", ())) else None,
            ]
            for run in runs
        ],
        note="These runs are in no other table or figure and behind no verdict. The last column is the best of the epochs so "
        "far, chosen on the images that it is counted on.",
    )


def _state(run: StudyRun) -> str:
    """In words."""
    if run.differs:
        return f"not as published: {run.differs}"
    if not run.info.epochs_done:
        return "in its first epoch"
    return "shorter than published" if run.info.finished else "goes on"
