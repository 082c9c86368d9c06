from __future__ import annotations

import gzip
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aiducation.data.synthetic import make_synthetic
from aiducation.data.vote_files import read_ferplus, read_votes
from aiducation.data.votes import EMOTIONS, USAGES, VOTE_COLUMNS, VoteTable, vote
from aiducation.errors import ShapeError
from needs import UNIX

ARRAYS = ("pixels", "emotion", "usage", "votes", "names")


def assert_same(a: VoteTable, b: VoteTable) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def gzipped(path: Path, to: Path) -> Path:
    packed = to / f"{path.name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    return packed


def zipped(path: Path, to: Path, *, also: tuple[str, ...] = (), method: int = zipfile.ZIP_DEFLATED) -> Path:
    packed = to / f"{path.name}.zip"
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.write(path, f"archive/{path.name}")
        for name in also:
            archive.writestr(name, "x")
    return packed


def test_plain_files_give_what_was_written(synthetic_table: VoteTable) -> None:
    assert_same(synthetic_table, make_synthetic(600, seed=0))


def test_gzip_and_zip_give_the_same(
    synthetic_table: VoteTable, synthetic_files: tuple[Path, Path], tmp_path: Path
) -> None:
    faces, votes = synthetic_files
    assert_same(read_votes(gzipped(faces, tmp_path), zipped(votes, tmp_path)), synthetic_table)
    assert_same(read_votes(zipped(faces, tmp_path, also=("readme.txt", "__MACOSX/._f.csv")), votes), synthetic_table)
    assert_same(
        read_votes(zipped(faces, tmp_path, method=zipfile.ZIP_STORED), gzipped(votes, tmp_path)), synthetic_table
    )


def test_the_first_bytes_count_and_not_the_name(
    synthetic_table: VoteTable, synthetic_files: tuple[Path, Path], tmp_path: Path
) -> None:
    faces, votes = synthetic_files
    renamed = gzipped(faces, tmp_path).rename(tmp_path / "download")
    assert_same(read_votes(renamed, votes), synthetic_table)


def rewritten(path: Path, to: Path, change: Callable[[str], str]) -> Path:
    new = to / path.name
    new.write_bytes(change(path.read_text()).encode())
    return new


def reordered(text: str, order: list[int]) -> str:
    lines = [line.split(",") for line in text.splitlines()]
    return "".join(",".join(cells[i] for i in order) + "\n" for cells in lines)


def quoted(text: str) -> str:
    return "".join(",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in text.splitlines())


def shouted(text: str) -> str:
    header, rest = text.split("\n", 1)
    return header.upper().replace(",", " , ") + "\n" + rest


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        shouted,
        quoted,
        lambda text: re.sub(r"(?<=\d) (?=\d)", "  ", text, count=5000),
    ],
    ids=[
        "byte-order mark",
        "Windows lines",
        "no last newline",
        "blank lines",
        "capitals and spaces",
        "quotes",
        "double blanks",
    ],
)
def test_variants_of_the_text_give_the_same(
    change: Callable[[str], str], synthetic_table: VoteTable, synthetic_files: tuple[Path, Path], tmp_path: Path
) -> None:
    assert_same(read_votes(*(rewritten(path, tmp_path, change) for path in synthetic_files)), synthetic_table)


def with_semicolons(text: str) -> str:
    return text.replace(",", ";")


@pytest.mark.parametrize(
    "write",
    [
        lambda text: with_semicolons(text).encode(),
        lambda text: ("sep=;\r\n" + with_semicolons(text).replace("\n", ";;\r\n")).encode("utf-8-sig"),
        lambda text: text.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
        lambda text: with_semicolons(text).encode("utf-16-be"),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace("Training", " training").encode(),
        lambda text: text.replace("\n", ',"a, b"\n').encode(),
        lambda text: ("\n" + with_semicolons(text) + ";;;\n").encode(),
    ],
    ids=[
        "semicolons",
        "sep line",
        "Unicode text",
        "UTF-16",
        "Mac lines",
        "small letters",
        "a quoted column",
        "empty rows",
    ],
)
def test_what_spreadsheets_make_of_the_files_gives_the_same(
    write: Callable[[str], bytes], synthetic_table: VoteTable, synthetic_files: tuple[Path, Path], tmp_path: Path
) -> None:
    files = [tmp_path / path.name for path in synthetic_files]
    for old, new in zip(synthetic_files, files, strict=True):
        new.write_bytes(write(old.read_text()))
    assert_same(read_votes(*files), synthetic_table)


def test_votes_with_decimals_are_whole(
    synthetic_table: VoteTable, synthetic_files: tuple[Path, Path], tmp_path: Path
) -> None:
    """As pandas writes whole numbers beside a gap, and a German spreadsheet after it."""
    heading, *rows = [line.split(",") for line in synthetic_files[1].read_text().splitlines()]
    changed = [heading, *([*row[:2], *(f"{cell},0" for cell in row[2:])] for row in rows)]
    votes = tmp_path / "fer2013new.csv"
    votes.write_text("\n".join(";".join(row) for row in changed))
    assert_same(read_votes(synthetic_files[0], votes), synthetic_table)


def as_kaggle_packs(path: Path, to: Path, mode: str) -> Path:
    """``fer2013.tar.gz`` and its kin: a folder with the table and two texts."""
    packed = to / "fer2013.tar"
    quickly = {"w:gz": {"compresslevel": 1}, "w:bz2": {"compresslevel": 1}, "w:xz": {"preset": 0}}
    with tarfile.open(packed, mode, **quickly.get(mode, {})) as archive:
        for name in ("README", "fer2013.bib"):
            (to / name).write_text("text, with, commas\n")
            archive.add(to / name, f"fer2013/{name}")
        archive.add(path, f"fer2013/{path.name}")
    return packed


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:bz2", "w:xz"])
def test_tars_give_the_same(
    mode: str, synthetic_table: VoteTable, synthetic_files: tuple[Path, Path], tmp_path: Path
) -> None:
    faces, votes = synthetic_files
    packed = as_kaggle_packs(faces, tmp_path, mode)
    assert_same(read_votes(packed, votes), synthetic_table)
    shares: list[float] = []
    read_votes(packed, votes, progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0
    both = tmp_path / "both.zip"
    with zipfile.ZipFile(both, "w") as archive:
        archive.write(packed, "fer2013.tar")
        archive.write(votes, votes.name)
    assert_same(read_votes(both, both), synthetic_table)


def test_columns_may_come_in_any_order(
    synthetic_table: VoteTable, synthetic_files: tuple[Path, Path], tmp_path: Path
) -> None:
    faces = rewritten(synthetic_files[0], tmp_path, lambda text: reordered(text, [2, 0, 1]))
    votes = rewritten(synthetic_files[1], tmp_path, lambda text: reordered(text, [11, 3, 1, 0, 2, *range(10, 3, -1)]))
    assert_same(read_votes(faces, votes), synthetic_table)


def test_names_are_those_of_the_file(synthetic_files: tuple[Path, Path]) -> None:
    lines = synthetic_files[1].read_text().splitlines()[1:]
    np.testing.assert_array_equal(read_ferplus(synthetic_files[1])[2], [line.split(",")[1] for line in lines])


def test_progress_rises_to_one(synthetic_files: tuple[Path, Path], tmp_path: Path) -> None:
    for faces in (synthetic_files[0], gzipped(synthetic_files[0], tmp_path)):
        shares: list[float] = []
        read_votes(faces, synthetic_files[1], progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


def test_a_table_checks_its_arrays(synthetic_table: VoteTable) -> None:
    arrays = {name: getattr(synthetic_table, name) for name in ARRAYS}
    for name, wrong, words in [
        (
            "votes",
            synthetic_table.votes[:, :9],
            r"VoteTable.votes: expected uint8 of shape \(600, 10\), got uint8 \(600, 9\)",
        ),
        ("pixels", synthetic_table.pixels.astype(float), "VoteTable.pixels: expected uint8 .* got float64"),
        ("usage", synthetic_table.usage[:5], r"VoteTable.usage: expected int8 of shape \(600,\)"),
        ("names", synthetic_table.names[:5], "VoteTable.names"),
    ]:
        with pytest.raises(ShapeError, match=words):
            VoteTable(**{**arrays, name: wrong})


def test_differences_of_votes_do_not_wrap(synthetic_table: VoteTable) -> None:
    assert (vote(synthetic_table.votes, "anger") - vote(synthetic_table.votes, "neutral")).min() < 0


# The real files


@pytest.mark.slow
def test_real_files(real_table: VoteTable) -> None:
    """Source of the counts: the files themselves, as their authors published them."""
    assert len(real_table) == 35_887
    assert dict(zip(USAGES, np.bincount(real_table.usage).tolist(), strict=True)) == {
        "Training": 28_709,
        "PublicTest": 3_589,
        "PrivateTest": 3_589,
    }
    assert dict(zip(EMOTIONS, np.bincount(real_table.emotion).tolist(), strict=True)) == {
        "angry": 4_953,
        "disgust": 547,
        "fear": 5_121,
        "happy": 8_989,
        "sad": 6_077,
        "surprise": 4_002,
        "neutral": 6_198,
    }
    nameless = real_table.names == ""
    assert nameless.sum() == 173
    assert (vote(real_table.votes, "not_face")[nameless] == 10).all()
    assert len(np.unique(real_table.names[~nameless])) == (~nameless).sum() - 4  # four names stand twice
    # The first pixels of the file's first row.
    assert real_table.pixels[0, 0, :5].tolist() == [70, 80, 82, 72, 58]
    assert real_table.votes.shape == (35_887, len(VOTE_COLUMNS))


@pytest.mark.slow
def test_reading_real_files_needs_little_time_and_memory(shared_data: Path) -> None:
    UNIX.check()
    code = """if True:
        import resource, sys
        from pathlib import Path
        from aiducation.data.vote_files import read_votes
        read_votes(*map(Path, sys.argv[1:]))
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(usage.ru_maxrss, usage.ru_utime)
    """
    # A process inherits the peak of the one that started it: a small one stands between these tests and the reader.
    between = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]], check=True)"
    command = [sys.executable, "-c", between, code, shared_data / "fer2013.csv.gz", shared_data / "fer2013new.csv"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak, seconds = map(float, done.stdout.split())
    peak *= 1 if sys.platform == "darwin" else 1024
    assert seconds < 60  # of a processor; measured: 4
    assert peak < 1.5e9  # measured: 0.25 GB
