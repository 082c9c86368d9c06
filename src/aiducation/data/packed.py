"""The labelled images of a prepared data set in little room, to be taken to another machine for training on the four states."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np

from aiducation.data.copies import PAIRS_FILE
from aiducation.data.dataset import Dataset
from aiducation.errors import DataFileError, OutputExistsError
from aiducation.files import atomic_path

#: The labelled images, (M, 48, 48) uint8, in the order of their row numbers.
IMAGES_FILE = "labelled_images.npy"


def pack(dataset: Dataset, folder: Path) -> Path:
    """Write a data set without the images that have none of the four states and without the names; 37 MB for FER2013.

    Args:
        dataset: read from a folder of ``aiducation prepare``, whose splits come along.

    Returns:
        The file of images.

    Raises:
        OutputExistsError: there is something in the folder.
        DataFileError: the data set was not read from a folder.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OutputExistsError(f"{folder} is not empty; name another folder.")
    if dataset.path is None:
        raise DataFileError("This data set was not read from a folder, so it has no splits to take along.")
    nothing = np.zeros((len(dataset), 1, 1), np.uint8)
    slim = dataclasses.replace(
        dataset, images=np.broadcast_to(nothing, dataset.images.shape), names=np.full(len(dataset), "")
    )
    slim.save(folder, without=("images",))
    shutil.copytree(dataset.path / "splits", folder / "splits")
    shutil.copyfile(dataset.path / PAIRS_FILE, folder / PAIRS_FILE)
    path = folder / IMAGES_FILE
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, np.ascontiguousarray(dataset.images[dataset.labelled]), allow_pickle=False)
    return path


def unpack(folder: Path, whole: Path) -> Path:
    """Make a prepared data set again, of 86 MB for FER2013, in a folder that is not there yet; images without a state are black.

    Args:
        folder: made by ``pack``; it stays as small as it is.
        whole: the folder to make, which is given back.

    Raises:
        DataFileError: it is not a folder of ``pack``, or is damaged.
    """
    try:
        faces = np.load(folder / IMAGES_FILE, allow_pickle=False)
        kept, state = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("kept", "state"))
    except (OSError, ValueError) as error:
        raise DataFileError(f"{folder} was not packed, or is damaged: {error}. Pack the data again.") from error
    rows = np.flatnonzero(kept & (state >= 0))
    if faces.ndim != 3 or len(faces) != len(rows):
        raise DataFileError(f"{folder / IMAGES_FILE} has {len(faces):,} images for {len(rows):,} labels; pack again.")
    images = np.zeros((len(kept), *faces.shape[1:]), np.uint8)
    images[rows] = faces
    shutil.copytree(folder, whole, ignore=shutil.ignore_patterns(IMAGES_FILE))
    with atomic_path(whole / "images.npy") as temporary, temporary.open("wb") as file:
        np.save(file, images, allow_pickle=False)
    return whole
