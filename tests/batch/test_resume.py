"""An interrupted analysis goes on, and gives what an uninterrupted one gives."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.names import identity_of
from aiducation.batch.recording_checkpoint import RecordingCheckpoint
from aiducation.batch.summary import summarize
from aiducation.errors import DataFileError
from aiducation.exports.format import Material
from aiducation.exports.formats import write
from aiducation.media.inputs import File
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json, to_json
from aiducation.vision.analyzer import Analyzer
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused
from makers import faces_of

STOPPED = 130

SETTINGS = {"interval": 0.5, "file": ["meeting.mp4", 1, 2]}


def stopped(analyzer: Analyzer, video: Path, checkpoint: RecordingCheckpoint, after_s: float) -> Recording:
    def stop(done: float, total: float | None) -> None:
        if done >= after_s:
            raise KeyboardInterrupt

    with checkpoint:
        return analyzer.video(video, progress=stop, checkpoint=checkpoint)


def check_same(one: Recording, other: Recording) -> None:
    np.testing.assert_array_equal(one.times, other.times)
    for a, b in zip(one.frames, other.frames, strict=True):
        assert (a.states, a.reasons, a.frame) == (b.states, b.reasons, b.frame)
        np.testing.assert_allclose(a.boxes, b.boxes, atol=0.06)
        np.testing.assert_allclose(a.probs, b.probs, atol=2e-4)
        np.testing.assert_array_equal(a.track_ids, b.track_ids)


@pytest.fixture(scope="module")
def halves(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Analyzer, Recording, bytes]:
    """An analyzer, what it sees in a whole recording, and the checkpoint that it leaves when it is stopped in the middle."""
    analyzer = Analyzer(threads=1, seed=0)
    whole = analyzer.video(samples / "meeting.mp4")
    path = tmp_path_factory.mktemp("stopped") / "x.part.jsonl"
    part = stopped(analyzer, samples / "meeting.mp4", RecordingCheckpoint(path, SETTINGS, resume=False), 3.0)
    assert 0 < len(part) < len(whole) and not part.complete
    return analyzer, whole, path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("cut", [0, 7, 100])
def test_the_rest_is_seen_and_the_whole_is_the_same(
    cut: int, halves: tuple[Analyzer, Recording, bytes], samples: Path, tmp_path: Path
) -> None:
    """Also where a crash cut the last line in two."""
    analyzer, whole, content = halves
    path = tmp_path / "x.part.jsonl"
    path.write_bytes(content[: len(content) - cut])
    checkpoint = RecordingCheckpoint(path, SETTINGS, resume=True)
    assert 0 < len(checkpoint.seen) < len(whole)
    with checkpoint:
        check_same(analyzer.video(samples / "meeting.mp4", checkpoint=checkpoint), whole)
    assert len(RecordingCheckpoint(path, SETTINGS, resume=True).seen) == len(whole)


def test_other_settings_begin_anew(samples: Path, tmp_path: Path, analyzer: Analyzer) -> None:
    path = tmp_path / "x.part.jsonl"
    stopped(analyzer, samples / "meeting.mp4", RecordingCheckpoint(path, SETTINGS, resume=False), 1.0)
    assert RecordingCheckpoint(path, SETTINGS, resume=True).seen
    other = RecordingCheckpoint(path, {**SETTINGS, "interval": 1.0}, resume=True)
    assert other.changed == ["interval"] and not other.seen
    assert not RecordingCheckpoint(path, SETTINGS, resume=False).seen


def test_the_command_goes_on(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Done inputs are skipped, an interrupted recording is finished, the overview holds all."""
    out = tmp_path / "out"
    given = [samples / "gallery.jpg", samples / "meeting.mp4"]
    assert run_cli("analyze", *given, "--out", out).code == 0
    assert not list(out.glob("*.part.jsonl"))
    before = (out / "gallery.json").stat().st_mtime_ns
    (out / "meeting.report.html").unlink()
    answer = run_cli("analyze", *given, "--out", out, "--resume", "--json")
    assert answer.code == 0, answer.err
    assert len(json.loads(answer.out)["results"]) == 2
    assert (out / "gallery.json").stat().st_mtime_ns == before and (out / "meeting.report.html").is_file()
    check_refused(run_cli("analyze", *given, "--out", out), COULD_NOT, "--resume")
    check_refused(run_cli("analyze", *given, "--out", out, "--resume", "--force"), WRONG_USE, "choose one")


def test_another_file_of_the_same_name_is_not_gone_on_with(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """Nor is its checkpoint, hours of work, thrown away."""
    out = tmp_path / "out"
    out.mkdir()
    checkpoint = out / "meeting.part.jsonl"
    checkpoint.write_text(json.dumps({"file": ["meeting.mp4", 5, "other"]}) + "\n")
    answer = run_cli("analyze", samples / "meeting.mp4", "--out", out, "--every", 2, "--resume")
    assert answer.code == 0 and "meeting.mp4 has the same name as another input, whose results are kept" in answer.err
    (result,) = out.glob("*.json")
    assert len(json.loads(result.read_text(encoding="utf-8"))["times_s"]) == 4
    assert result.stem != "meeting" and checkpoint.is_file()


@pytest.mark.slow
def test_a_killed_analysis_is_neither_lost_nor_taken_for_done(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """What the checkpoint holds is worth hours: only --force throws it away."""
    command = ("analyze", samples / "meeting.mp4", "--out", tmp_path, "--every", 2)
    checkpoint = tmp_path / "meeting.part.jsonl"
    head = json.dumps({"file": identity_of(File("video", samples / "meeting.mp4"))}) + "\n"
    checkpoint.write_text(head)
    check_refused(run_cli(*command), COULD_NOT, "meeting.part.jsonl exists already", "--resume", "--force")
    assert checkpoint.read_text() == head
    answer = run_cli(*command, "--resume", "--save", "video")
    assert (
        answer.code == 0
        and "analyzed again from the start, because an annotated video cannot be continued" in answer.err
    )
    assert not checkpoint.exists()
    assert run_cli(*command, "--resume", "--save", "video").err.startswith(
        "meeting.mp4 was analyzed before and is skipped"
    )


OPTIONS = {
    "covering of faces": ("--anonymize", "faces"),
    "threshold": ("--threshold", 0.9),
    "least quality": ("--min-face", 400),
    "smallest group": ("--min-group", 1),
    "detector": ("--detector", "yunet-accurate"),
    "language": ("--language", "de"),
    "explanation of faces": ("--explain",),
}


@pytest.mark.parametrize("changed", OPTIONS)
def test_other_options_do_it_again(changed: str, samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    command = ("analyze", samples / "gallery.jpg", "--out", tmp_path, "--save", "json report")
    run_cli(*command)
    before = (tmp_path / "gallery.report.html").read_bytes(), (tmp_path / "gallery.json").read_bytes()
    answer = run_cli(*command, "--resume", *OPTIONS[changed])
    why = f"gallery.jpg is analyzed again, because this has changed since then: {changed}."
    if changed == "language":
        why = "gallery.jpg wird neu analysiert, weil sich seitdem geändert hat: Sprache."
    assert answer.code == 0 and why in answer.err
    assert ((tmp_path / "gallery.report.html").read_bytes(), (tmp_path / "gallery.json").read_bytes()) != before
    again = run_cli(*command, "--resume", *OPTIONS[changed]).err
    assert ("wurde schon analysiert" if changed == "language" else "was analyzed before and is skipped") in again


def test_lines_of_earlier_versions_know_no_language(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """What they were made with was the default, or a report in another language is as good as any."""
    command = ("analyze", samples / "gallery.jpg", "--out", tmp_path, "--save", "json")
    run_cli(*command)
    manifest = Manifest(tmp_path)
    [entry] = manifest.entries.values()
    old = {k: v for k, v in entry.made_from.items() if k not in ("language", "explanation of faces")}
    assert len(old) == len(entry.made_from) - 2
    manifest.add(replace(entry, made_from=old))
    assert "is skipped" in run_cli(*command, "--resume").err


def test_files_of_other_options_do_not_count_as_done(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """A picture that shows the faces is not taken for the covered one, though it lies where that belongs."""

    def picture(*words: str) -> bytes:
        run_cli("analyze", samples / "gallery.jpg", "--out", tmp_path, "--resume", *words)
        return (tmp_path / "gallery.annotated.jpg").read_bytes()

    shown = picture("--save", "picture")
    assert picture("--save", "json", "--anonymize", "faces") == shown
    assert picture("--save", "picture", "--anonymize", "faces") != shown
    again = run_cli(
        "analyze", samples / "gallery.jpg", "--out", tmp_path, "--resume", "--save", "json", "--anonymize", "faces"
    )
    assert "was analyzed before and is skipped" in again.err  # both kinds of files are there now


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "formats", "picture"),
    [
        ("gallery.jpg", "json picture", "gallery.annotated.jpg"),
        ("meeting.mp4", "json video", "meeting.annotated.mp4"),
    ],
)
def test_files_that_were_half_replaced_do_not_count_as_the_old_ones(
    source: str,
    formats: str,
    picture: str,
    samples: Path,
    tmp_path: Path,
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stopped after a picture that shows faces has replaced an anonymized one: that is not whole, whatever is asked for next."""
    command = ("analyze", samples / source, "--out", tmp_path, "--every", 2, "--save", formats)
    covered = (*command, "--anonymize", "faces")
    run_cli(*covered)
    before = (tmp_path / picture).read_bytes()

    def stopped(material: Material, folder: Path, stem: str, formats: Sequence[str]) -> list[Path]:
        write(material, folder, stem, [name for name in formats if name == "picture"])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("aiducation.batch.batch.write", stopped)
        assert run_cli(*command, "--force").code == STOPPED
    shown = (tmp_path / picture).read_bytes()
    assert shown != before
    assert "is skipped" not in run_cli(*covered, "--resume").err
    assert (tmp_path / picture).read_bytes() != shown
    assert "is skipped" in run_cli(*covered, "--resume").err


def test_a_photo_that_changed_is_looked_at_again(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    photo = Path(shutil.copy(samples / "gallery.jpg", tmp_path / "one.jpg"))
    command = ("analyze", photo, "--out", tmp_path / "out", "--save", "csv", "--every")
    run_cli(*command, 1)
    assert (
        "was analyzed before and is skipped" in run_cli(*command, 2, "--resume").err
    )  # the interval is nothing to a photo
    os.utime(photo)
    assert "was analyzed before and is skipped" in run_cli(*command, 2, "--resume").err  # its content is the same
    (tmp_path / "out" / "one.csv").unlink()
    assert "is skipped" not in run_cli(*command, 2, "--resume").err and (tmp_path / "out" / "one.csv").exists()
    photo.write_bytes(photo.read_bytes() + b"\0")
    assert "has the same name as another input, whose results are kept" in run_cli(*command, 2, "--resume").err
    assert len(list((tmp_path / "out").glob("*.csv"))) == 2


def test_a_finished_result_is_not_read_again(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    """A two-hour recording has some 80 MB of it."""
    command = ("analyze", samples / "meeting.mp4", "--out", tmp_path, "--every", 2, "--json")
    first = json.loads(run_cli(*command).out)
    (tmp_path / "meeting.json").write_text("no JSON, and nobody notices", encoding="utf-8")
    assert json.loads(run_cli(*command, "--resume").out)["results"] == first["results"]


@pytest.mark.parametrize("line", ["", '{"generator": 1}', '{"stem": "a', "[1, 2]", "7", '{"made_from": 5}', "\udcff"])
def test_a_damaged_register_costs_no_more_than_its_line(line: str, tmp_path: Path) -> None:
    entry = Entry(
        stem="a", source="a.jpg", made_from={"x": 1}, files=("a.csv",), complete=True, summary=summarize(faces_of([]))
    )
    Manifest(tmp_path).add(entry)
    path = tmp_path / "results.jsonl"
    path.write_bytes(path.read_bytes() + line.encode(errors="surrogateescape"))
    manifest = Manifest(tmp_path)
    assert manifest.entries == {"a": entry}
    manifest.add(replace(entry, stem="b"))
    manifest.add(replace(entry, files=()))
    assert Manifest(tmp_path).entries == {"a": replace(entry, files=()), "b": replace(entry, stem="b")}


def test_results_can_be_read_back(samples: Path, analyzer: Analyzer) -> None:
    for result in (analyzer.photo(samples / "gallery.jpg"), analyzer.video(samples / "meeting.mp4", every_s=2)):
        value = json.loads(json.dumps(to_json(result)))
        again: Faces | Recording = from_json(value)
        repeated = to_json(again)
        before, after = value.pop("group"), repeated.pop("group")
        for face, same in zip(value["faces"], repeated["faces"], strict=True):  # of calm: the sum of two rounded ones
            assert same.pop("confidence") == pytest.approx(face.pop("confidence"), abs=2e-4)
        assert repeated == value
        for outcome, numbers in before["shares"].items():  # from rounded probabilities
            assert after["shares"][outcome] == pytest.approx(numbers, abs=2e-4)
    for broken in ({}, {**value, "schema_version": 9}, {**value, "faces": [{"time_s": 0}]}, {**value, "times_s": []}):
        with pytest.raises(DataFileError):
            from_json(broken)
