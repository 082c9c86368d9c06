"""Numbers and tables of the data report. Nothing here draws or writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aiducation import published
from aiducation.data import analysis
from aiducation.data.copies import REFERENCE, copy_counts
from aiducation.data.criteria import get_criteria
from aiducation.data.dataset import Dataset
from aiducation.data.votes import EMOTIONS, USAGES, VOTE_COLUMNS
from aiducation.environment import environment
from aiducation.evaluation.ceiling import ceiling, fit_mixture
from aiducation.states import OTHER, OTHER_INDEX, STATES
from aiducation.study_report.page_parts import Table

#: What the counts of copies mean, in the order of the table.
COPY_ROWS: dict[str, str] = {
    "identical_groups": "pixel-identical: groups",
    "identical_images": "pixel-identical: images in them",
    "near_groups": "identical or nearly so: groups",
    "near_images": "identical or nearly so: images in them",
    "all_groups": "also re-cropped, shifted or mirrored: groups",
    "all_images": "also re-cropped, shifted or mirrored: images in them",
    "all_largest_group": "also re-cropped, shifted or mirrored: images in the largest",
    "identical_groups_across_usages": "pixel-identical: groups in more than one Usage",
    "near_groups_across_usages": "identical or nearly so: groups in more than one Usage",
    "all_groups_across_usages": "also re-cropped, shifted or mirrored: groups in more than one Usage",
    "test_images_with_copy": "labelled PrivateTest images with a duplicate in another Usage",
    "test_images_with_labelled_copy": "those of them whose duplicate there is labelled",
    "identical_pairs": "pairs: pixel-identical with the first of its group",
    "near_pairs": "pairs: nearly identical",
    "recropped_pairs": "pairs: re-cropped or shifted",
    "mirrored_pairs": "pairs: mirrored",
}


def data_numbers(dataset: Dataset) -> dict[str, Any]:
    """Every number of the report as JSON values; without the original emotions where they are not known."""
    state, kept = dataset.state, dataset.kept
    entropy = by_state(dataset, analysis.vote_entropy(dataset.votes))
    splits = dataset.splits()
    return {
        "images": len(dataset),
        "without_image": dataset.info.without_image,
        "kept": int(kept.sum()),
        "labelled": len(dataset.labelled),
        "criteria": dataset.info.criteria,
        "data_hash": dataset.data_hash,
        "sources": dataset.info.sources,
        **(_emotion_numbers(dataset) if (dataset.emotion >= 0).any() else {}),
        "cleaning": dataset.info.cleaning,
        "states": analysis.state_counts(state, kept),
        "states_by_usage": {
            usage: analysis.state_counts(state, kept & (dataset.usage == i)) for i, usage in enumerate(USAGES)
        },
        "vote_entropy_bits": {
            name: {"mean": float(values.mean()), "median": float(np.median(values))}
            for name, values in entropy.items()
            if len(values)
        },
        "ceiling": _ceiling(dataset),
        "duplicates": {
            "method": dataset.info.duplicates["method"],
            **copy_counts(dataset.duplicates(), dataset.usage, dataset.labelled),
        },
        "duplicates_reference": REFERENCE,
        "duplicate_group_sizes": analysis.group_sizes(dataset.duplicate_group),
        "splits": {name: analysis.split_table(split.parts, state) for name, split in splits.items()},
        "splits_taken_out": {name: split.taken_out for name, split in splits.items()},
        "environment": environment(),
    }


def by_state(dataset: Dataset, values: np.ndarray) -> dict[str, np.ndarray]:
    """The values (N,) of the kept images of each state and of ``other``."""
    names = dict(enumerate(STATES)) | {OTHER_INDEX: OTHER}
    return {name: values[dataset.kept & (dataset.state == i)] for i, name in names.items()}


def _emotion_numbers(dataset: Dataset) -> dict[str, Any]:
    """What FER2013's own labels say, alone and against the crowd; an emotion without images has no rate."""
    table = analysis.agreement(dataset.emotion, dataset.votes)
    rates = analysis.agreement_rates(table)
    return {
        "emotions": analysis.count_names(dataset.emotion, EMOTIONS),
        "agreement": {"rows": list(EMOTIONS), "columns": [*VOTE_COLUMNS, "no majority"], "images": table.tolist()},
        "agreement_rates": {name: None if np.isnan(rate) else rate for name, rate in rates.items()},
    }


def _ceiling(dataset: Dataset) -> dict[str, float]:
    """How far two crowds, and an oracle and a crowd, agree on the state."""
    limits = ceiling(fit_mixture(dataset.votes[dataset.kept]), get_criteria(dataset.info.criteria).assign, len(STATES))
    return {
        "second crowd": limits.second_crowd,
        "oracle": limits.oracle,
        **{f"oracle, {name}": float(recall) for name, recall in zip(STATES, limits.oracle_recall, strict=True)},
    }


def data_tables(numbers: Mapping[str, Any]) -> dict[str, Table]:
    """Tables of the page, by the name of their CSV file."""
    return {
        **(_emotion_tables(numbers) if "emotions" in numbers else {}),
        "cleaning": Table(
            columns=["rule", "votes", "images dropped", "left after the rule"],
            rows=[
                [step["rule"], votes, images, step["left"]]
                for step in numbers["cleaning"]
                for votes, images in step["counts"].items()
            ],
        ),
        "states": _states_table(numbers),
        "vote_entropy": Table(
            columns=["state", "mean, bits", "median, bits"],
            rows=[[name, value["mean"], value["median"]] for name, value in numbers["vote_entropy_bits"].items()],
        ),
        "ceiling": Table(
            columns=["who judges", "agrees with the label"],
            rows=[[name, share] for name, share in numbers["ceiling"].items()],
            note="Second crowd: ten other raters, for images whose votes give a state. Oracle: somebody who knows "
            "how all people would vote on each image and always gives the most probable state. The rows below show "
            "the same for the images of each state.",
        ),
        "duplicates": _duplicates_table(numbers["duplicates"]),
        "duplicate_groups": Table(
            columns=["images in the group", "groups"],
            rows=[[size, count] for size, count in numbers["duplicate_group_sizes"].items()],
        ),
        "splits": _splits_table(numbers),
        "sources": Table(columns=["file", "SHA-256"], rows=list(map(list, numbers["sources"].items()))),
    }


def _emotion_tables(numbers: Mapping[str, Any]) -> dict[str, Table]:
    table = numbers["agreement"]
    return {
        "emotions": Table(
            columns=["emotion", "images", "published"],
            rows=[[name, count, published.EMOTION_COUNTS[name]] for name, count in numbers["emotions"].items()],
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
    }


def _states_table(numbers: Mapping[str, Any]) -> Table:
    usages, states = numbers["states_by_usage"], numbers["states"]
    expected = published.STATE_COUNTS if numbers["criteria"] == "published" else {}
    return Table(
        columns=["state", *usages, "all", "published"],
        rows=[
            [name, *(usages[usage][name] for usage in usages), count, expected.get(name)]
            for name, count in states.items()
        ],
        note="“published”: the study's own counts, which the criteria of that name reproduce on the full data.",
    )


def _duplicates_table(counts: Mapping[str, Any]) -> Table:
    found = {name: text for name, text in COPY_ROWS.items() if name in counts}
    note = "Only pixel-identical images were searched for." if counts["method"] == "identical" else ""
    if counts["method"] == "full":
        note = (
            "Reference: another search, on all of FER2013; counts beyond identical images are rounded. Additional "
            "pairs found here are mostly duplicates that the reference missed, not mistakes: of 100 re-cropped and "
            "100 mirrored pairs of FER2013 that were drawn at random and checked by eye, none showed two different "
            "photos; of the 100 least similar re-cropped pairs, a few may."
        )
    return Table(
        columns=["duplicates", "found", "reference"],
        rows=[[text, counts[name], REFERENCE.get(name)] for name, text in found.items()],
        note=note,
    )


def _splits_table(numbers: Mapping[str, Any]) -> Table:
    left_out = [f"{count:,} in {name}" for name, count in numbers["splits_taken_out"].items() if count]
    note = "Left out because a duplicate is in the test or validation split: " + ", ".join(left_out) + "."
    return Table(
        columns=["split", "part", *STATES, "all"],
        rows=[
            [split, part, *counts.values(), sum(counts.values())]
            for split, parts in numbers["splits"].items()
            for part, counts in parts.items()
        ],
        note=note if left_out else "",
    )
