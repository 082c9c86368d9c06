"""What a batch says of groups that are too small, of results that are not whole, and of files that lie there from before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.batch.manifest import Entry, Manifest
from aiducation.batch.options import SaveOptions
from aiducation.batch.overview import IndexEntry, index_html
from aiducation.batch.overview_file import write_overview
from aiducation.batch.summary import summarize
from aiducation.errors import ConfigError
from aiducation.observations.faces import Faces
from aiducation.observations.group import group_of
from aiducation.observations.recording import Recording
from aiducation.texts import texts_of
from commands import WRONG_USE, RunCli, check_refused
from makers import faces_of, recording_of

SURE = [np.eye(5)[i % 5] * 0.5 + 0.1 for i in range(7)]


@pytest.mark.parametrize("few", [faces_of(SURE[:3]), recording_of([SURE[:3]] * 4)], ids=["photo", "recording"])
def test_the_manifest_counts_no_states_of_a_small_group(few: Faces | Recording, tmp_path: Path) -> None:
    summary = summarize(few)
    assert summary.counts == {**dict.fromkeys(few.outcomes), "unclear": 0} and summary.shares is None
    entry = Entry(stem="a", source="a", made_from={"file": ["a"]}, files=(), complete=True, summary=summary)
    Manifest(tmp_path).add(entry)
    assert Manifest(tmp_path).entries == {"a": entry}
    shown = summarize(few, group_of(few, min_group=1)).counts
    assert shown["neutral"] == shown["angry"] == shown["focused"] == 1


def test_a_group_that_is_large_enough_is_counted_and_one_of_nobody_has_zeros() -> None:
    assert summarize(faces_of(SURE)).counts["neutral"] == 2
    for nobody in (faces_of([]), faces_of([np.full(5, np.nan)] * 2)):
        assert set(summarize(nobody).counts.values()) <= {0, 2}


def test_the_command_says_nothing_of_them_in_json_either(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    command = ("analyze", samples / "gallery.jpg", "--save", "csv", "--json")
    said = run_cli(*command, "--out", tmp_path / "few", "--min-group", 50)
    counts = json.loads(said.out)["results"][0]
    assert counts["unclear"] == 5 and [counts[name] for name in ("calm", "angry", "bored", "other")] == [None] * 4
    told = json.loads((tmp_path / "few" / "results.jsonl").read_text(encoding="utf-8"))["summary"]["counts"]
    assert told == {"calm": None, "angry": None, "bored": None, "other": None, "unclear": 5}
    table = run_cli(*command[:-1], "--out", tmp_path / "table", "--min-group", 50)
    assert table.out.count("–") == 4 and "--min-group 1" in table.err


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_the_overview_says_what_is_not_whole(language: str, tmp_path: Path) -> None:
    words = {"en": "Not analyzed to the end.", "de": "Nicht bis zum Ende", "fr": "pas allée jusqu’à la fin"}[language]
    summary = summarize(recording_of([SURE] * 4))
    whole, part = (IndexEntry(source="a.mp4", summary=summary, complete=complete) for complete in (True, False))
    assert words not in index_html([whole, whole], texts=texts_of(language))
    assert index_html([whole, part], texts=texts_of(language)).count(words) == 1
    manifest = Manifest(tmp_path)
    for name, complete in (("a", True), ("b", False)):
        (tmp_path / f"{name}.report.html").write_text("<!doctype html>")
        entry = Entry(
            stem=name,
            source=name,
            made_from={"file": [name]},
            files=(f"{name}.report.html",),
            complete=complete,
            summary=summary,
        )
        manifest.add(entry)
    page = write_overview(tmp_path, [], texts_of(language))
    assert page and page.read_text(encoding="utf-8").count(words) == 1


def test_a_picture_of_before_that_shows_faces_is_named(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    command = ("analyze", samples / "gallery.jpg", "--out", tmp_path)
    run_cli(*command, "--save", "picture csv")
    anonymized = run_cli(*command, "--save", "csv report", "--anonymize", "faces", "--force")
    assert "what an earlier analysis wrote stays as it is (gallery.annotated.jpg). Delete" in anonymized.err
    again = run_cli(*command, "--save", "csv report picture", "--anonymize", "faces", "--force")
    assert "earlier analysis" not in again.err
    more = run_cli(*command, "--save", "json", "--anonymize", "faces", "--resume")
    assert "earlier analysis" not in more.err  # all of them were made with these options


def test_evidence_for_photos_is_refused_where_there_is_none(samples: Path, tmp_path: Path, run_cli: RunCli) -> None:
    said = run_cli("analyze", samples / "meeting.mp4", "--out", tmp_path / "out", "--explain")
    check_refused(said, WRONG_USE, "--explain is for the report of a photo")
    assert not (tmp_path / "out").exists()


def test_options_about_a_transcript_fit_what_is_saved() -> None:
    for formats, transcript in ((("speech", "json"), "no"), (("json", "csv"), "names"), (("json",), "words")):
        with pytest.raises(ConfigError, match="--transcript"):
            SaveOptions(formats=formats, transcript=transcript)
    for formats, transcript in (
        (("speech",), "words"),
        (("report",), "names"),
        (("json",), "turns"),
        (("json",), "no"),
    ):
        assert replace(SaveOptions(formats=formats, transcript=transcript)).transcript == transcript
