"""Files for CVAT and from it: what its import makes of them, by its code (cvat/apps/dataset_manager/bindings.py)."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from aiducation.exchange.format import Media, ReadOptions
from aiducation.exchange.formats import read_annotations, write_annotations
from aiducation.observations.annotations import LABELS, Annotation, Annotations, Target
from annotation_makers import coded

DOCS = Path(__file__).parents[2] / "docs" / "annotations.md"

#: A recording of 750 pictures.
MEDIA = Media(sizes={"lesson.mp4": (1280, 720)}, fps={"lesson.mp4": 25.0}, length_s={"lesson.mp4": 30.0})


def test_a_file_has_no_picture_after_the_end_of_the_recording(tmp_path: Path) -> None:
    """CVAT refuses a whole file then ("Unknown frame 750"); a track without an end lasts until that of the recording."""
    path, box = tmp_path / "said.xml", (1.0, 2.0, 8.0, 9.0)
    for to_s in (30.0, 30.2):  # programs do not agree how long a recording is
        said = coded({"Mia": [(0.0, 2.0, "bored"), (28.0, to_s, "angry")], "Ben": [(29.96, to_s, "other")]}, box=box)
        assert write_annotations(said, path, "cvat-video", MEDIA) == []
        frames = [(one.get("frame"), one.get("outside")) for one in ET.parse(path).iter("box")]
        assert frames == [("0", "0"), ("50", "1"), ("700", "0"), ("749", "0")]
        assert ET.parse(path).findtext("meta/task/stop_frame") == "749"
        back = read_annotations(path, ReadOptions(fps=25.0)).annotations
        assert [(one.target.who, one.target.from_s, one.target.to_s, one.state) for one in back] == [
            ("Mia", 0.0, 2.0, "bored"),
            ("Mia", 28.0, 30.0, "angry"),
            ("Ben", 29.96, 29.96, "other"),
        ]


def test_labels_after_the_end_of_the_recording_are_left_out(tmp_path: Path) -> None:
    """Half a frame before the end is after the last picture, too."""
    path, box = tmp_path / "said.xml", (1.0, 2.0, 8.0, 9.0)
    said = coded({"Mia": [(0.0, 2.0, "bored"), (29.99, 30.0, "angry"), (31.0, 32.0, "angry")]}, box=box)
    assert write_annotations(said, path, "cvat-video", MEDIA) == [
        "Labels that begin after the last picture of lesson.mp4, which CVAT would refuse; left out: 2."
    ]
    assert [one.get("frame") for one in ET.parse(path).iter("box")] == ["0", "50"]


def test_notes_of_a_track_of_cvat_are_those_of_its_spans(tmp_path: Path) -> None:
    """What is not mutable has one text in a whole track: CVAT takes the last one, and every span would have that note."""
    said = [
        Annotation(target=Target(source="lesson.mp4", person="Mia", box=(1, 2, 8, 9), from_s=at, to_s=at + 2), **about)
        for at, about in (
            (0, {"state": "bored", "note": "yawns"}),
            (2, {"state": "bored", "note": "sleeps"}),
            (4, {"state": "angry"}),
        )
    ]
    path = tmp_path / "said.xml"
    assert write_annotations(Annotations(tuple(said)), path, "cvat-video", MEDIA) == []
    declared = {
        one.findtext("name"): one.findtext("mutable") for one in ET.parse(path).iterfind("meta//attributes/attribute")
    }
    tracks = [list(track.iter("box")) for track in ET.parse(path).iter("track")]
    differ = {
        name
        for boxes in tracks
        for name in declared
        if len({box.findtext(f"attribute[@name='{name}']") or "" for box in boxes}) > 1
    }
    assert differ == {"state", "note"} == {name for name, mutable in declared.items() if mutable == "True"}
    back = read_annotations(path, ReadOptions(fps=25.0)).annotations
    assert [(one.target.from_s, one.target.to_s, one.state, one.note) for one in back] == [
        (0, 2, "bored", "yawns"),
        (2, 4, "bored", "sleeps"),
        (4, 6, "angry", ""),
    ]


def test_the_documented_label_of_cvat_is_the_one_that_is_written(tmp_path: Path) -> None:
    (given,) = re.findall(r"```json\n(\[.*?\])\n```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (label,) = json.loads(given)
    said = coded({"Mia": [(0.0, 2.0, "bored")]}, box=(1.0, 2.0, 8.0, 9.0))
    write_annotations(said, tmp_path / "said.xml", "cvat-video", MEDIA)
    written = ET.parse(tmp_path / "said.xml").find("meta/task/labels/label")
    assert written is not None
    assert (label["name"], label["type"]) == (written.findtext("name"), written.findtext("type"))
    keys = ("name", "mutable", "input_type")
    assert [tuple(str(one[key]) for key in keys) for one in label["attributes"]] == [
        tuple(one.findtext(key) for key in keys) for one in written.iter("attribute")
    ]
    assert label["attributes"][0]["values"] == list(LABELS)
