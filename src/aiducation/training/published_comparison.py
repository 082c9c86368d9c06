"""The flagship beside the published networks, on the same test images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiducation import published
from aiducation.errors import DataMismatchError, RunError
from aiducation.evaluation.comparisons import compare, holm
from aiducation.evaluation.intervals import Interval, score_intervals
from aiducation.predictions import Predictions
from aiducation.runs import RunInfo, find_runs
from aiducation.states import STATES


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The published networks of a study's folder on the official split.

    Attributes:
        finished: a row a network that had all its epochs; see ``beside_published``.
        unfinished: model, seed, epochs_done and epochs of the others, with which nothing is compared.
    """

    finished: list[dict[str, Any]]
    unfinished: list[dict[str, Any]]


def check_published(runs: Path) -> None:
    """Make sure before the work that there are networks to compare with.

    Raises:
        RunError: no published network below the folder was trained on the official split.
    """
    if not any(_counts(folder.info()) for folder in find_runs(runs)):
        raise RunError(
            f"No published network below {runs} was trained on the official split. Train them with: "
            "aiducation study studies/published.toml --data DATA --out RUNS"
        )


def _counts(info: RunInfo) -> bool:
    return info.model in published.MODELS and info.split == "official"


def beside_published(ours: Predictions, runs: Path) -> Beside:
    """Scores of every finished published network below a folder, and how much more often ``ours`` is right; table 2.2's order.

    Args:
        ours: the four-state predictions for the labelled test images.
        runs: a study's folder; runs on other splits, or with other options than the published ones, are passed over.

    Returns:
        One row for each run: model, seed, epochs_done, epochs, accuracy, recall (by state), ahead (accuracy of ``ours``
        minus that of the network, paired) and p_value (exact, adjusted by Holm for the number of networks).

    Raises:
        RunError: no published network was trained on the official split.
        DataMismatchError: a network was tested on the official split of other data.
    """
    rows: list[dict[str, Any]] = []
    unfinished: list[dict[str, Any]] = []
    check_published(runs)
    for folder in find_runs(runs):
        info = folder.info()
        if not _counts(info):
            continue
        if published.differs(info.config, started=info.start is not None):
            continue
        epochs = max(info.epochs, published.EPOCHS)
        if info.epochs_done < epochs or not folder.has_predictions("test"):
            unfinished.append(
                {"model": info.model, "seed": info.seed, "epochs_done": info.epochs_done, "epochs": epochs}
            )
            continue
        theirs = folder.predictions("test")
        if info.data_hash != ours.info["data_hash"]:
            raise DataMismatchError(f"{folder.path} was trained on other data than the flagship.")
        scores, ahead = score_intervals(theirs), compare(ours, theirs)
        rows.append(
            {
                "model": info.model,
                "seed": info.seed,
                "epochs_done": info.epochs_done,
                "epochs": info.epochs,
                "accuracy": rounded(scores["accuracy"]),
                "recall": {state: rounded(scores[f"recall_{state}"]) for state in STATES},
                "ahead": rounded(ahead.difference),
                "p_value": ahead.p_value,
            }
        )
    adjusted = holm({str(i): row["p_value"] for i, row in enumerate(rows)})
    for i, row in enumerate(rows):
        row["p_value"] = float(f"{adjusted[str(i)]:.2g}")

    def place(row: dict[str, Any]) -> tuple[int, int]:
        return published.MODELS.index(row["model"]), row["seed"]

    return Beside(finished=sorted(rows, key=place), unfinished=sorted(unfinished, key=place))


def rounded(interval: Interval) -> dict[str, float]:
    """Estimate and limits as JSON values; with so many digits that pages, which show three, round the number itself."""
    return {name: round(float(getattr(interval, name)), 6) for name in ("estimate", "low", "high")}
