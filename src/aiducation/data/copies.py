"""Duplicates in numbers: the file that lists their pairs, how they are spread over the official parts, and what others
counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aiducation.data.duplicates import KINDS, Duplicates
from aiducation.data.votes import USAGES
from aiducation.errors import DataFileError
from aiducation.records import check_regular
from aiducation.tables.dialects import csv_file
from aiducation.tables.table import Row, open_table

#: Name of the file of pairs in a prepared folder.
PAIRS_FILE = "duplicates.csv"

_COLUMNS = ("image", "copy", "kind", "similarity")

#: What another search found on all of FER2013, by the names of ``copy_counts``; all but the counts of identical images are
#: rounded. Source: the notes that came with the project's copy of the two data files.
REFERENCE: dict[str, int] = {
    "identical_groups": 1516,
    "identical_images": 3369,
    "near_groups": 1630,
    "all_groups": 2630,
    "near_groups_across_usages": 615,
    "test_images_with_copy": 263,
}


def copy_counts(found: Duplicates, usage: np.ndarray, labelled: np.ndarray) -> dict[str, int]:
    """What ``Duplicates.counts`` gives, and how the duplicates are spread over the official parts.

    Args:
        usage: (N,) official part of each image, index into ``USAGES``.
        labelled: (M,) row numbers of the images that show a state.

    Returns:
        Also, for each level that was searched, the groups with images of more than one Usage
        (``near_groups_across_usages``); and of the labelled PrivateTest images those that have a duplicate in another
        Usage (``test_images_with_copy``), and those whose duplicate there is labelled, too
        (``test_images_with_labelled_copy``).
    """
    numbers = found.counts()
    for name, group in found.levels().items():
        parts_of_group = np.unique(np.stack([group, usage]), axis=1)[0]
        numbers[f"{name}_groups_across_usages"] = int((np.bincount(parts_of_group) > 1).sum())
    in_test = usage == USAGES.index("PrivateTest")
    shows_state = np.isin(np.arange(len(usage)), labelled)
    copied = found.group[in_test & shows_state]
    numbers["test_images_with_copy"] = int(np.isin(copied, found.group[~in_test]).sum())
    numbers["test_images_with_labelled_copy"] = int(np.isin(copied, found.group[~in_test & shows_state]).sum())
    return numbers


def write_pairs(found: Duplicates, path: Path) -> None:
    """Write a CSV with one row for each pair: the two images, kind and similarity."""
    with csv_file(path) as file:
        file.row(_COLUMNS)
        for (image, copy), kind, similarity in zip(found.pairs, found.kind, found.similarity, strict=True):
            file.row((image, copy, KINDS[kind], f"{similarity:.4f}"))


def read_pairs(path: Path, group: np.ndarray, searched: tuple[str, ...]) -> Duplicates:
    """Read what ``write_pairs`` wrote; ``group`` and ``searched`` are those of ``Duplicates``.

    Raises:
        DataFileError: the file is missing, or is another kind of table.
    """
    try:
        check_regular(path)
        with open_table(path, prefer=_COLUMNS) as table:
            if table.columns:  # an empty file has no pairs
                table.need(*_COLUMNS)
            rows = [_pair(row, len(group)) for row in table.rows(_COLUMNS)] if table.columns else []
    except DataFileError as error:
        raise DataFileError(
            f"{path} is missing or damaged: {str(error).rstrip('.')}. Prepare the data again."
        ) from error
    return Duplicates(
        group=group,
        pairs=np.array([pair for pair, _, _ in rows], dtype=np.int64).reshape(-1, 2),
        kind=np.array([kind for _, kind, _ in rows], dtype=np.int8),
        similarity=np.array([similarity for _, _, similarity in rows], dtype=np.float32),
        searched=searched,
    )


def _pair(row: Row, n: int) -> tuple[tuple[int, int], int, float]:
    """The two images, the kind as an index into ``KINDS``, and the similarity."""
    if row["kind"] not in KINDS:
        raise row.error(f"'{row['kind'][:20]}' must be one of {', '.join(KINDS)}.")
    pair = row.whole("image"), row.whole("copy")
    if not all(0 <= image < n for image in pair):
        raise row.error(f"it names images beyond the {n:,} of this data set.")
    return pair, KINDS.index(row["kind"]), row.number("similarity")
