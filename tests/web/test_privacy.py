"""What is on the disk: the server's private folder, what a killed server leaves, and the command that lists and deletes it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from aiducation.temporary import delete_left_behind, new_folder_beside, temporary_name
from commands import RunCli, check_refused
from needs import UNIX
from waiting import until
from web_makers import start_server


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.slow
@UNIX.mark()
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_stopped_server_leaves_nothing(how: str, temporary: Path, samples: Path) -> None:
    """SIGHUP is what it gets where the window it runs in is closed."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a program that starts under nohup ignores it
    try:
        server = start_server(TMPDIR=str(temporary))
    finally:
        signal.signal(signal.SIGHUP, before)
    upload(server.address, samples / "meeting.mp4")
    assert len(list(temporary.iterdir())) == 1
    code = server.stop(getattr(signal, how))
    assert code == (0 if how == "SIGINT" else 128 + signal.SIGTERM)
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
@UNIX.mark()
def test_a_stopped_server_does_not_answer_for_a_killed_one(temporary: Path, samples: Path) -> None:
    server, other = start_server(TMPDIR=str(temporary)), start_server(TMPDIR=str(temporary))
    upload(other.address, samples / "meeting.mp4")
    other.stop(signal.SIGKILL)
    assert server.stop() == 0
    assert list(temporary.iterdir()) == [], "what the killed one left is deleted, too"


def upload(address: str, video: Path) -> str:
    """Send a recording with curl; gives its address."""
    command = ["curl", "-sS", "-F", f"file=@{video}", f"{address}api/recordings?every_s=0.1&video=true"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout)["links"]["self"]).lstrip("/")


@pytest.mark.parametrize("place", ["missing", "file"])
def test_a_folder_that_takes_no_uploads_is_said(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    """Python would take another folder and say nothing."""
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("TMPDIR", str(tmp_path / place))
    answer = run_cli("serve", "--port", 0, "--no-browser")
    assert str(tmp_path / place) in answer.err and "TMPDIR" in answer.err
    assert answer.code and "Traceback" not in answer.err


@pytest.mark.slow
@UNIX.mark()
def test_a_server_killed_in_the_middle_of_a_job(temporary: Path, lesson: Path, clip: Path, run_cli: RunCli) -> None:
    server = start_server(TMPDIR=str(temporary))
    job = upload(server.address, lesson)
    until(lambda: server.get(job)[1]["state"] == "running")
    server.stop(signal.SIGKILL)
    (folder,) = temporary.iterdir()
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert "result.json" not in names and "result.annotated.mp4" not in names, "no half result under a result's name"

    listed = json.loads(run_cli("privacy", "--json").out)
    assert [one["what"] for one in listed] == ["left behind by a killed command"] and listed[0]["bytes"] > 10_000
    again = start_server(TMPDIR=str(temporary))  # starts clean, and cleans up
    assert again.get("health")[1]["recordings"]["running"] == 0
    assert not folder.exists()
    assert again.get(job)[0] == 404
    job = upload(again.address, clip)
    until(lambda: again.get(job)[1]["state"] == "done")
    again.stop()


def test_privacy_lists_and_deletes_saved_results(
    temporary: Path, tmp_path: Path, samples: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "result"
    save = "json csv parquet picture timeline report video"
    assert run_cli("analyze", samples / "gallery.jpg", samples / "meeting.mp4", "--out", out, "--save", save).code == 0
    for name in ("gallery.annotated.jpg", "gallery.report.html", "meeting.json"):  # as browsers call a second download
        shutil.copy(out / name, out / f"{name.rsplit('.', 1)[0]} (1).{name.rsplit('.', 1)[1]}")
    written = {path.name for path in out.iterdir()}
    mine = {
        "notes.txt": "mine",
        "marks.csv": "name,mark\n",
        "index.html": "<p>mine",
        "other-tool.json": '{\n  "schema_version": 1,\n  "kind": "photo"\n}',
        "project.timeline.csv": "start_s,task\n0,plan\n",
        "holiday.annotated.jpg": "mine",
        "a.report.html": "",
    }
    (out / "mine").mkdir()
    for name, text in mine.items():
        (out / "mine" / name).write_text(text, encoding="utf-8")
    listed = {Path(one["path"]).name for one in json.loads(run_cli("privacy", out, "--json").out)}
    assert listed == written
    answer = run_cli("privacy", out)
    assert "kept" in answer.out and f"aiducation privacy {out} --delete" in answer.err.replace("\n", "")
    assert run_cli("privacy", out, "--delete").out.count("deleted") == len(written)
    assert {path.name for path in out.rglob("*") if path.is_file()} == set(mine)
    assert "Nothing was found" in run_cli("privacy", out).err


def test_privacy_says_where_it_could_not_look(tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    look = os.scandir

    def refused(path: str) -> object:
        if os.fspath(path) == str(tmp_path / "closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", refused)
    answer = run_cli("privacy", tmp_path)
    assert answer.code == 1 and f"{tmp_path / 'closed'} could not be searched: Permission denied." in answer.err


def test_privacy_keeps_its_hands_off_running_servers(temporary: Path, run_cli: RunCli) -> None:
    with new_folder_beside(temporary) as folder:
        answer = run_cli("privacy", "--delete")
        assert "running command" in answer.out and "kept" in answer.out
        assert folder.is_dir()
        (temporary / temporary_name()).mkdir()
        assert "listed, except what is in use and is kept, for good" in " ".join(run_cli("privacy").err.split())
        assert "deleted" in run_cli("privacy", "--delete").out and folder.is_dir()
        assert len(json.loads(run_cli("privacy", temporary.parent, "--json").out)) == 1, "it is listed once"
    assert "Nothing was found" in run_cli("privacy").err
    check_refused(run_cli("privacy", temporary / "missing"), 2, "is not a folder")


def test_what_cannot_be_deleted_is_said(temporary: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = temporary / temporary_name()
    dead.mkdir()
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    answer = run_cli("privacy", "--delete")
    assert answer.code == 1 and "kept" in answer.out and "1 of these could not be deleted" in answer.err
    assert delete_left_behind(temporary) == 0
    monkeypatch.setattr("aiducation.web.server.serve", lambda *_, **__: None)
    check_refused(run_cli("serve"), 1, "not everything that was uploaded could be deleted", dead.name)
    (dead / ".lock").unlink()
    dead.rmdir()
    assert "Everything that was uploaded is deleted" in run_cli("serve").err


def test_privacy_needs_no_extra() -> None:
    code = "import sys; sys.modules['fastapi'] = None; from aiducation.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "privacy"], capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr


def test_serve_without_its_extra_is_one_sentence() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; from aiducation.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "serve"], capture_output=True, text=True)
    assert done.returncode == 1 and 'pip install "aiducation[serve]"' in done.stderr and "Traceback" not in done.stderr


def test_a_port_that_is_taken(run_cli: RunCli) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        check_refused(run_cli("serve", "--port", taken.getsockname()[1]), 2, "another program uses it", "--port")
    check_refused(run_cli("serve", "--host", "203.0.113.7", "--port", 0), 2, "Cannot listen at 203.0.113.7")
