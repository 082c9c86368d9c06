"""Scores by group of people (gender, age ...), where someone has annotated the images. Names follow fairlearn's.

A difference between groups of the pictures at hand does not prove its cause: groups can differ in photo quality,
in the mix of states, and in how well raters read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np

from aiducation.errors import DataFileError, DataMismatchError
from aiducation.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    Interval,
    check_options,
    group_counts,
    holding,
    percentile_interval,
    resample_sums,
    score_intervals,
)
from aiducation.evaluation.judged_alike import unseen
from aiducation.evaluation.metrics import scores
from aiducation.predictions import Predictions
from aiducation.tables.numbers import not_whole, parse_whole
from aiducation.tables.table import Row, Table, open_table

#: Groups with fewer photos are withheld: their scores say nothing, and may say it about a single person.
MIN_PHOTOS = 5

#: Below this the bootstrap's intervals come out too narrow.
FEW_PHOTOS = 30


@dataclass(frozen=True, kw_only=True)
class GroupScores:
    """Scores of a model in each group of one attribute.

    Attributes:
        by_group: group -> score (as in ``metrics.flat_scores``) -> interval; without the withheld groups.
        n_images: group -> images, withheld groups included.
        overall: scores on all images that have a group.
        pairs: (first, second) -> accuracy of the first minus the second, the first being the more accurate. These
            intervals hold for all pairs together (Bonferroni), so it is allowed to pick the largest one.
        difference: the largest of them, from ``group_max`` to ``group_min``; None with fewer than two groups.
        group_max, group_min: the groups of the highest and lowest accuracy; "" with fewer than two groups.
        withheld: group -> why its scores are not shown.
        caveats: group -> what to keep in mind about its scores.
        n_without_group: images without a group.
    """

    by_group: dict[str, dict[str, Interval]]
    n_images: dict[str, int]
    overall: dict[str, Interval]
    pairs: dict[tuple[str, str], Interval]
    difference: Interval | None
    group_max: str
    group_min: str
    withheld: dict[str, str]
    caveats: dict[str, str]
    n_without_group: int


def read_groups(path: Path) -> dict[str, dict[int, str]]:
    """Read who is in which group: a table with the heading ``id,gender,age`` (any attributes) and one row for each
    image.

    ``id`` is the image's row number in FER2013, from 0. An empty cell means that the group is not known. The table may be
    written in any way that ``tables.table`` reads.

    Returns:
        Attribute -> image id -> group.

    Raises:
        DataFileError: the file is missing or is not such a table; the message names the line.
    """
    if not path.is_file():
        raise DataFileError(f"Cannot read the groups in {path}: there is no such file.")
    with open_table(path, prefer=("id",)) as table:
        attributes = _attributes(table)
        groups: dict[str, dict[int, str]] = {attribute: {} for attribute in attributes.values()}
        seen: set[int] = set()
        rows = 0
        for rows, row in enumerate(table.rows(table.columns), start=1):  # noqa: B007 - counted
            image = _image(row)
            if image in seen:
                raise row.error(f"image {image} was listed before; keep one row for each image.")
            seen.add(image)
            for column, attribute in attributes.items():
                if row[column]:
                    groups[attribute][image] = row[column]
    if not rows:
        raise _no_groups(path)
    return groups


def _attributes(table: Table) -> dict[str, str]:
    """Column -> attribute as it is written, of all columns but ``id``."""
    if not table.columns:
        raise _no_groups(table.path)
    named = {column: text for column, text in zip(table.columns, table.heading, strict=True) if column != "id"}
    if "id" not in table.columns or not named or not all(named) or len(named) + 1 < len(table.columns):
        raise DataFileError(
            f"{table.path} line {table.line}: expected a header such as 'id,gender,age', each name once, got "
            f"'{table.delimiter.join(table.heading)}'."
        )
    return named


def _no_groups(path: Path) -> DataFileError:
    return DataFileError(
        f"{path} has no groups: it needs a header such as 'id,gender,age', then one row for each image."
    )


def _image(row: Row) -> int:
    image = parse_whole(row["id"])
    if image is None or image < 0:
        why = "" if image is not None else f" ({not_whole(row['id']).rstrip('.')})"
        raise row.error(f"the id must be an image's row number (0, 1, 2 and so on), got '{row['id'][:40]}'{why}.")
    return image


def by_group(
    predictions: Predictions,
    groups: Mapping[int, str],
    *,
    confidence_level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> GroupScores:
    """Scores in each group, and how much the groups differ. The photos of each group are resampled separately.

    Args:
        groups: image id -> group, for one attribute of ``read_groups``.

    Raises:
        DataMismatchError: none of the images has a group.
    """
    check_options(confidence_level, n_resamples)
    member = np.array([groups.get(int(image), "") for image in predictions.ids], dtype=np.str_)
    names, counts = np.unique(member[member != ""], return_counts=True)
    if not len(names):
        raise DataMismatchError(
            f"None of the {len(predictions)} images has a group; ids must be FER2013 row numbers of the evaluated "
            f"images."
        )
    n_images = {str(name): int(count) for name, count in zip(names, counts, strict=True)}
    parts = {name: predictions.where(member == name) for name in n_images}
    photos = {name: len(np.unique(part.groups)) for name, part in parts.items()}
    shown = [name for name in parts if photos[name] >= MIN_PHOTOS]

    # Different groups hold different people, so each gets draws of its own.
    seeds = dict(zip(shown, np.random.SeedSequence(seed).generate_state(len(shown)).tolist(), strict=True))
    intervals = partial(score_intervals, confidence_level=confidence_level, n_resamples=n_resamples)
    scored = {name: intervals(parts[name], seed=seeds[name]) for name in shown}
    pairs = _pairs(
        {name: scored[name]["accuracy"].estimate for name in shown},
        {name: _accuracy_samples(parts[name], n_resamples, seeds[name]) for name in shown},
        photos,
        confidence_level,
    )
    widest = max(pairs, key=lambda pair: pairs[pair].estimate, default=("", ""))
    return GroupScores(
        by_group=scored,
        n_images=n_images,
        overall=intervals(predictions.where(member != ""), seed=seed),
        pairs=pairs,
        difference=pairs.get(widest),
        group_max=widest[0],
        group_min=widest[1],
        withheld={
            name: f"only {photos[name]} different photos; at least {MIN_PHOTOS} are needed"
            for name in parts
            if name not in scored
        },
        caveats={name: words for name in shown if (words := _caveat(parts[name], photos[name]))},
        n_without_group=int(np.sum(member == "")),
    )


def _caveat(part: Predictions, photos: int) -> str:
    """What to keep in mind about a group's scores; "" if nothing."""
    few = f"only {photos} different photos; its intervals are too narrow" if photos < FEW_PHOTOS else ""
    absent = [state for k, state in enumerate(part.states) if not (part.y_true == k).any()]
    without = f"no image is {' or '.join(absent)}, of which recall and F1 count as 0 in their means" if absent else ""
    return "; ".join(filter(None, (few, without)))


def _accuracy_samples(predictions: Predictions, n_resamples: int, seed: int) -> np.ndarray:
    """(n_resamples,) accuracies on resampled photos, with the chance that they do not show where all photos are judged alike."""
    counts = group_counts([predictions])[:, 0]
    faces, right = counts.sum(axis=(1, 2)), np.trace(counts, axis1=1, axis2=2)
    moved, variance = map(float, unseen(np.stack([faces, right], axis=1)))
    samples = scores(resample_sums(counts, n_resamples, seed))["accuracy"]
    return np.asarray(samples + np.random.default_rng(seed).normal(moved, variance**0.5, n_resamples))


def _pairs(
    accuracy: Mapping[str, float],
    samples: Mapping[str, np.ndarray],
    photos: Mapping[str, int],
    confidence_level: float,
) -> dict[tuple[str, str], Interval]:
    """The difference in accuracy of each pair of groups, the better one first."""
    ordered = sorted(accuracy, key=lambda name: -accuracy[name])
    pairs = list(combinations(ordered, 2))
    # Bonferroni: sharing the error among the pairs keeps the chance that any interval misses below 1 - level.
    level = 1 - (1 - confidence_level) / max(1, len(pairs))
    return {
        (a, b): holding(
            percentile_interval(
                accuracy[a] - accuracy[b], (samples[a] - samples[b]).clip(-1, 1), level, min(photos[a], photos[b])
            )
        )
        for a, b in pairs
    }
