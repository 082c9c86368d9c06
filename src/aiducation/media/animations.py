"""Animations: whether a picture file holds one picture, or several that are shown one after the other."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

#: Markers of a JPEG file that stand alone, without a length.
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))

#: Where the coded picture of a JPEG file ends: at a marker that is neither an escaped byte nor a restart.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")

#: Bytes that are read to find two pictures, more where these hold less; and what the head of the second needs at least.
_READ, _HEAD = (1 << 20, 1 << 24, 1 << 28), 4

#: Tags of TIFF: NewSubfileType, whose lowest bit says that the page is a smaller copy of another; pages below a page; the
#: version of DNG, raw data of a camera.
_SMALLER, _BELOW, _DNG = 254, 330, 50706

#: Bits of NewSubfileType: a smaller copy of another page, or the mask that says where one is transparent.
_COPY_OR_MASK = 1 | 4


def is_animated_png(path: Path) -> bool:
    """Whether a PNG file says, before its picture, that it is an animation of more than one."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8 and head[4:] not in (b"IDAT", b"IEND"):
            if head[4:] == b"acTL":
                return int.from_bytes(file.read(4), "big") > 1
            file.seek(int.from_bytes(head[:4], "big") + 4, 1)
    return False


def is_animation(path: Path) -> bool:
    """Whether a file that Pillow reads has a second picture, which is shown after the first.

    Smaller copies of a page, as TIFF files of cameras and microscopes have them, are not a second picture.
    """
    try:
        with quiet(), path.open("rb") as file, opened(file) as picture:
            if picture.format == "TIFF":
                return len(full_pages(picture, most=2)) > 1
            return bool(getattr(picture, "is_animated", False))
    except Exception:  # damaged: whoever reads it says how
        return False


def is_camera_raw(path: Path) -> bool:
    """Whether a TIFF file is a camera's raw data (DNG, NEF, ARW and others), of which its first page is a small preview."""
    try:
        with quiet(), path.open("rb") as file, opened(file) as picture:
            tags = getattr(picture, "tag_v2", {})
            return _DNG in tags or bool(int(tags.get(_SMALLER, 0) or 0) & 1 and _BELOW in tags)
    except Exception:  # damaged: whoever reads it says how
        return False


def full_pages(picture: Image.Image, *, most: int | None = None) -> list[int]:
    """Numbers of a TIFF file's pages, without smaller versions and masks of other pages; the first ``most`` of them."""
    pages: list[int] = []
    page = 0
    with suppress(EOFError):
        while most is None or len(pages) < most:
            picture.seek(page)
            tags = getattr(picture, "tag_v2", {})
            if not int(tags.get(_SMALLER, 0) or 0) & _COPY_OR_MASK:
                pages.append(page)
            page += 1
    return pages


def is_jpeg_stream(path: Path) -> bool:
    """Whether a JPEG file is a sequence of pictures, as network cameras send: a second picture of the same size follows
    directly.

    Photos may have further pictures behind them (a preview, the other eye, a map of brightness): they name them in the head,
    or are of another size, or something else lies between.
    """
    with suppress(OSError), path.open("rb") as file:
        for most in _READ:
            file.seek(0)
            data = file.read(most)  # read, not mapped: a mapped file that becomes shorter ends the process
            end, size, alone = _about_jpeg(data, 0)
            if end:  # some cameras fill up to even numbers
                end = len(data) - len(data[end:].lstrip(b"\0"))
            if 0 < end < len(data) - _HEAD or len(data) < most:
                if not end or not alone or data[end : end + 3] != b"\xff\xd8\xff":
                    return False
                second_end, second, alone = _about_jpeg(data, end)
                if second_end or len(data) < most:
                    return second == size and alone
    return False


def _about_jpeg(data: bytes, start: int) -> tuple[int, bytes, bool]:
    """Where a JPEG picture ends (0 if it does not), its height and width, and whether its head names no further pictures."""
    size, alone = b"", True
    for marker, at, end in jpeg_segments(data, start):
        if marker == 0xD9:
            return end, size, alone
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            size = data[at + 5 : at + 9]
        alone = alone and not (marker == 0xE2 and data[at + 4 : at + 8] == b"MPF\0")
    return 0, size, alone


def jpeg_segments(data: bytes, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """Segments of the JPEG picture that begins at ``start``: marker, where it begins, where it ends. The end mark is the last.

    The coded pixels behind a start of scan (0xDA) belong to no segment.
    """
    at = start + 2
    while data[at : at + 1] == b"\xff" and at + 1 < len(data):
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        alone = marker == 0xD9 or marker in _ALONE
        end = at + 2 + (0 if alone else int.from_bytes(data[at + 2 : at + 4], "big"))
        yield marker, at, end
        if marker == 0xD9:
            return
        at = end
        if marker == 0xDA:
            found = _NEXT_MARKER.search(data, at)
            at = found.start() if found else len(data)


def opened(file: IO[bytes]) -> Image.Image:
    """A picture file of any kind that can be read, also with readers that need a package in addition to Pillow."""
    from PIL import Image

    from aiducation.media.picture_readers import add_readers

    add_readers()
    return Image.open(file)


_quiet, _loud, _turn = 0, warnings.catch_warnings(), threading.Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """Without Pillow's warnings about files that it can still read.

    All threads have one list of what is done about warnings: the first that wants it quiet changes the list, and the last puts it
    back. Each on its own, one that ends first would make it loud for the others, and the last would leave it quiet for ever.
    """
    global _quiet, _loud
    with _turn:
        _quiet += 1
        if _quiet == 1:
            _loud = warnings.catch_warnings()
            _loud.__enter__()
            warnings.simplefilter("ignore")
    try:
        yield
    finally:
        with _turn:
            _quiet -= 1
            if not _quiet:
                _loud.__exit__(None, None, None)
