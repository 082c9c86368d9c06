"""The files of annotations in the programs that they are written for, and what these write read back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiducation.errors import DataFileError
from aiducation.exchange.format import Media, ReadOptions
from aiducation.exchange.formats import read_annotations, write_annotations
from aiducation.observations.annotations import LABELS, Annotation, Annotations, Target
from aiducation.observations.spans import timed
from annotation_makers import TWO_PEOPLE, coded, photo_labels
from needs import LABEL_PYTHON, LABEL_TOOLS, NEW_BORIS, NEW_BORIS_PYTHON, need_package

ROOT = Path(__file__).parents[2]

MEDIA = Media(
    sizes={"class.jpg": (1280, 720), "lesson.mp4": (1280, 720)}, fps={"lesson.mp4": 25.0}, length_s={"lesson.mp4": 30.0}
)


def label_interfaces() -> list[str]:
    """The labeling interfaces that the documentation gives for Label Studio: for photos and for recordings."""
    return re.findall(r"```xml\n(<View>.*</View>)\n```", (ROOT / "docs" / "annotations.md").read_text(encoding="utf-8"))


def test_the_documented_interfaces_of_label_studio_have_the_names_and_labels_that_are_written(tmp_path: Path) -> None:
    photos, recordings = (ET.fromstring(one) for one in label_interfaces())
    for view, labels in (
        (photos, photo_labels(["bored", "cannot_tell", "other"])),
        (recordings, coded({"track 3": [(0.0, 2.0, "bored")]})),
    ):
        assert [one.get("value") for one in view.iter("Label")] == list(LABELS)
        media, control = view
        write_annotations(labels, tmp_path / "labels.json", "label-studio", MEDIA)
        for task in json.loads((tmp_path / "labels.json").read_text(encoding="utf-8")):
            assert media.get("value") == "$" + next(iter(task["data"]))
            for one in task["annotations"][0]["result"]:
                assert (one["from_name"], one["to_name"]) == (control.get("name"), control.get("toName"))
                assert one["type"] == control.tag.lower()


#: A tier that is coded on another one's annotations, which refer to a third one's: as ELAN writes "symbolic associations".
CHAINED = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="file:///a/lesson.mp4"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="4000"/></TIME_ORDER>
<TIER TIER_ID="Mia state" PARTICIPANT="Mia" PARENT_REF="Mia head"><ANNOTATION>
<REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a2"><ANNOTATION_VALUE>bored</ANNOTATION_VALUE></REF_ANNOTATION>
</ANNOTATION></TIER>
<TIER TIER_ID="Mia head" PARENT_REF="Mia"><ANNOTATION>
<REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1"><ANNOTATION_VALUE>down</ANNOTATION_VALUE></REF_ANNOTATION>
</ANNOTATION></TIER>
<TIER TIER_ID="Mia"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2"><ANNOTATION_VALUE>at desk</ANNOTATION_VALUE>
</ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>
"""


def test_a_tier_of_elan_that_refers_to_a_tier_that_refers_to_another(tmp_path: Path) -> None:
    path = tmp_path / "said.eaf"
    path.write_text(CHAINED)
    assert spans(read_annotations(path).annotations) == [("Mia", 1.0, 4.0, "bored")]
    for broken in ('ANNOTATION_REF="a9"', 'ANNOTATION_REF="a3"'):  # to nothing, and in a circle
        path.write_text(CHAINED.replace('ANNOTATION_REF="a1"', broken))
        with pytest.raises(DataFileError, match="refers to one that does not exist"):
            read_annotations(path)


def spans(annotations: Annotations) -> list[tuple[str, float, float, str]]:
    return sorted((one.who, s.from_s, s.to_s, s.state) for one in timed(annotations) for s in one.spans)


def test_elan_by_pympi(tmp_path: Path) -> None:
    elan = need_package("pympi.Elan")
    said = coded(TWO_PEOPLE)
    said += (
        Annotation(kind="exclude", target=Target(source="lesson.mp4", from_s=9.5, to_s=11.0), note="a break & more"),
        Annotation(kind="event", target=Target(source="lesson.mp4", from_s=4.25), note="quiz <1>"),
    )
    path = tmp_path / "said.eaf"
    assert write_annotations(said, path, "elan", MEDIA) == []
    eaf = elan.Eaf(str(path))
    found = sorted(
        (tier, start / 1000, end / 1000, value)
        for tier in eaf.get_tier_names()
        if tier not in ("events", "excluded")
        for start, end, value, *_ in eaf.get_annotation_data_for_tier(tier)
    )
    assert found == spans(said)
    assert eaf.get_parameters_for_tier("track 3")["ANNOTATOR"] == "Anna"
    assert eaf.get_linked_files()[0]["RELATIVE_MEDIA_URL"] == "./lesson.mp4"
    assert [value for *_, value in eaf.get_annotation_data_for_tier("excluded")] == ["a break & more"]
    back = read_annotations(path).annotations
    assert [(one.kind, one.note, one.target.from_s, one.target.to_s) for one in back.of("event", "exclude")] == [
        ("event", "quiz <1>", 4.25, None),
        ("exclude", "a break & more", 9.5, 11.0),
    ]
    assert list(set(eaf.get_controlled_vocabulary_names())) == ["states"]


def test_what_pympi_writes(tmp_path: Path) -> None:
    """A file as people have them: a tier of speech, other words, empty annotations, slots without a time, an origin."""
    elan = need_package("pympi.Elan")
    eaf = elan.Eaf()
    eaf.add_linked_file("file:///C:/Users/x/My%20lesson.mp4", mimetype="video/mp4", time_origin=2000)
    for tier in ("Mia", "speech"):
        eaf.add_tier(tier)
    eaf.add_annotation("Mia", 0, 1000, "On task")
    eaf.add_annotation("Mia", 1000, 2500, "bored")
    eaf.add_annotation("Mia", 2500, 2600, "")
    eaf.add_annotation("speech", 0, 500, "Who wants to begin?")
    eaf.to_file(str(tmp_path / "Anna.eaf"))
    from aiducation.exchange.format import ReadOptions
    from aiducation.exchange.formats import codes_of

    read = read_annotations(tmp_path / "Anna.eaf", ReadOptions(codes=codes_of(["on task=focused"])))
    assert spans(read.annotations) == [("Mia", 2.0, 3.0, "focused"), ("Mia", 3.0, 4.5, "bored")]
    assert read.annotations.sources == ("My lesson.mp4",) and read.annotations.annotators == ("Anna",)
    assert sorted(note.split("'")[1] for note in read.notes) == ["Mia", "speech"]


_BORIS = """
import json, sys
from boris import config as cfg, export_observation, project_functions as functions
_, _, project, message = functions.open_project_json(sys.argv[1])
assert not message and not project.get("error"), message
for name, one in project["observations"].items():
    good, why = functions.check_state_events_obs(name, project["behaviors_conf"], one)
    assert good, why
    wanted = {
        "time": cfg.TIME_EVENTS,
        cfg.SELECTED_SUBJECTS: [cfg.NO_FOCAL_SUBJECT, *(s["name"] for s in project["subjects_conf"].values())],
        cfg.SELECTED_BEHAVIORS: [b["code"] for b in project["behaviors_conf"].values()],
    }
    export_observation.export_tabular_events(
        project, wanted, name, one, project["behaviors_conf"], sys.argv[2] + "/single.csv", "csv"
    )
message, table = functions.project2dataframe(project, list(project["observations"]))
table.to_csv(sys.argv[2] + "/whole.csv", index=False)
"""


@NEW_BORIS.mark()
def test_boris_opens_the_project_and_its_tables_come_back(tmp_path: Path) -> None:
    said = coded(TWO_PEOPLE)
    write_annotations(said, tmp_path / "said.boris", "boris", MEDIA)
    value = json.loads((tmp_path / "said.boris").read_text(encoding="utf-8"))
    for one in value["observations"].values():  # as if the clock of the lesson began at 100 s
        one["time offset"] = 100.0
        one["events"] = [[event[0] + 100.0, *event[1:]] for event in one["events"]]
    (tmp_path / "said.boris").write_text(json.dumps(value))
    assert spans(read_annotations(tmp_path / "said.boris").annotations) == spans(said)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [str(NEW_BORIS_PYTHON), "-c", _BORIS, str(tmp_path / "said.boris"), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    read = read_annotations(tmp_path / "single.csv").annotations
    assert spans(read) == spans(said) and read.annotators == ("Anna",)


_TOOLS = """
import json, sys, warnings
warnings.filterwarnings("ignore")
folder = sys.argv[1]
import datumaro
from label_studio_sdk.converter import Converter
found = {}
for name in ("images", "video"):
    data = datumaro.Dataset.import_from(f"{folder}/{name}", "cvat")
    found[name] = [[item.id, [float(v) for v in one.get_bbox()], one.attributes] for item in data for one in item.annotations]
Converter(open(f"{folder}/config.xml").read(), folder).convert_to_coco(f"{folder}/labels.json", f"{folder}/coco", is_dir=False)
found["coco"] = json.load(open(f"{folder}/coco/result.json"))
print(json.dumps(found))
"""


@LABEL_TOOLS.mark()
def test_datumaro_and_label_studio_read_what_is_written(tmp_path: Path) -> None:
    labels = photo_labels(["bored", "cannot_tell", "other"])
    for name in ("images", "video"):
        (tmp_path / name / "images").mkdir(parents=True)
        Image.new("RGB", (1280, 720)).save(tmp_path / name / "images" / "class.jpg")
    write_annotations(labels, tmp_path / "images" / "annotations.xml", "cvat-images", MEDIA)
    said = coded({"007": [(0.0, 2.0, "bored"), (2.0, 4.0, "angry")]}, box=(10.0, 20.0, 60.0, 80.0))
    write_annotations(said, tmp_path / "video" / "annotations.xml", "cvat-video", MEDIA)
    write_annotations(labels, tmp_path / "labels.json", "label-studio", MEDIA)
    (tmp_path / "config.xml").write_text(label_interfaces()[0])
    (tmp_path / "coco").mkdir()
    command = [str(LABEL_PYTHON), "-c", _TOOLS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    boxes = [list(one.target.box or ()) for one in labels]
    sizes = [[left, top, right - left, bottom - top] for left, top, right, bottom in boxes]
    assert [box for _, box, _ in found["images"]] == sizes
    assert [about["state"] for *_, about in found["images"]] == ["bored", "cannot_tell", "other"]
    assert [(about["state"], about["person"], about["outside"]) for *_, about in found["video"]] == [
        ("bored", "007", False),
        ("angry", "007", False),
        ("angry", "007", True),
    ]
    names = {one["id"]: one["name"] for one in found["coco"]["categories"]}
    assert [names[one["category_id"]] for one in found["coco"]["annotations"]] == ["bored", "cannot_tell", "other"]
    np.testing.assert_allclose([one["bbox"] for one in found["coco"]["annotations"]], sizes, atol=1e-3)


def test_a_tilted_rectangle_of_label_studio(tmp_path: Path) -> None:
    """It turns about its upper left corner, in pixels and not in percent."""
    value = {"x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90, "rectanglelabels": ["bored"]}
    result = {"id": "a", "type": "rectanglelabels", "original_width": 200, "original_height": 100, "value": value}
    bare = {**result, "id": "b", "value": {**value, "rectanglelabels": []}}
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}
    task = {
        "data": {"image": "/data/upload/1/0a1b2c3d-class.jpg"},
        "annotations": [{"completed_by": 7, "result": [result, bare, relation]}],
    }
    (tmp_path / "said.json").write_text(json.dumps([task]))
    read = read_annotations(tmp_path / "said.json")
    (one,) = read.annotations
    assert read.notes == ("said.json: regions without a label that were left out: 1.",)
    assert one.target.box == pytest.approx((90, 50, 100, 70)) and one.annotator == "said"  # a number names nobody
    assert one.target.source == "class.jpg"


@pytest.mark.parametrize("degrees", [0, 90])
def test_ellipses_and_polygons_of_label_studio(degrees: int, tmp_path: Path) -> None:
    """Each is the box around it, and no label of the whole picture; strokes and points are left out, and that is said.

    x and y of an ellipse are its middle, about which it turns, though the page of the tag says "top left corner": the editor
    (EllipseRegion.jsx, Label Studio 1.20) draws it from x - radiusX to x + radiusX. Converters leave ellipses out
    (label-studio-sdk 2.1.2; https://github.com/HumanSignal/label-studio/issues/5901).
    """
    values = [
        ("ellipse", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 40, "rotation": degrees}),
        ("polygon", {"points": [[10, 20], [20, 10], [30, 60]], "closed": True}),
        ("keypoint", {"x": 50, "y": 50, "width": 1}),
        ("brush", {"format": "rle", "rle": [0, 1]}),
    ]
    about = {"original_width": 200, "original_height": 100}
    result = [
        {"id": kind, "type": f"{kind}labels", "value": {**value, f"{kind}labels": ["bored"]}, **about}
        for kind, value in values
    ]
    (tmp_path / "said.json").write_text(json.dumps([{"data": {"image": "a.jpg"}, "annotations": [{"result": result}]}]))
    read = read_annotations(tmp_path / "said.json")
    ellipse, polygon = (one.target for one in read.annotations)
    assert ellipse.box == pytest.approx((60, 30, 140, 70) if degrees else (80, 10, 120, 90))
    assert polygon.box == pytest.approx((20, 10, 60, 60)) and ellipse.face is None
    assert read.notes == ("said.json: points, lines and brush strokes that were left out: 2.",)


_MARKS = """
<ellipse label="bored" {0} cx="50" cy="25" rx="10" ry="20" rotation="90"/>
<polygon label="bored" {0} points="70.5,10;80,10;80,30"/>
<mask label="bored" {0} rle="3, 5" left="4" top="3" width="2" height="4"/>
<points label="bored" {0} points="1,1"/>
"""
_AROUND = [(30, 15, 70, 35), (70.5, 10, 80, 30), (4, 3, 6, 7)]


def test_ellipses_polygons_and_masks_of_cvat(tmp_path: Path) -> None:
    """Faces are round: who draws them as ellipses, which turn about their middle, loses none of them."""
    image = f'<image id="0" name="a.jpg">{_MARKS.format("")}</image>'
    shown = 'frame="2" outside="0"'
    marks = [mark for mark in _MARKS.splitlines() if mark]
    tracks = "".join(f'<track id="{k}" label="bored">{mark.format(shown)}</track>' for k, mark in enumerate(marks))
    meta = "<meta><task><source>a.mp4</source><stop_frame>9</stop_frame></task></meta>"
    for inside in (image, meta + tracks):
        (tmp_path / "said.xml").write_text(f"<annotations>{inside}</annotations>")
        read = read_annotations(tmp_path / "said.xml", ReadOptions(fps=10.0))
        assert [one.target.box for one in read.annotations] == [pytest.approx(box) for box in _AROUND]
        assert read.notes == ("said.xml: points, lines, cuboids and skeletons that were left out: 1.",)
    (tmp_path / "said.xml").write_text(f"<annotations>{image.replace('70.5,10', '70.5')}</annotations>")
    with pytest.raises(DataFileError, match="line 3: the coordinates of the shape are not numbers"):
        read_annotations(tmp_path / "said.xml")


def test_tracks_of_cvat_hold_their_state_until_it_changes(tmp_path: Path) -> None:
    from aiducation.exchange.format import ReadOptions

    box = '<box frame="{}" outside="{}" keyframe="1" xtl="1" ytl="1" xbr="9" ybr="9"><attribute name="state">{}</attribute></box>'
    inside = "".join(
        box.format(*one)
        for one in ((0, 0, "bored"), (10, 0, "bored"), (20, 0, "angry"), (30, 1, "angry"), (40, 0, "bored"))
    )
    (tmp_path / "said.xml").write_text(
        "<annotations><meta><task><stop_frame>49</stop_frame><source>lesson.mp4</source></task></meta>"
        f'<track id="5" label="face">{inside}</track></annotations>'
    )
    read = read_annotations(tmp_path / "said.xml", ReadOptions(fps=10.0)).annotations
    assert [(one.target.from_s, one.target.to_s, one.state) for one in read] == [
        (0, 2, "bored"),
        (2, 3, "angry"),
        (4, 5, "bored"),
    ]
    assert {one.target.person for one in read} == {"CVAT track 5"} and read.items[0].target.box == (1, 1, 9, 9)


BAD_BORIS = {
    "never closed": ([[1, "A", "bored", "", ""]], "'bored' of A begins at 1 s and never ends"),
    "no time": ([["x", "A", "bored", "", ""]], "event 1: an event must have a time"),
    "nothing": ([[1, "A", "eats", "", ""], [2, "A", "eats", "", ""]], "no behaviour that names a state"),
}


@pytest.mark.parametrize("name", BAD_BORIS)
def test_bad_projects_of_boris(name: str, tmp_path: Path) -> None:
    events, words = BAD_BORIS[name]
    value = {
        "project_format_version": "7.0",
        "observations": {"one": {"file": {"1": ["a.mp4"]}, "type": "MEDIA", "events": events}},
    }
    (tmp_path / "said.boris").write_text(json.dumps(value))
    with pytest.raises(Exception, match=words):
        read_annotations(tmp_path / "said.boris")


@pytest.mark.parametrize("odd", [[], ["x"], True, 7, "x"])
@pytest.mark.parametrize("what", ["behaviors_conf", "media_info"])
def test_projects_of_boris_with_something_odd_in_them(what: str, odd: object, tmp_path: Path) -> None:
    events = [[1, "A", "bored", "", ""], [2, "A", "bored", "", ""]]
    one: dict[str, object] = {"file": {"1": ["a.mp4"]}, "type": "MEDIA", "events": events}
    value: dict[str, object] = {"project_format_version": "7.0", "observations": {"one": one}}
    (value if what == "behaviors_conf" else one)[what] = odd
    (tmp_path / "said.boris").write_text(json.dumps(value))
    with pytest.raises(DataFileError, match=f"{what}.* must be an object or null"):
        read_annotations(tmp_path / "said.boris")


def test_a_file_of_boris_that_is_not_a_text(tmp_path: Path) -> None:
    events = [[1, "A", "bored", "", ""], [2, "A", "bored", "", ""]]
    value = {"project_format_version": "7.0", "observations": {"one": {"file": {"1": [["a.mp4"]]}, "events": events}}}
    (tmp_path / "said.boris").write_text(json.dumps(value))
    (one,) = read_annotations(tmp_path / "said.boris", ReadOptions(source="a.mp4")).annotations
    assert one.target.source == "a.mp4"


def test_an_offset_of_boris_that_is_not_a_number(tmp_path: Path) -> None:
    """It would move every label if it counted as 0."""
    head = "Media file\tSubject\tBehavior\tBehavior type\tStart (s)\tStop (s)\tTime offset (s)\n"
    (tmp_path / "said.tsv").write_text(f"{head}a.mp4\tA\tbored\tSTATE\t11\t12\t\n")
    (one,) = read_annotations(tmp_path / "said.tsv").annotations
    assert one.target.from_s == 11
    (tmp_path / "said.tsv").write_text(f"{head}a.mp4\tA\tbored\tSTATE\t11\t12\t0:10\n")
    with pytest.raises(DataFileError, match=r"line 2: column time offset .* '0:10' is not a number"):
        read_annotations(tmp_path / "said.tsv")


@pytest.mark.parametrize("odd", [True, 7, "x", {"a": 1}])
@pytest.mark.parametrize("what", ["annotations", "meta"])
def test_tasks_of_label_studio_with_something_odd_in_them(what: str, odd: object, tmp_path: Path) -> None:
    region = {"type": "choices", "value": {"choices": ["bored"]}, **({"meta": odd} if what == "meta" else {})}
    region["value"] |= {"ranges": [{"start": 1, "end": 5}]} if what == "meta" else {}
    said: object = odd if what == "annotations" else [{"result": [region]}]
    (tmp_path / "said.json").write_text(json.dumps([{"data": {"video": "a.mp4"}, "annotations": said}]))
    if odd == {"a": 1} and what == "meta":  # without a text, which is what is read
        assert len(read_annotations(tmp_path / "said.json", ReadOptions(fps=25.0)).annotations) == 1
        return
    with pytest.raises(DataFileError, match=r"task 1: (an annotation has no 'result'|a result does not have the form)"):
        read_annotations(tmp_path / "said.json", ReadOptions(fps=25.0))


def test_endless_numbers_of_cvat(tmp_path: Path) -> None:
    box = '<box frame="3" outside="0" xtl="1" ytl="1" xbr="9" ybr="9"><attribute name="state">bored</attribute>{}</box>'
    person = f'<attribute name="person">{"9" * 5000}</attribute>'
    (tmp_path / "said.xml").write_text(
        f"<annotations><meta><task><source>a.mp4</source><stop_frame>{'9' * 5000}</stop_frame></task></meta>"
        f'<track id="0" label="face">{box.format(person)}</track></annotations>'
    )
    (one,) = read_annotations(tmp_path / "said.xml", ReadOptions(fps=25.0)).annotations
    assert one.target.person.startswith("999") and one.target.track is None


def test_times_of_boris_run_on_over_several_files(tmp_path: Path) -> None:
    """A state may end with a file, or go on in the next one; a point is in one file."""
    events = [
        *([at, "A", "bored", "", ""] for at in (2, 10)),
        *([at, "A", "angry", "", ""] for at in (12, 25)),
        *([at, "B", "focused", "", "long"] for at in (1, 31)),
        *([at, "", "event", "", "bell"] for at in (0, 10, 20, 33)),
    ]
    files = {
        "file": {"1": ["a.mp4", "b.mp4", "c.mp4"]},
        "media_info": {"length": {"a.mp4": 10, "b.mp4": 10, "c.mp4": 15}},
    }
    value = {
        "project_format_version": "7.0",
        "behaviors_conf": {"0": {"code": "event", "type": "Point event"}},
        "observations": {"one": {**files, "type": "MEDIA", "events": events}},
    }
    (tmp_path / "said.boris").write_text(json.dumps(value))
    read = read_annotations(tmp_path / "said.boris").annotations
    found = {
        (one.target.source, one.target.who, one.target.from_s, one.target.to_s, one.state) for one in read.of("state")
    }
    assert found == {
        ("a.mp4", "A", 2, 10, "bored"),
        ("b.mp4", "A", 2, 10, "angry"),
        ("c.mp4", "A", 0, 5, "angry"),
        ("a.mp4", "B", 1, 10, "focused"),
        ("b.mp4", "B", 0, 10, "focused"),
        ("c.mp4", "B", 0, 11, "focused"),
    }
    points = [(one.target.source, one.target.from_s) for one in read.of("event")]
    assert points == [("a.mp4", 0), ("b.mp4", 0), ("c.mp4", 0), ("c.mp4", 13)]


def test_media_are_found_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where ``--media`` is a path with "..", and the file goes to another folder than the recording."""
    elan = need_package("pympi.Elan")
    for name in ("videos", "coding/ben"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "coding")
    said, path = coded(TWO_PEOPLE), Path("ben/said.eaf")
    write_annotations(said, path, "elan", Media(folder=Path("../videos")))
    (media,) = elan.Eaf(str(path)).get_linked_files()
    assert media["MEDIA_URL"] == f"file:///{(tmp_path / 'videos/lesson.mp4').as_posix().lstrip('/')}"
    assert media["RELATIVE_MEDIA_URL"] == "./../../videos/lesson.mp4"
    assert (path.parent / media["RELATIVE_MEDIA_URL"]).resolve() == tmp_path / "videos" / "lesson.mp4"
    assert read_annotations(path).annotations.sources == ("lesson.mp4",)
    write_annotations(said, Path("said.boris"), "boris", Media(folder=Path("../videos")))
    assert str(tmp_path / "videos" / "lesson.mp4") in Path("said.boris").read_text(encoding="utf-8")
