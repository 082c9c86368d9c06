#!/usr/bin/env bash
# Believed: of a picture that two people have labelled, Label Studio's converter exports what both said, or asks whose labels are wanted.
# Happens: YOLO and Pascal VOC get the labels of whoever came first, and the other person's are gone: the second one's file is written first, and the
#   first one's over it. COCO gets the picture twice, under two numbers, each with the faces of one person, and nothing says whose. No word of it.
# Matters: an early try survives, and its correction by somebody else is lost. In COCO each face is found "twice" or missed, and a random split puts
#   the same picture into training and test. Here people's labels stay apart by person (tests/exchange/test_label_studio.py); the JSON has both.
# Date: 2026-11-30. Source: run here (2.1.2); convert_to_yolo has an argument split_labelers; the other formats have none
#   (https://github.com/HumanSignal/label-studio-converter/pull/177).
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


def annotation(number, day, state, *lefts):
    """Of one person: faces at some places of the picture."""
    about = {"from_name": "face", "to_name": "image", "type": "rectanglelabels", "original_width": 200, "original_height": 100}
    shapes = [{"x": left, "y": 10, "width": 10, "height": 20, "rotation": 0, "rectanglelabels": [state]} for left in lefts]
    results = [about | {"id": f"{number}-{k}", "value": shape} for k, shape in enumerate(shapes)]
    return {"id": number, "completed_by": number, "created_at": f"2026-11-{day}T10:00:00Z", "result": results}


Image.new("RGB", (200, 100)).save("class.png")
said = [annotation(1, "01", "bored", 10), annotation(2, "02", "focused", 10, 50)]
Path("tasks.json").write_text(json.dumps([{"id": 1, "data": {"image": str(Path("class.png").absolute())}, "annotations": said}]))
view = '<View><Image name="image" value="$image"/><RectangleLabels name="face" toName="image"><Label value="bored"/><Label value="focused"/>'
converter = Converter(f"{view}</RectangleLabels></View>", ".", upload_dir=".", download_resources=False)
for name in ("COCO", "YOLO", "VOC"):
    Path(name).mkdir()
    converter.convert("tasks.json", name, name, is_dir=False)
coco = json.loads(Path("COCO/result.json").read_text())
names = {one["id"]: one["name"] for one in coco["categories"]}
pictures = [(one["id"], Path(one["file_name"]).name.endswith("class.png")) for one in coco["images"]]
faces = [(one["image_id"], names[one["category_id"]]) for one in coco["annotations"]]
order = Path("YOLO/classes.txt").read_text().split()
(labels,) = Path("YOLO/labels").iterdir()
yolo = [order[int(line.split()[0])] for line in labels.read_text().splitlines()]
(file,) = Path("VOC").rglob("*.xml")
voc = [one.text for one in ET.parse(file).iterfind("object/name")]
print("label-studio-sdk", version("label-studio-sdk"), "one picture: the first person saw a bored face, the second one two focused ones")
print("COCO: pictures", pictures, "faces", faces, "YOLO:", yolo, "VOC:", voc)
assert pictures == [(0, True), (1, True)] and len({one["file_name"] for one in coco["images"]}) == 1, "the behaviour has changed"
assert faces == [(0, "focused"), (0, "focused"), (1, "bored")] and yolo == voc == ["bored"], "the behaviour has changed"
PY
