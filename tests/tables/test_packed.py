"""Tables in every packing that people download: the same bytes come out, and nothing is written anywhere."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from aiducation.errors import DataFileError
from aiducation.tables.packed import open_packed

TABLE = b"emotion,pixels,Usage\n0,1 2 3,Training\n" * 3000
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}
#: As Kaggle packs it.
KAGGLE = {"fer2013/": b"", "fer2013/README": b"text", "fer2013/fer2013.bib": b"@book", "fer2013/fer2013.csv": TABLE}


def tar(members: dict[str, bytes], form: int = tarfile.DEFAULT_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name.rstrip("/"))
            info.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def unpacked(path: Path, content: bytes, *wanted: str) -> bytes:
    path.write_bytes(content)
    before = sorted(path.parent.rglob("*"))
    with open_packed(path, wanted=wanted) as stream:
        found = stream.read()
        assert stream.position() <= len(content)
    assert sorted(path.parent.rglob("*")) == before
    return found


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_compressed(ending: str, tmp_path: Path) -> None:
    compress = COMPRESSIONS[ending]
    assert unpacked(tmp_path / "any name", compress(TABLE)) == TABLE
    assert unpacked(tmp_path / "any name", compress(tar(KAGGLE)), "fer2013") == TABLE
    assert unpacked(tmp_path / "any name", compress(tar(KAGGLE))) == TABLE  # the only one
    assert unpacked(tmp_path / "any name", zipped({"a/t.csv" + ending: compress(TABLE)})) == TABLE


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_kinds_of_tar(form: int, tmp_path: Path) -> None:
    long = "very/" * 30 + "fer2013.csv"
    assert unpacked(tmp_path / "f.tar", tar({"x/notes.txt": b"x" * 5000, long: TABLE}, form)) == TABLE


def test_the_oldest_kind_of_tar(tmp_path: Path) -> None:
    """It lacks the word "ustar"; only the checksum of its first block tells it."""
    content = bytearray(tar({"fer2013.csv": TABLE}, tarfile.USTAR_FORMAT))
    content[257:265] = bytes(8)
    content[148:156] = b" " * 8
    content[148:156] = f"{sum(content[:512]):06o}\0 ".encode()
    assert unpacked(tmp_path / "f.tar", bytes(content)) == TABLE


def test_all_of_a_competition_in_one_zip(tmp_path: Path) -> None:
    """Kaggle's button "Download all" packs the tar and other tables into one archive."""
    members = {
        "train.csv": b"x",
        "test.csv": b"x",
        "fer2013.tar.gz": gzip.compress(tar(KAGGLE)),
        "icml_face_data.csv": b"x",
    }
    assert unpacked(tmp_path / "all.zip", zipped(members), "fer2013") == TABLE
    with pytest.raises(DataFileError, match=r"exactly one \.csv file, found: train\.csv, test\.csv, icml"):
        unpacked(tmp_path / "all.zip", zipped(members))


def test_what_macos_adds_does_not_count(tmp_path: Path) -> None:
    beside = {"__MACOSX/._t.csv": b"x", "a/._t.csv": b"x", "a/t.csv": TABLE}
    assert unpacked(tmp_path / "t.zip", zipped(beside)) == TABLE
    assert unpacked(tmp_path / "t.tar", tar(beside)) == TABLE


def test_strange_members_are_passed_over(tmp_path: Path) -> None:
    """Nothing is written to a place that a name gives, and links lead nowhere."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in [("a.csv", tarfile.SYMTYPE), ("b.csv", tarfile.LNKTYPE), ("c.csv", tarfile.FIFOTYPE)]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("../../../fer2013.csv")
        info.size = len(TABLE)
        archive.addfile(info, io.BytesIO(TABLE))
    assert unpacked(tmp_path / "t.tar", out.getvalue()) == TABLE
    assert not (tmp_path.parent.parent.parent / "fer2013.csv").exists()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"readme.txt": b"x"}, r"exactly one \.csv file, found: none"),
        ({"a.csv": b"x", "b/B.CSV": b"x"}, r"found: a\.csv, b/B\.CSV"),
        ({"t.zip": b"x"}, "found: none"),
    ],
)
@pytest.mark.parametrize("make", [zipped, tar])
def test_archives_without_the_one_table(
    make: Callable[[dict[str, bytes]], bytes], members: dict[str, bytes], words: str, tmp_path: Path
) -> None:
    with pytest.raises(DataFileError, match=words):
        unpacked(tmp_path / "t", make(members))


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("xl/workbook.xml", "is an Excel workbook; in Excel: File, Save As"),
        ("content.xml", "is a LibreOffice spreadsheet"),
        ("Index/Document.iwa", "is an Apple Numbers document"),
    ],
)
def test_spreadsheets_are_named(member: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=words):
        unpacked(tmp_path / "labels.csv", zipped({"[Content_Types].xml": b"x", member: b"x"}))


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("what", ["cut off", "damaged"])
def test_damage_is_told(ending: str, what: str, tmp_path: Path) -> None:
    packed = bytearray(COMPRESSIONS[ending](tar({"a": os.urandom(5000), "t.csv": TABLE})))
    if what == "cut off":
        del packed[len(packed) // 2 :]
    else:
        packed[len(packed) // 2 : len(packed) // 2 + 60] = bytes(60)
    with pytest.raises(DataFileError, match="damaged or cut off"):
        unpacked(tmp_path / "t", bytes(packed))


def test_a_tar_that_is_cut_off(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="damaged or cut off"):
        unpacked(tmp_path / "t.tar", tar({"t.csv": TABLE})[:5000])


def test_packed_again_and_again(tmp_path: Path) -> None:
    content = TABLE
    for _ in range(5):
        content = gzip.compress(content)
    with pytest.raises(DataFileError, match="packed more than 4 times"):
        unpacked(tmp_path / "t", content)
    with pytest.raises(DataFileError, match="a zip archive inside another"):
        unpacked(tmp_path / "t", gzip.compress(zipped({"t.csv": TABLE})))
