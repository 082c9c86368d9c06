"""Bad input through the real command line: one clear sentence on stderr, the right exit code, nothing half written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from damage import (
    FACES,
    VOTES,
    Damage,
    as_cut_utf16,
    copy_below,
    damage_gzip,
    damage_zip,
    edit_cell,
    edit_json,
    edit_line,
    edit_pixel,
    encrypt_zip,
    huge_picture,
    junk,
    keep_lines,
    make_folder,
    pack,
    rename_all,
    rename_column,
    swap,
    truncate_gzip,
    truncate_zip,
)
from PIL import Image

from aiducation.data.synthetic import write_synthetic
from aiducation.data.vote_files import read_ferplus
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused


@pytest.fixture(scope="session")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 120 rows in each of the two files. Read only: tests share it."""
    folder = tmp_path_factory.mktemp("small")
    write_synthetic(folder, n=120, seed=0)
    return folder


@pytest.fixture
def files(small_files: Path, tmp_path: Path) -> Path:
    """A folder with the two files, to damage."""
    return Path(shutil.copytree(small_files, tmp_path / "files"))


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """A prepared folder, to damage."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))


#: What happens to the two files -> words of the message. A lambda takes their folder.
BAD_TABLES: dict[str, tuple[Damage, tuple[str, ...]]] = {
    "faces missing": (lambda f: (f / FACES).unlink(), (FACES, "does not exist", "README")),
    "votes missing": (lambda f: (f / VOTES).unlink(), (VOTES, "does not exist")),
    "votes a folder": (lambda f: make_folder(f / VOTES), (VOTES, "is a folder")),
    "faces empty": (lambda f: (f / FACES).write_bytes(b""), (FACES, "is empty")),
    "votes empty": (lambda f: (f / VOTES).write_bytes(b""), (VOTES, "is empty")),
    "faces header only": (lambda f: keep_lines(f / FACES, 1), (FACES, "no rows")),
    "votes header only": (lambda f: keep_lines(f / VOTES, 1), (VOTES, "no rows")),
    "swapped": (swap, ("FER+'s votes", "FER2013 first")),
    "votes given are faces": (lambda f: shutil.copy(f / FACES, f / VOTES), (VOTES, "is FER2013", "FER2013 first")),
    "faces lack a column": (lambda f: rename_column(f / FACES, "emotion", "label"), (FACES, "column emotion", "label")),
    "votes lack a column": (lambda f: rename_column(f / VOTES, "contempt", "joy"), (VOTES, "column contempt", "joy")),
    "semicolons in the first line alone": (
        lambda f: rename_column(f / FACES, ",", ";"),
        (FACES, "row 1", "1 columns instead of 3", "emotion;pixels;usage"),
    ),
    "a pixel short": (
        lambda f: edit_line(f / FACES, 3, lambda line: line.replace(" ", "", 1)),
        (FACES, "row 3", "pixels", "2,303", "2,304"),
    ),
    "pixel 256": (lambda f: edit_pixel(f / FACES, 5, 7, "256"), (FACES, "row 5", "pixel 7", "'256'", "0 to 255")),
    "pixel -1": (lambda f: edit_pixel(f / FACES, 1, 1, "-1"), (FACES, "row 1", "pixel 1", "'-1'")),
    "a letter for a pixel": (lambda f: edit_pixel(f / FACES, 120, 2304, "x"), (FACES, "row 120", "pixel 2304", "'x'")),
    "empty pixel": (lambda f: edit_pixel(f / FACES, 2, 100, ""), (FACES, "row 2", "pixel 100", "''")),
    "pixel with a point": (lambda f: edit_pixel(f / FACES, 2, 9, "1.5"), (FACES, "row 2", "pixel 9", "'1.5'")),
    "no pixels": (lambda f: edit_cell(f / FACES, 4, 1, ""), (FACES, "row 4", "pixels", "0 numbers")),
    "unknown Usage": (lambda f: edit_cell(f / FACES, 4, 2, "Test"), (FACES, "row 4", "Usage", "'Test'", "PublicTest")),
    "unknown Usage in votes": (lambda f: edit_cell(f / VOTES, 4, 0, ""), (VOTES, "row 4", "Usage", "''", "PublicTest")),
    "emotion 9": (lambda f: edit_cell(f / FACES, 7, 0, "9"), (FACES, "row 7", "emotion", "'9'", "0 to 6")),
    "no emotion": (lambda f: edit_cell(f / FACES, 7, 0, ""), (FACES, "row 7", "emotion", "''", "0 to 6")),
    "too few columns": (
        lambda f: edit_line(f / FACES, 6, lambda line: line.rsplit(",", 1)[0]),
        (FACES, "row 6", "2 columns instead of 3"),
    ),
    "too few votes": (
        lambda f: edit_line(f / VOTES, 6, lambda line: line.rsplit(",", 1)[0]),
        (VOTES, "row 6", "11 columns instead of 12"),
    ),
    "11 votes": (lambda f: edit_cell(f / VOTES, 9, 6, "11"), (VOTES, "row 9", "anger", "'11'", "0 to 10")),
    "20 votes of ten raters": (
        lambda f: [edit_cell(f / VOTES, row, 2 + i, "10" if i < 2 else "0") for row in (3, 7) for i in range(10)],
        (VOTES, "row 3", "20 votes of 10 raters", "2 such rows"),
    ),
    "negative votes": (lambda f: edit_cell(f / VOTES, 9, 11, "-1"), (VOTES, "row 9", "not_face", "'-1'")),
    "votes as text": (lambda f: edit_cell(f / VOTES, 2, 2, "many"), (VOTES, "row 2", "neutral", "'many'")),
    "no votes": (lambda f: edit_cell(f / VOTES, 2, 10, ""), (VOTES, "row 2", "unknown", "''")),
    "votes beyond int64": (lambda f: edit_cell(f / VOTES, 2, 5, "9" * 30), (VOTES, "row 2", "sadness", "'999")),
    "a digit that is no number": (lambda f: edit_cell(f / VOTES, 2, 5, "²"), (VOTES, "row 2", "sadness", "'²'")),
    "gzip cut off": (lambda f: truncate_gzip(f / FACES), (FACES, "damaged or cut off")),
    "gzip damaged": (lambda f: damage_gzip(f / FACES), (FACES, "damaged or cut off")),
    "votes gzip cut off": (lambda f: truncate_gzip(f / VOTES), (VOTES, "damaged or cut off")),
    "zip cut off": (lambda f: truncate_zip(f / FACES), (FACES, "damaged or cut off")),
    "zip damaged": (lambda f: damage_zip(f / VOTES), (VOTES, "damaged or cut off")),
    "zip of two tables": (lambda f: pack(f / FACES, "a.csv", "b.csv"), (FACES, "exactly one", "a.csv, b.csv")),
    "zip without table": (lambda f: pack(f / FACES, "readme.txt"), (FACES, "exactly one", "none")),
    "zip with a password": (lambda f: encrypt_zip(f / FACES), (FACES, "cannot be unpacked", "password")),
    "fewer faces than votes": (lambda f: keep_lines(f / FACES, 100), (FACES, VOTES, "99", "120", "row by row")),
    "Usage disagrees": (
        lambda f: edit_cell(f / VOTES, 5, 0, "PrivateTest"),
        ("Row 5", "Training", "PrivateTest", FACES, VOTES),
    ),
    "faces binary junk": (lambda f: junk(f / FACES), (FACES, "not a text table")),
    "votes binary junk": (lambda f: junk(f / VOTES), (VOTES, "not a text table")),
    "junk below the header": (
        lambda f: (f / VOTES).write_bytes((f / VOTES).read_bytes()[:200] + np.random.default_rng(0).bytes(9999)),
        (VOTES, "row"),
    ),
    "an endless cell": (
        lambda f: edit_cell(f / VOTES, 3, 1, '"' + "x" * 200_000),
        (VOTES, "a line has more than 16,384 letters"),
    ),
    "faces UTF-16, cut off": (lambda f: as_cut_utf16(f / FACES), (FACES, "UTF-16", "damaged or cut off")),
    "votes UTF-16, cut off": (lambda f: as_cut_utf16(f / VOTES), (VOTES, "UTF-16", "damaged or cut off")),
    "a state without image": (
        lambda f: [edit_cell(f / VOTES, row, 6, "0") for row in range(1, 121)],
        ("angry", "published", "data complete"),
    ),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_bad_tables(name: str, files: Path, run_cli: RunCli) -> None:
    damage, words = BAD_TABLES[name]
    damage(files)
    out = files / "out"
    check_refused(
        run_cli("prepare", files / FACES, files / VOTES, "--out", out, "--duplicates", "identical"), COULD_NOT, *words
    )
    assert not (out / "dataset.json").exists()
    assert not list(out.rglob("*"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--criteria", "publishd"), ("Unknown criteria 'publishd'", "Did you mean 'published'?", "literal")),
        (("--split", "offical"), ("Unknown split 'offical'", "Did you mean 'official'?")),
        (("--split", "folds1"), ("Unknown split 'folds1'", "Did you mean 'folds10'?")),
        (("--split", "folds²"), ("Unknown split 'folds²'",)),
        (("--duplicates", "none"), ("Unknown duplicate search 'none'", "full, identical")),
        (("--seed", "-1"), ("seed", "from 0 to", "-1")),
        (("--seed", "one"), ("--seed",)),
        (("--split", "folds100", "--duplicates", "identical"), ("folds100", "no image", "too small")),
        (("--colour",), ("--colour",)),
    ],
)
def test_bad_options_of_prepare(
    options: tuple[str, ...], words: tuple[str, ...], small_files: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "out"
    check_refused(
        run_cli("prepare", small_files / FACES, small_files / VOTES, "--out", out, *options), WRONG_USE, *words
    )
    assert not list(out.rglob("*"))


def test_output_that_is_there_is_kept(small_files: Path, tmp_path: Path, run_cli: RunCli) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    command = ("prepare", small_files / FACES, small_files / VOTES, "--duplicates", "identical", "--out")
    check_refused(run_cli(*command, full), COULD_NOT, str(full), "not empty", "--force")
    check_refused(run_cli(*command, full / "thesis.txt"), COULD_NOT, "thesis.txt", "is a file")
    check_refused(run_cli(*command, full / "thesis.txt", "--force"), COULD_NOT, "thesis.txt", "is a file")
    check_refused(run_cli(*command, full / "thesis.txt" / "below"), COULD_NOT, "Not a directory", "thesis.txt")
    assert [path.name for path in full.iterdir()] == ["thesis.txt"]
    assert run_cli(*command, full, "--force").code == 0
    assert (full / "thesis.txt").read_text() == "mine"


def test_a_failed_prepare_leaves_the_old_data(data: Path, files: Path, run_cli: RunCli) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    edit_pixel(files / FACES, 5, 7, "256")
    check_refused(
        run_cli("prepare", files / FACES, files / VOTES, "--out", data, "--force"), COULD_NOT, "row 5", "pixel 7"
    )
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


# Folders of images


@pytest.fixture
def pictures(small_files: Path, tmp_path: Path) -> Path:
    """A folder of 30 pictures with FER+ names, to damage."""
    names = read_ferplus(small_files / VOTES)[2]
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in [name for name in names if name][:30]:
        Image.new("L", (48, 48), 99).save(folder / name)
    return folder


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (rename_all, ("no image with a FER+ name", "30 other")),
        (lambda f: shutil.rmtree(f) or f.mkdir(), ("no image with a FER+ name", "0 other")),
        (lambda f: Image.new("L", (64, 48)).save(f / "fer0000003.png"), ("fer0000003.png", "64x48", "48x48")),
        (lambda f: (f / "fer0000003.png").write_bytes(b"\x89PNG junk"), ("fer0000003.png", "not a readable picture")),
        (lambda f: os.truncate(f / "fer0000003.png", 60), ("fer0000003.png", "not a readable picture")),
        (lambda f: huge_picture(f / "fer0000003.png"), ("fer0000003.png", "not a readable picture")),
        (lambda f: Image.new("I;16", (48, 48)).save(f / "fer0000003.png"), ("fer0000003.png", "I;16", "8 bits")),
        (copy_below, ("fer0000003.png", "twice")),
    ],
)
def test_bad_picture_folders(
    damage: Damage, words: tuple[str, ...], pictures: Path, small_files: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    damage(pictures)
    out = tmp_path / "out"
    check_refused(run_cli("prepare", pictures, small_files / VOTES, "--out", out), COULD_NOT, *words)
    assert not (out / "dataset.json").exists()


# Prepared folders and splits


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda d: (d / "dataset.json").unlink(), ("not a prepared data set", "aiducation prepare")),
        (shutil.rmtree, ("not a prepared data set",)),
        (lambda d: (d / "dataset.json").write_text("{"), ("dataset.json", "Cannot read")),
        (lambda d: (d / "dataset.json").write_text("[]"), ("dataset.json", "an object", "a list")),
        (lambda d: (d / "dataset.json").write_bytes(b"\xff\xfe\x00"), ("dataset.json", "Cannot read")),
        (lambda d: edit_json(d / "dataset.json", format=99), ("format 99", "prepare it again")),
        (lambda d: edit_json(d / "dataset.json", criteria=None), ("dataset.json", "incomplete or edited")),
        (lambda d: edit_json(d / "dataset.json", states=None), ("dataset.json", "incomplete or edited")),
        (lambda d: edit_json(d / "dataset.json", colour=1), ("dataset.json", "incomplete or edited")),
        (lambda d: (d / "votes.npy").unlink(), ("votes.npy", "missing")),
        (lambda d: os.truncate(d / "votes.npy", 500), ("votes.npy", "damaged")),
        (lambda d: os.truncate(d / "votes.npy", 0), ("votes.npy", "damaged")),
        (lambda d: os.truncate(d / "images.npy", 5000), ("images.npy", "damaged")),
        (lambda d: os.truncate(d / "images.npy", 50), ("images.npy", "damaged")),
        (lambda d: junk(d / "state.npy"), ("state.npy", "damaged")),
        (lambda d: np.save(d / "kept.npy", np.array([{}], dtype=object)), ("kept.npy", "damaged")),
        (lambda d: np.save(d / "kept.npy", np.ones(3, bool)), (".kept", "(600,)", "(3,)", "Prepare it again")),
        (lambda d: np.save(d / "kept.npy", np.ones(600)), (".kept", "bool", "float64", "Prepare it again")),
    ],
)
@pytest.mark.parametrize("command", [("leaks", "official"), ("table",)], ids=["leaks", "table"])
def test_damaged_data(
    damage: Damage, words: tuple[str, ...], command: tuple[str, ...], data: Path, run_cli: RunCli
) -> None:
    damage(data)
    check_refused(run_cli(command[0], data, *command[1:]), COULD_NOT, str(data), *words)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda p: p.write_text('{"name": '), ("Cannot read",)),
        (lambda p: edit_json(p, data_hash="0123456789abcdef"), ("other data", "0123456789ab", "aiducation prepare")),
        (lambda p: edit_json(p, parts={"train": [1], "valid": [2], "test": [600]}), ("beyond the 600",)),
        (lambda p: edit_json(p, parts={"train": [1, 2], "valid": [2], "test": [3]}), ("more than one part",)),
        (lambda p: edit_json(p, parts={"train": [2, 1], "valid": [3], "test": [4]}), ("'train'", "sorted")),
        (
            lambda p: edit_json(p, parts={"train": [-1], "valid": [3], "test": [4]}),
            ("'parts.train[0]'", "whole number", "-1"),
        ),
        (
            lambda p: edit_json(p, parts={"train": [1.5], "valid": [3], "test": [4]}),
            ("'parts.train[0]'", "whole number", "1.5"),
        ),
        (lambda p: edit_json(p, parts={"train": [10**30], "valid": [3], "test": [4]}), ("a number of 31 digits",)),
        (lambda p: edit_json(p, parts={"train": 5, "valid": [3], "test": [4]}), ("'parts.train'", "a list", "not 5")),
        (lambda p: edit_json(p, parts={"train": [], "valid": [3], "test": [4]}), ("'parts.train'", "at least 1")),
        (lambda p: edit_json(p, parts={"train": [1], "valid": [2], "tests": [3]}), ("train, valid and test",)),
        (lambda p: edit_json(p, parts=[[1], [2], [3]]), ("'parts'", "an object")),
        (lambda p: edit_json(p, parts={}), ("train, valid and test",)),
        (lambda p: edit_json(p, seed=None), ("lacks seed", "aiducation prepare")),
        (lambda p: edit_json(p, seed="x"), ("'seed'", "whole number", "'x'")),
    ],
)
def test_damaged_split(damage: Damage, words: tuple[str, ...], data: Path, run_cli: RunCli) -> None:
    damage(data / "splits" / "random.json")
    check_refused(run_cli("leaks", data, "random"), COULD_NOT, "random.json", *words)


def test_bad_names_and_outputs(prepared: Path, tmp_path: Path, run_cli: RunCli) -> None:
    check_refused(run_cli("leaks", prepared, "randon"), WRONG_USE, "Unknown split 'randon'", "Did you mean 'random'?")
    check_refused(run_cli("list", "modles"), WRONG_USE, "Unknown list 'modles'", "Did you mean 'models'?")
    check_refused(run_cli("table", prepared, "--out", tmp_path / "t.xlsx"), WRONG_USE, "t.xlsx", ".csv, .parquet")
    (tmp_path / "t.csv").write_text("mine")
    check_refused(run_cli("table", prepared, "--out", tmp_path / "t.csv"), COULD_NOT, "t.csv", "--force")
    check_refused(run_cli("table", prepared, "--out", tmp_path / "t.csv" / "u.csv"), COULD_NOT, "u.csv", "Cannot write")
    assert (tmp_path / "t.csv").read_text() == "mine"
    check_refused(run_cli("table", prepared, "--rows", 0), WRONG_USE, "--rows")
    check_refused(run_cli("prepar"), WRONG_USE, "prepar")
    check_refused(run_cli("synthesize", "--out", tmp_path / "s", "--images", 5), WRONG_USE, "--images")
    check_refused(run_cli("synthesize", "--out", tmp_path / "s", "--seed", -1), COULD_NOT, "seed", "-1")
    check_refused(run_cli("synthesize", "--out", tmp_path), COULD_NOT, str(tmp_path), "not empty", "--force")
