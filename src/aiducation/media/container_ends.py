"""Ends of containers: whether a file is as long as its own container says, found without decoding anything.

A reader of damaged files gives what is there and is silent about the rest, so the rest is asked for here: parts that are
larger than the file, and end marks that are missing. Where a container says nothing of its end (raw streams, a live stream's
file that was cut between two of its parts), nothing can be told.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from aiducation.media.held_file import HeldFile

#: Boxes that stand at the top of an MP4 file. Others are what devices put behind it, and no reason to doubt.
_BOXES = frozenset(b"ftyp moov mdat moof mfra sidx styp free skip wide udta meta uuid emsg prft ssix pdin".split())

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")

#: Sizes of 32 bits from which on they mean that nobody knew: what writers to a pipe leave there.
_NOT_KNOWN = 0xFFFF_FF00

#: Bytes at the end in which the last page, pack or mark is looked for: a page of Ogg has at most 65,307.
_TAIL = 1 << 18

#: Parts of a file that are looked at; two hours of a live stream's file have less than a million.
_STEPS = 4_000_000

#: So many zeros at the end are no pictures: room on the disk that was taken before a download or a recording filled it.
_ZEROS = 1 << 14


def missing_end(held: HeldFile) -> str:
    """What says that the end of a file is missing, as half a sentence that follows "the file breaks off"; "" if nothing does."""
    with held.buffered() as file:
        try:
            why = _missing_end(_Source(file), file.seek(0, 2))
        except _TooManyStepsError:
            why = ""
        except IndexError:  # it became shorter meanwhile
            why = "one of its parts has no header"
    return f"it cannot be read any further: {held.error}" if held.error else why


def states_length(held: HeldFile) -> bool:
    """Whether the length in a file's header can be trusted: what writes an AVI to a pipe, or is killed, leaves anything
    there."""
    with held.view() as file:
        head = file.read(8)
    size = int.from_bytes(head[4:], "little")
    return not (head.startswith(b"RIFF") and (not size or size >= _NOT_KNOWN))


class _TooManyStepsError(Exception):
    """The file has more parts than a recording has: nobody waits for its end."""


class _Source:
    """Reads a file here and there, so many times at the most."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, _STEPS

    def at(self, at: int, size: int) -> bytes:
        self._left -= 1
        if not self._left:
            raise _TooManyStepsError
        if at >= 1 << 62:  # a size that no file has
            return b""
        self._file.seek(at)
        return self._file.read(size)


def _missing_end(file: _Source, length: int) -> str:
    head = file.at(0, 16)
    if head[4:8] in _BOXES:
        return _boxes(file, length)
    looks = (look for start, look in _LOOKS if head.startswith(start))
    if why := next(looks, _packets)(file, length):
        return why
    return "" if any(file.at(max(length - _ZEROS, 0), _ZEROS)) else "its last bytes are zeros, which were never written"


def _short(end: int, length: int) -> str:
    return f"it has {length:,} of at least {end:,} bytes" if end > length else ""


def _boxes(file: _Source, length: int) -> str:
    """Source: ISO/IEC 14496-12, 4.2 and 8.16.3 (sidx)."""
    at, name, needed = 0, b"", 0
    while at + 8 <= length:
        head = file.at(at, 16)
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        size = int.from_bytes(head[8:16], "big") if size == 1 else size or length - at
        if name not in _BOXES or size < 8:
            return _short(needed, length)
        if name == b"sidx":
            needed = max(needed, at + size + _indexed(file.at(at + 8, min(size, 1 << 20))))
        at += size
    if at < length and any(file.at(at, 8)):
        return "its last part has no header"
    if name == b"moof":
        return "its last pictures are listed but missing"
    return _short(max(at, needed), length)


def _indexed(box: bytes) -> int:
    """Bytes behind a segment index to which it points."""
    wide = 8 if box[:1] == b"\1" else 4
    offset, at = int.from_bytes(box[12 + wide : 12 + 2 * wide], "big"), 12 + 2 * wide
    count = int.from_bytes(box[at + 2 : at + 4], "big")
    parts = (int.from_bytes(box[at + 4 + 12 * i : at + 8 + 12 * i], "big") & 0x7FFF_FFFF for i in range(count))
    return offset + sum(parts)


def _elements(file: _Source, length: int) -> str:
    """Matroska and WebM. Source: RFC 8794, 4 to 6; RFC 9559, 5.1."""
    at = 0
    while at < length:
        head = file.at(at, 12)
        first = 9 - head[0].bit_length()
        second = 9 - head[first].bit_length() if first <= 4 and first < len(head) else 9
        if second > 8 or first + second > len(head):
            return "one of its parts has no header"
        name = int.from_bytes(head[:first], "big")
        size = int.from_bytes(head[first : first + second], "big") & ((1 << 7 * second) - 1)
        at += first + second
        if size == (1 << 7 * second) - 1:
            if name not in (_SEGMENT, _CLUSTER):
                return "a part of it has no size"
            continue  # a live stream's: its children follow
        at += size
        if name == _SEGMENT:
            break
    return _short(at, length)


def _riff(file: _Source, length: int) -> str:
    """AVI and WebP, of which a last byte of filling may be missing. Source: Microsoft, "AVI RIFF File Reference"."""
    at = 0
    while (head := file.at(at, 12))[:4] == b"RIFF":
        size = int.from_bytes(head[4:8], "little")
        if not size or size >= _NOT_KNOWN:
            return _chunks(file, at + 12, length)
        at += 8 + size
        if at > length:
            return _short(at, length)
        at += size & 1
    return ""


def _chunks(file: _Source, at: int, length: int) -> str:
    while at < length:
        head = file.at(at, 12)
        size = int.from_bytes(head[4:8], "little")
        if len(head) < 8 or not head[:4].isascii() or not any(head[:4]):
            return "one of its parts has no header"
        if head[:4] in (b"LIST", b"RIFF") and (not size or size >= _NOT_KNOWN):
            at += 12
        else:
            at += 8 + size + (size & 1)
    return _short(at - 1, length)


def _tags(file: _Source, length: int) -> str:
    """FLV; the size behind its last tag may be missing. Source: Adobe, "Flash Video File Format Specification", E.3, E.4."""
    at = int.from_bytes(file.at(5, 4), "big") + 4
    while at < length:
        head = file.at(at, 4)
        if head[0] & 0x1F not in (8, 9, 18) or len(head) < 4:
            return "one of its parts has no header"
        at += 15 + int.from_bytes(head[1:4], "big")
    return _short(at - 4, length)


def _pages(file: _Source, length: int) -> str:
    """Ogg: the last page ends with the file, and its stream with it. Source: RFC 3533, 6."""
    start = max(length - _TAIL, 0)
    tail = file.at(start, _TAIL)
    at = tail.rfind(b"OggS")
    if at < 0:
        return "its last pages are damaged"
    head = tail[at : at + 27]
    sizes = tail[at + 27 : at + 27 + head[26]] if len(head) == 27 else b""
    if len(head) < 27 or len(sizes) < head[26] or at + 27 + len(sizes) + sum(sizes) > len(tail):
        return "its last page is incomplete"
    return "" if head[5] & 4 else "its end mark is missing"


def _packets(file: _Source, length: int) -> str:
    """MPEG transport streams. Source: Rec. ITU-T H.222.0, 2.4.3.2; with four bytes in front on Blu-ray, with parity behind."""
    head = file.at(0, 2048)
    for size, at in ((188, 0), (192, 4), (204, 0)):
        marks = head[at::size]
        if len(marks) > 1 and marks == b"G" * len(marks):
            if length % size:
                return "its last packet is incomplete"
            return "" if file.at(length - size + at, 1) == b"G" else "its last packets are damaged"
    return ""


def _packs(file: _Source, length: int) -> str:
    """MPEG program streams. Source: Rec. ITU-T H.222.0, 2.5.3.3 (packs) and 2.4.3.6 (packets)."""
    start = max(length - _TAIL, 0)
    tail = file.at(start, _TAIL).rstrip(b"\0")
    at = tail.rfind(b"\0\0\1\xba")
    while 0 <= at < len(tail):
        if tail[at : at + 3] != b"\0\0\1"[: len(tail) - at] or at + 6 > len(tail):
            return "" if tail[at : at + 4] == b"\0\0\1\xb9" else "its last packet is incomplete"
        if tail[at + 3] == 0xB9:
            return ""
        if tail[at + 3] == 0xBA:
            at += 14 + (tail[at + 13] & 7) if tail[at + 4] >> 6 == 1 and at + 14 <= len(tail) else 12
        else:
            at += 6 + int.from_bytes(tail[at + 4 : at + 6], "big")
    return _short(start + at, length)


def _objects(file: _Source, length: int) -> str:
    """WMV; a live stream's file does not know the size of its data. Source: Microsoft, "Advanced Systems Format", 2 and 3."""
    at = 0
    while len(head := file.at(at, 24)) == 24:
        size = int.from_bytes(head[16:24], "little")
        if size < 24 or (head[:16] == _ASF_DATA and size < 50):
            return ""
        at += size
    return _short(at, length)


def _frames(file: _Source, length: int) -> str:
    """IVF: a head, then frames with their sizes."""
    at = int.from_bytes(file.at(6, 2), "little")
    while at < length:
        at += 12 + int.from_bytes(file.at(at, 4), "little")
    return _short(at, length)


def _triplets(file: _Source, length: int) -> str:
    """MXF: a key, a size, a value, again and again. Source: SMPTE ST 377-1, 6.3."""
    at = 0
    while at < length:
        head = file.at(at, 25)
        if len(head) < 17 or not head.startswith(b"\x06\x0e\x2b\x34"):
            return "one of its parts has no header"
        more = head[16] & 0x7F if head[16] & 0x80 else 0
        at += 17 + more + (int.from_bytes(head[17 : 17 + more], "big") if more else head[16])
    return _short(at, length)


def _dv(file: _Source, length: int) -> str:
    """DV: pictures of one size, that of 625 or of 525 lines or a whole number of times as large. Source: SMPTE ST 314."""
    return "its last picture is incomplete" if length % (144_000 if file.at(3, 1)[0] & 0x80 else 120_000) else ""


def gif_ends(data: bytes) -> bool:
    """Whether the blocks of a GIF file lead to its end mark."""
    try:
        return not _gif(_Source(BytesIO(data)), len(data))
    except _TooManyStepsError:
        return True


def _gif(file: _Source, length: int) -> str:
    """Source: CompuServe, "Graphics Interchange Format", version 89a."""
    at = 13 + _palette(file.at(10, 1))
    while at < length:
        head = file.at(at, 10)
        if head[:1] == b"\x3b":
            return ""
        if head[:1] == b",":  # a picture: its place, its palette, the size of its codes
            at += 11 + _palette(head[9:10])
        elif head[:1] == b"!":
            at += 2
        else:
            break
        while (size := file.at(at, 1)) > b"\0":
            at += 1 + size[0]
        at += 1
    return "its end mark is missing"


def _palette(flags: bytes) -> int:
    """Bytes of a palette, from the flags that announce it."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _png(file: _Source, length: int) -> str:
    at = 8
    while len(head := file.at(at, 8)) == 8:
        at += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            return _short(at, length)
    return "its end mark is missing"


def _jpegs(file: _Source, length: int) -> str:
    tail = file.at(max(length - _TAIL, 0), _TAIL).rstrip(b"\0")
    return "" if tail.endswith(b"\xff\xd9") else "the end mark of its last picture is missing"


#: How a container begins, and what looks for its end; for MP4 and transport streams see ``missing_end``.
_LOOKS: tuple[tuple[bytes, Callable[[_Source, int], str]], ...] = (
    (b"\x1aE\xdf\xa3", _elements),
    (b"RIFF", _riff),
    (b"FLV\x01", _tags),
    (b"OggS", _pages),
    (b"\0\0\x01\xba", _packs),
    (b"0&\xb2u\x8ef\xcf\x11", _objects),
    (b"DKIF", _frames),
    (b"\x06\x0e\x2b\x34", _triplets),
    (b"\x1f\x07\0", _dv),
    (b"GIF8", _gif),
    (b"\x89PNG", _png),
    (b"\xff\xd8\xff", _jpegs),
)
