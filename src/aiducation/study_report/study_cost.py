"""What trainings that were not run would cost, by arithmetic from those that were."""

from __future__ import annotations

import numpy as np

from aiducation import published
from aiducation.data.dataset import Dataset
from aiducation.study_report.study_runs import Study


def ten_folds_cost(study: Study, dataset: Dataset | None = None) -> str:
    """A sentence: the hours of ten folds with the published network that trains fastest here; "" if none was begun.

    Folds leave out no labelled image. The parts of a run may lack some: the official split leaves out duplicates.
    """
    hours = {}
    for run in study.runs:
        speed = run.log.get("images_per_s", np.zeros(0))
        if len(speed) and run.info.model in published.TABLE_2_2 and run.info.fold is None:
            known = run.info.n_train + run.info.n_valid + run.info.n_test
            images = (known if dataset is None else len(dataset.labelled)) * (1 - 1 / len(published.K_FOLD))
            rate = float(np.median(speed))
            hours[run.info.model] = images * published.EPOCHS * len(published.K_FOLD) / rate / 3600, images, rate
    if not hours:
        return ""
    name, (cost, images, rate) = min(hours.items(), key=lambda item: item[1][0])
    return (
        f"By arithmetic, {name} would need at least {cost:.2g} hours for it on the machine that trained it, if nothing more runs "
        f"there: {len(published.K_FOLD)} folds, {published.EPOCHS} epochs, about {images:,.0f} images an epoch at {rate:.0f} "
        f"images a second (median of its epochs)."
    )
