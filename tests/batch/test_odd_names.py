"""Files of any name are analyzed; what people read of them holds no control characters; results have names for any system."""

from __future__ import annotations

import csv
import json
import logging
import os
import pty
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from aiducation.media.samples import portrait
from aiducation.media.source_names import stem_of
from aiducation.tables.table import open_table
from aiducation.visible import visible
from aiducation.web.formats import download_headers
from aiducation.web.logs import VisibleFormatter
from aiducation.web.uploads import display_name
from commands import WRONG_USE, RunCli
from needs import UNIX, need_package

pytestmark = [UNIX.mark(), pytest.mark.hostile]

ODD = [
    *(
        "esc\x1b[31mred\x1b[2J.jpg",
        "c1\x9b31m.jpg",
        "rtl\u202egpj.exe.jpg",
        "iso\u2066late\u2069.jpg",
        "bell\x07\x08\x08.jpg",
    ),
    *(
        "lines\u2028and\u2029.jpg",
        "zero\u200b\u200d\ufeff.jpg",
        "cr\rError: forged.jpg",
        "lf\nError: forged.jpg",
        "crlf\r\n.jpg",
    ),
    *(
        "\x7fdel.jpg",
        "\ttab.jpg",
        "=1+1.jpg",
        "＝1+1.jpg",
        " =1.jpg",
        "＠x.jpg",
        "-0.5.jpg",
        "[red]x[bold].jpg",
        ":smile:.jpg",
    ),
    b"invalid\xff\xfe.jpg".decode("utf-8", "surrogateescape"),
    b"invalid\xfe\xff.jpg".decode("utf-8", "surrogateescape"),
]

#: Patterns of what a terminal obeys, and of what hides or moves text.
OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "one.jpg"
    Image.fromarray(portrait()).resize((256, 303)).save(path)
    return path


@pytest.fixture
def folder(photo: Path, tmp_path: Path) -> Path:
    made = tmp_path / "photos"
    made.mkdir()
    for number, name in enumerate(ODD):
        shutil.copy(photo, made / name)
        (made / name).write_bytes(photo.read_bytes() + str(number).encode())
    (made / "broken\x1b[31m.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    (made / "letter\x1b]0;title\x07.txt").write_text("text")
    return made


@pytest.mark.slow
def test_all_are_read_and_nothing_reaches_the_terminal(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    out = tmp_path / "out\x1b[31m"
    for options in ((), ("--resume",), ("--force", "--min-group", "1"), ("--resume", "--json")):
        answer = run_cli("analyze", folder, "--out", out, "--save", "json csv report", *options)
        assert answer.code == 1 and answer.err.count("Error: ") == 1 + answer.err.count("Error: forged")
        assert not OBEYED.findall(answer.out + answer.err)
        assert not any(line.startswith("Error: forged") for line in (answer.out + answer.err).splitlines())
    said = json.loads(answer.out)
    exact = {one["source"] for one in said["results"]}
    assert {name for name in ODD if name.isprintable() or "invalid" not in name} <= exact and len(exact) == len(ODD)
    for path in out.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not OBEYED.findall(page.replace("\n", "")), path.name
    index = (out / "index.html").read_text(encoding="utf-8")
    assert index.count("report.html") == len(ODD)
    for listed in (run_cli("privacy", out), run_cli("privacy", out, "--json")):
        assert not OBEYED.findall(listed.out + listed.err)


def test_tables_and_json_keep_the_names(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    need_package("pyarrow")
    from pyarrow import csv as arrow

    out = tmp_path / "out"
    run_cli("analyze", folder, "--out", out, "--save", "json csv")
    seen = []
    for path in out.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert not OBEYED.findall(text.replace("\n", "")), "not even a terminal that shows the file obeys"
        source, table = json.loads(text)["source"], path.with_suffix(".csv")
        with table.open(encoding="utf-8-sig", newline="") as file:
            (row,) = csv.DictReader(file)
        assert row["source"] in (source, f"'{source}")
        assert arrow.read_csv(table).column("source").to_pylist() == [row["source"]]
        with open_table(table) as own:
            assert [one["source"] for one in own.rows(own.columns)] == [source]
        seen.append(source)
    assert {name for name in ODD if "invalid" not in name} <= set(seen) and len(seen) == len(ODD)


def test_names_of_results_work_on_any_system(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    run_cli("analyze", folder, "--out", tmp_path / "out", "--save", "json")
    made = [path.name for path in (tmp_path / "out").iterdir()]
    assert len({unicodedata.normalize("NFC", name).casefold() for name in made}) == len(made)
    for name in made:
        assert not set('<>:"|?*/\\') & set(name) and not OBEYED.findall(name)
        assert len(name.encode()) <= 255 and name == name.strip(" .")


@pytest.mark.parametrize(
    "name", ["con", "PRN", "Aux", "nul", "COM1", "com0", "lpt9", "COM¹", "lpt²", "LPT³", "conin$", "con .x"]
)
@pytest.mark.parametrize("ending", ["", ".jpg", ".tar.jpg", ". .jpg"])
def test_names_that_windows_keeps(name: str, ending: str) -> None:
    stem = stem_of(name + ending)
    assert stem.startswith("_") and stem[1:4].casefold() == name[:3].casefold()


def test_other_names_stay() -> None:
    for name in ("contest", "com10", "auxiliary", "nullable", "lpt", "console", "com", "Con Air", "a.con"):
        assert stem_of(f"{name}.jpg") == name


@pytest.mark.parametrize(
    "name", ["a.", "a..", "a ", "a . ", "...", " ", "a:b", "a<>?*|b", 'a"b', "x" * 400, "课" * 300, "\0", "-x"]
)
def test_safe_names(name: str) -> None:
    stem = stem_of(f"{name}.jpg")
    assert stem and stem == stem.strip(" .") and len(stem.encode()) <= 120 and not set('<>:"|?*/\\\0') & set(stem)


def test_names_that_become_the_same_stay_apart(photo: Path, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "in").mkdir()
    names = ("a:b.jpg", "a?b.jpg", "a_b.jpg", "A|B.jpg", "con.jpg", "_con.jpg", "con .jpg", "x\x1b.jpg", "x\x9b.jpg")
    for number, name in enumerate(names):
        (tmp_path / "in" / name).write_bytes(photo.read_bytes() + bytes([number]))
    assert run_cli("analyze", tmp_path / "in", "--out", tmp_path / "out", "--save", "json").code == 0
    made = list((tmp_path / "out").glob("*.json"))
    assert len({path.name.casefold() for path in made}) == len(names)
    sources = {json.loads(path.read_text(encoding="utf-8"))["source"] for path in made}
    assert {source.removeprefix("in/") for source in sources} == set(names)


@pytest.mark.slow
def test_on_a_real_terminal(photo: Path, tmp_path: Path) -> None:
    """Progress bars and colours are the tool's own; of a name nothing is obeyed."""
    shutil.copy(photo, tmp_path / "a\x1b]0;title\x07\x1b[2J\u202e.jpg")
    controller, terminal = pty.openpty()
    words = ["analyze", str(tmp_path), "missing\x1b[2J.jpg", "--out", str(tmp_path / "out"), "--save", "json"]
    with subprocess.Popen([sys.executable, "-m", "aiducation", *words], stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        said = b""
        while True:
            try:
                some = os.read(controller, 4096)
            except OSError:  # as Linux says that the other end is closed
                break
            if not some:
                break
            said += some
    os.close(controller)
    assert process.returncode == 1
    text = said.decode()
    assert b"\x1b]0;" not in said and "\x1b[2J" not in text and "\u202e" not in text and "\x07" not in text
    assert "missing\\x1b[2J.jpg" in text and "\\x1b]0;title\\x07" in text


@pytest.mark.parametrize(
    "words",
    [
        ("analyze", "--\x1b[31mx", "--out", "o"),
        ("\x1b[31mx",),
        ("analyze", "x.jpg", "--out", "o", "--every", "\x1b[31m"),
        ("analyze", "x.jpg", "--out", "o", "--save", "\x1b[31m"),
        ("list", "\x1b[31m\u202e"),
    ],
)
def test_a_wrong_command_line(words: tuple[str, ...], run_cli: RunCli) -> None:
    answer = run_cli(*words)
    assert answer.code == WRONG_USE and not OBEYED.findall(answer.out + answer.err)
    assert "\\x1b[31m" in answer.err or "--every" in words


def test_commands_that_read_tables(photo: Path, tmp_path: Path, run_cli: RunCli) -> None:
    name = "face\x1b[31m\u202e.jpg"
    (tmp_path / "focused").mkdir()
    shutil.copy(photo, tmp_path / "focused" / name)
    (tmp_path / "focused" / "none\x1b[2J.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    (tmp_path / "bored").mkdir()
    (tmp_path / "bored" / b"x\xff.jpg".decode("utf-8", "surrogateescape")).write_bytes(photo.read_bytes())
    answer = run_cli("evaluate", tmp_path, "--out", tmp_path / "scores.csv")
    assert answer.code == 0 and not OBEYED.findall(answer.out + answer.err), answer.err
    with open_table(tmp_path / "scores.csv") as table:
        assert any(row["file"].endswith(name) for row in table.rows(("file",)))


# The server


def test_names_from_clients() -> None:
    long = display_name("x" * 300 + " of Monday.mp4")
    assert len(long) == 150 and long.endswith("x of Monday.mp4")
    assert display_name("a\u2028b\u202e\x1b[31m\u3164.jpg") == "ab[31m.jpg"


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("con.jpg", "_con.json"),
        ("a:b.mp4", "a_b.json"),
        ("x" * 400, "x" * 120 + ".json"),
        ("Zoë 1.5.mp4", "Zo%C3%AB%201.5.json"),
    ],
)
def test_names_of_downloads(source: str, file: str) -> None:
    assert download_headers(source, "json", recording=False) == {
        "Content-Disposition": f"attachment; filename*=UTF-8''{file}"
    }


def test_the_log_of_the_server() -> None:
    formatter = VisibleFormatter("%(levelname)s: %(message)s")
    try:
        raise ValueError("bad\x1b[2J\nERROR: forged")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "name %s", ("a\nERROR: forged\x9b",), sys.exc_info())
    lines = formatter.format(record).splitlines()
    assert lines[0] == f"ERROR: name {visible(chr(97) + chr(10))}ERROR: forged\\x9b"
    assert all(line.startswith("| ") for line in lines[1:]) and not OBEYED.findall("".join(lines))
