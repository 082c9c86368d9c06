"""Annotations that are written for ELAN share no time slots."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aiducation.exchange.formats import read_annotations, write_annotations
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.spans import timed
from annotation_makers import TWO_PEOPLE, coded
from needs import need_package


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
