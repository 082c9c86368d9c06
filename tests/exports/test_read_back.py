"""What is exported for annotators can be read back as labels, corrected or not: each episode is a label of its track."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from aiducation.exchange.format import ReadOptions
from aiducation.exchange.formats import ANNOTATION_FORMATS
from aiducation.exports.format import Material
from aiducation.exports.formats import FORMATS
from aiducation.observations.episodes import episodes_of
from aiducation.states import OUTCOMES
from makers import lesson


@pytest.mark.parametrize(("export", "kind"), [("elan", "elan"), ("boris", "boris"), ("episodes", "csv")])
def test_each_episode_is_a_label_of_its_track(export: str, kind: str, tmp_path: Path) -> None:
    recording = lesson(source="Zoë a b.mp4")
    write = FORMATS[export].write
    assert write is not None
    (path,) = write(Material(result=recording, media=tmp_path / recording.source), tmp_path, "result")
    one = ANNOTATION_FORMATS[kind]
    with path.open("rb") as file:
        assert one.recognizes(file.read(4096), path.name)
    labels = one.read(path, ReadOptions()).annotations
    states = [label for label in labels if label.kind == "state"]
    assert {label.target.source for label in states} == {recording.source}
    assert {label.state for label in states} <= set(OUTCOMES), "what the model could not judge is no label"
    read = sorted(
        (label.target.track or 0, label.target.from_s or 0.0, label.target.to_s or 0.0, label.state) for label in states
    )
    wanted = sorted((e.track_id, e.start_s, e.end_s, e.state) for e in episodes_of(recording) if e.state in OUTCOMES)
    assert [one[3] for one in read] == [one[3] for one in wanted]
    for found, meant in zip(itertools.chain(*read), itertools.chain(*wanted), strict=True):
        assert found == (meant if isinstance(meant, str) else pytest.approx(meant, abs=0.001))
