"""FER2013 as a folder of images that carry FER+'s names, as FER+'s own script writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from aiducation.data.votes import VoteTable
from aiducation.errors import DataFileError
from aiducation.preprocess import SIDE

#: Kinds of pixels that turn into 8-bit gray without loss of range, by their names in Pillow.
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")


def read_image_folder(
    folder: Path,
    ferplus: tuple[np.ndarray, np.ndarray, np.ndarray],
    *,
    progress: Callable[[float], None] | None = None,
) -> VoteTable:
    """Read ``fer0000123.png`` files at any depth below a folder and join them with FER+'s votes by name.

    Rows come in FER+'s order; names may be in capitals. Votes without an image are left out and counted. Four names stand
    twice in FER+; the later row counts, because a script that writes the images in order leaves the later one on disk.
    FER2013's own label is unknown (-1).

    Raises:
        DataFileError: no image has a FER+ name, or one is not a 48x48 picture.
    """
    votes, usage, names = ferplus
    row_of = {str(name).lower(): row for row, name in enumerate(names) if name}
    files: dict[int, Path] = {}
    strangers = 0
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".png"):
        row = row_of.get(path.name.lower())
        if row is None:
            strangers += 1
        elif row in files:
            raise DataFileError(f"{path.name} occurs twice in {folder} and the folders inside it; keep one.")
        else:
            files[row] = path
    if not files:
        raise DataFileError(
            f"{folder} holds no image with a FER+ name like fer0000123.png ({strangers:,} other images). The images must be "
            "written by FER+'s own script; or give fer2013.csv instead."
        )
    rows = np.array(sorted(files))
    pixels = np.empty((len(rows), SIDE, SIDE), np.uint8)
    for i, row in enumerate(rows):
        pixels[i] = _read_gray(files[int(row)])
        if progress and i % 1000 == 0:
            progress(i / len(rows))
    return VoteTable(
        pixels=pixels,
        emotion=np.full(len(rows), -1, np.int8),
        usage=usage[rows],
        votes=votes[rows],
        names=names[rows],
        without_image=len(row_of) - len(rows),
    )


def _read_gray(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            if image.size != (SIDE, SIDE):
                raise DataFileError(f"{path} is {image.width}x{image.height} pixels; expected {SIDE}x{SIDE}.")
            if image.mode not in _MODES:
                raise DataFileError(f"{path} has pixels of kind {image.mode}; expected 8 bits per channel.")
            return np.asarray(image.convert("L"))
    except DataFileError:
        raise
    except (Image.DecompressionBombError, EOFError, OSError, SyntaxError, ValueError) as error:
        raise DataFileError(f"{path} is not a readable picture: {error}.") from error
