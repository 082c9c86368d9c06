"""An interrupted analysis goes on, and gives what an uninterrupted one gives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from aiducation.errors import ConfigError, DataFileError
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.faces import Faces, Recording
from aiducation.vision.journal import Journal
from aiducation.vision.result_json import from_json, to_json
from commands import COULD_NOT, WRONG_USE, RunCli, check_refused

SETTINGS = {"interval": 0.5, "file": ["meeting.mp4", 1, 2]}


def stopped(analyzer: Analyzer, video: Path, journal: Journal, after_s: float) -> Recording:
    def stop(done: float, total: float | None) -> None:
        if done >= after_s:
            raise KeyboardInterrupt

    with journal:
        return analyzer.video(video, progress=stop, journal=journal)


def check_same(one: Recording, other: Recording) -> None:
    np.testing.assert_array_equal(one.times, other.times)
    for a, b in zip(one.frames, other.frames, strict=True):
        assert (a.states, a.reasons, a.frame) == (b.states, b.reasons, b.frame)
        np.testing.assert_allclose(a.boxes, b.boxes, atol=0.06)
        np.testing.assert_allclose(a.probs, b.probs, atol=2e-4)
        np.testing.assert_array_equal(a.track_ids, b.track_ids)


@pytest.mark.parametrize("cut", [0, 7, 100])
def test_the_rest_is_seen_and_the_whole_is_the_same(cut: int, samples: Path, tmp_path: Path) -> None:
    """Also where a crash cut the last line in two."""
    analyzer = Analyzer(threads=1, seed=0)
    whole = analyzer.video(samples / "meeting.mp4")
    path = tmp_path / "x.part.jsonl"
    part = stopped(analyzer, samples / "meeting.mp4", Journal(path, SETTINGS, resume=False), 3.0)
    assert 0 < len(part) < len(whole) and not part.complete
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - cut])
    journal = Journal(path, SETTINGS, resume=True)
    assert 0 < len(journal.seen) < len(whole)
    with journal:
        check_same(analyzer.video(samples / "meeting.mp4", journal=journal), whole)
    assert len(Journal(path, SETTINGS, resume=True).seen) == len(whole)


def test_other_settings_are_refused(samples: Path, tmp_path: Path, analyzer: Analyzer) -> None:
    path = tmp_path / "x.part.jsonl"
    stopped(analyzer, samples / "meeting.mp4", Journal(path, SETTINGS, resume=False), 1.0)
    with pytest.raises(ConfigError, match="another interval"):
        Journal(path, {**SETTINGS, "interval": 1.0}, resume=True)
    assert not Journal(path, SETTINGS, resume=False).seen


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


def test_a_changed_file_is_not_gone_on_with(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    video, out = tmp_path / "meeting.mp4", tmp_path / "out"
    shutil.copy(samples / "meeting.mp4", video)
    out.mkdir()
    (out / "meeting.part.jsonl").write_text(json.dumps({"file": ["meeting.mp4", 5, 5]}) + "\n")
    check_refused(run_cli("analyze", video, "--out", out, "--resume"), WRONG_USE, "another file")


def test_results_can_be_read_back(samples: Path, analyzer: Analyzer) -> None:
    for result in (analyzer.photo(samples / "gallery.jpg"), analyzer.video(samples / "meeting.mp4", every_s=2)):
        value = json.loads(json.dumps(to_json(result, {})))
        again: Faces | Recording = from_json(value)
        repeated = to_json(again, {})
        before, after = value.pop("group"), repeated.pop("group")
        assert repeated == value
        for outcome, numbers in before["shares"].items():  # from rounded probabilities
            assert after["shares"][outcome] == pytest.approx(numbers, abs=2e-4)
    for broken in ({}, {**value, "schema_version": 9}, {**value, "faces": [{"time_s": 0}]}, {**value, "times_s": []}):
        with pytest.raises(DataFileError):
            from_json(broken)
