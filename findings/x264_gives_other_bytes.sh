#!/usr/bin/env bash
# Believed: x264 makes the same file of the same pictures each time, with any number of threads ("deterministic" is its default).
# Happens: in PyAV's wheels it does not: of 60 files of the same 40 small pictures, made one after the other in one program beside other
#   work, about ten differ. One thread makes it rarer and does not end it. MPEG-4 of the same pictures is the same each time.
# Matters: files of two equal analyses cannot be compared by their hashes, and a test that cuts a made recording at a share of its length
#   cuts elsewhere in some runs, sometimes exactly between two pictures, where a raw stream does not show that anything is missing.
# Date: 2026-11-29. Source: run here. The cause was not found.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"; kill $(jobs -p) 2>/dev/null || true' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy==2.3.5
for _ in 1 2; do python3 -c 'while True: pass' & done # other work, as on any machine
"$folder/venv/bin/python" - <<'PYTHON'
import hashlib
import io
import sys

import av
import numpy as np

random = np.random.default_rng(0)
pictures = [random.integers(0, 32, (64, 96, 3), dtype=np.uint8) + np.uint8(4 * i) for i in range(40)]


def encoded(codec: str, threads: int) -> str:
    """The hash of the encoded pictures, without a container."""
    found, file = hashlib.sha256(), io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=10, options={"crf": "23"} if codec == "libx264" else {})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.thread_count = threads
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            for packet in stream.encode(frame):
                found.update(bytes(packet))
        for packet in stream.encode(None):
            found.update(bytes(packet))
    return found.hexdigest()


print("PyAV", av.__version__)
kinds = {}
for codec, threads in (("libx264", 0), ("libx264", 1), ("mpeg4", 1)):
    kinds[codec, threads] = len({encoded(codec, threads) for _ in range(60)})
    print(f"{codec}, threads {threads}: {kinds[codec, threads]} different files of 60")
sys.exit(0 if kinds["libx264", 0] > 1 and kinds["mpeg4", 1] == 1 else 1)
PYTHON
