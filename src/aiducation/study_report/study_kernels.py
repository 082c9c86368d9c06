"""The same network with the kernel that its name says and with kernel 3, which the published script may have used for all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aiducation import published
from aiducation.evaluation.comparisons import compare_sets, holm
from aiducation.predictions import Predictions
from aiducation.study_report.page_parts import Table
from aiducation.study_report.study_runs import StudyRun, predictions_by_model

#: The kernel that every network may have had.
_OF_THE_SCRIPT = 3


def kernels_table(runs: Sequence[StudyRun]) -> Table | None:
    """Each network of kernel 5 or 7 beside its twin of kernel 3, on the same test images; None where no two are finished."""
    models = predictions_by_model(runs, "test")
    pairs = [(name, twin) for name in models if (twin := _twin(name)) in models and twin != name]
    if not pairs:
        return None
    found = {name: compare_sets(models[name], models[twin]) for name, twin in pairs}
    adjusted = holm({name: comparison.p_value for name, comparison in found.items()})
    accuracy = _accuracies(models)
    shown = [run for run in runs if run.info.model in {name for pair in pairs for name in pair}]
    made = {
        (env.get("processor"), env.get("device"), env.get("commit")) for run in shown if (env := run.info.environment)
    }
    mixed = (
        " They were not all trained on the same kind of machine by the same version (table of runs)."
        if len(made) > 1
        else ""
    )
    rows = [
        [
            name,
            accuracy[name],
            accuracy[twin],
            found[name].difference,
            adjusted[name],
            "yes" if adjusted[name] < 0.05 else "no",
            round(published.TABLE_2_2[name].accuracy - published.TABLE_2_2[twin].accuracy, 4),
        ]
        for name, twin in pairs
    ]
    return Table(
        columns=[
            "network",
            "as named",
            "with kernel 3",
            "difference",
            "p, Holm",
            "different at 5 %",
            "published difference",
        ],
        rows=rows,
        note="Accuracy on the test images; differences paired on the same images, exact sign-flip tests. The published "
        "differences are those between the numbers under the two names, of 2,225 validation images and one run each: chance "
        "between images alone can give up to ±0.03, and less if both were tested on the same. A difference here tells these "
        f"trained networks apart; with one seed a network, it does not tell kernels apart.{mixed}",
    )


def _twin(name: str) -> str:
    return re.sub(r"_K\d+_", f"_K{_OF_THE_SCRIPT}_", name)


def _accuracies(models: Mapping[str, Sequence[Predictions]]) -> dict[str, float]:
    return {name: round(sum(float(p.correct.mean()) for p in some) / len(some), 4) for name, some in models.items()}
