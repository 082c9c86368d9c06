#!/usr/bin/env bash
# Believed: a picture that FFmpeg takes out of a film with oblong pixels says its pixel shape, so a reader can undo the squeeze.
# Seen: PNG gets the shape upside down. Its pHYs counts pixels per unit, so pixels twice as wide as high are 1 : 2; FFmpeg writes
# 2 : 1. A JPEG gets the same numbers, where JFIF's words can be read both ways. TIFF gets 72 x 144 dpi, which is right.
# Matters: whoever obeys the specification squeezes such pictures twice. So this project takes the pixels of photos for square
# and obeys the shape in recordings alone.
# Date: 2026-11-28. Source: run here (PyAV 18.1.0 with FFmpeg 8, Pillow 12.0.0); PNG specification 11.3.5.3, JFIF 1.02.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 pillow==12.0.0 numpy==2.3.4
cd "$folder"
venv/bin/python - <<'PYTHON'
import struct
import sys
from fractions import Fraction

import av
from av import library_versions as ffmpeg
import numpy as np
from PIL import Image

said = {}
for codec, name, pixels in (("png", "a.png", "rgb24"), ("mjpeg", "a.jpg", "yuvj420p"), ("tiff", "a.tif", "rgb24")):
    with av.open(name, "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = 320, 360, pixels
        stream.codec_context.sample_aspect_ratio = Fraction(2, 1)  # width of a pixel over its height
        frame = av.VideoFrame.from_ndarray(np.full((360, 320, 3), 128, np.uint8), format="rgb24")
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
png = open("a.png", "rb").read()
x, y, unit = struct.unpack(">IIB", png[png.index(b"pHYs") + 4 :][:9])
said["PNG, pHYs, pixels per unit"] = (x, y, unit)
said["JPEG, JFIF density"] = (*Image.open("a.jpg").info["jfif_density"], Image.open("a.jpg").info["jfif_unit"])
said["TIFF, dpi"] = tuple(float(v) for v in Image.open("a.tif").info["dpi"])
print("PyAV", av.__version__, "libavcodec", ".".join(map(str, ffmpeg["libavcodec"])))
for name, value in said.items():
    print(f"{name}: {value}")
as_seen = list(said.values()) == [(2, 1, 0), (2, 1, 0), (72.0, 144.0)]
print("as seen on 2026-11-28" if as_seen else "this has changed")
sys.exit(not as_seen)
PYTHON
