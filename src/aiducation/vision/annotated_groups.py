"""Groups of faces that people annotated: from tables of groups, and from group labels of one or several annotators."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from aiducation.data.dataset import Dataset
from aiducation.errors import ConfigError, DataFileError
from aiducation.files import atomic_path, new_folder
from aiducation.observations.annotations import Annotations
from aiducation.observations.group_attributes import GROUP_ATTRIBUTES
from aiducation.observations.group_labels import SeenGroups, seen_groups
from aiducation.tables.paths import rows_by_file
from aiducation.tables.table import open_table
from aiducation.words import many

#: Attribute -> group of each face, "" where it is not known.
Groups = dict[str, list[str]]

#: Columns of a table of labelled faces that are no attributes of groups.
_OF_FACES = ("file", "state", "person")

#: A picture of ``write_pictures``: the row number of its image.
_NAME = re.compile(r"image_(\d{1,9})\.\w{1,5}")

#: A face of 48 pixels is enlarged so often, with so many pixels of its edge around it, so that it is found and seen well.
_ENLARGED, _MARGIN = 6, 16


def labelled_groups(pictures: Sequence[Path], annotators: Mapping[str, Annotations]) -> tuple[Groups, list[str]]:
    """The groups of pictures by what annotators saw, and what a reader should know.

    A label is about the picture whose path ends like its source; where none does, about the one of the same name, if no other
    label is about that.

    Args:
        pictures: N files, each with the face that is judged.
        annotators: name -> what they say.

    Raises:
        DataFileError: a label could be about several pictures, or none is about any of them.
    """
    by_name: dict[str, list[int]] = {}
    for i, path in enumerate(pictures):
        by_name.setdefault(path.name, []).append(i)
    place: dict[int, SeenGroups] = {}
    elsewhere: dict[int, list[SeenGroups]] = {}  # picture -> labels of pictures of its name in other folders
    strangers = 0
    for seen in seen_groups(annotators):
        tail = PurePosixPath(seen.source.replace("\\", "/")).parts
        alike = by_name.get(tail[-1], [])
        same = [i for i in alike if pictures[i].parts[-len(tail) :] == tail]
        if len(same or alike) > 1:
            first, second = (same or alike)[:2]
            raise DataFileError(
                f"The labels of {seen.source} could be about {pictures[first]} or {pictures[second]}; give pictures in "
                f"different folders different names."
            )
        if same:
            place[same[0]] = seen
        elif alike:
            elsewhere.setdefault(alike[0], []).append(seen)
        else:
            strangers += 1
    for i, others in elsewhere.items():
        if i not in place and len(others) > 1:
            raise DataFileError(
                f"The labels of {others[0].source} and those of {others[1].source} could both be about {pictures[i]}; give "
                f"pictures in different folders different names."
            )
        strangers += len(others) if i in place else 0
        place.setdefault(i, others[0])
    return _of_faces([place.get(i) for i in range(len(pictures))], strangers)


def labelled_images(ids: Sequence[int], annotators: Mapping[str, Annotations]) -> tuple[Groups, list[str]]:
    """The same for images of a prepared data set that ``write_pictures`` wrote for annotators.

    Args:
        ids: row numbers of N images.
        annotators: name -> what they say.

    Raises:
        DataFileError: no label is about any of them.
    """
    known = {int(i): k for k, i in enumerate(ids)}
    place: dict[int, SeenGroups] = {}
    strangers = 0
    for seen in seen_groups(annotators):
        match = _NAME.fullmatch(PurePosixPath(seen.source.replace("\\", "/")).name)
        if match and int(match[1]) in known:
            place[known[int(match[1])]] = seen
        else:
            strangers += 1
    return _of_faces([place.get(i) for i in range(len(ids))], strangers)


def _of_faces(seen: Sequence[SeenGroups | None], strangers: int) -> tuple[Groups, list[str]]:
    there = [one for one in seen if one is not None]
    if not there:
        raise DataFileError(
            f"None of the group labels is about one of these {len(seen):,} pictures. The labels name their pictures by the "
            f"file's name."
        )
    groups = {
        attribute.title: [one.groups.get(name, "") if one else "" for one in seen]
        for name, attribute in GROUP_ATTRIBUTES.items()
        if any(name in one.groups for one in there)
    }
    notes = [f"{many(len(seen) - len(there), 'face')} without a group label."] if len(there) < len(seen) else []
    if strangers:
        notes.append(f"Pictures with group labels that are not among these faces: {strangers:,}.")
    for name, attribute in GROUP_ATTRIBUTES.items():
        if n := sum(name in one.divided for one in there):
            notes.append(
                f"Faces about whose {attribute.title} annotators are evenly divided, and which are in no group: {n:,}."
            )
    return groups, notes


def table_groups(path: Path, pictures: Sequence[Path]) -> Groups:
    """The groups of pictures from a table with the column file and one column for each attribute.

    It may be the table of the labelled faces itself: what it says of states and single people makes no groups.

    Raises:
        DataFileError: it lacks the column, has no other, names a picture or a column twice, or names none of the pictures.
    """
    with open_table(path, prefer=("file",)) as table:
        table.need("file")
        names = [name for name in table.columns if name and name not in _OF_FACES]
        table.need(*dict.fromkeys(names))  # that none stands there twice
        rows = rows_by_file(table, ("file",))
        known = [rows.get(str(one.resolve())) for one in pictures]
        if not names or not any(known):
            raise DataFileError(
                f"{path} names no group of these {len(pictures):,} pictures: it needs the column file, and a column for each "
                f"attribute."
            )
        return {name: [row.cells.get(name, "") if row else "" for row in known] for name in names}


def write_pictures(dataset: Dataset, folder: Path, *, n: int, seed: int = 0, force: bool = False) -> int:
    """Write random images of the official test split as pictures for annotators; gives how many.

    Each is named by its row number and enlarged, so that the page Label finds its face.

    Args:
        dataset: the prepared data.
        folder: where to.
        n: how many at most.
        seed: the same seed draws the same images.
        force: write into a folder that is not empty.

    Raises:
        ConfigError: ``n`` is less than 1.
        OutputExistsError: the folder is not empty and ``force`` is not set.
    """
    if n < 1:
        raise ConfigError(f"The number of pictures must be 1 or more, not {n}.")
    new_folder(folder, force=force)
    ids = dataset.split("official").parts["test"]
    chosen = np.sort(np.random.default_rng(seed).permutation(ids)[:n])
    for i in chosen:
        wide = np.pad(dataset.images[i], _MARGIN, mode="edge")
        side = _ENLARGED * len(wide)
        picture = Image.fromarray(wide).resize((side, side), Image.Resampling.BICUBIC)
        with atomic_path(folder / f"image_{int(i):05d}.png") as temporary:
            picture.save(temporary, format="PNG")
    return len(chosen)
