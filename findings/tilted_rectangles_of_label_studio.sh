#!/usr/bin/env bash
# Believed: a rectangle that was turned in Label Studio, as a tilted face is marked, comes out of its converter as the upright box
#   around it, in whatever format.
# Happens: a rectangle of 20 x 10 pixels turned by 90 degrees about its corner covers 90..100 x 50..70. COCO gets a box of 20 x 10
#   from (80, 50), moved and not turned; YOLO and Pascal VOC get the rectangle as if it had not been turned. None is the box around it.
# Matters: labels of tilted faces have to be read from Label Studio's own JSON, as this project does
#   (tests/exchange/test_other_programs.py), never from its exports to COCO, YOLO or VOC.
# Date: 2026-11-29. Source: run here.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check label-studio-sdk==2.1.2
venv/bin/python - 2> log.txt <<'PY'
import json
import xml.etree.ElementTree as ET
from importlib.metadata import version
from pathlib import Path

from label_studio_sdk.converter import Converter
from PIL import Image

Image.new("RGB", (200, 100)).save("a.png")
shape = {"x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90, "rectanglelabels": ["bored"]}  # percent, degrees
result = {"id": "r", "from_name": "face", "to_name": "image", "type": "rectanglelabels", "value": shape}
result |= {"original_width": 200, "original_height": 100}
task = {"id": 1, "data": {"image": str(Path("a.png").absolute())}, "annotations": [{"id": 1, "completed_by": 1, "result": [result]}]}
Path("tasks.json").write_text(json.dumps([task]))
view = '<View><Image name="image" value="$image"/><RectangleLabels name="face" toName="image"><Label value="bored"/>'
converter = Converter(f"{view}</RectangleLabels></View>", ".", upload_dir=".", download_resources=False)
for name in ("COCO", "YOLO", "VOC"):
    Path(name).mkdir()
    converter.convert("tasks.json", name, name, is_dir=False)
coco = json.loads(Path("COCO/result.json").read_text())["annotations"][0]["bbox"]
(yolo,) = ([float(n) for n in one.read_text().split()[1:]] for one in Path("YOLO/labels").glob("*.txt"))
(voc,) = ([int(n.text) for n in ET.parse(one).find("object/bndbox")] for one in Path("VOC").rglob("*.xml"))
print("label-studio-sdk", version("label-studio-sdk"), "left, top, width, height:", coco)
print("middle and size in parts:", yolo, "left, top, right, bottom:", voc)
assert coco == [80, 50, 20, 10] and yolo == [0.55, 0.55, 0.1, 0.1] and voc == [100, 50, 120, 60], "the behaviour has changed"
PY
