"""Every format of results at the edge: names that no file can hold, nobody who was seen well, groups of one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from aiducation.batch.results import read_result
from aiducation.exports.boris_file import boris_project
from aiducation.exports.format import Material
from aiducation.exports.formats import FORMATS
from aiducation.exports.methods import methods_sentences
from aiducation.exports.report import report_html
from aiducation.exports.tiers import CHANGES, GROUP, Span, Tier, tiers_of
from aiducation.exports.timeline_figure import timeline_svg
from aiducation.observations.faces import Faces
from aiducation.observations.group import group_of
from aiducation.observations.recording import Recording
from aiducation.texts import texts_of
from makers import faces_of, lesson, recording_of

#: A byte that is not UTF-8, and what Unicode keeps from being a character: XML refuses it.
ODD = "caf\udcff \ufffe \uffff.webm"

CALM, TOO_SMALL = np.array([0.5, 0.1, 0.3, 0.05, 0.05]), np.full(5, np.nan)


def lonely() -> Recording:
    """One person, seen well in every third picture."""
    return recording_of([[CALM if at % 3 == 0 else TOO_SMALL] for at in range(60)], every_s=0.25)


RESULTS: dict[str, Callable[[], Faces | Recording]] = {
    "a lesson": lesson,
    "a person": lonely,
    "without pictures": lambda: recording_of([]),
    "without faces": lambda: recording_of([[]]),
    "one picture, nobody well": lambda: recording_of([[TOO_SMALL]]),
    "one picture": lambda: recording_of([[CALM]], every_s=0.001),
    "photo without faces": lambda: faces_of([]),
    "photo, nobody well": lambda: faces_of([TOO_SMALL]),
    "photo": lambda: faces_of([CALM] * 6),
}

CASES = [
    (name, kind)
    for name, one in FORMATS.items()
    for kind in RESULTS
    if one.write and one.kinds(recording=not kind.startswith("photo"))
]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_format_is_written_and_is_text_where_it_should_be(name: str, kind: str, tmp_path: Path) -> None:
    """Names of files stand in notes, settings and in what the decoder said, too."""
    result = replace(RESULTS[kind](), source=ODD, notes=(f"{ODD} was left out.",))
    result = replace(result, made_with=replace(result.made_with, settings={"model file": ODD}))
    if isinstance(result, Recording):
        frames = tuple(replace(one, source=ODD) for one in result.frames)
        result = replace(result, frames=frames, decoding={"files": [{"file": ODD}]})
    one = FORMATS[name]
    one.check()
    assert one.write is not None
    for group in (1, 5):
        for path in one.write(Material(result=result, min_group=group, texts=texts_of("de")), tmp_path, "result"):
            if path.suffix in (".eaf", ".svg"):
                ElementTree.parse(path)
            if path.suffix in (".json", ".boris"):
                assert "\\udcff" not in path.read_text(encoding="utf-8")
            if name == "json":
                assert read_result(path).notes == ("caf\\xff \ufffe \uffff.webm was left out.",)


def test_a_smallest_group_of_one_withholds_nothing() -> None:
    group = group_of(lonely(), min_group=1)
    assert not group.withheld and group.over_time is not None and group.over_time.shown.all()
    assert group.entry()["shares"]["neutral"]["share"] == pytest.approx(0.5)
    tier = next(tier for tier in tiers_of(Material(result=lonely(), min_group=1)) if tier.name == GROUP)
    assert not any("not shown" in span.text for span in tier.spans)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_nobody_says_fewer_than_one(language: str) -> None:
    """With a smallest group of 1 nothing is withheld: where nothing is shown, nobody was seen well."""
    for frames in ([[TOO_SMALL]] * 20, [*[[CALM]] * 10, *[[TOO_SMALL]] * 10]):
        group = group_of(recording_of(frames), min_group=1)
        assert group.over_time is not None
        figure = timeline_svg(group.over_time, "a", texts_of(language))
        said = [
            figure,
            group.withheld,
            *(span.text for span in tiers_of(Material(result=recording_of(frames), min_group=1))[1].spans),
        ]
        assert not any(
            re.search(r"than 1\b|als 1\b|de 1\b|single persons|einzelner|personnes seules", text) for text in said
        )
        assert (
            "No face was seen well enough." in figure or "no face was seen well enough." in figure or language != "en"
        )


def test_no_change_speaks_of_fewer_people_than_the_smallest_group() -> None:
    """Six people at a time; three were followed from before to after, the others are lost and found every five seconds."""
    other = np.array([0.05, 0.05, 0.05, 0.05, 0.8])
    frames = []
    for at in range(60):
        probs = [*[other if at >= 30 else CALM] * 3, *[CALM] * 3]
        tracks = [0, 1, 2, *(100 + 3 * (at // 5) + i for i in range(3))]
        frames.append(replace(faces_of(probs, tracks=tracks, time_s=float(at))))
    recording = replace(recording_of([]), frames=tuple(frames))
    everything = group_of(recording, min_group=1).over_time
    assert everything and any(one.kind == "expression" and one.people == 3 for one in everything.changes.seen)
    shown = group_of(recording, min_group=5).over_time
    assert shown and all(one.people >= 5 for one in shown.changes.seen if one.kind == "expression")
    tiers = {tier.name: tier for tier in tiers_of(Material(result=recording))}
    assert not any("of 3 people" in span.text for span in tiers[CHANGES].spans)


def test_events_of_a_subject_never_overlap_however_they_round() -> None:
    spans = (Span(0.0, 1.0006, "neutral"), Span(1.0004, 1.0005, "angry"), Span(1.0005, 2.0, "bored"))
    project = boris_project([Tier("track 1", spans)], Tier(CHANGES, ()), source="a.mp4", media="a.mp4", length_s=2.0)
    times: dict[str, list[float]] = {}
    for at, _, state, *_ in project["observations"]["a.mp4"]["events"]:
        times.setdefault(state, []).append(at)
    assert times == {"neutral": [0.0, 1.001], "angry": [1.001, 1.002], "bored": [1.002, 2.0]}


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (faces_of([CALM] * 6), "All faces could be judged."),
        (faces_of([CALM]), "All faces could be judged."),
        (recording_of([[CALM] * 6] * 3), "All views of faces could be judged."),
        (faces_of([*[CALM] * 6, TOO_SMALL]), "6 of 7 faces could be judged (86 %); the rest has no state"),
    ],
)
def test_who_has_no_state_is_told_only_where_there_is_somebody(result: Faces | Recording, words: str) -> None:
    said = report_html(Material(result=result)).replace("\N{NO-BREAK SPACE}", " ")
    assert words in said and ("the rest" in words) == ("would only be a guess" in said)


@pytest.mark.parametrize(("language", "words"), [("de", "Personen vorher"), ("fr", "personnes sur")])
def test_the_size_of_a_change_speaks_every_language(language: str, words: str) -> None:
    said = report_html(Material(result=lesson(), texts=texts_of(language)))
    assert words in said and " people before" not in said


def test_json_of_a_result_has_no_half_letters(tmp_path: Path) -> None:
    recording = replace(lesson(), notes=(ODD,))
    assert FORMATS["json"].write is not None
    (path,) = FORMATS["json"].write(Material(result=recording), tmp_path, "result")
    path.read_bytes().decode("utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["notes"] == ["caf\\xff \ufffe \uffff.webm"]


def test_a_recording_with_hardly_any_face_is_not_said_to_have_none_at_a_time() -> None:
    said = report_html(Material(result=recording_of([[CALM], *[[]] * 9]), min_group=1))
    assert "A recording of 0:10, most of the time without a face" in said and "about 0 faces" not in said


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([], "0 views of faces were found."),
        ([[CALM]], "1 view of faces was found. It was linked to 1 track;"),
        ([[CALM]] * 2, "2 views of faces were found. They were linked to 1 track;"),
    ],
)
def test_the_paragraph_for_papers_counts_in_words_that_fit(frames: list[list[np.ndarray]], words: str) -> None:
    said = " ".join(methods_sentences(Material(result=recording_of(frames))))
    assert words in said and "0 tracks" not in said
