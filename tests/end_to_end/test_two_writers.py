"""Several processes that save results in one folder: one line a result, nothing lost, and a dead one holds up nobody."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from PIL import Image

from aiducation import locks
from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.summary import summarize
from aiducation.media.samples import portrait
from commands import RunCli
from makers import faces_of
from needs import UNIX
from waiting import until

pytestmark = [UNIX.mark(), pytest.mark.hostile]

#: The command line, which stops inside the analysis of its first photo until the pipe that it names is opened for writing.
HELD_UP = """
import sys
from aiducation import cli
from aiducation.vision.analyzer import Analyzer

pipe, inside = sys.argv.pop(1), sys.argv.pop(1)
whole, met = Analyzer.photo, []

def photo(self, picture, **options):
    if not met:
        met.append(open(inside, "w"))
        open(pipe).read()
    return whole(self, picture, **options)

Analyzer.photo = photo
cli.main()
"""


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("photo") / "one.jpg"
    Image.fromarray(portrait()).resize((256, 303)).save(path)
    return path.read_bytes()


def photos(folder: Path, photo: bytes, *names: str) -> Path:
    """A folder of photos with different content and the same face."""
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(photo + f"{folder.name} {name}".encode())
    return folder


class HeldUp:
    """A command that stands still in the middle of its first photo."""

    def __init__(self, place: Path, *words: object) -> None:
        self._pipe = place / f"pipe{len(list(place.glob('pipe*')))}"
        os.mkfifo(self._pipe)
        inside = self._pipe.with_suffix(".inside")
        command = [sys.executable, "-c", HELD_UP, self._pipe, inside, "analyze", *words]
        self.process = subprocess.Popen(
            list(map(str, command)), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        until(lambda: inside.exists() or self.process.poll() is not None)

    def go_on(self) -> tuple[int, str]:
        """Let it come to its end; its exit code and what it said."""
        self._pipe.write_bytes(b"")
        _, said = self.process.communicate(timeout=180)
        return self.process.returncode, said


@contextmanager
def held_up(place: Path, *words: object) -> Iterator[HeldUp]:
    one = HeldUp(place, *words)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.communicate()


def check_whole(out: Path, *sources: str) -> None:
    """One current line for each result and no other, an overview of all, and nothing unfinished."""
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(line["source"] for line in lines) == sorted(sources)
    assert all(line["complete"] for line in lines) and len({line["stem"] for line in lines}) == len(lines)
    page = (out / "index.html").read_text(encoding="utf-8")
    for line in lines:
        assert json.loads((out / f"{line['stem']}.json").read_text(encoding="utf-8"))["source"] == line["source"]
        assert f'href="{quote(line["stem"])}.report.html"' in page
    assert len(list(out.glob("*.json"))) == len(lines) == page.count('.report.html"')
    assert not list(out.glob(".*"))


SAVE = ("--save", "json report")


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--resume",)], ids=["plain", "resume"])
def test_the_same_inputs_at_once(options: tuple[str, ...], photo: bytes, tmp_path: Path, run_cli: RunCli) -> None:
    given, out = photos(tmp_path / "in", photo, "a.jpg", "b.jpg", "c.jpg"), tmp_path / "out"
    with held_up(tmp_path, given, "--out", out, *SAVE) as first:
        second = run_cli("analyze", given, "--out", out, *SAVE, *options)
        assert second.code == 0 and "a.jpg: another process is analyzing it now" in second.err
        code, said = first.go_on()
    assert code == 0 and said.count("another process has analyzed it in the meantime") == 2
    check_whole(out, "a.jpg", "b.jpg", "c.jpg")


@pytest.mark.slow
def test_force_waits_and_replaces(photo: bytes, tmp_path: Path) -> None:
    given, out = photos(tmp_path / "in", photo, "a.jpg", "b.jpg"), tmp_path / "out"
    with held_up(tmp_path, given, "--out", out, *SAVE) as first:
        command = [
            sys.executable,
            "-m",
            "aiducation",
            "analyze",
            given,
            "--out",
            out,
            *SAVE,
            "--force",
            "--min-group",
            "1",
        ]
        with subprocess.Popen(
            list(map(str, command)), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as second:
            until(lambda: (out / "b.report.html").exists())
            assert first.go_on()[0] == 0
            assert second.stderr and "Error" not in second.stderr.read()
        assert second.returncode == 0
    check_whole(out, "a.jpg", "b.jpg")
    made = {entry.stem: entry.made_from["smallest group"] for entry in Manifest(out).entries.values()}
    assert made == {"a": 1, "b": 1}, "what --force asked for is what is there"


@pytest.mark.slow
def test_other_files_of_the_same_name_at_once(photo: bytes, tmp_path: Path, run_cli: RunCli) -> None:
    one, two = (photos(tmp_path / name, photo, "a.jpg", "b.jpg") for name in ("week 1", "week 2"))
    out = tmp_path / "out"
    with held_up(tmp_path, one, "--out", out, *SAVE) as first:
        assert run_cli("analyze", two, "--out", out, *SAVE).code == 0
        assert first.go_on()[0] == 0
    sources = [entry.source for entry in Manifest(out).entries.values()]
    assert len(set(sources)) == 4
    check_whole(out, *sources)
    for answer in (run_cli("analyze", folder, "--out", out, *SAVE, "--resume") for folder in (one, two)):
        assert answer.err.count("was analyzed before and is skipped") == 2


@pytest.mark.slow
def test_a_killed_one_holds_up_nobody(photo: bytes, tmp_path: Path, run_cli: RunCli) -> None:
    given, out = photos(tmp_path / "in", photo, "a.jpg", "b.jpg"), tmp_path / "out"
    with held_up(tmp_path, given, "--out", out, *SAVE) as first:
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        answer = run_cli("analyze", given, "--out", out, *SAVE, "--resume")
    assert answer.code == 0 and "another process" not in answer.err
    check_whole(out, "a.jpg", "b.jpg")


@pytest.mark.slow
def test_many_at_once(photo: bytes, tmp_path: Path) -> None:
    """They come from all sides: same files, other files of the same names, both options."""
    one, two = (photos(tmp_path / name, photo, "a.jpg", "b.jpg", "c.jpg") for name in ("one", "two"))
    out, ran = tmp_path / "out", []
    for words in ((one,), (one, "--resume"), (two, "--force"), (two, one, "--resume")):
        command = [sys.executable, "-m", "aiducation", "analyze", *words, "--out", out, *SAVE]
        ran.append(
            subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        )
    said = [process.communicate(timeout=600)[1] for process in ran]
    for process, words in zip(ran, said, strict=True):
        refused = "made from the same file; use --resume" in words  # who came too late for a plain call
        assert process.returncode == int(refused) and "Traceback" not in words, words
    sources = [entry.source for entry in Manifest(out).entries.values()]
    assert len(sources) == len(set(sources)) == 6
    check_whole(out, *sources)


def test_who_only_looks_whether_a_lock_is_held_takes_no_work_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the lock itself for a moment, and may stand still just then."""
    path = tmp_path / locks.lock_name("a.mp4")
    path.touch()
    look = os.open(path, os.O_RDWR)
    assert locks.try_lock(look)
    monkeypatch.setattr(locks, "time", SimpleNamespace(sleep=lambda _: os.close(look)))
    with locks.held(tmp_path, "a.mp4", wait=False) as mine:
        assert mine
    assert not path.exists()


def test_lines_of_a_newer_version_and_damaged_ones(photo: bytes, tmp_path: Path, run_cli: RunCli) -> None:
    """What another version wrote stays; what a crash left goes; several lines of one result become one."""
    given, out = photos(tmp_path / "in", photo, "a.jpg", "b.jpg"), tmp_path / "out"
    run_cli("analyze", given / "a.jpg", "--out", out, *SAVE)
    path = out / "results.jsonl"
    newer = '{"generator": "aiducation 9.0", "stem": "z", "new": true}'
    path.write_text(path.read_text() * 3 + newer + '\n{"generator": "aiduc')
    assert run_cli("analyze", given / "b.jpg", "--out", out, *SAVE).code == 0
    lines = path.read_text().splitlines()
    assert len(lines) == 3 and lines.count(newer) == 1 and set(Manifest(out).entries) == {"a", "b"}
    shutil.rmtree(out)


def test_a_register_that_others_change_meanwhile(tmp_path: Path) -> None:
    """It is read on from where it was, or as a whole where another file took its place."""
    summary = summarize(faces_of([]))

    def entry(stem: str, **about: bool) -> Entry:
        made = {"stem": stem, "source": stem, "made_from": {"n": 1}, "files": (f"{stem}.json",), "complete": True}
        return Entry(**{**made, **about}, summary=summary)

    one, two = Manifest(tmp_path), Manifest(tmp_path)
    for number in range(30):
        one.add(entry(f"one{number}", complete=False))
        one.add(entry(f"one{number}"))
        two.add(entry(f"two{number}"))
        if number % 7 == 3:
            two.tidy()
        if number % 5 == 4:
            one.refresh()
    for manifest in (one, two):
        manifest.refresh()
        assert manifest.entries == Manifest(tmp_path).entries and len(manifest.entries) == 60
        assert all(entry.complete for entry in manifest.entries.values())
    one.tidy()
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 60
    two.refresh()
    assert two.entries == Manifest(tmp_path).entries
