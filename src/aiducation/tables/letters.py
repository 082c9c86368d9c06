"""Letters and line ends: a text in whatever encoding as a stream of UTF-8."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import cast

from aiducation.errors import DataFileError

_BLOCK = 1 << 20

#: Bytes of a line, as UTF-8: a row of FER2013 has at most 9,250. Whoever reads a line may hold many of them.
LONGEST_LINE = 1 << 14

_SAMPLE = 512
_HEAD = 64

#: Bytes that no text begins with, in whatever encoding that is not UTF-16 or UTF-32.
_CONTROLS = frozenset((*range(9), *range(14, 26), *range(28, 32)))

#: Marks at the start of a text -> its encoding. Those of UTF-32 begin with those of UTF-16.
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: What is not UTF-8 is taken for these: of Windows, and of old Macs where lines end as theirs do.
_WINDOWS, _OLD_MAC = "cp1252", "mac_roman"


class Utf8Stream(io.RawIOBase):
    """The bytes of a text in any encoding and with any line ends, as UTF-8 with ``\\n``, block by block."""

    def __init__(self, path: Path, source: io.BufferedReader, largest: int) -> None:
        self._path, self._source, self._largest = path, source, largest
        self._read = self._since_line_end = 0
        self._ready = b""
        self._held = False  # a carriage return ended the last block: a line feed may follow
        self._ends_lf: bool | None = None  # whether the first line does, once that is known
        self._in_quotes = False
        self._letters = False  # letters outside ASCII were read as UTF-8
        self._ended = False
        start = source.peek(4)
        self.encoding, bom = next(((name, mark) for mark, name in _BOMS if start.startswith(mark)), ("", b""))
        source.read(len(bom))
        start = source.peek(_SAMPLE)[:_SAMPLE]
        self.encoding = self.encoding or _without_bom(start) or "utf-8"
        if self.encoding == "utf-8" and _CONTROLS.intersection(start[:_HEAD]):
            raise DataFileError(f"{path.name} is not a text table; give the .csv file, plain or packed.")
        self._decoder = codecs.getincrementaldecoder(self.encoding)()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        while not self._ready and not self._ended:
            self._ready = self._next()
        n = min(len(view), len(self._ready))
        view[:n] = self._ready[:n]
        self._ready = self._ready[n:]
        return n

    def _next(self) -> bytes:
        block = self._source.read(_BLOCK)
        self._ended = not block
        self._read += len(block)
        if self._read > self._largest:
            raise DataFileError(
                f"{self._path.name} unpacks to more than {self._largest / 1e6:,.0f} MB, which no table of this kind has."
            )
        text = self._one_line_end(self._as_utf8(block))
        self._check_lines(text)
        return text

    def _check_lines(self, text: bytes) -> None:
        """Refuse a line that is too long, however it is spread over blocks: in steps as large as allowed."""
        at, most = 0, LONGEST_LINE - self._since_line_end
        while len(text) - at > most:
            end = text.rfind(b"\n", at, at + most + 1)
            if end < 0:
                raise DataFileError(
                    f"{self._path.name} is not a table of this kind: a line has more than {LONGEST_LINE:,} letters."
                )
            at, most = end + 1, LONGEST_LINE
        last = text.rfind(b"\n", at)
        self._since_line_end = len(text) - last - 1 if last >= 0 else len(text) - at + (LONGEST_LINE - most)

    def _as_utf8(self, block: bytes) -> bytes:
        if self.encoding in (_WINDOWS, _OLD_MAC):
            return block.decode(self.encoding, errors="replace").encode()
        pending = self._decoder.getstate()[0]
        if self.encoding == "utf-8" and not pending and block.isascii():
            return block
        try:
            text = self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            if self.encoding != "utf-8":
                raise DataFileError(
                    f"{self._path.name} cannot be read as a CSV file: its {self.encoding.upper()} text is damaged or cut off."
                ) from error
            if self._letters:
                raise DataFileError(
                    f"{self._path.name} begins as UTF-8 but has another encoding further on; save it as UTF-8."
                ) from error
            self.encoding = _WINDOWS if b"\n" in block or b"\r" not in block else _OLD_MAC
            return (pending + block).decode(self.encoding, errors="replace").encode()
        self._letters = self._letters or bool(text)
        return text.encode("utf-8", errors="replace")

    def _one_line_end(self, text: bytes) -> bytes:
        if self._ends_lf is None:
            first = min((at for at in (text.find(b"\r"), text.find(b"\n")) if at >= 0), default=-1)
            self._ends_lf = None if first < 0 else text[first : first + 1] == b"\n"
        if self._ends_lf:
            return self._outside_quotes(text)
        if not (self._held or b"\r" in text):
            return text
        text = (b"\r" if self._held else b"") + text
        self._held = text.endswith(b"\r") and not self._ended
        if self._held:
            text = text[:-1]
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _outside_quotes(self, text: bytes) -> bytes:
        """The same where the heading ends in ``\n``: what stands in quotes is a cell's own, and stays."""
        if not (self._held or b"\r" in text):
            self._in_quotes ^= bool(text.count(b'"') % 2)
            return text
        text = (b"\r" if self._held else b"") + text
        parts = text.split(b'"')
        inside = [self._in_quotes ^ bool(i % 2) for i in range(len(parts))]
        self._in_quotes = inside[-1]
        self._held = parts[-1].endswith(b"\r") and not inside[-1] and not self._ended
        if self._held:
            parts[-1] = parts[-1][:-1]
        ends = ((b"\r\n", b"\n"), (b"\r", b"\n"))
        for i, part in enumerate(parts):
            if not inside[i]:
                for old, new in ends:
                    part = part.replace(old, new)
                parts[i] = part
        return b'"'.join(parts)


def _without_bom(start: bytes) -> str:
    """UTF-16 that lacks its mark, by the zeros in every other byte of ASCII letters; "" if it is not."""
    pairs = len(start) // 2
    low, high = start[: 2 * pairs : 2].count(0), start[1 : 2 * pairs : 2].count(0)
    if pairs >= 4 and high > 0.8 * pairs and not low:
        return "utf-16-le"
    if pairs >= 4 and low > 0.8 * pairs and not high:
        return "utf-16-be"
    return ""
