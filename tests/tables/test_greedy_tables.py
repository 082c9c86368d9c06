"""Tables that would take all memory: refused in a sentence, without memory growing with the file."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from aiducation.data.synthetic import write_synthetic
from aiducation.errors import DataFileError
from aiducation.tables.letters import LONGEST_LINE, Utf8Stream
from aiducation.tables.packed import open_packed
from aiducation.tables.table import open_table

pytestmark = pytest.mark.hostile

PIXELS_HEAD = b"emotion,pixels,Usage\n"
VOTES_HEAD = b"Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
MANY = 40_000_000

#: What is read -> its content, made block by block.
GREEDY: dict[str, tuple[bytes, bytes]] = {
    "the heading": (b"", b"1 "),
    "a row": (PIXELS_HEAD + b"0,", b"1 "),
    "a quoted row": (PIXELS_HEAD + b'0,"', b"1 "),
    "a quoted cell of lines": (PIXELS_HEAD + b'0,"', b"1 2 3\n"),
    "blanks": (PIXELS_HEAD, b" "),
    "separators": (PIXELS_HEAD, b","),
    "zeros": (PIXELS_HEAD, b"\0"),
    "rows of megabytes": (PIXELS_HEAD, b"0," + b" " * 3_900_000 + b",Training\n"),
    "rows of votes": (VOTES_HEAD, b"Training," + b"x" * 100_000 + b",10,0,0,0,0,0,0,0,0,0\n"),
    "a row of votes": (VOTES_HEAD + b"Training,", b"x"),
    "cells of votes": (VOTES_HEAD, b"Training,a,10,0,0,0,0,0,0,0,0,0" + b"," * 3_900_000 + b"\n"),
    "open quotes": (VOTES_HEAD, b'"x\n",'),
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_synthetic(tmp_path_factory.mktemp("pair"), n=50, seed=0)


def packed_as(path: Path, kind: str) -> Path:
    if kind == "gz":
        packed = path.with_name(path.name + ".gz")
        with path.open("rb") as file, gzip.open(packed, "wb", compresslevel=1) as out:
            while block := file.read(1 << 20):
                out.write(block)
        return packed
    if kind == "zip":
        packed = path.with_suffix(".zip")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(path, path.name)
        return packed
    packed = path.with_suffix(".tar.gz")
    with tarfile.open(packed, "w:gz", compresslevel=1) as tar:
        tar.add(path, path.name)
    return packed


PROGRAM = """
import resource, sys
from pathlib import Path
from aiducation.data.vote_files import read_votes
from aiducation.errors import DataFileError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_votes(Path(sys.argv[1]), Path(sys.argv[2]))
except DataFileError as error:
    print(error)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1000
assert grown < 30, f"{grown} MB"
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"), [*((name, "") for name in GREEDY), ("a row", "gz"), ("a row", "zip"), ("a row of votes", "tar")]
)
def test_memory_does_not_grow(name: str, kind: str, pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Measured in a process of its own, with 40 MB."""
    begin, again = GREEDY[name]
    path = tmp_path / "greedy.csv"
    block = again * max(1, 1_000_000 // len(again))
    with path.open("wb") as file:
        file.write(begin)
        for _ in range(MANY // len(block)):
            file.write(block)
    votes = begin.startswith(VOTES_HEAD)
    given = packed_as(path, kind) if kind else path
    files = (pair[0], given) if votes else (given, pair[1])
    done = subprocess.run([sys.executable, "-c", PROGRAM, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert given.name in done.stdout and len(done.stdout.strip().splitlines()) == 1, done.stdout


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("before", [0, 5, 1_000_000, 1_048_570])
def test_the_longest_line(more: int, before: int, tmp_path: Path) -> None:
    """To the letter, wherever the blocks of the reader end."""
    path = tmp_path / "a.csv"
    short = b"1234\n" * (before // 5)
    path.write_bytes(b"a\n" + short + b"x" * (LONGEST_LINE + more) + b"\n" + b"y\n" * 10)
    with open_packed(path) as packed:
        stream = io.BufferedReader(Utf8Stream(path, packed, 1 << 28))  # type: ignore[arg-type]
        if more > 0:
            with pytest.raises(DataFileError, match=f"more than {LONGEST_LINE:,} letters"):
                stream.read()
        else:
            assert stream.read() == path.read_bytes()


def large_note(kind: bytes) -> Callable[[], bytes]:
    def made() -> bytes:
        member = tarfile.TarInfo("note")
        member.type, member.size = kind, 40_000_000
        return member.tobuf(tarfile.GNU_FORMAT) + bytes(1_000_000)

    return made


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK], ids=repr
)
def test_names_in_a_tar_are_bounded(kind: bytes, tmp_path: Path) -> None:
    """They are read as a whole, and may be packed a thousand times smaller."""
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(large_note(kind)()))
    with (
        pytest.raises(DataFileError, match="a name or note of 40,000,000 bytes"),
        open_table(path),
    ):
        pass
