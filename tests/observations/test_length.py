"""How long a recording is: as long as its file, where that is known, and not until its last picture and a sampling interval."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiducation.exchange.places import media_of
from aiducation.exports.boris_file import BORIS
from aiducation.exports.format import Material
from aiducation.exports.report import report_html
from aiducation.exports.tiers import tiers_of
from aiducation.exports.timeline_figure import timeline_svg
from aiducation.observations.annotations import Annotations
from aiducation.observations.episodes import episodes_of
from aiducation.observations.group import group_of
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import from_json, to_json
from aiducation.observations.schema import schema
from aiducation.schemas import check
from makers import recording_of

NEUTRAL = np.eye(5)[0]


def minute(duration_s: float | None, *, people: int = 6) -> Recording:
    """A minute and a second with a picture a minute."""
    return replace(recording_of([[NEUTRAL] * people] * 2, every_s=60.0), duration_s=duration_s)


@pytest.mark.parametrize(
    ("duration_s", "length_s"),
    [(61.0, 61.0), (None, 120.0), (3600.0, 120.0), (60.0, 120.0), (12.0, 120.0), (60.5, 60.5)],
)
def test_the_last_picture_stands_until_the_recording_ends(duration_s: float | None, length_s: float) -> None:
    """One that was stopped ends with its pictures; one that would end before them is not believed."""
    assert minute(duration_s).length_s == length_s
    assert replace(minute(duration_s), frames=()).length_s == 0


def test_nothing_of_a_recording_is_after_its_end() -> None:
    recording = minute(61.0)
    assert {one.end_s for one in episodes_of(recording)} == {61.0}
    group = group_of(recording, 5)
    material = Material(result=recording)
    assert max(span.end_s for tier in tiers_of(material) for span in tier.spans) == 61.0
    assert "A recording of 1:01," in report_html(material)
    few = group_of(minute(61.0, people=2), 5)
    assert few.withheld_s == [[0.0, 61.0]]
    assert media_of([recording], Annotations()).length_s == {"made up.mp4": 61.0}
    assert group.over_time is not None and ">2:00<" not in timeline_svg(group.over_time, "x") != timeline_svg(
        replace(group.over_time, end_s=120.0), "x"
    )


@pytest.mark.parametrize(("duration_s", "whole_s"), [(3600.0, 3600.0), (None, None), (12.0, None)])
def test_programs_for_labels_hear_how_long_the_whole_of_a_recording_is(
    tmp_path: Path, duration_s: float | None, whole_s: float | None
) -> None:
    """BORIS believes the length that a project states: it must not be that of the part that was analyzed."""
    stopped = replace(minute(duration_s), complete=False)
    assert (stopped.whole_s, stopped.length_s) == (whole_s, 120.0)
    assert replace(stopped, frames=()).whole_s == duration_s
    assert media_of([stopped], Annotations()).length_s == ({"made up.mp4": whole_s} if whole_s else {})
    assert BORIS.write is not None
    [path] = BORIS.write(Material(result=stopped), tmp_path, "result")
    [observation] = json.loads(path.read_text(encoding="utf-8"))["observations"].values()
    assert observation["media_info"]["length"] == {"made up.mp4": whole_s or 120.0}


def test_the_result_keeps_it_and_results_of_before_are_read() -> None:
    value = json.loads(json.dumps(to_json(minute(61.0))))
    assert value["duration_s"] == 61.0 and not check(value, schema())
    again = from_json(value)
    assert isinstance(again, Recording) and again.duration_s == 61.0 and again.length_s == 61.0
    del value["duration_s"]
    before = from_json(value)
    assert isinstance(before, Recording) and before.duration_s is None and before.length_s == 120.0
    assert "duration_s" not in to_json(before) and not check(value, schema())
