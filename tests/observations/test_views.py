"""What views show of single persons: nothing where the group is too small, the same in picture, video, report, and JSON."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aiducation.batch.summary import summarize
from aiducation.exports import annotated_picture as drawing
from aiducation.exports.annotated_picture import annotate
from aiducation.exports.annotated_video import annotated_video
from aiducation.exports.format import Material
from aiducation.exports.formats import save
from aiducation.exports.report import report_html
from aiducation.media.samples import gallery
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import VideoReader
from aiducation.observations.faces import Faces
from aiducation.observations.group import group_of
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import to_json
from aiducation.observations.timeline import timeline
from aiducation.observations.tracks import tracks_of
from aiducation.observations.views import for_views
from aiducation.states import OUTCOMES, UNCLEAR, WITHHELD
from aiducation.vision.analyzer import Analyzer
from makers import faces_of, recording_of

UNSEEN = np.full(5, np.nan)


def judged(n: int) -> list[np.ndarray]:
    return [np.eye(5, dtype=np.float32)[i % 5] * 0.5 + 0.1 for i in range(n)]


def blank(faces: Faces) -> np.ndarray:
    return np.full((faces.height, faces.width, 3), 128, np.uint8)


def colors_in(picture: np.ndarray) -> set[str]:
    """The states whose colours a picture holds."""
    packed = picture.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colors = {state: drawing._color(state) for state in OUTCOMES}
    return {state for state, (r, g, b) in colors.items() if (packed == (r << 16 | g << 8 | b)).any()}


@pytest.mark.parametrize("seen_well", [1, 4, 5])
def test_a_photo_shows_states_from_the_smallest_group_on(seen_well: int) -> None:
    faces = faces_of([*judged(seen_well), UNSEEN, UNSEEN])
    shown = for_views(faces, group_of(faces, 5))
    if seen_well == 5:
        assert shown is faces
    else:
        assert shown.states == (WITHHELD,) * seen_well + (UNCLEAR,) * 2
        assert shown.reasons[-1] == "too small" and np.isnan(shown.probs).all()
        assert for_views(faces, group_of(faces, 1)) is faces
    assert (group_of(faces).entry()["states_withheld"] is None) == (seen_well == 5)


def test_nobody_seen_well_is_no_group_that_is_too_small() -> None:
    faces = faces_of([UNSEEN] * 3)
    assert for_views(faces, group_of(faces, 5)).states == faces.states
    assert group_of(faces).entry()["states_withheld"] is None


def test_the_steps_of_the_timeline_decide_in_a_recording() -> None:
    """A step with four faces once and five otherwise has five on average; one with four throughout is withheld."""
    frames = [judged(5), judged(4), judged(5), judged(5), *([judged(4)] * 8), *([judged(6)] * 4)]
    recording = recording_of(frames, every_s=0.25)
    over_time = timeline(recording)
    hidden = group_of(recording, 5).hidden
    assert hidden.tolist() == [False] * 4 + [True] * 8 + [False] * 4
    assert (hidden == [over_time.withheld[int(t / over_time.step_s)] for t in recording.times]).all()
    entry = group_of(recording).entry()
    assert entry["withheld_s"] == [[1.0, 3.0]] and "From 0:01 to 0:03 fewer than 5" in entry["states_withheld"]
    shown = for_views(recording, group_of(recording))
    for before, after, hide in zip(recording.frames, shown.frames, hidden, strict=True):
        assert after.states == ((WITHHELD,) * len(before) if hide else before.states)
    first = next(track for track in tracks_of(shown) if track.track_id == 0)
    assert [span[2] for span in first.spans] == ["neutral", WITHHELD, "neutral"]
    assert (first.views, first.seen_well, first.shown, first.state) == (16, 16, 8, "neutral")


def test_many_stretches_are_told_as_a_share() -> None:
    recording = recording_of([judged(4 if i % 20 < 10 else 5) for i in range(100)])
    entry = group_of(recording).entry()
    assert len(entry["withheld_s"]) == 5 and entry["states_withheld"].startswith("For 50 % of the time fewer than 5")


def test_a_track_that_was_never_shown_has_no_state() -> None:
    recording = recording_of([judged(2)] * 4)
    tracks = tracks_of(for_views(recording, group_of(recording)))
    assert {track.state for track in tracks} == {WITHHELD} and all(track.seen_well == 4 for track in tracks)
    assert set(tracks[0].entry()["probs"].values()) == {None}
    assert group_of(recording).entry()["withheld_s"] == [[0.0, 4.0]]


@pytest.mark.parametrize(("width", "height"), [(240, 200), (320, 240), (640, 360), (1280, 720), (4000, 3000)])
def test_the_picture_has_boxes_without_states_and_says_why(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = replace(faces_of(judged(3)), width=width, height=height)
    labels: list[Any] = []
    monkeypatch.setattr(drawing, "_plate", lambda draw, box, words, *rest: labels.append(words))
    written: list[str] = []
    write = drawing._write
    monkeypatch.setattr(drawing, "_write", lambda *given: (written.append(given[3]), write(*given)))
    picture = annotate(blank(faces), for_views(faces, group_of(faces)))
    assert set(labels) <= {"0", "1", "2"} and not colors_in(picture)
    assert re.match("(States are )?not shown", " ".join(written), re.I)
    assert (picture[:height] == 255).all(axis=2).any()  # the boxes are there
    assert picture.shape == annotate(blank(faces), faces).shape  # frames of a video keep their size


def test_a_report_says_nothing_of_single_faces() -> None:
    results: list[Faces | Recording] = [faces_of(judged(4)), recording_of([judged(4)] * 20)]
    for result in results:
        table = re.search(r"<details><summary>Each face.*?</details>", report_html(Material(result=result)), re.S)
        assert table and "not shown" in table[0]
        assert not any(state in table[0] for state in OUTCOMES)
        opened = report_html(Material(result=result, min_group=1))
        assert "not shown" not in opened and "angry" in re.search("<details>.*?</details>", opened, re.S)[0]  # type: ignore[index]


def test_a_report_tells_when_states_are_not_shown() -> None:
    words = report_html(Material(result=recording_of([*[judged(4)] * 6, *[judged(6)] * 6])))
    assert "From 0:00 to 0:06 fewer than 5 faces were seen well" in words and "--min-group 1" in words


def test_counts_are_of_the_times_that_are_shown() -> None:
    recording = recording_of([*[judged(4)] * 6, *[judged(10)] * 6])
    assert (
        group_of(recording).entry()["counts"]["neutral"] == 2
        and group_of(recording, 1).entry()["counts"]["neutral"] == 1.5
    )
    assert "2 of 10 faces" in report_html(Material(result=recording))


def test_rows_are_complete_all_the_same(tmp_path: Path) -> None:
    faces = faces_of(judged(3))
    assert [entry["state"] for entry in to_json(faces)["faces"]] == list(faces.states)
    save(faces, tmp_path, ["json", "csv"])
    with (tmp_path / "made up.csv").open(encoding="utf-8") as file:
        assert [row["state"] for row in csv.DictReader(file)] == list(faces.states)
    assert json.loads((tmp_path / "made up.json").read_text(encoding="utf-8"))["group"]["states_withheld"]


@pytest.mark.slow
def test_picture_and_video_follow_the_option(analyzer: Analyzer, tmp_path: Path) -> None:
    """Two people, then nine: the annotated video shows the states of the nine."""
    with VideoWriter(tmp_path / "lesson.mp4", 640, 360) as writer:
        for i in range(16):
            picture = gallery(2, 1, width=640, height=360) if i < 8 else gallery(3, 3, width=640, height=360)
            writer.write(picture, i / 4)
    for min_group, expected in ((5, [False, False, True, True]), (1, [True] * 4)):
        path = tmp_path / f"{min_group}.mp4"
        told: list[Faces] = []
        with annotated_video(path, hide_faces=False) as draw:
            assert draw

            def on_frame(image: np.ndarray, faces: Faces, draw: Any = draw, told: list[Faces] = told) -> None:
                told.append(faces)
                draw(image, faces)

            recording = analyzer.video(tmp_path / "lesson.mp4", every_s=0.5, on_frame=on_frame, min_group=min_group)
        assert WITHHELD not in {state for frame in recording.frames for state in frame.states}
        shown = [WITHHELD not in faces.states for faces in told]
        assert shown == [not hide for hide in group_of(recording, min_group).hidden]
        assert [any(shown[2 * k : 2 * k + 2]) for k in range(4)] == expected
        with VideoReader(path) as reader:
            assert len({frame.image.shape for frame in reader.frames(0.5)}) == 1


def test_the_command_shows_no_states_of_two_people(tmp_path: Path, run_cli: Any) -> None:
    Image.fromarray(gallery(2, 1)).save(tmp_path / "two.png")
    answer = run_cli("analyze", tmp_path / "two.png", "--out", tmp_path / "out", "--threshold", "0")
    assert answer.code == 0 and "–" in answer.out and "use --min-group 1" in answer.err
    withheld = np.asarray(Image.open(tmp_path / "out" / "two.annotated.jpg"))
    answer = run_cli("analyze", tmp_path / "two.png", "--out", tmp_path / "open", "--min-group", 1)
    assert "–" not in answer.out
    shown = np.asarray(Image.open(tmp_path / "open" / "two.annotated.jpg"))
    assert withheld.shape == shown.shape and (withheld != shown).any()


def test_counts_are_those_of_the_times_that_are_shown() -> None:
    """One person who is "other" for most of a recording is not counted beside a group that is seen for a while."""
    one, five = [np.eye(5, dtype=np.float32)[4]], [np.eye(5, dtype=np.float32)[2]] * 5
    recording = recording_of([one] * 40 + [five] * 8, every_s=0.5)
    entry = group_of(recording).entry()
    assert entry["counts"] == {**dict.fromkeys(entry["counts"], 0), "focused": 5.0}
    summary = summarize(recording)
    assert summary.counts["focused"] == 5.0 and summary.counts["other"] == 0
    assert summary.left_out_words.startswith("Left out of the numbers: 40 of 48 frames")
    assert not summarize(recording, group_of(recording, min_group=1)).left_out_words
    page = report_html(Material(result=recording)).replace("\N{NO-BREAK SPACE}", " ")
    assert "looked focused (5 of 5 faces" in summary.words and summary.words in page
    assert group_of(recording, min_group=1).entry()["counts"]["other"] == pytest.approx(40 / 48, abs=0.01)


def test_where_no_face_has_a_state_no_number_contradicts_another() -> None:
    """Six or seven faces of which none was seen well enough for a state: "0 of 6 faces" stood beside 6.5 and 6.8."""
    unsure = [np.full(5, 0.2, dtype=np.float32)]
    recording = recording_of([unsure * 6, unsure * 7] * 4)
    unclear = replace(
        recording,
        frames=tuple(
            replace(one, states=("unclear",) * len(one), reasons=("not sure",) * len(one)) for one in recording.frames
        ),
    )
    summary = summarize(unclear)
    assert summary.counts["unclear"] == 6.5 and summary.words == "no face has a state"
    assert "6.5 of 6.5 faces" in report_html(Material(result=unclear))
