"""Files that a table names, whichever system it was written on."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from aiducation.tables.paths import entry_of, exists, file_named, is_of_windows
from needs import UNIX, Need


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Faces" / "Week 2").mkdir(parents=True)
    for name in ("a1.jpg", unicodedata.normalize("NFD", "Zoë.JPG"), "'quoted'.jpg", "-x.png"):
        (tmp_path / "Faces" / "Week 2" / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Faces/Week 2/a1.jpg", "a1.jpg"),
        (r"Faces\Week 2\a1.jpg", "a1.jpg"),
        (r".\faces\week 2\A1.JPG", "a1.jpg"),
        (r"Faces\Week 2/a1.jpg", "a1.jpg"),
        (r"Faces\Week 2\..\Week 2\a1.jpg", "a1.jpg"),
        ('"Faces/Week 2/a1.jpg"', "a1.jpg"),
        ("faces/week 2/zoë.jpg", unicodedata.normalize("NFD", "Zoë.JPG")),
        ("Faces/Week 2/'quoted'.jpg", "'quoted'.jpg"),
    ],
)
def test_names_are_found(name: str, file: str, folder: Path) -> None:
    found = file_named(folder, name)
    assert found.samefile(folder / "Faces" / "Week 2" / file)


def test_an_apostrophe_against_formulas_does_not_count(folder: Path) -> None:
    """``cells.guarded`` sets one before names that spreadsheet programs would compute."""
    assert file_named(folder / "Faces" / "Week 2", "'-x.png").name == "-x.png"


def test_absolute_names(folder: Path) -> None:
    file = folder / "Faces" / "Week 2" / "a1.jpg"
    assert file_named(Path("elsewhere"), str(file)) == file


def test_a_file_that_is_there_wins(folder: Path) -> None:
    """Where capitals or backslashes are part of names, they count."""
    for name in ("B.jpg", "b.jpg", r"c\d.jpg"):
        (folder / name).touch()
    Need(
        lambda: len(list(folder.glob("[bB].jpg"))) == 2, "capitals do not count on this disk", "{check} (on Linux)"
    ).check()
    assert file_named(folder, "b.jpg").name == "b.jpg"
    assert file_named(folder, r"c\d.jpg").name.endswith("d.jpg")
    (folder / "e.jpg").touch()
    (folder / "E.JPG").touch()
    assert file_named(folder, "e.JPG") == folder / "e.JPG"  # two fit: neither is guessed


@pytest.mark.parametrize(
    "name", ["none.jpg", r"Faces\none.jpg", "x" * 5000, "nul\0.jpg", "../none", r"C:\faces\a1.jpg"]
)
def test_names_of_nothing(name: str, folder: Path) -> None:
    """Of a name without a file, the path in this system's own writing is given: errors show it."""
    found = file_named(folder, name)
    assert found == folder / name.replace("\\", "/") and not exists(found)


def test_what_a_table_says_of_a_source() -> None:
    entries = {r"day 1\class.mp4": 1, "day 2/class.mp4": 2, r"odd\name.mp4": 3}
    assert [entry_of(entries, name) for name in ("day 1/class.mp4", "day 2/class.mp4", r"odd\name.mp4")] == [1, 2, 3]
    assert entry_of(entries, "class.mp4") is None


def test_blanks_at_the_ends_of_names_do_not_count(folder: Path) -> None:
    """Readers of tables take them away."""
    UNIX.check()
    (folder / " c d .jpg ").touch()
    assert file_named(folder, "c d .jpg") == folder / " c d .jpg "
    assert entry_of({"class.mp4": 1, r"day 1\b.mp4": 2}, " class.mp4\u00a0") == 1
    assert entry_of({"class.mp4": 1, r"day 1\b.mp4": 2}, " day 1/b.mp4") == 2
    assert entry_of({"class.mp4": 1, " class.mp4": 2}, " class.mp4") == 2


def test_names_of_windows() -> None:
    assert is_of_windows(r"C:\faces\a.jpg") and is_of_windows(r"\\server\share\a.jpg") and is_of_windows('"D:/a.jpg"')
    assert not is_of_windows("/home/a.jpg") and not is_of_windows(r"faces\a.jpg")
