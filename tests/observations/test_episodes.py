"""Episodes and places: what annotation tools are filled with."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from aiducation.observations.episodes import episodes_of, who_takes_part
from aiducation.observations.places import places_of, reading_order
from aiducation.observations.reasons import NOT_MOVING
from aiducation.observations.recording import Recording
from aiducation.observations.tracks import tracks_of
from aiducation.states import OUTCOMES, UNCLEAR
from makers import faces_of, lesson, recording_of

NEUTRAL, FOCUSED = np.array([0.6, 0.1, 0.1, 0.1, 0.1]), np.array([0.1, 0.1, 0.5, 0.2, 0.1])
UNSEEN = np.full(5, np.nan)


def test_an_episode_goes_on_until_the_next_frame_is_due() -> None:
    one, two, three = episodes_of(recording_of([[NEUTRAL], [NEUTRAL], [FOCUSED], [UNSEEN]], every_s=0.5))
    assert [(e.state, e.start_s, e.end_s, e.views) for e in (one, two, three)] == [
        ("neutral", 0.0, 1.0, 2),
        ("focused", 1.0, 1.5, 1),
        (UNCLEAR, 1.5, 2.0, 1),
    ]
    assert one.mean_probability == pytest.approx(0.6) and three.mean_probability is None
    assert (two.reason, three.reason) == ("", "too small")


def test_they_are_the_spans_of_the_tracks_apart_and_never_empty() -> None:
    recording = lesson()
    episodes = episodes_of(recording)
    assert [(e.track_id, e.start_s, e.state) for e in episodes] == [
        (track.track_id, start, state) for track in tracks_of(recording) for start, _, state in track.spans
    ]
    for track in {e.track_id for e in episodes}:
        own = [e for e in episodes if e.track_id == track]
        assert all(e.start_s < e.end_s for e in own)
        assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(own))
        assert sum(e.views for e in own) == sum(track in frame.track_ids for frame in recording.frames)
    gone = [e for e in episodes if e.track_id == 101]
    assert any(e.end_s == 10.0 for e in gone) and not any(10 < e.start_s < 20 for e in gone)


def test_the_mean_is_that_of_the_frames() -> None:
    recording = lesson()
    answered = [episode for episode in episodes_of(recording) if episode.state in OUTCOMES]
    assert answered
    for episode in answered:
        probs = [
            frame.probs[frame.track_ids.tolist().index(episode.track_id), OUTCOMES.index(episode.state)]
            for frame in recording.frames
            if episode.start_s <= frame.time_s < episode.end_s and episode.track_id in frame.track_ids
        ]
        assert episode.mean_probability == pytest.approx(np.mean(probs))


def test_static_faces_do_not_take_part() -> None:
    recording = recording_of([[UNSEEN, NEUTRAL]] * 3)
    frames = tuple(replace(f, reasons=(NOT_MOVING, "")) for f in recording.frames)
    episodes = episodes_of(replace(recording, frames=frames))
    assert {e.track_id for e in episodes} == {0, 1} and {e.track_id for e in who_takes_part(episodes)} == {1}


def grid(rows: int, columns: int, *, tilt: float = 0.0) -> np.ndarray:
    """(N, 4) boxes of faces on a grid, whose rows fall by ``tilt`` face heights in all."""
    at = [(100 * c, 140 * r + tilt * 60 * c / columns) for r in range(rows) for c in range(columns)]
    return np.array([(x, y, x + 50, y + 60) for x, y in at], np.float64)


@pytest.mark.parametrize("tilt", [0.0, 0.4, -0.4])
def test_faces_are_numbered_as_one_reads(tilt: float) -> None:
    boxes = grid(4, 6, tilt=tilt)
    mixed = np.random.default_rng(1).permutation(len(boxes))
    assert (mixed[reading_order(boxes[mixed])] == np.arange(len(boxes))).all()
    assert reading_order(np.zeros((0, 4))).tolist() == []


def moved(recording: Recording, boxes: np.ndarray) -> Recording:
    """The recording with its faces at given places, (F, N, 4)."""
    frames = [
        replace(f, detections=replace(f.detections, boxes=own.astype(np.float32)))
        for f, own in zip(recording.frames, boxes, strict=True)
    ]
    return replace(recording, frames=tuple(frames))


def test_tiles_have_places_also_where_the_last_row_stands_in_the_middle() -> None:
    tiles = np.concatenate([grid(1, 3), grid(2, 2)[2:] + np.array((50, 0, 50, 0))])
    recording = moved(recording_of([[NEUTRAL] * 5] * 20), np.repeat(tiles[None], 20, axis=0))
    assert places_of(recording) == {
        0: "row 1, column 1",
        1: "row 1, column 2",
        2: "row 1, column 3",
        3: "row 2, column 1",
        4: "row 2, column 2",
    }


def test_who_walks_about_has_no_place_and_pieces_of_a_track_share_one() -> None:
    boxes = np.repeat(grid(1, 3)[None], 20, axis=0)
    boxes[:, 2, ::2] += np.linspace(0, 400, 20)[:, None]
    recording = moved(recording_of([[NEUTRAL] * 3] * 20), boxes)
    frames = [replace(f, track_ids=np.array([0 if i < 10 else 7, 1, 2])) for i, f in enumerate(recording.frames)]
    assert places_of(replace(recording, frames=tuple(frames))) == {
        0: "row 1, column 1",
        7: "row 1, column 1",
        1: "row 1, column 2",
        2: "",
    }


def test_after_a_cut_places_are_counted_anew() -> None:
    one = faces_of([NEUTRAL] * 2, tracks=[1, 2], time_s=0.0)
    other = replace(faces_of([NEUTRAL], tracks=[3], time_s=1.0), cut=True)
    other = replace(other, detections=replace(other.detections, boxes=other.boxes + np.float32(200)))
    recording = replace(recording_of([]), frames=(one, other))
    assert places_of(recording) == {1: "row 1, column 1", 2: "row 1, column 2", 3: "row 1, column 1"}
