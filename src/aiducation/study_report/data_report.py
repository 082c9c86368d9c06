"""The data report: what is in a prepared data set, as one page, figures, CSV tables and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data import analysis
from aiducation.data.dataset import Dataset
from aiducation.files import write_json
from aiducation.states import OTHER, STATES
from aiducation.study_report import data_figures
from aiducation.study_report.data_tables import by_state, data_numbers, data_tables
from aiducation.study_report.page_parts import FigureFolder, PageFigure, report_folder, write_page
from aiducation.tables.dialects import STANDARD, check_dialect

#: Sample images shown for each state, and the seed they are chosen with.
SAMPLES, SEED = 10, 0

#: Figures that a report may lack: the data lacks what they show, or they show faces.
OPTIONAL_FIGURES = ("emotions", "agreement", "splits", "samples", "mean_faces")


def write_data_report(
    dataset: Dataset, out: Path, *, with_faces: bool = True, csv_dialect: str = STANDARD, force: bool = False
) -> Path:
    """Write ``index.html``, ``data_report.json``, CSV tables and ``figures/`` about a prepared data set.

    Args:
        dataset: read from a folder.
        out: folder to write to.
        with_faces: whether to show images of FER2013, and means of them. Their rights are not cleared for
            publication, so leave them out of what is published.
        csv_dialect: of ``tables.dialects.DIALECTS``.
        force: write into a folder that is not empty; files of an earlier report go.

    Returns:
        The path of the page.

    Raises:
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
        DataFileError: the data set has no folder, or something in it is damaged.
        ConfigError: there is no such dialect.
    """
    check_dialect(csv_dialect)
    with report_folder(out, force=force) as folder:
        numbers = data_numbers(dataset)
        tables = data_tables(numbers)
        figures = FigureFolder(folder / "figures")
        shown = _number_figures(figures, dataset, numbers)
        if with_faces:
            shown |= _face_figures(figures, dataset)
        for name, table in tables.items():
            table.write_csv(folder / f"{name}.csv", csv_dialect)
        write_json(folder / "data_report.json", numbers)
        write_page(
            "data_report.html",
            folder / "index.html",
            info=dataset.info,
            tiles=_tiles(numbers),
            agree=numbers["agreement_rates"]["overall"] if "agreement_rates" in numbers else None,
            figures={**dict.fromkeys(OPTIONAL_FIGURES), **shown},
            tables=tables,
            with_faces=with_faces,
        )
    return out / "index.html"


def _number_figures(figures: FigureFolder, dataset: Dataset, numbers: Mapping[str, Any]) -> dict[str, PageFigure]:
    """Figures that show no faces."""
    shown = _label_figures(figures, numbers) if "emotions" in numbers else {}
    shown["cleaning"] = figures.add(
        "cleaning",
        data_figures.cleaning_figure(numbers["cleaning"]),
        "Images that each rule dropped, by how many of the ten raters chose the column that the rule checks.",
    )
    shown["states"] = figures.add(
        "states",
        data_figures.states_figure(numbers["states"]),
        "Figure 1.4 of the study: images of each state after cleaning; hatched: images that match no state.",
    )
    shown["entropy"] = figures.add(
        "entropy",
        data_figures.entropy_figure(by_state(dataset, analysis.vote_entropy(dataset.votes))),
        "Entropy of each image's ten votes. The further right, the less the raters agree.",
    )
    overall = analysis.intensity_histogram(dataset.images, np.flatnonzero(dataset.kept))
    each = {name: analysis.intensity_histogram(dataset.images, ids) for name, ids in _ids_by_state(dataset).items()}
    shown["intensity"] = figures.add(
        "intensity",
        data_figures.intensity_figure(each, overall),
        "Share of pixels at each gray level, by state; gray: all kept images.",
    )
    shown["duplicates"] = figures.add(
        "duplicates",
        data_figures.duplicates_figure(numbers["duplicate_group_sizes"]),
        "Groups of duplicates (images of one photo), by the number of images in the group (logarithmic).",
    )
    if numbers["splits"]:
        shown["splits"] = figures.add(
            "splits",
            data_figures.splits_figure(numbers["splits"]),
            "Images of each state in each part of each split.",
        )
    return shown


def _label_figures(figures: FigureFolder, numbers: Mapping[str, Any]) -> dict[str, PageFigure]:
    """Figures about FER2013's own labels."""
    return {
        "emotions": figures.add(
            "emotions",
            data_figures.emotions_figure(numbers["emotions"]),
            "Figure 1.1 of the study: FER2013's own labels, before any cleaning.",
        ),
        "agreement": figures.add(
            "agreement",
            data_figures.agreement_figure(np.array(numbers["agreement"]["images"])),
            "Original labels against what most of ten raters chose for the same image.",
        ),
    }


def _face_figures(figures: FigureFolder, dataset: Dataset) -> dict[str, PageFigure]:
    """Figures that show FER2013's faces: not for publication."""
    chosen = analysis.sample_ids(dataset.state, dataset.kept, SAMPLES, SEED)
    samples = data_figures.samples_figure({name: np.asarray(dataset.images[ids]) for name, ids in chosen.items()})
    faces = {name: analysis.mean_face(dataset.images, ids) for name, ids in _ids_by_state(dataset).items()}
    means = data_figures.mean_faces_figure(faces)
    return {
        "samples": figures.add("samples", samples, f"Images of each state, chosen at random (seed {SEED})."),
        "mean_faces": figures.add("mean_faces", means, "The mean of all images of each state."),
    }


def _ids_by_state(dataset: Dataset) -> dict[str, np.ndarray]:
    """Row numbers of the kept images of each of the four states."""
    ids = by_state(dataset, np.arange(len(dataset)))
    return {name: ids[name] for name in STATES}


def _tiles(numbers: Mapping[str, Any]) -> list[tuple[Any, str]]:
    return [
        (numbers["images"], "images"),
        (numbers["kept"], "left after cleaning"),
        (numbers["labelled"], "show one of four states"),
        (numbers["states"][OTHER], "show none of the four (“other”)"),
        (
            sum(n for size, n in numbers["duplicate_group_sizes"].items() if size > 1),
            "groups of duplicates of one photo",
        ),
    ]
