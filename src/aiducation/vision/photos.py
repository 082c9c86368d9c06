"""Photos: any picture file to an array, turned upright, in colours as they are meant."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from aiducation.errors import DataFileError, ShapeError, TooLargeError
from aiducation.vision.deep_photos import DEEP_GRAY, eight_bits, gray_levels, loaded

if TYPE_CHECKING:
    from PIL import Image

#: Larger pictures are refused before they are decoded: they would take gigabytes.
MAX_PIXELS = 150_000_000

#: The same for a frame of a video, of which several are in memory at a time; 8K has 33 million.
MAX_FRAME_PIXELS = 40_000_000


def as_gray(image: np.ndarray) -> np.ndarray:
    """(H, W) uint8 gray levels of (H, W, 3) uint8 RGB; a gray picture is given back.

    Raises:
        ShapeError: the image has another shape or type.
    """
    from PIL import Image

    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ShapeError(f"A picture must be (H, W, 3) or (H, W) uint8, got {image.shape} {image.dtype}.")
    return np.asarray(Image.fromarray(image).convert("L")) if image.ndim == 3 else image


def read_photo(path: Path, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read a picture: JPEG, PNG, WebP, BMP, TIFF, GIF (its first frame) and whatever else Pillow reads.

    Orientation marks are obeyed, transparency is laid over white, levels of more than 8 bits are scaled to 8. Pixels are taken
    for square.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        DataFileError: the file is missing, empty, damaged, too large or no picture.
    """
    check_file(path)
    return _decoded(path, str(path), max_pixels)


def decode_photo(data: bytes, *, name: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The same for a file's content; ``name`` is what errors call it.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        DataFileError: the content is empty, damaged, too large or no picture.
    """
    if not data:
        raise DataFileError(f"{name} is empty.")
    return _decoded(BytesIO(data), name, max_pixels)


def _decoded(file: Path | BytesIO, path: str, max_pixels: int) -> np.ndarray:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        # An open file, not a path: Pillow maps the latter into memory, and scrambles gray TIFFs that lie on their side.
        with _quiet(), _opened(file) as source, Image.open(source) as picture:
            if picture.width * picture.height > max_pixels:
                raise TooLargeError(
                    f"{path} has {picture.width:,} x {picture.height:,} pixels, more than the {max_pixels:,} that are read; "
                    "make it smaller."
                )
            return np.array(_rgb(ImageOps.exif_transpose(loaded(picture, source))))
    except DataFileError:
        raise
    except UnidentifiedImageError as error:
        raise DataFileError(f"{path} is no picture, or of a kind that cannot be read.") from error
    except Image.DecompressionBombError as error:
        raise TooLargeError(f"{path} says that it has far too many pixels to be read; make it smaller.") from error
    except MemoryError as error:
        raise DataFileError(f"{path} needs more memory than there is; make it smaller.") from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        TypeError,
        IndexError,
        KeyError,
        OverflowError,
        ZeroDivisionError,
    ) as error:
        raise DataFileError(f"{path} is damaged or cut short: {error}.") from error


def _opened(file: Path | BytesIO) -> BinaryIO:
    return file.open("rb") if isinstance(file, Path) else file


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Pillow's remarks about files that it reads all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_file(path: Path) -> None:
    """Raise ``DataFileError`` where there is no file with something in it that may be read."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise DataFileError(f"{path} is a folder, not a file.")
        if not stat.S_ISREG(kind):  # reading it could wait forever
            raise DataFileError(f"{path} is a device or a pipe, not a file.")
        with path.open("rb") as file:
            if not file.read(1):
                raise DataFileError(f"{path} is empty.")
    except FileNotFoundError as error:
        raise DataFileError(f"There is no file {path}.") from error
    except OSError as error:
        raise DataFileError(f"{path} cannot be read: {error.strerror}.") from error


def _rgb(picture: Image.Image) -> Image.Image:
    from PIL import Image

    if picture.mode in DEEP_GRAY:
        return Image.fromarray(eight_bits(gray_levels(picture))).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(paper, picture).convert("RGB")
    return picture.convert("RGB")
