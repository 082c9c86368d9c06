"""Annotations that are written for ELAN: valid against its schema, and without shared time slots."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aiducation.exchange.format import Media
from aiducation.exchange.formats import read_annotations, write_annotations
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.spans import timed
from annotation_makers import TWO_PEOPLE, coded
from needs import EAF_SCHEMA, EAF_SCHEMA_FILE, need_package


def spans(annotations: Annotations) -> list[tuple[str, float, float, str]]:
    return sorted((one.who, s.from_s, s.to_s, s.state) for one in timed(annotations) for s in one.spans)


def test_each_annotation_has_two_slots_of_its_own_in_order_of_time(tmp_path: Path) -> None:
    """A slot that two annotations name is one time: whoever moves the end of the one moves the other, of another person, too."""
    at_once = Annotation(
        kind="event", target=Target(source="lesson.mp4", from_s=4.5), note="quiz"
    )  # when a state begins
    path = tmp_path / "said.eaf"
    assert write_annotations(Annotations((*coded(TWO_PEOPLE), at_once)), path, "elan") == []
    text = path.read_text(encoding="utf-8")
    slots, named = (re.findall(pattern, text) for pattern in (r'TIME_SLOT_ID="(\w+)"', r'TIME_SLOT_REF\d="(\w+)"'))
    assert sorted(slots) == sorted(named) and len(set(slots)) == len(slots) == 2 * text.count("<ALIGNABLE_ANNOTATION")
    times = [int(one) for one in re.findall(r'TIME_VALUE="(\d+)"', text)]
    assert times == sorted(times)


@pytest.mark.parametrize("ms", [1500, 250])
def test_a_coding_that_pympi_shifts_moves_as_a_whole(ms: int, tmp_path: Path) -> None:
    """pympi-ling 1.71, shift_annotations: a slot is moved once for each annotation that names it. Where states follow each other
    with one slot between them, the change of state moves twice as far as the rest. Source: findings/shared_times_in_pympi.sh."""
    elan = need_package("pympi.Elan")
    said, path = coded(TWO_PEOPLE), tmp_path / "said.eaf"
    write_annotations(said, path, "elan")
    eaf = elan.Eaf(str(path))
    assert eaf.shift_annotations(ms) == ([], [])
    eaf.to_file(str(path))
    moved = [(who, start + ms / 1000, end + ms / 1000, state) for who, start, end, state in spans(said)]
    assert spans(read_annotations(path).annotations) == moved


@pytest.mark.parametrize("source", ["lesson.mp4", "Zoë & <b>, 1 %.mp4"])
def test_a_coding_is_valid(source: str, tmp_path: Path) -> None:
    EAF_SCHEMA.check()
    schema = need_package("xmlschema").XMLSchema(str(EAF_SCHEMA_FILE))
    about = {"annotator": "Zoë", "made_at": "2026-10-01T08:30:00Z"}
    said = (
        *coded(TWO_PEOPLE, source=source),
        *coded(TWO_PEOPLE, source=source, annotator=""),
        Annotation(kind="event", target=Target(source=source, from_s=4.25), note="quiz <1>", **about),
        Annotation(kind="exclude", target=Target(source=source, from_s=9.5, to_s=11.0), note='"a" & b', **about),
    )
    for k, media in enumerate((Media(), Media(folder=tmp_path / "a folder"))):
        write_annotations(Annotations(said), tmp_path / f"{k}.eaf", "elan", media)
        schema.validate(str(tmp_path / f"{k}.eaf"))
