#!/usr/bin/env bash
# Believed: a picture that no other refers to can be left out without any effect on the others.
# Happens: true as long as the file is sound. Where a reference picture is damaged, FFmpeg's H.264 decoder conceals the hole with
#   the picture it decoded last, reference or not: with other pictures left out, other pictures follow, with no error from PyAV.
# Matters: who leaves out pictures to be faster gets other faces from a damaged recording than a player shows. With the option
#   err_detect=explode most such damage raises an error, after which one can begin again and decode everything.
# Date: 2026-11-28. Source: run here; FFmpeg's documentation of err_detect.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q av==18.1.0 numpy==2.3.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from fractions import Fraction

import av
import numpy as np

print(f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}")
path, rng = f"{sys.argv[1]}/a.mp4", np.random.default_rng(0)
noise = rng.integers(0, 256, (96, 400, 3), dtype=np.uint8)
with av.open(path, "w") as container:
    stream = container.add_stream("libx264", rate=25, options={"preset": "medium"})
    stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
    for i in range(100):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(noise[:, i : i + 160]), format="rgb24")
        frame.pts, frame.time_base = i, Fraction(1, 25)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def decode(skip=None, options=None, damage=True):
    pictures, errors = {}, 0
    with av.open(path) as container:
        stream = container.streams.video[0]
        if skip:
            stream.codec_context.skip_frame = skip
        stream.codec_context.options = options or {}
        for number, packet in enumerate(container.demux(stream)):
            content = bytearray(bytes(packet))
            reference = len(content) > 4 and content[4] >> 5 & 3
            if damage and number > 20 and reference and number % 5 == 0:
                content[len(content) // 2] ^= 0x55
            copy = av.Packet(bytes(content)) if content else None
            if copy is not None:
                copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
            try:
                for frame in stream.codec_context.decode(copy):
                    pictures[frame.pts] = frame.to_ndarray(format="gray")
            except av.error.FFmpegError:
                errors += 1
    return pictures, errors


def compare(damage):
    (whole, _), (some, errors) = decode(damage=damage), decode("NONREF", damage=damage)
    return len(some), sum(not np.array_equal(whole[pts], picture) for pts, picture in some.items()), errors


for damage in (False, True):
    given, wrong, errors = compare(damage)
    print(f"damaged {damage}: {given} pictures without the others, {wrong} differ from a full decode, {errors} errors")
strict = decode("NONREF", {"err_detect": "explode"})[1]
print(f"with err_detect=explode: {strict} errors")
assert compare(False)[1] == 0 and compare(True)[1] > 0 and compare(True)[2] == 0 and strict > 0
PYTHON
