#!/usr/bin/env bash
# Believed: FFmpeg's skip_frame=bidir leaves out B frames, which no other frame needs, so the rest is decoded as ever.
# Happens: encoders refer to B frames (x264 from preset faster up, its default included), so the pictures that
#   are left are smeared, without any error or mark; x265 codes nearly every picture as B, so almost nothing is left at all.
# Matters: recordings of lessons are sampled twice a second, and leaving out frames is the obvious way to be faster. Only
#   skip_frame=nonref gave the same pictures, and it decodes twice as many.
# Date: 2026-11-28. Source: run here; FFmpeg's documentation of AVDiscard ("discard all bidirectional frames") does not warn.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q av==18.1.0 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from fractions import Fraction

import av
import numpy as np

print(f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}")


def encode(path, codec, options):
    x, y = np.meshgrid(np.arange(160), np.arange(96))
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for i in range(150):
            wave = 128 + 60 * np.sin((x + 3 * i) / 9) + 60 * np.sin((y - i) / 6)
            picture = np.repeat(wave.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def decode(path, skip=None):
    pictures = {}
    with av.open(path) as container:
        if skip:
            container.streams.video[0].codec_context.skip_frame = skip
        for frame in container.decode(video=0):
            pictures[frame.pts] = frame.to_ndarray(format="gray")
    return pictures


seen = {}
for name, codec, options in (
    ("x264 veryfast", "libx264", {"preset": "veryfast"}),
    ("x264 medium", "libx264", {"preset": "medium"}),
    ("x265 fast", "libx265", {"preset": "fast", "x265-params": "log-level=none:keyint=50"}),
):
    path = f"{sys.argv[1]}/a.mp4"
    encode(path, codec, options)
    whole = decode(path)
    for skip in ("BIDIR", "NONREF"):
        some = decode(path, skip)
        wrong = sum(not np.array_equal(whole[pts], picture) for pts, picture in some.items())
        seen[name, skip] = len(some), wrong
        print(f"{name}, {skip}: {len(some)} of {len(whole)} pictures, {wrong} of them differ from a full decode")
assert seen["x264 medium", "BIDIR"][1] > 10, "B frames that others need are not left out any more"
assert seen["x265 fast", "BIDIR"][0] < 20, "more pictures of HEVC are given than before"
assert not any(wrong for (_, skip), (_, wrong) in seen.items() if skip == "NONREF"), "NONREF is not exact any more"
PYTHON
