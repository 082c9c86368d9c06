"""Photos: any picture file to an array, turned upright, with the right colours."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aiducation.errors import AiducationError, DataFileError, MissingExtraError, ShapeError, TooLargeError
from aiducation.media.animations import opened, quiet
from aiducation.media.deep_photos import DEEP_GRAY, eight_bits, gray_levels, loaded
from aiducation.media.file_kinds import PHOTO, UNKNOWN, UNTOLD, Kind, kind_of
from aiducation.media.input_files import MAX_PIXELS, check_file
from aiducation.media.mending import Torn, mended, remarks
from aiducation.media.picture_readers import missing_reader

if TYPE_CHECKING:
    from PIL import Image


#: Formats whose further pictures follow the first in time, and what to say where only that is looked at.
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
_FIRST_OF_MANY = (
    "The file is an animation, and only its first picture was analyzed; to analyze all its pictures, "
    "analyze it as a recording."
)


def as_gray(image: np.ndarray) -> np.ndarray:
    """(H, W) uint8 gray levels of (H, W, 3) uint8 RGB; a gray picture is given back.

    Raises:
        ShapeError: the image has another shape or type.
    """
    from PIL import Image

    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ShapeError(f"A picture must be (H, W, 3) or (H, W) uint8, got {image.shape} {image.dtype}.")
    return np.asarray(Image.fromarray(image).convert("L")) if image.ndim == 3 else image


@dataclass(frozen=True)
class Photo:
    """A photo that was read.

    Attributes:
        image: (H, W, 3) uint8 RGB, upright.
        notes: what a reader should know of the file, one sentence each: what was mended or is missing.
    """

    image: np.ndarray
    notes: tuple[str, ...] = ()


def read_photo(path: Path, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The picture of ``open_photo``, without its notes.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        DataFileError: see ``open_photo``.
    """
    return open_photo(path, max_pixels=max_pixels).image


def open_photo(path: Path, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read a picture: JPEG, PNG, WebP, AVIF, HEIC, BMP, TIFF, GIF and whatever else Pillow reads; of an animation the first.

    The picture is turned as its orientation says, transparent parts become white, levels of more than 8 bits are scaled
    to 8. Pixels are assumed to be square. Damage outside of the pixels is repaired, with a note.

    Raises:
        DataFileError: the file is missing, empty, damaged, too large or not a picture.
        MissingExtraError: it needs a reader that is not installed.
    """
    check_file(path)
    return _decoded(path.read_bytes(), str(path), max_pixels, path)


def decode_photo(data: bytes, *, name: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The same for a file's content; ``name`` is what errors call it.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        DataFileError: the content is empty, damaged, too large or not a picture.
    """
    if not data:
        raise DataFileError(f"{name} is empty.")
    return _decoded(data, name, max_pixels, None).image


def _decoded(data: bytes, path: str, max_pixels: int, file: Path | None) -> Photo:
    from PIL import Image, UnidentifiedImageError

    try:
        return _read(data, path, max_pixels)
    except AiducationError:
        raise
    except Torn as torn:
        there = (
            f"only the upper {100 * torn.share:.0f} % of the picture is there"
            if torn.share
            else "much of it is missing"
        )
        raise DataFileError(f"{path} is damaged or cut short: {there}. Copy or download it again.") from torn
    except UnidentifiedImageError as error:
        raise _unknown(path, kind_of(file) if file else UNKNOWN) from error
    except Image.DecompressionBombError as error:
        raise TooLargeError(f"{path} states that it has far too many pixels to be read; make it smaller.") from error
    except MemoryError as error:
        raise DataFileError(f"{path} needs more memory than this machine has; make it smaller.") from error
    except Exception as error:  # decoders raise whatever comes to them on bytes that nobody foresaw
        raise DataFileError(f"{path} is damaged or cut short: {error}.") from error


def _unknown(path: str, kind: Kind) -> AiducationError:
    """The error for what Pillow does not take for a picture."""
    if missing := missing_reader(kind.name):
        return MissingExtraError(f"{path}: {missing}")
    if kind.what == PHOTO and kind.name != UNTOLD:
        return DataFileError(
            f"{path} is damaged or cut short: it begins like a {kind.name} picture, but its header cannot be read."
        )
    if kind.why and kind is not UNKNOWN:
        return DataFileError(f"{path} is not a picture, but {kind.why}.")
    return DataFileError(f"{path} is not a picture, or is of a kind that cannot be read.")


def _read(data: bytes, path: str, max_pixels: int) -> Photo:
    """The picture as it is, or mended where that fails."""
    from PIL import Image

    def decode(content: bytes) -> Image.Image:
        with quiet():
            source = BytesIO(content)
            picture = opened(source)
            if picture.width * picture.height > max_pixels:
                raise TooLargeError(
                    f"{path} has {picture.width:,} x {picture.height:,} pixels, more than the limit of "
                    f"{max_pixels:,}; make it smaller."
                )
            return loaded(picture, source)

    try:
        picture, notes = decode(data), remarks(data)
    except (AiducationError, Image.DecompressionBombError, MemoryError):
        raise
    except Exception as error:
        again = mended(data, decode)
        if again is None:
            raise error
        picture, notes = again
    with quiet():
        more = (_FIRST_OF_MANY,) if picture.format in _ANIMATED and getattr(picture, "is_animated", False) else ()
        turned, remark = upright(picture)
        return Photo(np.array(as_rgb(turned)), (*notes, *remark, *more))


def upright(picture: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture turned as its orientation says, and a note if the orientation is not valid."""
    from PIL import ImageOps

    unknown = ("The camera data of the file cannot be read, so the picture may be shown rotated.",)
    try:
        exif = picture.getexif()
        raw = picture.info.get("exif")
        if isinstance(raw, bytes) and raw.removeprefix(b"Exif\0\0")[:4] not in (b"II*\0", b"MM\0*", b""):
            return picture, unknown
        if isinstance(raw, bytes) and raw and not len(exif):
            return picture, unknown
        mark = exif.get(0x0112, 1)
        if mark not in range(1, 9):
            return picture, (
                f"The orientation in the camera data of the file is not valid ({str(mark)[:20]}) and was ignored.",
            )
        return (ImageOps.exif_transpose(picture) if mark != 1 else picture), ()  # it would copy an upright one
    except Exception:
        return picture, unknown


def as_rgb(picture: Image.Image) -> Image.Image:
    """A Pillow picture of any mode in RGB, its transparency laid over white, deep gray levels scaled to 8 bits."""
    from PIL import Image

    if picture.mode in DEEP_GRAY:
        return Image.fromarray(eight_bits(gray_levels(picture))).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(paper, picture).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")
