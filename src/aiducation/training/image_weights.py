"""How much each training image counts: read from a table, and made so that groups count alike, or one counts more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from aiducation.errors import ConfigError, DataFileError, unknown_name
from aiducation.tables.dialects import write_csv
from aiducation.tables.numbers import parse_whole
from aiducation.tables.table import open_table

#: No image counts more than so many times another: few images must not carry the training alone.
MOST = 4.0


def image_weights(path: Path, ids: np.ndarray) -> np.ndarray:
    """(N,) float32 weights of the images with these row numbers, of mean 1; images that the table does not name weigh 1.

    Raises:
        DataFileError: the table is missing, names none of the images, or holds no weights above 0.
    """
    known: dict[int, float] = {}
    with open_table(path, prefer=("id", "weight")) as table:
        table.need("id", "weight")
        for row in table.rows(("id", "weight")):
            image, weight = parse_whole(row["id"]), row.number("weight")
            if image is None or image in known:
                raise row.error("the id must be an image's row number, each once.")
            if not 0 < weight < 1e6:
                raise row.error(f"a weight must be above 0, got {row['weight'][:40]}.")
            known[image] = weight
    if not any(int(i) in known for i in ids):
        raise DataFileError(f"{path} names none of the {len(ids):,} training images.")
    weights = np.array([known.get(int(i), 1.0) for i in ids])
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def weights_by_group(groups: Mapping[int, str], state: Mapping[int, int]) -> dict[int, float]:
    """Image -> weight, such that within each state every group counts alike, up to ``MOST`` times another image; the mean is 1.

    Args:
        groups: image -> group of one attribute; images without one are left out.
        state: image -> its state.

    Raises:
        ConfigError: nobody has a group.
    """
    members: dict[tuple[int, str], list[int]] = {}
    for image, group in groups.items():
        if group and image in state:
            members.setdefault((state[image], group), []).append(image)
    if not members:
        raise ConfigError("None of the training images has a group; ids must be row numbers of the prepared data.")
    weights: dict[int, float] = {}
    for shown in {state for state, _ in members}:
        there = [images for (state, _), images in members.items() if state == shown]
        each = [1 / len(images) for images in there]
        each = [min(one, MOST * min(each)) for one in each]
        mean = sum(one * len(images) for one, images in zip(each, there, strict=True)) / sum(map(len, there))
        for one, images in zip(each, there, strict=True):
            weights |= dict.fromkeys(images, one / mean)
    return weights


def weights_of_group(groups: Mapping[int, str], group: str, times: float) -> dict[int, float]:
    """Image -> weight: images of one group count so many times as much as the others; images of unknown group weigh 1.

    Args:
        groups: image -> group of one attribute; a measured group may be named without its limits ("dark").
        times: from 1 to ``MOST``.

    Raises:
        ConfigError: there is no such group, or the factor is out of range.
    """
    check_times(times)
    known = list(dict.fromkeys(filter(None, groups.values())))
    chosen = [one for one in known if group in (one, one.split(" (")[0])]
    if not chosen:
        raise unknown_name("group", group, [one.split(" (")[0] for one in known])
    return {image: float(times) if one in chosen else 1.0 for image, one in groups.items()}


def check_times(times: float) -> None:
    """Make sure that a group can count so many times as much as the others.

    Raises:
        ConfigError: it cannot.
    """
    if not 1 <= times <= MOST:
        raise ConfigError(f"A group can count from 1 to {MOST:g} times as much as the others, not {times:g} times.")


def write_weights(weights: Mapping[int, float], path: Path, csv_dialect: str) -> None:
    """Write the table that ``image_weights`` reads."""
    write_csv(path, ["id", "weight"], [[image, round(weights[image], 4)] for image in sorted(weights)], csv_dialect)
