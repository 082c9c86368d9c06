#!/usr/bin/env bash
# Believed: encoding AV1 with PyAV is a computation like any other; the program is afterwards what it was before.
# Happens: where the program may (as root, as in most containers), SVT-AV1 makes the thread that opens it a real-time thread of
#   the highest priority. It stays so after the file is closed, and every process started later inherits it.
# Matters: whoever writes an AV1 file and then starts a server, a browser or workers gets processes that nothing ordinary can
#   interrupt: on two processors two of them that wait in a loop stop everything else. x264, x265 and VP9 do nothing like it.
# Date: 2026-11-28. Source: run here, PyAV 18.1.0 with SVT-AV1; found because a suite of tests stood still on a busy machine.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "This shows only as root."; exit 0; }
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q av==18.1.0 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" 2>/dev/null <<'PYTHON'
import os
import subprocess
import sys

import av
import numpy as np

NAMES = {os.SCHED_OTHER: "ordinary", os.SCHED_FIFO: "real-time"}
print(f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}")


def encode(codec):
    with av.open(f"{sys.argv[1]}/{codec}.mp4", "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


seen = {"before": NAMES[os.sched_getscheduler(0)]}
for codec in ("libx264", "libx265", "libvpx-vp9", "libsvtav1"):
    encode(codec)
    seen[codec] = NAMES[os.sched_getscheduler(0)]
child = subprocess.run([sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"], capture_output=True, text=True)
seen["a process started afterwards"] = NAMES[int(child.stdout)]
for what, name in seen.items():
    print(f"{what}: {name}")
print(f"priority: {os.sched_getparam(0).sched_priority}")
expected = ["ordinary"] * 4 + ["real-time"] * 2
sys.exit(0 if list(seen.values()) == expected else 1)
PYTHON
