#!/usr/bin/env bash
# Believed: Datumaro, which converts CVAT's tracks of a video into boxes of pictures, gives a box for each picture in which the face is.
# Happens: it gives one more whenever somebody leaves. In CVAT a track goes away by a last box that is marked outside="1": not in this picture.
#   Datumaro keeps the mark as an attribute, but COCO (but for that attribute), YOLO, Pascal VOC, MOT and WIDER FACE get the box as a face like any
#   other. Of somebody who is seen in 8 of 14 pictures and leaves twice, all five have 10 faces.
# Matters: in a class people turn away and come back all the time. A detector learns that an empty place is a face; one that finds nothing there is
#   wrong. Here such a box ends a track (tests/exchange/test_other_programs.py: test_tracks_of_cvat_hold_their_state_until_it_changes).
# Date: 2026-11-30. Source: run here (1.13.12); Datumaro's page of the format is silent; CVAT's own exports had the same fault (its pull request 2345).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check datumaro==1.13.12
venv/bin/python - 2> log.txt <<'PY'
import json
from pathlib import Path

import datumaro
from PIL import Image

SEEN = {0, 1, 2, 3, 4, 10, 11, 12}
AWAY = {5, 13}  # the first picture without the face
BOX = '<box frame="{}" outside="{}" occluded="0" keyframe="{}" xtl="1" ytl="1" xbr="9" ybr="9" z_order="0"/>'
HEAD = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><size>14</size><mode>interpolation</mode><labels><label><name>face</name><attributes/></label></labels>
  <original_size><width>100</width><height>50</height></original_size></task></meta>
  <track id="0" label="face" source="manual">"""

Path("given/images").mkdir(parents=True)
for k in range(14):
    Image.new("RGB", (100, 50)).save(f"given/images/frame_{k:06}.png")
boxes = [BOX.format(k, int(k in AWAY), int(k in AWAY | {0, 10})) for k in sorted(SEEN | AWAY)]
Path("given/annotations.xml").write_text(HEAD + "".join(boxes) + "</track></annotations>")
read = datumaro.Dataset.import_from("given", "cvat")
for name in ("coco_instances", "yolo", "voc_detection", "mot_seq_gt", "wider_face"):
    read.export(name, name, save_media=False)
texts = {name: [path.read_text() for path in sorted(Path(name).rglob(files))] for name, files in {
    "yolo": "frame_*.txt", "voc_detection": "frame_*.xml", "mot_seq_gt": "gt.txt", "wider_face": "*_gt.txt",
}.items()}  # fmt: skip
coco = json.loads(next(Path("coco_instances").rglob("*.json")).read_text())["annotations"]
faces = {
    "COCO": len(coco),
    "YOLO": sum(text.count("\n") for text in texts["yolo"]),
    "Pascal VOC": sum(text.count("<object>") for text in texts["voc_detection"]),
    "MOT": sum(text.count("\n") for text in texts["mot_seq_gt"]),
    "WIDER FACE": sum(text.count("\n1\n") for text in texts["wider_face"]),
}
marks = [one["attributes"].get("outside") for one in coco]
print("datumaro", datumaro.__version__, "pictures with the face:", len(SEEN), "faces:", faces, "marks in COCO:", marks)
assert set(faces.values()) == {10} and marks.count(True) == 2, "the behaviour has changed"
PY
