"""The data report: what is in a prepared data set, as one page, figures, CSV tables and JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aiducation import published
from aiducation.data import analysis
from aiducation.data.criteria import get_criteria
from aiducation.data.dataset import Dataset
from aiducation.data.votes import EMOTIONS, USAGES, VOTE_COLUMNS
from aiducation.evaluation.ceiling import ceiling, fit_mixture
from aiducation.files import write_json
from aiducation.report import data_figures
from aiducation.report.page import FigureFolder, PageFigure, Table, write_page
from aiducation.states import OTHER, OTHER_INDEX, STATES

#: Sample images shown for each state, and the seed they are chosen with.
SAMPLES, SEED = 10, 0

#: Names of the figures that show FER2013's faces.
FACE_FIGURES = ("samples", "mean_faces")


def write_data_report(dataset: Dataset, out: Path, *, with_faces: bool = True) -> Path:
    """Write ``index.html``, ``data_report.json``, CSV tables and ``figures/`` about a prepared data set.

    Args:
        out: folder to write to; files of an earlier report are replaced.
        with_faces: whether to show images of FER2013, and means of them. Their rights are not cleared for
            publication, so leave them out of what is published.

    Returns:
        The path of the page.
    """
    numbers = data_numbers(dataset)
    tables = _tables(numbers)
    figures = FigureFolder(out / "figures")
    shown = _number_figures(figures, dataset, numbers)
    if with_faces:
        shown |= _face_figures(figures, dataset)
    else:
        for name in FACE_FIGURES:  # an earlier report may have left them
            for path in figures.path.glob(f"{name}.*"):
                path.unlink()
    for name, table in tables.items():
        table.write_csv(out / f"{name}.csv")
    write_json(out / "data_report.json", numbers)
    page = out / "index.html"
    write_page(
        "data_report.html",
        page,
        info=dataset.info,
        tiles=_tiles(numbers),
        rates=numbers["agreement_rates"],
        figures={"samples": None, "mean_faces": None, "splits": None, **shown},
        tables=tables,
        with_faces=with_faces,
    )
    return page


def data_numbers(dataset: Dataset) -> dict[str, Any]:
    """Every number of the report as JSON values."""
    state, kept = dataset.state, dataset.kept
    entropy = analysis.vote_entropy(dataset.votes)
    agreement = analysis.agreement(dataset.emotion, dataset.votes)
    splits = dataset.splits() if dataset.path else {}
    return {
        "images": len(dataset),
        "kept": int(kept.sum()),
        "labelled": len(dataset.labelled),
        "criteria": dataset.info.criteria,
        "data_hash": dataset.data_hash,
        "sources": dataset.info.sources,
        "emotions": analysis.count_names(dataset.emotion, EMOTIONS),
        "cleaning": dataset.info.cleaning,
        "states": analysis.state_counts(state, kept),
        "states_by_usage": {
            usage: analysis.state_counts(state, kept & (dataset.usage == i)) for i, usage in enumerate(USAGES)
        },
        "vote_entropy_bits": {
            name: {"mean": float(values.mean()), "median": float(np.median(values))}
            for name, values in _by_state(dataset, entropy).items()
            if len(values)
        },
        "agreement": {
            "rows": list(EMOTIONS),
            "columns": [*VOTE_COLUMNS, "no majority"],
            "images": agreement.tolist(),
        },
        "agreement_rates": {
            name: None if math.isnan(rate) else rate for name, rate in analysis.agreement_rates(agreement).items()
        },
        "ceiling": _ceiling(dataset),
        "duplicates": dataset.info.duplicates,
        "duplicate_group_sizes": analysis.group_sizes(dataset.duplicate_group),
        "splits": {name: analysis.split_table(split.parts, state) for name, split in splits.items()},
        "splits_taken_out": {name: split.taken_out for name, split in splits.items()},
    }


def _ceiling(dataset: Dataset) -> dict[str, float]:
    """How far two crowds, and an oracle and a crowd, agree on the state."""
    limits = ceiling(fit_mixture(dataset.votes[dataset.kept]), get_criteria(dataset.info.criteria).assign, len(STATES))
    return {
        "second crowd": limits.second_crowd,
        "oracle": limits.oracle,
        **{f"oracle, {name}": float(recall) for name, recall in zip(STATES, limits.oracle_recall, strict=True)},
    }


def _by_state(dataset: Dataset, values: np.ndarray) -> dict[str, np.ndarray]:
    """The values of the kept images of each state and of ``other``."""
    names = dict(enumerate(STATES)) | {OTHER_INDEX: OTHER}
    return {name: values[dataset.kept & (dataset.state == i)] for i, name in names.items()}


def _ids_by_state(dataset: Dataset) -> dict[str, np.ndarray]:
    """Row numbers of the kept images of each of the four states."""
    ids = _by_state(dataset, np.arange(len(dataset)))
    return {name: ids[name] for name in STATES}


def _number_figures(figures: FigureFolder, dataset: Dataset, numbers: Mapping[str, Any]) -> dict[str, PageFigure]:
    """Figures that show no faces."""
    kept = np.flatnonzero(dataset.kept)
    histograms = {
        name: analysis.intensity_histogram(dataset.images, ids) for name, ids in _ids_by_state(dataset).items()
    }
    overall = analysis.intensity_histogram(dataset.images, kept)
    entropies = _by_state(dataset, analysis.vote_entropy(dataset.votes))
    drawn = {
        "emotions": (
            data_figures.emotions_figure(numbers["emotions"]),
            "Figure 1.1 of the study: FER2013's own labels, before any cleaning.",
        ),
        "cleaning": (
            data_figures.cleaning_figure(numbers["cleaning"]),
            "Images that each rule dropped, by how many of ten raters chose the column it looks at.",
        ),
        "states": (
            data_figures.states_figure(numbers["states"]),
            "Figure 1.4 of the study: images of each state after cleaning; hatched: images that match no state.",
        ),
        "agreement": (
            data_figures.agreement_figure(np.array(numbers["agreement"]["images"])),
            "Original labels against what most of ten raters chose for the same image.",
        ),
        "entropy": (
            data_figures.entropy_figure(entropies),
            "Entropy of each image's ten votes. The further right, the less the raters agree.",
        ),
        "intensity": (
            data_figures.intensity_figure(histograms, overall),
            "Share of pixels at each gray level, by state; gray: all kept images.",
        ),
        "duplicates": (
            data_figures.duplicates_figure(numbers["duplicate_group_sizes"]),
            "Groups of images that are copies of one photo, by how many copies there are (logarithmic).",
        ),
    }
    if numbers["splits"]:
        drawn["splits"] = (
            data_figures.splits_figure(numbers["splits"]),
            "Images of each state in each part of each split.",
        )
    return {name: figures.add(name, figure, caption) for name, (figure, caption) in drawn.items()}


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


def _tiles(numbers: Mapping[str, Any]) -> list[tuple[Any, str]]:
    return [
        (numbers["images"], "images"),
        (numbers["kept"], "left after cleaning"),
        (numbers["labelled"], "show one of four states"),
        (numbers["states"][OTHER], "show none of them (“other”)"),
        (sum(n for size, n in numbers["duplicate_group_sizes"].items() if size > 1), "groups of copies of one photo"),
    ]


def _tables(numbers: Mapping[str, Any]) -> dict[str, Table]:
    """Tables of the page, by the name of their CSV file."""
    usages, states = numbers["states_by_usage"], numbers["states"]
    expected = published.STATE_COUNTS if numbers["criteria"] == "published" else {}
    table = numbers["agreement"]
    return {
        "emotions": Table(
            columns=["emotion", "images", "published"],
            rows=[[name, count, published.EMOTION_COUNTS[name]] for name, count in numbers["emotions"].items()],
        ),
        "states": Table(
            columns=["state", *usages, "all", "published"],
            rows=[
                [name, *(usages[usage][name] for usage in usages), count, expected.get(name)]
                for name, count in states.items()
            ],
            note="“published”: the study's own counts, which the criteria of that name reproduce on the full data.",
        ),
        "cleaning": Table(
            columns=["rule", "votes", "images dropped", "left after the rule"],
            rows=[
                [step["rule"], votes, images, step["left"]]
                for step in numbers["cleaning"]
                for votes, images in step["counts"].items()
            ],
        ),
        "agreement": Table(
            columns=["emotion", *table["columns"]],
            rows=[[name, *row] for name, row in zip(table["rows"], table["images"], strict=True)],
        ),
        "agreement_rates": Table(
            columns=["emotion", "majority agrees"],
            rows=[[name, rate] for name, rate in numbers["agreement_rates"].items()],
            note="Share of the images of each original emotion for which most raters chose the same emotion.",
        ),
        "vote_entropy": Table(
            columns=["state", "mean, bits", "median, bits"],
            rows=[[name, value["mean"], value["median"]] for name, value in numbers["vote_entropy_bits"].items()],
        ),
        "ceiling": Table(
            columns=["who judges", "agrees with the label"],
            rows=[[name, share] for name, share in numbers["ceiling"].items()],
            note="Second crowd: ten other raters, where their votes give a state. Oracle: somebody who knows how all people "
            "would vote on each image, and says the likeliest state; then the same for the images of one state.",
        ),
        "duplicates": Table(
            columns=["search for copies", "found"],
            rows=[[name.replace("_", " "), value] for name, value in _flat(numbers["duplicates"]).items()],
        ),
        "duplicate_groups": Table(
            columns=["images in the group", "groups"],
            rows=[[size, count] for size, count in numbers["duplicate_group_sizes"].items()],
        ),
        "splits": Table(
            columns=["split", "part", *STATES, "all"],
            rows=[
                [split, part, *counts.values(), sum(counts.values())]
                for split, parts in numbers["splits"].items()
                for part, counts in parts.items()
            ],
            note=_taken_out(numbers["splits_taken_out"]),
        ),
        "sources": Table(
            columns=["file", "SHA-256"], rows=[[name, digest] for name, digest in numbers["sources"].items()]
        ),
    }


def _taken_out(counts: Mapping[str, int]) -> str:
    """A sentence about images that a split leaves out, "" where none does."""
    left_out = [f"{count:,} in {name}" for name, count in counts.items() if count]
    return f"Left out because a copy stands in the test or validation part: {', '.join(left_out)}." if left_out else ""


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested counts in one level, names joined by a blank."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name} ") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat
