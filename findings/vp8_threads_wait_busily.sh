#!/usr/bin/env bash
# Believed: a second thread makes the encoding of a video faster, and costs about the same processor time in all.
# Happens: libvpx's VP8 encoder, whose threads wait for each other in a loop, takes many times the processor time with two threads,
#   on small pictures and beside other work most of all; and FFmpeg gives it one thread a core. H.264 of the same pictures does not.
# Matters: recordings of webcams (BigBlueButton, MediaRecorder) are VP8: whoever makes or converts small ones pays for waiting.
# Date: 2026-11-29. Source: run here; libvpx, vp8/common/threading.h: vp8_atomic_spin_wait (a row waits for the row above it).
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"; kill $(jobs -p) 2>/dev/null || true' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy==2.3.5
for _ in 1 2; do python3 -c 'while True: pass' & done # other work, as on any machine
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys
import time

import av
import numpy as np

random = np.random.default_rng(0)
scene = np.kron(random.integers(0, 255, (15, 20, 3), dtype=np.uint8), np.ones((16, 16, 1), np.uint8))
pictures = [np.roll(scene, 3 * i, axis=1) for i in range(60)]


def seconds(codec: str, threads: int, options: dict[str, str]) -> float:
    """Processor time of all threads for one small film."""
    before = time.process_time()
    with av.open(io.BytesIO(), "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.thread_count = threads
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return time.process_time() - before


print("PyAV", av.__version__)
ratios = {}
for codec, options in (
    ("libvpx", {"deadline": "realtime", "cpu-used": "8", "b": "1M"}),
    ("libx264", {"preset": "ultrafast"}),
):
    one, two = (sorted(seconds(codec, threads, options) for _ in range(3))[1] for threads in (1, 2))
    ratios[codec] = two / one
    print(f"{codec}: {one:.2f} s of processor time with one thread, {two:.2f} s with two: {ratios[codec]:.1f} times")
sys.exit(0 if ratios["libvpx"] > 2 > ratios["libx264"] else 1)
PYTHON
