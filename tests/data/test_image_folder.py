from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from PIL.PngImagePlugin import PngInfo

from aiducation.data.dataset import Dataset
from aiducation.data.image_folder import read_image_folder
from aiducation.data.vote_files import read_ferplus, read_votes
from aiducation.data.votes import VoteTable
from aiducation.errors import DataFileError
from commands import RunCli


@pytest.fixture
def folder(synthetic_table: VoteTable, tmp_path: Path) -> Path:
    """The pictures in folders by Usage, as FER+'s own script writes them: those with a name."""
    parts = ("FER2013Train", "FER2013Valid", "FER2013Test")
    for part in parts:
        (tmp_path / part).mkdir()
    for pixels, usage, name in zip(synthetic_table.pixels, synthetic_table.usage, synthetic_table.names, strict=True):
        if name:
            Image.fromarray(pixels).save(tmp_path / parts[usage] / str(name))
    return tmp_path


def test_a_folder_gives_what_the_table_gives(
    folder: Path, synthetic_table: VoteTable, synthetic_files: tuple[Path, Path]
) -> None:
    read = read_votes(folder, synthetic_files[1])
    named = synthetic_table.names != ""
    assert 0 < (~named).sum() < 20
    for name in ("pixels", "usage", "votes", "names"):
        np.testing.assert_array_equal(getattr(read, name), getattr(synthetic_table, name)[named])
    assert set(read.emotion) == {-1}  # FER2013's own label is not in a folder


def test_part_of_the_pictures_will_do(
    folder: Path, synthetic_table: VoteTable, synthetic_files: tuple[Path, Path]
) -> None:
    gone = sorted(folder.rglob("*.png"))[::2]
    for path in gone:
        path.unlink()
    (folder / "holiday.png").write_bytes(b"no picture, and none of FER+'s names")
    (folder / "notes.txt").touch()
    read = read_votes(folder, synthetic_files[1])
    rows = np.isin(synthetic_table.names, [path.name for path in folder.rglob("fer*.png")])
    assert read.without_image == len(gone)
    np.testing.assert_array_equal(read.names, synthetic_table.names[rows])
    np.testing.assert_array_equal(read.pixels, synthetic_table.pixels[rows])


def test_endings_in_capitals(folder: Path, synthetic_table: VoteTable, synthetic_files: tuple[Path, Path]) -> None:
    for path in folder.rglob("*.png"):
        path.rename(path.with_suffix(".PNG"))
    read = read_votes(folder, synthetic_files[1])
    np.testing.assert_array_equal(read.names, synthetic_table.names[synthetic_table.names != ""])
    assert read.without_image == 0


@pytest.mark.slow
def test_missing_pictures_are_said(
    folder: Path, synthetic_files: tuple[Path, Path], tmp_path: Path, run_cli: RunCli
) -> None:
    for path in sorted(folder.rglob("fer*.png"))[:7]:
        path.unlink()
    named = int((read_ferplus(synthetic_files[1])[2] != "").sum())
    command = ("prepare", folder, synthetic_files[1], "--duplicates", "identical", "--split", "random", "--out")
    answer = run_cli(*command, tmp_path / "data")
    assert f"7 of {named} named votes have no image" in answer.out
    assert Dataset.load(tmp_path / "data").info.without_image == 7
    described = run_cli("describe", tmp_path / "data", "--out", tmp_path / "report")
    assert described.code == 0 and "Traceback" not in described.err


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_colour_pictures_become_gray(
    mode: str, folder: Path, synthetic_table: VoteTable, synthetic_files: tuple[Path, Path]
) -> None:
    path = sorted(folder.rglob("*.png"))[0]
    with Image.open(path) as image:
        image.convert(mode).save(path)
    read = read_votes(folder, synthetic_files[1])
    np.testing.assert_array_equal(read.pixels, synthetic_table.pixels[synthetic_table.names != ""])


def test_a_picture_whose_text_unpacks_to_too_much_is_named(tmp_path: Path) -> None:
    """Pillow refuses it with an error of another kind than for other damage."""
    huge = PngInfo()
    huge.add_text("comment", "a" * (2 * PngImagePlugin.MAX_TEXT_CHUNK), zip=True)
    Image.new("L", (48, 48), 7).save(tmp_path / "fer0000001.png", pnginfo=huge)
    with pytest.raises(DataFileError, match=r"fer0000001\.png is not a readable picture"):
        read_image_folder(tmp_path, (np.ones((1, 10), np.uint8), np.zeros(1, np.int8), np.array(["fer0000001.png"])))


def test_of_two_rows_with_one_name_the_later_counts(tmp_path: Path) -> None:
    votes = np.zeros((3, 10), np.uint8)
    votes[:, 0] = (10, 9, 8)
    usage = np.array([0, 1, 2], np.int8)
    Image.new("L", (48, 48), 7).save(tmp_path / "fer0000001.png")
    read = read_image_folder(tmp_path, (votes, usage, np.array(["fer0000001.png", "fer0000002.png", "fer0000001.png"])))
    assert read.votes[:, 0].tolist() == [8]
    assert read.usage.tolist() == [2]
    assert (read.pixels == 7).all()


@pytest.mark.slow
def test_the_real_votes_have_names_to_join_by(shared_data: Path, tmp_path: Path) -> None:
    votes, usage, names = read_ferplus(shared_data / "fer2013new.csv")
    Image.new("L", (48, 48)).save(tmp_path / "fer0000000.png")
    read = read_image_folder(tmp_path, (votes, usage, names))
    np.testing.assert_array_equal(read.votes[0], votes[0])
