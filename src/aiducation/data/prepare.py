"""From the two public files to a folder that training and reports read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.data.analysis import agreement, agreement_rates
from aiducation.data.cleaning import clean
from aiducation.data.copies import PAIRS_FILE, write_pairs
from aiducation.data.criteria import get_criteria
from aiducation.data.dataset import INFO_FILE, Dataset, DatasetInfo, hash_arrays
from aiducation.data.duplicates import Duplicates, find_duplicates, find_identical
from aiducation.data.ferplus_folders import label_files, whole_table
from aiducation.data.splits import Split, check_kind, make_split
from aiducation.data.vote_files import read_votes
from aiducation.data.votes import USAGES, VoteTable
from aiducation.errors import DataFileError, unknown_name
from aiducation.files import check_folder, new_folder, sha256, subfolder
from aiducation.locks import held
from aiducation.states import STATES
from aiducation.words import percent

#: Written when nothing else is asked for.
DEFAULT_SPLITS: tuple[str, ...] = ("official", "random", "published", "folds10")

SEARCHES: tuple[str, ...] = ("full", "identical")

#: FER2013's label is the crowd's majority in 0.61 of the images of each Usage, and in 0.17 where rows were mixed up. Parts
#: of fewer images are not judged.
LEAST_AGREEMENT, ENOUGH_TO_JUDGE = 0.4, 500

#: Called with the name of a stage and the share of it that is done, 0..1.
StageProgress = Callable[[str, float], None]


def prepare(
    fer2013: Path,
    ferplus: Path,
    out: Path,
    *,
    criteria: str = "published",
    splits: Sequence[str] = DEFAULT_SPLITS,
    seeds: Sequence[int] = (0,),
    duplicates: str = "full",
    force: bool = False,
    progress: StageProgress | None = None,
) -> Dataset:
    """Read, join, clean, label, search for duplicates, split, and write everything to a folder.

    Args:
        fer2013, ferplus: the two files, see ``read_votes``.
        out: folder to write.
        criteria: name of the rule set.
        splits: kinds of splits to write, see ``make_split``.
        seeds: one file for each kind and seed.
        duplicates: search for duplicates: "full", or "identical" for equal pixels only (a second instead of a minute).
        force: overwrite what is in ``out``.

    Raises:
        DataFileError: an input is wrong, see ``read_votes`` and ``check_agreement``, or no image shows one of the states.
        ConfigError: a name is unknown, or a split would have an empty part.
        OutputExistsError: ``out`` is not empty and ``force`` is not set.
        OutputError: something else than a folder is in the place of ``splits``.
    """
    rules = get_criteria(criteria)
    if duplicates not in SEARCHES:
        raise unknown_name("duplicate search", duplicates, SEARCHES)
    for kind in splits:
        for seed in seeds:
            check_kind(kind, seed)
    new_folder(out, force=force)
    check_folder(out / "splits")  # shows before the work
    tell = progress or (lambda stage, share: None)

    table = read_votes(fer2013, ferplus, progress=lambda share: tell("reading", share))
    check_agreement(table)
    kept, cleaning = clean(table.votes)
    arrays = {
        "images": table.pixels,
        "emotion": table.emotion,
        "usage": table.usage,
        "votes": table.votes,
        "names": table.names,
        "state": rules.assign(table.votes),
        "kept": kept,
    }
    found = _search(table.pixels, duplicates, lambda share: tell("searching for duplicates", share))
    info = DatasetInfo(
        criteria=criteria,
        data_hash=hash_arrays(arrays),
        cleaning=cleaning,
        duplicates={"method": duplicates, **found.counts()},
        sources={name: sha256(path) for name, path in _sources(fer2013, ferplus).items()},
        without_image=table.without_image,
    )
    dataset = Dataset(**arrays, duplicate_group=found.group, info=info, path=out)
    per_state = np.bincount(dataset.state[dataset.labelled], minlength=len(STATES))
    if absent := [state for state, n in zip(STATES, per_state, strict=True) if not n]:
        raise DataFileError(f"No image is {' or '.join(absent)} by the criteria '{criteria}'; is the data complete?")

    # Every split is drawn before anything is written: what cannot be drawn leaves no half-made folder.
    drawn = [make_split(kind, dataset.split_input(), seed=seed) for kind in splits for seed in seeds]
    tell("writing", 0.0)
    write_prepared(dataset, drawn, found, out)
    tell("writing", 1.0)
    return dataset


def write_prepared(dataset: Dataset, splits: Sequence[Split], found: Duplicates, out: Path) -> None:
    """Write a prepared folder over what was there; of two at once, one is whole in the end.

    ``dataset.json`` goes first and comes last: a folder without it is unfinished, so that nobody reads old data with new splits.
    """
    with held(out, "prepared data", wait=True):
        (out / INFO_FILE).unlink(missing_ok=True)
        for old in subfolder(out, "splits").glob("*.json"):  # of other data, which nothing else here belongs to
            old.unlink()
        for split in splits:
            split.save(out / "splits" / f"{split.name}.json")
        write_pairs(found, out / PAIRS_FILE)
        dataset.save(out)


def _search(images: np.ndarray, search: str, progress: Callable[[float], None]) -> Duplicates:
    return find_duplicates(images, progress=progress) if search == "full" else find_identical(images)


def check_agreement(table: VoteTable) -> None:
    """Make sure that votes and labels are about the same images: rows that were reordered within a Usage still fit by count.

    Raises:
        DataFileError: in one Usage the crowd's majority is FER2013's label far too seldom.
    """
    for usage, name in enumerate(USAGES):
        counts = agreement(table.emotion[table.usage == usage], table.votes[table.usage == usage])
        rate = agreement_rates(counts)["overall"]
        if counts.sum() >= ENOUGH_TO_JUDGE and rate < LEAST_AGREEMENT:
            raise DataFileError(
                f"In {name}, most raters chose FER2013's own label in only {percent(rate)} of {counts.sum():,} images; in "
                f"the original files it is 61 %. The rows of one file seem to have been reordered; use both as "
                f"downloaded."
            )


def _sources(fer2013: Path, ferplus: Path) -> dict[str, Path]:
    """The tables that were read, by a short name; images of a folder are not among them."""
    found = [fer2013] if fer2013.is_file() else []
    if ferplus.is_dir():
        whole = whole_table(ferplus)
        found += [whole] if whole else label_files(ferplus)
    else:
        found.append(ferplus)
    return {f"{path.parent.name}/{path.name}" if path.name == "label.csv" else path.name: path for path in found}


def summary(dataset: Dataset) -> dict[str, Any]:
    """The counts that a user wants to see after preparing, as JSON values."""
    labelled = dataset.labelled
    per_state = np.bincount(dataset.state[labelled], minlength=len(STATES))
    return {
        "images": len(dataset),
        "without_image": dataset.info.without_image,
        "without_votes": int((dataset.votes.sum(axis=1) == 0).sum()),
        "cleaning": dataset.info.cleaning,
        "kept": int(dataset.kept.sum()),
        "criteria": dataset.info.criteria,
        "states": {state: int(n) for state, n in zip(STATES, per_state, strict=True)},
        "other": int(dataset.kept.sum()) - len(labelled),
        "duplicates": dataset.info.duplicates,
        "splits": {
            name: {part: len(ids) for part, ids in split.parts.items()} | {"taken out": split.taken_out}
            for name, split in dataset.splits().items()
        },
        "data_hash": dataset.data_hash,
    }
