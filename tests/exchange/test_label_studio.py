"""What Label Studio's files do not say: how many frames a second it counts, and who an annotator is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from aiducation.errors import DataFileError
from aiducation.exchange.format import Media, ReadOptions
from aiducation.exchange.formats import read_annotations, write_annotations
from aiducation.exchange.several import read_several
from aiducation.observations.annotations import Annotations
from annotation_makers import coded, photo_labels

RANGE = {"ranges": [{"start": 241, "end": 480}], "timelinelabels": ["bored"]}


def exported(path: Path, *values: Mapping[str, Any], data: Mapping[str, Any] | None = None, **about: Any) -> Path:
    """A file as Label Studio 1.23.2 exports it: one recording, one annotation by user 1, with a region for each value."""
    kinds = {"ranges": "timelinelabels", "sequence": "videorectangle"}
    result = [
        {"id": f"r{k}", "type": next((kinds[key] for key in kinds if key in value), "labels"), "value": value}
        | ({"original_length": 60.0} if "channel" in value else {})
        for k, value in enumerate(values)
    ]
    said = {"id": 5, "completed_by": 1, "import_id": None, "result": result, **about}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([{"id": 1, "data": data or {"video": "a.mp4"}, "annotations": [said]}]))
    return path


def times(annotations: Annotations) -> list[tuple[float | None, float | None]]:
    return [(one.target.from_s, one.target.to_s) for one in annotations]


def test_frames_are_those_of_the_labeling_interface(tmp_path: Path) -> None:
    """Label Studio 1.23.2 multiplies the player's time by the frameRate of its labeling interface, 24 unless that says another
    number, and divides by it again for the time of a key (Video.js, VideoCanvas.tsx, VideoRegion.js). So what a region says of
    itself is right for a recording of 30 pictures a second, and the recording's own number is not."""
    keys = [{"frame": frame, "time": frame / 24, "enabled": on} for frame, on in ((241, True), (480, False))]
    tracked = {"sequence": keys, "framesCount": 1440, "duration": 60.0, "labels": ["bored"]}
    path = exported(tmp_path / "anna.json", tracked)
    assert times(read_annotations(path, ReadOptions(fps=30.0)).annotations) == [(10.0, 20.0)]
    path = exported(tmp_path / "anna.json", RANGE)
    with pytest.raises(DataFileError, match=r"counts by the frameRate of its labeling interface \(24 if it has none\)"):
        read_annotations(path)
    assert times(read_annotations(path, ReadOptions(fps=24.0)).annotations) == [(10.0, 20.0)]
    path = exported(tmp_path / "anna.json", RANGE, data={"video": "a.mp4", "fps": 24})
    assert times(read_annotations(path).annotations) == [(10.0, 20.0)]


@pytest.mark.parametrize("fps", [None, 0.5, 25.0, 29.97, 60.0])
def test_times_that_are_written_do_not_depend_on_the_pictures_of_the_recording(
    fps: float | None, tmp_path: Path
) -> None:
    """The interface takes the task's number, whatever it is, and multiplies times by it; numbers below 1 count as seconds a frame
    (Label Studio 1.23.2, Video.js). So nothing is left out where the recording is not known, and nothing is off by pictures that
    do not follow each other evenly."""
    rates = {"lesson.mp4": fps} if fps else {}
    uneven = Media(fps=rates, frames_off={"lesson.mp4": 12})
    path = tmp_path / "said.json"
    assert write_annotations(coded({"Mia": [(10.0, 20.0, "bored")]}), path, "label-studio", uneven) == []
    (task,) = json.loads(path.read_text())
    (found,) = read_annotations(path).annotations
    assert task["data"]["fps"] == (fps if fps and fps >= 1 else 25.0)
    assert (found.target.from_s, found.target.to_s) == (pytest.approx(10, abs=0.02), pytest.approx(20, abs=0.02))


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ([(25, False)], [(1.0, 1.0)]),  # one picture
        ([(25, True), (48, False), (61, False)], [(1.0, 2.0), (2.5, 2.5)]),
        ([(25, True)], [(1.0, 60.0)]),
        ([(25, True), (49, True), (72, False)], [(1.0, 3.0)]),
    ],
)
def test_a_rectangle_is_shown_in_the_frame_in_which_it_is_switched_off(
    keys: Sequence[tuple[int, bool]], wanted: list[tuple[float, float]], tmp_path: Path
) -> None:
    """Label Studio 1.23.2, isInLifespan of VideoRegion.js; without a key that switches it off, it is shown until the end."""
    sequence = [{"frame": frame, "time": frame / 24, "enabled": on} for frame, on in keys]
    path = exported(tmp_path / "anna.json", {"sequence": sequence, "framesCount": 1440, "labels": ["bored"]})
    assert times(read_annotations(path).annotations) == wanted


def test_regions_of_sound_are_spans_in_seconds(tmp_path: Path) -> None:
    """As the template "Video Timeline Segmentation" of Label Studio 1.23.2 makes them. Positions in a text are left out."""
    sound = {"start": 2.5, "end": 7.25, "channel": 0, "labels": ["bored"]}
    words = {"start": 3, "end": 9, "text": "and so", "labels": ["bored"]}
    path = exported(tmp_path / "anna.json", sound, words, data={"video_url": "/data/upload/1/0a1b2c3d-a.mp4"})
    read = read_annotations(path)
    assert times(read.annotations) == [(2.5, 7.25)] and read.annotations.sources == ("a.mp4",)
    assert read.annotations.items[0].target.face is None
    assert len(read.notes) == 1 and "brush strokes that were left out: 1." in read.notes[0]


def test_two_people_with_a_label_studio_each_are_two_annotators(tmp_path: Path) -> None:
    """Both are user 1 (Label Studio 1.23.2 exports numbers): the second one's labels took the place of the first one's."""
    paths = [
        exported(tmp_path / name, {**RANGE, "timelinelabels": [state]})
        for name, state in (("anna.json", "bored"), ("ben.json", "focused"))
    ]
    assert read_several(paths, ReadOptions(fps=24.0)).together.annotators == ("anna", "ben")
    paths = [exported(tmp_path / name / "project.json", RANGE) for name in ("anna", "ben")]
    read = read_several(paths, ReadOptions(fps=24.0))
    assert read.together.annotators == ("anna/project.json", "ben/project.json") and len(read.notes) == 1


def test_people_of_one_label_studio_are_told_apart_by_their_numbers(tmp_path: Path) -> None:
    path = exported(tmp_path / "project.json", RANGE)
    (task,) = json.loads(path.read_text())
    (said,) = task["annotations"]
    by = [4, 7, {"id": 9, "email": "anna@example.org"}, {"id": 9, "email": ""}]
    path.write_text(json.dumps([{**task, "annotations": [{**said, "completed_by": one} for one in by]}]))
    read = read_annotations(path, ReadOptions(fps=24.0))
    assert read.annotations.annotators == ("4", "7", "anna@example.org", "9")
    named = read_annotations(path, ReadOptions(fps=24.0, annotator="Mia"))
    assert named.annotations.annotators == ("Mia",)


def test_names_come_back_from_a_label_studio_that_does_not_know_them(tmp_path: Path) -> None:
    """Label Studio 1.23.2 refuses completed_by with anything but a member's address or number, gives the rest to whoever imports
    it, and exports that person's number with the id of the file as import_id (tasks/serializers.py)."""
    said = Annotations(
        tuple(
            one
            for by in ("Anna", "ben@example.org", "")
            for one in (*photo_labels(["bored"], by), *coded({"Mia": [(0.0, 2.0, "bored")]}, by))
        )
    )
    media = Media(sizes={"class.jpg": (1280, 720)})  # of the recording, nobody knows anything
    path = tmp_path / "said.json"
    assert write_annotations(said, path, "label-studio", media) == []
    tasks = json.loads(path.read_text())
    addresses = [one.get("completed_by") for task in tasks for one in task["annotations"]]
    assert addresses == [{"email": "ben@example.org"}, None, None] * 2
    assert [one.annotator for one in read_annotations(path).annotations] == ["ben@example.org", "Anna", "said"] * 2
    for task in tasks:  # as it is exported, with one more that user 1 made there
        (one,) = task["annotations"]
        imported = {**one, "completed_by": 1, "import_id": one["id"], "id": 77}
        task["annotations"] = [imported, {**imported, "import_id": None, "id": 78}]
    path.write_text(json.dumps(tasks))
    found = [one.annotator for one in read_annotations(path).annotations]
    assert found == ["said", "said", "Anna", "said", "said", "said"] * 2


@pytest.mark.parametrize("timed", [True, False])
def test_a_rectangle_over_time_holds_as_long_as_a_range_of_the_same_frames(timed: bool, tmp_path: Path) -> None:
    """Frames are counted from 1, and the last one is shown, too, whether or not the keys say their times."""
    shown = ((26, True), (40, True), (50, False), (101, True))
    sequence = [{"frame": frame, "enabled": on} | ({"time": frame / 25} if timed else {}) for frame, on in shown]
    tracked = {"sequence": sequence, "framesCount": 250, "duration": 10.0, "labels": ["bored"]}
    ranges = {"ranges": [{"start": 26, "end": 50}], "timelinelabels": ["bored"]}
    path = exported(tmp_path / "anna.json", tracked, ranges, data={"video": "lesson.mp4", "fps": 25.0})
    assert times(read_annotations(path).annotations) == [(1.0, 2.0), (4.0, 10.0), (1.0, 2.0)]
