#!/usr/bin/env bash
# Believed: a converter turns every shape that its program draws into a box or an outline, or says that it cannot.
# Happens: ellipses, the natural shape around a face, are lost. Label Studio's converter leaves them out of COCO, YOLO and Pascal VOC, and keeps the
#   pictures as if they had no face (in YOLO an empty file); its log has a line that names no task. Datumaro leaves them out of CVAT's file.
# Matters: a detector trained on it learns that faces are background, and right answers count as false alarms. Here ellipses of both are read as the
#   box around them (tests/exchange/test_other_programs.py). Label Studio's page of the tag calls their x and y a corner; they are the middle.
# Date: 2026-11-29. Source: run here; https://github.com/HumanSignal/label-studio/issues/5901 (YOLO); EllipseRegion.jsx of Label Studio.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check label-studio-sdk==2.1.2 datumaro==1.13.12
mkdir -p cvat/images
cat > cvat/annotations.xml <<'XML'
<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><size>1</size><mode>annotation</mode><labels><label><name>face</name><attributes/></label></labels></task></meta>
  <image id="0" name="one.png" width="200" height="100">
    <ellipse label="face" source="manual" occluded="0" cx="100" cy="50" rx="20" ry="30" z_order="0"/>
    <box label="face" source="manual" occluded="0" xtl="1" ytl="1" xbr="9" ybr="9" z_order="0"/>
  </image>
</annotations>
XML
venv/bin/python - 2> log.txt <<'PY'
import json
import xml.etree.ElementTree as ET
from importlib.metadata import version
from pathlib import Path

import datumaro
from label_studio_sdk.converter import Converter
from PIL import Image

about = {"from_name": "face", "to_name": "image", "original_width": 200, "original_height": 100, "type": "ellipselabels"}
tasks = []
for name, middles in (("one", [50]), ("two", [25, 75])):
    Image.new("RGB", (200, 100)).save(f"{name}.png")
    values = [{"x": x, "y": 50, "radiusX": 10, "radiusY": 30, "rotation": 0, "ellipselabels": ["bored"]} for x in middles]
    said = {"id": 1, "completed_by": 1, "result": [{**about, "id": str(k), "value": v} for k, v in enumerate(values)]}
    tasks.append({"id": len(tasks), "data": {"image": str(Path(f"{name}.png").absolute())}, "annotations": [said]})
Path("tasks.json").write_text(json.dumps(tasks))
view = '<View><Image name="image" value="$image"/><EllipseLabels name="face" toName="image"><Label value="bored"/>'
converter = Converter(f"{view}</EllipseLabels></View>", ".", upload_dir=".", download_resources=False)
for name in ("COCO", "YOLO", "VOC"):
    Path(name).mkdir()
    converter.convert("tasks.json", name, name, is_dir=False)
coco = json.loads(Path("COCO/result.json").read_text())
yolo = {one.name: one.read_text() for one in Path("YOLO/labels").glob("*.txt")}
voc = {one.name: len(ET.parse(one).findall("object")) for one in Path("VOC").rglob("*.xml")}
print("label-studio-sdk", version("label-studio-sdk"), "of three ellipses in two pictures")
print("COCO:", len(coco["images"]), "pictures,", len(coco["annotations"]), "faces; YOLO:", yolo, "VOC:", voc)
Image.new("RGB", (200, 100)).save("cvat/images/one.png")
shapes = [one.type.name for item in datumaro.Dataset.import_from("cvat", "cvat") for one in item.annotations]
print("datumaro", datumaro.__version__, "of an ellipse and a box:", shapes)
assert (len(coco["images"]), coco["annotations"]) == (2, []), "the behaviour has changed"
assert yolo == {"one.txt": "", "two.txt": ""} and voc == {"one.xml": 0, "two.xml": 0}, "the behaviour has changed"
assert shapes == ["bbox"], "the behaviour has changed"
PY
