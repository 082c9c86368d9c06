"""Photos with more than 8 bits: levels of cameras and scanners that fill only a part of what their file could hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

#: White of whole numbers: of 8, 10, 12, 14, 16, 24, 31 and 32 bits; and of fractions, up to 1 as a rule (a little more where a
#: filter overshot).
_WHITES, _FRACTIONS = tuple(2.0**bits - 1 for bits in (8, 10, 12, 14, 16, 24, 31, 32)), (1.5, 255.0, 65535.0)

#: Modes of Pillow with one channel of more than 8 bits.
DEEP_GRAY = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")

#: High byte of the brightest value from which on 16 bits are filled.
_FILLED = 0x40


def eight_bits(levels: np.ndarray) -> np.ndarray:
    """Levels of any depth as uint8: black is 0, white the least of the usual depths that holds all of them.

    A file of 16 bits says how much room it has, not how much of it a camera of 10 or 12 bits filled, so the levels decide. A
    photo that is darker than a quarter of its file's range is made brighter by that; nothing could be seen in it otherwise.

    Args:
        levels: of any shape, whole numbers or fractions; what is not finite or below zero becomes 0.
    """
    whole = np.issubdtype(levels.dtype, np.integer)
    values = np.nan_to_num(levels.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    most = values.max(initial=0.0)
    white = next((top for top in (_WHITES if whole else _FRACTIONS) if most <= top), most)
    return np.clip(values / (1.0 if white == _FRACTIONS[0] else white) * 255, 0, 255).astype(np.uint8)


def gray_levels(picture: Any) -> np.ndarray:
    """(H, W) levels of a Pillow picture of one of ``DEEP_GRAY``; Pillow gives unsigned 32 bits of TIFF as signed."""
    levels = np.asarray(picture)
    if levels.dtype == np.int32 and levels.min(initial=0) < 0 and _unsigned(picture):
        return levels.view(np.uint32)
    return levels


def _unsigned(picture: Any) -> bool:
    return getattr(picture, "tag_v2", {}).get(339, (1,))[0] == 1  # SampleFormat


def loaded(picture: Any, file: BinaryIO) -> Image.Image:
    """A picture that Pillow has opened, loaded with all the bits of its colours.

    Of 16 bits a colour Pillow keeps the upper byte alone, which is next to nothing where only the lower ones are filled. Such a
    file is read again in the other order of bytes, which gives the lower ones.

    Args:
        picture: as it was opened.
        file: the file that it was opened from.

    Raises:
        OSError: the file is damaged; and whatever else Pillow raises then.
    """
    from PIL import Image

    tiles = list(getattr(picture, "tile", []))
    picture.load()
    if picture.mode not in ("RGB", "RGBA") or not tiles or not all(";16" in _raw_mode(tile) for tile in tiles):
        return picture  # type: ignore[no-any-return]
    high = np.asarray(picture)
    if high[..., :3].max(initial=0) >= _FILLED:
        return picture  # type: ignore[no-any-return]
    file.seek(0)
    with Image.open(file) as again:
        again.tile = [_other_order(tile) for tile in again.tile]  # type: ignore[attr-defined]
        low = np.array(again)
    levels = high.astype(np.uint16) * 256 + low
    whole = Image.fromarray(np.concatenate([eight_bits(levels[..., :3]), high[..., 3:]], axis=2))
    whole.format = picture.format
    whole.info = {name: value for name, value in picture.info.items() if name != "transparency"}  # of 16 bits
    whole.getexif().update(picture.getexif())  # which way is up
    return whole


def _raw_mode(tile: Any) -> str:
    args = tile[3]
    return str(args if isinstance(args, str) else args[0] if args else "")


def _other_order(tile: Any) -> Any:
    mode = _raw_mode(tile)
    other = mode[:-1] + ("L" if mode.endswith("B") else "B")
    args = other if isinstance(tile[3], str) else (other, *tile[3][1:])
    return type(tile)(*tile[:3], args) if hasattr(tile, "_fields") else (*tile[:3], args)
