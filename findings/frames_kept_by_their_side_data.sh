#!/usr/bin/env bash
# Believed: a decoded picture of PyAV is freed as soon as nobody holds it, whatever of it was read before.
# Happens: frame.side_data, where players' rotation is found, makes a cycle: frame and side data hold each other. Each picture whose
#   side data was read stays, with its pixels, until Python's garbage collector looks through its oldest objects, which may be
#   after hundreds of pictures. In a small copy of the frame the same side data can be read, and only the copy stays.
# Matters: whoever asks each picture how it has to be turned needs 1.4 MB more for each picture of 720p; an analysis of 150 such
#   pictures took 260 MB instead of 180.
# Date: 2026-11-28. Source: run here; PyAV issue 2206 describes another cycle, that of frame.format.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy==2.3.5
"$folder/venv/bin/python" - "$folder/a.mp4" <<'PYTHON'
import gc
import sys

import av
import numpy as np

with av.open(sys.argv[1], "w") as container:
    stream = container.add_stream("mpeg4", rate=25)
    stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
    for i in range(60):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((360, 640, 3), 4 * i, np.uint8), format="rgb24")))
    container.mux(stream.encode(None))

ways = {
    "nothing": lambda frame: None,
    "the size": lambda frame: frame.width,
    "the side data": lambda frame: frame.side_data.get("DISPLAYMATRIX"),
    "the side data of a small copy": lambda frame: frame.reformat(width=16, height=16, format="gray").side_data.get("DISPLAYMATRIX"),
}
print("PyAV", av.__version__)
kept = {}
for name, look in ways.items():
    gc.collect()
    gc.disable()
    with av.open(sys.argv[1]) as container:
        for frame in container.decode(video=0):
            look(frame)
    del frame
    kept[name] = sum(isinstance(one, av.VideoFrame) and one.width == 640 for one in gc.get_objects())
    gc.enable()
    print(f"{kept[name]:3d} of 60 pictures still in memory after reading {name}")
as_seen = kept["the side data"] >= 59 and all(n < 3 for name, n in kept.items() if name != "the side data")
print("as seen on 2026-11-28" if as_seen else "this has changed")
sys.exit(not as_seen)
PYTHON
