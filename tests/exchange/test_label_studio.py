"""Labels of Label Studio that its own editor makes and this program does not write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiducation.exchange.format import ReadOptions
from aiducation.exchange.formats import read_annotations

FPS = 25.0


def keys(*shown: tuple[int, bool], timed: bool) -> list[dict[str, Any]]:
    """Keys of a rectangle over time, as the editor writes them: ``time`` is ``frame`` by the frame rate."""
    box = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0}
    return [
        {"frame": frame, "enabled": enabled, **box, **({"time": frame / FPS} if timed else {})}
        for frame, enabled in shown
    ]


@pytest.mark.parametrize("timed", [True, False])
def test_a_rectangle_over_time_holds_from_its_first_picture_to_its_last(timed: bool, tmp_path: Path) -> None:
    """Pictures are counted from 1, and that of the last key is shown, too: so are the ranges of timeline labels."""
    sequence = keys((26, True), (40, True), (50, False), (101, True), timed=timed)
    value = {"framesCount": 250, "duration": 10.0, "sequence": sequence, "labels": ["bored"]}
    result = [{"id": "r", "type": "videorectangle", "meta": {"text": ["Mia"]}, "value": value}]
    result.append({"id": "s", "type": "timelinelabels", "meta": {"text": ["Tom"]}, "value": {
        "ranges": [{"start": 26, "end": 50}], "timelinelabels": ["bored"]}})  # fmt: skip
    path = tmp_path / "labels.json"
    path.write_text(json.dumps([{"data": {"video": "lesson.mp4", "fps": FPS}, "annotations": [{"result": result}]}]))
    said = read_annotations(path, ReadOptions()).annotations
    spans = [(one.target.person, one.target.from_s, one.target.to_s) for one in said]
    assert spans == [("Mia", 1.0, 2.0), ("Mia", 4.0, 10.0), ("Tom", 1.0, 2.0)]
