"""Opening a table as people have it: plain, compressed, or inside an archive; told by its first bytes, not by its name.

Nothing is ever unpacked onto the disk: the one table that is wanted is read as a stream, its neighbours are passed over.
"""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from aiducation.errors import DataFileError

#: Names inside an archive that are tables; archives inside an archive (Kaggle packs a tar into a zip).
_TABLE = re.compile(r"\.(csv|tsv|tab)(\.(gz|bz2|xz|lzma))?$", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(tar|tar\.(gz|bz2|xz)|tgz|tbz2?|txz)$", re.IGNORECASE)

_BLOCK = 1 << 20
_TAR_BLOCK = 512
_MOST_LAYERS = 4
_MOST_MEMBERS = 100_000

#: Types of a tar's members that say something of the next one, and bytes that they may have.
_ABOUT_THE_NEXT = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
_LONGEST_NOTE = 1 << 20

#: First bytes of what cannot be read here -> what it is, and what to do; {name} is the file's.
_FOREIGN: dict[bytes, str] = {
    b"\xd0\xcf\x11\xe0": "{name} is an old Excel workbook (.xls); open it in Excel or LibreOffice and save it as CSV.",
    b"7z\xbc\xaf\x27\x1c": "{name} is a 7z archive; unpack it and name the .csv file.",
    b"Rar!\x1a\x07": "{name} is a RAR archive; unpack it and name the .csv file.",
    b"\x28\xb5\x2f\xfd": "{name} is packed by Zstandard; unpack it (zstd -d) and name the .csv file.",
    b"\x04\x22\x4d\x18": "{name} is packed by LZ4; unpack it (lz4 -d) and name the .csv file.",
    b"\x1f\x9d": "{name} is packed by compress; unpack it (uncompress) and name the .csv file.",
    b"PAR1": "{name} is a Parquet file; save it as CSV (in pandas: read_parquet, then to_csv).",
    b"SQLite format 3": "{name} is a database; export the table as CSV.",
    b"%PDF": "{name} is a PDF; give the table as a .csv file.",
}

#: A name inside a zip archive -> what spreadsheet the archive is, and what to do.
_SPREADSHEETS: dict[str, str] = {
    "xl/workbook.xml": "{name} is an Excel workbook; in Excel: File, Save As, 'CSV UTF-8 (Comma delimited)'.",
    "xl/workbook.bin": "{name} is an Excel workbook; in Excel: File, Save As, 'CSV UTF-8 (Comma delimited)'.",
    "content.xml": "{name} is a LibreOffice spreadsheet; in LibreOffice: File, Save As, 'Text CSV'.",
    "Index/Document.iwa": "{name} is an Apple Numbers document; in Numbers: File, Export To, CSV.",
    "Index.zip": "{name} is an Apple Numbers document; in Numbers: File, Export To, CSV.",
}


class PackedStream(io.BufferedReader):
    """A readable stream of the unpacked bytes that also knows how far the file on disk was read.

    Attributes:
        layer: how many packings are taken off; 0 for the file on disk itself.
    """

    def __init__(self, raw: BinaryIO, on_disk: BinaryIO, layer: int = 0) -> None:
        super().__init__(cast(io.RawIOBase, raw), buffer_size=_BLOCK)
        self._on_disk = on_disk
        self.layer = layer

    def position(self) -> int:
        """Bytes of the file on disk that were read so far."""
        return self._on_disk.tell()


@contextmanager
def open_packed(path: Path, *, wanted: Sequence[str] = (), missing: str = "") -> Iterator[PackedStream]:
    """Open a table for reading bytes: plain, .gz, .bz2, .xz, or in a .zip or .tar (packed in any of these ways, too).

    Args:
        wanted: what the table may be called in an archive that holds several, without ending and in small letters. The
            first such member of a tar is taken without a look at the rest.
        missing: a sentence for the error where the file does not exist.

    Raises:
        DataFileError: the file is missing, not readable, damaged, a spreadsheet or of a kind that is not known; or it holds
            no table, or several.
    """
    try:
        with path.open("rb") as on_disk:
            try:
                with ExitStack() as stack:
                    yield _Opener(path, on_disk, stack, wanted).open()
            except _OnlyTable as only:  # a tar is read from front to back: now that its one table is known, begin again
                on_disk.seek(0)
                with ExitStack() as stack:
                    yield _Opener(path, on_disk, stack, (*wanted, only.name)).open()
    except FileNotFoundError as error:
        raise DataFileError(f"{path} does not exist. {missing}".rstrip()) from error
    except IsADirectoryError as error:
        raise DataFileError(f"{path} is a folder; name the file itself.") from error
    except (EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
        raise _damaged(path, error) from error
    except OSError as error:
        if error.errno is None:  # what gzip and bz2 say of their content
            raise _damaged(path, error) from error
        raise DataFileError(f"Cannot read {path}: {str(error.strerror or error).rstrip('.')}.") from error
    except Exception as error:
        if type(error).__name__ == "LZMAError":  # its module is imported only where it is needed: some systems lack it
            raise _damaged(path, error) from error
        raise


def _damaged(path: Path, error: Exception) -> DataFileError:
    return DataFileError(f"{path.name} is damaged or cut off ({str(error).rstrip('.')}); download it again.")


class _Member(tarfile.TarInfo):
    """A member of a tar. Names and notes of the one that follows have members of their own, which are read as a whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        member = super().frombuf(buf, encoding, errors)
        if member.type in _ABOUT_THE_NEXT and member.size > _LONGEST_NOTE:
            raise tarfile.ReadError(f"a name or note of {member.size:,} bytes")
        return member


class _OnlyTable(Exception):  # noqa: N818 - no error: a way back to the start
    """The name of the only table in a tar that was read to its end."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Opener:
    """Takes off one layer of packing after the other."""

    def __init__(self, path: Path, on_disk: BinaryIO, stack: ExitStack, wanted: Sequence[str]) -> None:
        self._path, self._on_disk, self._stack, self._wanted = path, on_disk, stack, tuple(wanted)

    def open(self) -> PackedStream:
        stream = PackedStream(self._on_disk, self._on_disk)
        # The stream's end must not close the file: a tar may have to be read twice.
        self._stack.callback(stream.detach)
        for layer in range(1, _MOST_LAYERS + 1):
            start = stream.peek(_TAR_BLOCK)[:_TAR_BLOCK]
            inner = self._unpack(stream, start)
            if inner is None:
                return stream
            stream = PackedStream(inner, self._on_disk, layer)
        raise DataFileError(f"{self._path.name} is packed more than {_MOST_LAYERS} times; unpack it.")

    def _unpack(self, stream: PackedStream, start: bytes) -> BinaryIO | None:
        """What is inside this layer; None if it is the table."""
        for magic, advice in _FOREIGN.items():
            if start.startswith(magic):
                raise DataFileError(advice.format(name=self._path.name))
        if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return self._zip(stream)
        if _is_tar(start):
            return self._tar(stream)
        for magic, opener in _COMPRESSIONS.items():
            if start.startswith(magic):
                try:
                    return self._stack.enter_context(opener(stream))
                except ImportError as error:
                    raise DataFileError(
                        f"{self._path.name} is packed in a way that this Python lacks ({error}); unpack it."
                    ) from error
        return None

    def _zip(self, stream: PackedStream) -> BinaryIO:
        if stream.layer:  # a zip's list of names stands at its end
            raise DataFileError(f"{self._path.name} holds a zip archive inside another; unpack it and name the file.")
        stream.seek(0)
        archive = self._stack.enter_context(zipfile.ZipFile(stream))
        names = archive.namelist()
        for name, advice in _SPREADSHEETS.items():
            if name in names:
                raise DataFileError(advice.format(name=self._path.name))
        name = self._choose([one.filename for one in archive.infolist() if not one.is_dir()])
        try:
            return cast(BinaryIO, self._stack.enter_context(archive.open(name)))
        except RuntimeError as error:  # a password, or a way of packing that Python does not know
            raise DataFileError(
                f"{self._path.name} cannot be unpacked here ({error}); unpack it and name the file."
            ) from error

    def _tar(self, stream: PackedStream) -> BinaryIO:
        opened = tarfile.open(fileobj=stream, mode="r|", bufsize=_BLOCK, tarinfo=_Member)  # noqa: SIM115 - the stack closes it
        archive = self._stack.enter_context(opened)
        names: list[str] = []
        for member in archive:
            if not member.isreg() or len(names) >= _MOST_MEMBERS:  # neither links nor devices
                continue
            names.append(member.name)
            packed = _TABLE.search(member.name) or _ARCHIVE.search(member.name)
            if (
                packed
                and not _hidden(member.name)
                and (member.name in self._wanted or _stem(member.name) in self._wanted)
            ):
                found = archive.extractfile(member)
                if found is not None:
                    return cast(BinaryIO, self._stack.enter_context(found))
        raise _OnlyTable(self._choose(names))

    def _choose(self, names: Sequence[str]) -> str:
        """The one name that may be the table."""
        seen = [name for name in names if not _hidden(name)]
        tables = [name for name in seen if _TABLE.search(name)]
        archives = [name for name in seen if _ARCHIVE.search(name)]
        exact = [name for name in seen if name in self._wanted]
        of_name = [[name for name in kind if _stem(name) in self._wanted] for kind in (tables, archives)]
        for few in (exact, *of_name, tables, [] if tables else archives):
            if len(few) == 1:
                return few[0]
        found = ", ".join(tables[:5] or archives[:5]) or "none"
        raise DataFileError(
            f"{self._path.name} must hold exactly one .csv file, found: {found}. Unpack it and name the file."
        )


def _hidden(name: str) -> bool:
    """What macOS puts beside every file, and other hidden files."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))


def _stem(name: str) -> str:
    """``fer2013`` of ``fer2013/FER2013.tar.gz``."""
    return PurePosixPath(name.replace("\\", "/")).name.split(".")[0].lower()


def _is_tar(start: bytes) -> bool:
    """Whether the first block has a tar's checksum; the oldest kind of tar has no other mark."""
    if len(start) < _TAR_BLOCK or b"\0" not in start:
        return False
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _gzip(stream: PackedStream) -> BinaryIO:
    import gzip

    return cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))


def _bz2(stream: PackedStream) -> BinaryIO:
    import bz2

    return cast(BinaryIO, bz2.BZ2File(stream))


def _xz(stream: PackedStream) -> BinaryIO:
    import lzma

    return cast(BinaryIO, lzma.LZMAFile(stream))


#: First bytes -> how the rest is unpacked.
_COMPRESSIONS: dict[bytes, Callable[[PackedStream], BinaryIO]] = {
    b"\x1f\x8b": _gzip,
    b"BZh": _bz2,
    b"\xfd7zXZ\x00": _xz,
    b"\x5d\x00\x00": _xz,
}
