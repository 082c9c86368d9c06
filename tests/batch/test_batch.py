"""Several inputs at once: what one of them cannot do is said, the rest is done, nothing is lost."""

from __future__ import annotations

import inspect
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation.batch.overview import IndexEntry, index_html
from aiducation.batch.summary import summarize
from aiducation.cli.analysis import analyze
from aiducation.defaults import MIN_GROUP
from aiducation.errors import ConfigError
from aiducation.exports.annotated_video import annotated_video
from aiducation.exports.formats import save
from aiducation.media.photos import read_photo
from aiducation.media.source_names import stem_of
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json
from aiducation.vision.analyzer import Analyzer
from commands import COULD_NOT, RunCli, check_refused
from makers import faces_of, recording_of

STOPPED = 130


@pytest.fixture
def photos(samples: Path, tmp_path: Path) -> Path:
    """A folder with three photos, a.jpg, b.jpg and c.jpg."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in "abc":
        shutil.copy(samples / "gallery.jpg", folder / f"{name}.jpg")
    return folder


def test_arguments_that_name_nothing_do_not_stop_the_others(photos: Path, tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "empty").mkdir()
    out = tmp_path / "out"
    answer = run_cli("analyze", tmp_path / "empty", tmp_path / "*.gif", photos / "a.jpg", "--out", out, "--json")
    assert answer.code == COULD_NOT
    assert "empty contains no photo" in answer.err and "No file fits the pattern" in answer.err
    said = json.loads(answer.out)
    assert [one["source"] for one in said["results"]] == ["a.jpg"] and len(said["failed"]) == 2
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "1 photo with 9 faces; 2 could not be read" in page and "contains no photo" in page


def test_an_input_that_needs_too_much_memory_does_not_stop_the_others(
    photos: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Analyzer.photo

    def scarce(self: Analyzer, *args: Any, source: str, **options: Any) -> Faces:
        if source == "b.jpg":
            raise MemoryError
        return look(self, *args, source=source, **options)

    monkeypatch.setattr(Analyzer, "photo", scarce)
    answer = run_cli("analyze", photos, "--out", tmp_path / "out", "--save", "csv", "--json")
    assert answer.code == COULD_NOT and "b.jpg cannot be analyzed: it needs more memory than there is." in answer.err
    assert [one["source"] for one in json.loads(answer.out)["results"]] == ["a.jpg", "c.jpg"]


def test_what_cannot_be_written_does_not_stop_the_others(photos: Path, tmp_path: Path, run_cli: RunCli) -> None:
    out = tmp_path / "out"
    run_cli("analyze", photos, "--out", out, "--save", "csv")
    (out / "b.csv").unlink()
    (out / "b.csv").mkdir()
    answer = run_cli("analyze", photos, "--out", out, "--save", "csv", "--force")
    assert answer.code == COULD_NOT and answer.err.count("b.csv is a folder where a file belongs") == 1
    assert {path.name for path in out.iterdir() if path.is_file()} == {"a.csv", "c.csv", "results.jsonl"}


def test_parquet_without_its_package_is_refused_at_once(
    photos: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = run_cli("analyze", photos, "--out", tmp_path / "out", "--save", "json parquet")
    check_refused(answer, COULD_NOT, "'pyarrow'", "aiducation[parquet]")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_nothing_is_said_to_be_written_where_nothing_was(
    photos: Path, samples: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "out"
    for given, formats, words in (
        (tmp_path / "missing.jpg", "json", "There is no file"),
        (
            photos / "a.jpg",
            "timeline video",
            "a.jpg is a photo and cannot be saved as timeline or video; save json, csv",
        ),
        (
            samples / "meeting.mp4",
            "picture",
            "meeting.mp4 is a recording and cannot be saved as picture; save json, csv",
        ),
    ):
        answer = run_cli("analyze", given, "--out", out, "--save", formats)
        check_refused(answer, COULD_NOT, words)
        assert "Wrote" not in answer.err and not out.exists()
    answer = run_cli("analyze", samples, "--every", 2, "--out", out, "--save", "timeline")
    assert answer.code == COULD_NOT and "cannot be saved as timeline" in answer.err and f"Wrote {out}" in answer.err
    assert (out / "meeting.timeline.png").is_file()


def test_ctrl_c_among_photos(photos: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done is kept and listed, and --resume does the rest."""
    whole, out = Analyzer.photo, tmp_path / "out"

    def stopping(self: Analyzer, picture: np.ndarray, *, source: str) -> Faces:
        if source == "c.jpg":
            raise KeyboardInterrupt
        return whole(self, picture, source=source)

    monkeypatch.setattr(Analyzer, "photo", stopping)
    answer = run_cli("analyze", photos, "--out", out)
    assert answer.code == STOPPED and "--resume to continue" in answer.err
    assert "2 photos with 18 faces" in (out / "index.html").read_text(encoding="utf-8")
    monkeypatch.setattr(Analyzer, "photo", whole)
    answer = run_cli("analyze", photos, "--out", out, "--resume")
    assert answer.code == 0 and answer.err.count("was analyzed before and is skipped") == 2
    assert "3 photos with 27 faces" in (out / "index.html").read_text(encoding="utf-8")


def _stopped_after_two_seconds(
    self: Analyzer, path: Path, *, whole: Callable[..., Recording] = Analyzer.video, **options: Any
) -> Recording:
    """As if somebody pressed Ctrl-C while a recording is analyzed."""

    def stop(done: float, total: float | None) -> None:
        if done > 2:
            raise KeyboardInterrupt

    return whole(self, path, **{**options, "progress": stop})


@pytest.mark.slow
def test_ctrl_c_in_a_recording_ends_the_batch(
    photos: Path, samples: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, out = Analyzer.video, tmp_path / "out"
    command = ("analyze", photos / "a.jpg", samples / "meeting.mp4", photos / "b.jpg", "--out", out)
    monkeypatch.setattr(Analyzer, "video", _stopped_after_two_seconds)
    assert run_cli(*command).code == STOPPED
    assert not (out / "b.json").exists() and (out / "meeting.part.jsonl").is_file()
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "1 photo with 9 faces, 1 recording" in page and "9.0 at a time" in page
    monkeypatch.setattr(Analyzer, "video", whole)
    assert run_cli(*command, "--resume").code == 0
    assert json.loads((out / "meeting.json").read_text(encoding="utf-8"))["complete"] is True
    assert (out / "b.json").exists() and not (out / "meeting.part.jsonl").exists()


@pytest.mark.slow
def test_ctrl_c_in_a_run_with_force(
    photos: Path, samples: Path, tmp_path: Path, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The advice is a command that works; and no faces of a stopped analysis stay where nothing will go on with them."""
    whole, out = Analyzer.video, tmp_path / "out"
    command = ("analyze", samples / "meeting.mp4", "--out", out, "--save", "json")
    assert run_cli(*command).code == 0
    monkeypatch.setattr(Analyzer, "video", _stopped_after_two_seconds)
    answer = run_cli(*command, "--force")
    assert answer.code == STOPPED and "with --resume in place of --force" in answer.err
    assert "--resume to continue" not in answer.err and not (out / "meeting.part.jsonl").exists()
    assert run_cli(*command, "--every", 1, "--force").code == STOPPED
    assert (out / "meeting.part.jsonl").is_file()  # --resume goes on from here
    monkeypatch.setattr(Analyzer, "video", whole)
    assert run_cli(*command, "--every", 1, "--resume").code == 0
    assert not (out / "meeting.part.jsonl").exists()


@pytest.mark.slow
def test_the_overview_keeps_what_earlier_batches_did(
    photos: Path, samples: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    out = tmp_path / "out"
    for given in (photos / "a.jpg", photos / "b.jpg", samples / "meeting.mp4"):
        assert run_cli("analyze", given, "--every", 2, "--out", out).code == 0
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "2 photos with 18 faces, 1 recording" in page
    assert [f'href="{name}.report.html"' in page for name in ("a", "b", "meeting")] == [True] * 3
    for path in out.glob("a.*"):
        path.unlink()  # what is gone is not listed
    run_cli("analyze", photos / "c.jpg", "--out", out)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "a.report.html" not in page and "c.report.html" in page


def test_the_overview_does_not_say_where_anything_lies(photos: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """It is passed on; what is printed names the place."""
    private = tmp_path / "Mia Muster"
    (private / "empty").mkdir(parents=True)
    (private / "sound.m4a").write_bytes(b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42isom")
    (private / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    (private / "read.txt").write_text("me")
    given = [private / name for name in ("sound.m4a", "broken.jpg", "read.txt", "empty")]
    said = run_cli("analyze", photos / "a.jpg", *given, "--out", tmp_path / "out")
    assert said.code == 1 and "Mia Muster" in said.err
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert all(path.name in page for path in given) and "Mia Muster" not in page


def test_faces_of_photos_and_of_recordings_are_not_added_up() -> None:
    some = [np.full(5, 0.2)]
    done = (faces_of(some * 6), faces_of([]), recording_of([some * 7, some * 8]))
    page = index_html([IndexEntry(source="x", summary=summarize(one)) for one in done])
    assert "2 photos with 6 faces, 1 recording" in page and "7.5 at a time" in page
    assert "No result; 1 could not be read" in index_html([IndexEntry(source="x", error="gone")])


# The library saves what the command saves


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "results.jsonl"}


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), {}),
        (("--anonymize", "faces", "--min-group", 1), {"anonymize": True, "min_group": 1}),
        (("--save", "picture report"), {"formats": ("picture", "report")}),
    ],
    ids=["as it comes", "covered", "two formats"],
)
def test_a_photo_saves_the_same_files(
    words: tuple[object, ...], options: dict[str, Any], photos: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    run_cli("analyze", photos / "a.jpg", "--out", tmp_path / "command", *words)
    image = read_photo(photos / "a.jpg")
    save(Analyzer().photo(image, source="a.jpg"), tmp_path / "library", image=image, **options)
    assert written(tmp_path / "library") == written(tmp_path / "command")


def test_a_recording_saves_the_same_files(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    command = ("analyze", samples / "meeting.mp4", "--every", 2, "--out", tmp_path / "command")
    run_cli(*command, "--min-group", 10, "--anonymize", "faces")
    recording = Analyzer().video(samples / "meeting.mp4", every_s=2)
    save(recording, tmp_path / "library", min_group=10, anonymize=True)
    library, other = written(tmp_path / "library"), written(tmp_path / "command")
    assert library.keys() == other.keys()
    assert library["meeting.timeline.svg"] == other["meeting.timeline.svg"]
    heads = [json.loads(files["meeting.json"]) for files in (library, other)]
    assert heads[0]["model"]["name"] == "flagship" and heads[0]["group"]["withheld"]
    for head in heads:
        del head["faces"]  # track numbers are drawn at random
    assert heads[0] == heads[1]
    assert from_json(json.loads(library["meeting.json"])).made_with.model == heads[0]["model"]


@pytest.mark.slow
def test_what_the_library_cannot_save_it_says(samples: Path, tmp_path: Path, analyzer: Analyzer) -> None:
    photo = analyzer.photo(samples / "gallery.jpg")
    with pytest.raises(ConfigError, match="pass it as image="):
        save(photo, tmp_path, ("picture",))
    with pytest.raises(ConfigError, match="cannot be saved as timeline"):
        save(photo, tmp_path, ("timeline",))
    with pytest.raises(ConfigError, match=r"annotated_video.*on_frame=draw"):
        save(recording_of([[]]), tmp_path, ("json", "video"))
    assert not list(tmp_path.iterdir())
    with annotated_video(tmp_path / "meeting.annotated.mp4", hide_faces=True) as draw:  # as the message says
        analyzer.video(samples / "meeting.mp4", every_s=2, on_frame=draw)
    assert (tmp_path / "meeting.annotated.mp4").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("source", "stem"),
    [
        ("class.jpg", "class"),
        ("lesson 1.5", "lesson 1.5"),
        ("lesson 1.5.mp4", "lesson 1.5"),
        ("camera:0", "camera_0"),
        ("day 1/a.b", "day 1_a.b"),
        ("-rf.jpg", "_-rf"),
        ("...", "input"),
        ("课" * 80 + ".jpg", "课" * 40),
        (b"caf\xe9.jpg".decode("utf-8", "surrogateescape"), "caf_xe9"),
    ],
)
def test_one_rule_of_names(source: str, stem: str, tmp_path: Path) -> None:
    assert stem_of(source) == stem
    (path,) = save(Recording(source=source, width=1, height=1, every_s=1, frames=()), tmp_path, ("csv",))
    assert path == tmp_path / f"{stem}.csv" and path.is_file()


def test_defaults_of_the_command_are_those_of_the_library() -> None:
    assert inspect.signature(analyze).parameters["min_group"].default == MIN_GROUP
