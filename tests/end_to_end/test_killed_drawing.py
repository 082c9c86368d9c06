"""What a killed command leaves shows faces: ``--resume`` and ``aiducation privacy`` find it and delete it, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import OutputError
from aiducation.files import atomic_in_folder, atomic_path
from aiducation.locks import lock
from aiducation.media.samples import gallery
from aiducation.temporary import (
    Left,
    delete,
    delete_left_behind,
    is_temporary,
    new_file,
    new_folder_beside,
    temporaries,
    temporary_name,
)
from commands import RunCli
from film import film
from needs import UNIX, Need
from waiting import until

pytestmark = [UNIX.mark(), pytest.mark.hostile]

#: The command line, which stands still once an annotated video has more than nothing on the disk.
DRAWING = """
import os, sys
from aiducation import cli
from aiducation.media.video_writer import VideoWriter

inside, write = sys.argv.pop(1), VideoWriter.write
out = sys.argv[sys.argv.index("--out") + 1]

def drawing(self, image, time_s):
    write(self, image, time_s)
    if any(os.stat(os.path.join(out, name)).st_size for name in os.listdir(out) if name.endswith(".tmp")):
        open(inside, "w").close()
        sys.stdin.read()

VideoWriter.write = drawing
cli.main()
"""


@pytest.fixture
def meeting(tmp_path: Path) -> Path:
    """A recording of a face in front of noise, which is much to write and little to analyze."""
    noise = np.random.default_rng(0).integers(0, 256, (360, 640, 3), dtype=np.uint8)
    noise[:, :320] = gallery(1, 1, width=320, height=360)
    return film(tmp_path / "meeting.mp4", [np.roll(noise, 8 * i, axis=0) for i in range(75)], rate=25)


def start_drawing(meeting: Path, out: Path) -> subprocess.Popen[bytes]:
    """A command in the middle of an annotated video."""
    inside = out.with_name("inside")
    words = ["analyze", meeting, "--out", out, "--every", "0.04", "--save", "video json"]
    command = [sys.executable, "-c", DRAWING, inside, *words]
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    until(lambda: inside.exists() or process.poll() is not None)
    assert process.poll() is None, "the video was drawn whole"
    return process


def listed(run_cli: RunCli, out: Path, *options: str) -> dict[str, str]:
    """What privacy says of each file below a folder."""
    found = json.loads(run_cli("privacy", out, "--json", *options).out)
    return {Path(one["path"]).name: one["what"] for one in found if Path(one["path"]).is_relative_to(out)}


@pytest.mark.slow
def test_an_annotated_video_that_was_killed(meeting: Path, tmp_path: Path, run_cli: RunCli) -> None:
    out = tmp_path / "out"
    process = start_drawing(meeting, out)
    mine = out / ".aiducation-notes.tmp"
    mine.write_text("not of this tool")
    [running] = [one for one in temporaries(out) if one.bytes]
    assert running.alive and is_temporary(running.path.name)
    assert delete_left_behind(out) == 0 and running.path.exists(), "it is being written"
    said = listed(run_cli, out, "--delete")
    assert said[running.path.name] == "unfinished file of a running command" and running.path.exists()
    assert said["meeting.part.jsonl"] == "checkpoint of a running command" and (out / "meeting.part.jsonl").exists()
    process.send_signal(signal.SIGKILL)
    process.communicate()

    copy = shutil.copytree(out, tmp_path / "copy")
    assert listed(run_cli, out)[running.path.name] == "left behind by a killed command"
    listed(run_cli, out, "--delete")
    assert [path.name for path in out.iterdir()] == [mine.name]

    command = ("analyze", meeting, "--out", copy, "--every", 2, "--save", "video json", "--resume")
    answer = run_cli(*command)
    assert (
        answer.code == 0 and f"Deleted from {copy}: 1 unfinished file left by a command that was killed" in answer.err
    )
    assert {path.name for path in copy.iterdir()} == {
        *("meeting.annotated.mp4", "meeting.json", "results.jsonl", mine.name)
    }


def test_only_own_names_count(tmp_path: Path) -> None:
    name = temporary_name()
    assert is_temporary(name) and len({temporary_name() for _ in range(100)}) == 100
    for other in (name.replace(".tmp", ""), name[:-5] + "x.tmp", name.upper(), ".aiducation-.tmp", "." + name):
        assert not is_temporary(other)
        (tmp_path / other).write_text("another's")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("precious")
    (tmp_path / temporary_name()).symlink_to(tmp_path / "precious")
    (tmp_path / temporary_name()).symlink_to(tmp_path / "precious" / "file")
    os.mkfifo(tmp_path / temporary_name())
    assert delete_left_behind(tmp_path) == 0 and (tmp_path / "precious" / "file").read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 9


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    for way in (atomic_path, atomic_in_folder):
        with pytest.raises(ZeroDivisionError), way(tmp_path / "x") as path:
            path.write_text("half")
            raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_files_get_the_rights_that_new_files_get(tmp_path: Path) -> None:
    """Others shall read results; what is not finished is in a folder of its own, or has a name that nobody guesses."""
    before = os.umask(0o027)
    try:
        for number, way in enumerate((atomic_path, atomic_in_folder)):
            with way(tmp_path / f"{number}") as path:
                path.write_text("whole")
            assert (tmp_path / f"{number}").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)
    with new_folder_beside(tmp_path) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_dead_folders_go_and_living_ones_stay(tmp_path: Path) -> None:
    with new_folder_beside(tmp_path) as folder:
        (folder / "figures").mkdir()
        (folder / "figures" / "face.png").write_bytes(b"face")
        [one] = temporaries(tmp_path)
        assert one.alive and one.bytes == 4 and delete_left_behind(tmp_path) == 0
        dead = tmp_path / temporary_name()
        shutil.copytree(folder, dead)
        assert delete_left_behind(tmp_path) == 1 and not dead.exists() and folder.exists()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_was_met_just_before_it_was_locked_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who deletes what killed processes left may stand still between its look and what it does."""
    met: list[Left] = []

    def late(file: int) -> None:
        met.extend(temporaries(tmp_path))
        lock(file)

    monkeypatch.setattr("aiducation.temporary.lock", late)
    with new_folder_beside(tmp_path) as folder:
        (one,) = met
        assert one.path == folder and not one.alive
        assert not delete(one) and folder.exists()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_deleted_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[bool] = []

    def late(file: int) -> None:
        if not deleted:
            deleted.extend(map(delete, temporaries(tmp_path)))
        lock(file)

    monkeypatch.setattr("aiducation.temporary.lock", late)
    with new_folder_beside(tmp_path) as folder:
        assert deleted == [True] and list(tmp_path.iterdir()) == [folder]


@Need(lambda: sys.platform == "linux", "other systems have no path to an open file", "{check} (on Linux)").mark()
def test_a_file_that_somebody_swapped_is_not_written(tmp_path: Path) -> None:
    """In a folder that others may write, they may delete a temporary file and put a link there."""
    outside = tmp_path / "outside"
    outside.write_text("another's")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(OutputError, match="replaced by another program"), atomic_path(out / "x.json") as path:
        [there] = out.iterdir()
        there.unlink()
        there.symlink_to(outside)
        path.write_text("mine")
    assert outside.read_text() == "another's" and not (out / "x.json").exists()


def test_names_are_made_exclusively(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is taken, by a link, too, is not used."""
    name = temporary_name()
    (tmp_path / "outside").write_text("another's")
    (tmp_path / name).symlink_to(tmp_path / "outside")
    monkeypatch.setattr("aiducation.temporary.temporary_name", lambda: name)
    with pytest.raises(FileExistsError):
        new_file(tmp_path)
    assert (tmp_path / "outside").read_text() == "another's"


def test_a_folder_on_a_network_file_system_goes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS keeps a deleted file under another name for as long as somebody has it open."""
    unlink, close = os.unlink, os.close

    def renamed(name: str, *, dir_fd: int | None = None) -> None:
        if name == ".lock":
            os.rename(name, ".nfs1", src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
        else:
            unlink(name, dir_fd=dir_fd)

    def closed(file: int) -> None:
        close(file)
        for left in tmp_path.rglob(".nfs*"):
            unlink(left)

    monkeypatch.setattr("os.unlink", renamed)
    monkeypatch.setattr("os.close", closed)
    with new_folder_beside(tmp_path) as folder:
        (folder / "page.html").write_text("half", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []
