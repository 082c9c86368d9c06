"""Mending: picture files whose pixels are intact although something else in the file is damaged.

Metadata never decides over pixels: a damaged text, profile or camera note is left out, a missing end mark is put back. What
is lost of the pixels themselves is told apart from that by decoding twice, with two different fillings in place of what is
missing: rows that depend on the filling were not in the file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiducation.media.animations import jpeg_segments
from aiducation.media.container_ends import gif_ends

if TYPE_CHECKING:
    from PIL import Image

#: Share of the rows, and rows, that may be missing at the lower edge: more is a damaged picture.
_MOST_SHARE, _MOST_ROWS = 0.02, 16

#: Ancillary chunks of a PNG file that say something of its pixels: transparency, bits in use, orientation.
_WANTED_CHUNKS = (b"tRNS", b"sBIT", b"eXIf")

_PNG = b"\x89PNG\r\n\x1a\n"

_METADATA = (
    "Metadata in the file (text, colour profile or camera data) is damaged or too long and was left out; "
    "the picture is complete."
)
_END = "The end mark of the file is missing; the picture is complete."
_CHECKSUM = (
    "A checksum in the file is wrong, although the picture could be decoded completely: the file may have been changed."
)
_PIXELS = "A checksum of the picture is wrong: some of its pixels may be damaged."

#: Decodes a file's content; raises where it cannot.
Decode = Callable[[bytes], "Image.Image"]


@dataclass(frozen=True)
class Torn(Exception):  # noqa: N818 - it is told as an error by whoever knows the file's name
    """The picture breaks off, and too much of it is missing.

    Attributes:
        share: of its rows that are there, 0..1.
    """

    share: float


def mended(data: bytes, decode: Decode) -> tuple[Image.Image, tuple[str, ...]] | None:
    """The picture of a file that could not be decoded as it is, and what a reader should know; None if it cannot be mended.

    Raises:
        Torn: the picture breaks off.
    """
    for content, fillings, notes in _attempts(data):
        try:
            picture = decode(content + fillings[0])
            rows = _lost_rows(picture, decode(content + fillings[1])) if len(fillings) > 1 else 0
        except Exception:  # the next attempt, or the error of the file as it is
            continue
        if rows:
            _refuse_torn(rows, picture.height)
            notes = (*(note for note in notes if note not in (_END, _METADATA)), _missing(rows, picture.height))
        return picture, notes
    return None


def _refuse_torn(rows: int, height: int) -> None:
    if rows > max(_MOST_ROWS, _MOST_SHARE * height) or rows == height:
        raise Torn(1 - rows / height)


def remarks(data: bytes) -> tuple[str, ...]:
    """What a reader should know of a file that could be decoded as it is."""
    if data.startswith(b"GIF8"):
        return () if gif_ends(data) else (_END,)
    if not data.startswith(_PNG):
        return ()
    chunks = list(_chunks(data))
    if not any(chunk.name == b"IEND" for chunk in chunks):
        return (_END,)
    if all(chunk.sound for chunk in chunks if chunk.name == b"IDAT"):
        return ()
    try:
        zlib.decompress(b"".join(chunk.content for chunk in chunks if chunk.name == b"IDAT"))
    except zlib.error:
        return (_PIXELS,)
    return (_CHECKSUM,)


def _missing(rows: int, height: int) -> str:
    return f"The file breaks off: {rows:,} of the {height:,} rows of the picture are missing or damaged."


def _lost_rows(one: Image.Image, other: Image.Image) -> int:
    """Rows that come after the first that differs; before the last one in files that begin with the lowest row."""
    from PIL import ImageChops

    box = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox()
    if not box:
        return 0
    return box[3] if box[1] == 0 and box[3] < one.height else one.height - box[1]


def _attempts(data: bytes) -> Iterator[tuple[bytes, tuple[bytes, ...], tuple[str, ...]]]:
    """Contents to try, each with what to put behind it (two fillings where something is missing) and what to say of it."""
    whole = (b"",)
    if data.startswith(b"\xff\xd8"):
        yield from _jpeg_attempts(data)
    elif data.startswith(_PNG):
        for wanted in (_WANTED_CHUNKS, (b"tRNS",), ()):
            yield _bare_png(data, wanted), whole, (_METADATA,)
        if filled := _filled_png(data):
            content, rows, height = filled
            _refuse_torn(rows, height)
            yield content, whole, (_missing(rows, height),) if rows else (_END,)
    else:  # the last bytes may be missing
        size = len(data) // 50 + 64
        yield data, (bytes(size), b"\x5a" * size), (_END,)


def _jpeg_attempts(data: bytes) -> Iterator[tuple[bytes, tuple[bytes, ...], tuple[str, ...]]]:
    """As it is, then without notes of its maker, then without the hint at its colours, the camera's data, or both."""
    segments = list(jpeg_segments(data))
    ended = bool(segments) and segments[-1][0] == 0xD9
    if not ended and _lacks_passes(data, segments):
        raise Torn(0.0)
    fillings = (b"",) if ended else (b"\xff\xd9", bytes(range(1, 255)) * 40 + b"\xff\xd9")
    notes = () if ended else (_END,)
    others = (*range(0xE2, 0xEE), 0xEF, 0xFE)
    for dropped in ((), others, (*others, 0xEE), (*others, 0xE1), (*others, 0xEE, 0xE1, 0xE0)):
        gone = [(start, end) for marker, start, end in segments if marker in dropped]
        if gone or not dropped:
            content, last = [], 0
            for start, end in gone:
                content.append(data[last:start])
                last = end
            yield b"".join([*content, data[last:]]), fillings, (*notes, *([_METADATA] if gone else []))


def _lacks_passes(data: bytes, segments: list[tuple[int, int, int]]) -> bool:
    """Whether a progressive JPEG file that breaks off misses passes that would have refined it."""
    if not any(marker == 0xC2 for marker, _, _ in segments):
        return False
    left: dict[tuple[int, int], int] = {}  # bits still to come of a component's coefficient
    for marker, start, end in segments:
        if marker == 0xDA and end - start >= 8:
            count = data[start + 4]
            names = data[start + 5 : start + 5 + 2 * count : 2]
            first, last, bits = data[start + 5 + 2 * count : start + 8 + 2 * count]
            left |= {(name, k): bits & 15 for name in names for k in range(first, last + 1)}
    components = {name for name, _ in left}
    return any(left.get((name, k), 1) for name in components for k in range(64))


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    content: bytes
    raw: bytes
    sound: bool


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Chunks of a PNG file up to its end mark; the last may be cut short."""
    at = len(_PNG)
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        content, end = data[at + 8 : at + 8 + length], at + 12 + length
        sound = data[at + 8 + length : end] == zlib.crc32(name + content).to_bytes(4, "big")
        yield _Chunk(name, content, data[at:end], sound)
        if name == b"IEND":
            return
        at = end


def _chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def _bare_png(data: bytes, wanted: tuple[bytes, ...]) -> bytes:
    """A PNG file with what its pixels need, and of the rest what is wanted and sound."""
    kept = [one.raw for one in _chunks(data) if one.name[:1].isupper() or (one.name in wanted and one.sound)]
    return b"".join([_PNG, *kept])


def _filled_png(data: bytes) -> tuple[bytes, int, int] | None:
    """A PNG file that breaks off, with empty rows in place of those that are missing, how many, and its height."""
    chunks = list(_chunks(data))
    if not chunks or chunks[0].name != b"IHDR" or not chunks[0].sound:
        return None
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0].content)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(color)
    if interlaced or channels is None or any(one.name == b"IEND" for one in chunks) or width * height > 2**28:
        return None
    row = 1 + (width * channels * depth + 7) // 8
    try:
        unpacked = zlib.decompressobj().decompress(
            b"".join(c.content for c in chunks if c.name == b"IDAT"), row * height
        )
    except zlib.error:
        return None
    rows = height - len(unpacked) // row
    whole = unpacked[: (height - rows) * row] + bytes(rows * row)
    kept = [one.raw for one in chunks if one.sound and (one.name == b"PLTE" or one.name in _WANTED_CHUNKS)]
    head, packed, end = (
        _chunk(b"IHDR", chunks[0].content),
        _chunk(b"IDAT", zlib.compress(whole, 1)),
        _chunk(b"IEND", b""),
    )
    return b"".join([_PNG, head, *kept, packed, end]), rows, height
