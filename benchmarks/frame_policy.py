"""What the frame policy costs and gains: are the samples those of a full decode, and how much less is there to do?

    python benchmarks/frame_policy.py [--seconds 20] [--every 0.5] [--json results/frame_policy.json]

The same gallery of faces is coded in many ways. For each: the share of packets that are decoded, processor time relative to a
full decode (the least of three turns each), samples that differ from it, and, for comparison, pictures that differ or are
missing when FFmpeg's decoder is told to leave out bidirectional pictures (BIDIR) or those without reference (NONREF).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from aiducation.environment import environment
from aiducation.media.frame_policy import needed_packets
from aiducation.media.samples import frames
from aiducation.media.videos import VideoReader

RATE = 25

#: Name -> encoder, its options, ending of the file.
CODINGS: dict[str, tuple[str, dict[str, str], str]] = {
    **{f"H.264, x264 {p}": ("libx264", {"preset": p}, "mp4") for p in ("veryfast", "medium", "slow")},
    "H.264, key frame a second": ("libx264", {"preset": "medium", "g": "25"}, "mp4"),
    "H.264, open GOP": ("libx264", {"preset": "medium", "x264-params": "open-gop=1:keyint=50"}, "mp4"),
    "H.264, without B frames": ("libx264", {"preset": "veryfast", "tune": "zerolatency"}, "mp4"),
    "HEVC, x265 fast": ("libx265", {"preset": "fast", "x265-params": "log-level=none"}, "mp4"),
    "HEVC, without B frames": ("libx265", {"preset": "fast", "x265-params": "log-level=none:bframes=0"}, "mp4"),
    "MPEG-2": ("mpeg2video", {"bf": "2", "g": "15"}, "ts"),
    "MPEG-4": ("mpeg4", {"bf": "2"}, "mp4"),
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8"}, "webm"),
    "VP9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}, "webm"),
    "AV1": ("libsvtav1", {"preset": "12", "svtav1-params": "lp=1"}, "mp4"),
    "MJPEG": ("mjpeg", {}, "avi"),
}


def code(path: Path, codec: str, options: dict[str, str], seconds: float) -> None:
    """A 640x360 gallery of 10 faces."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 1_500_000
        for number, (_, image) in enumerate(frames(5, 2, seconds=seconds)):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[::2, ::2]), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    if hasattr(os, "sched_setscheduler"):  # SVT-AV1 makes the thread a real-time one if it may, and leaves it so
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def read(path: Path, every_s: float, *, all_pictures: bool) -> tuple[float, list[tuple[int, np.ndarray]]]:
    """Processor seconds, and number and picture of each sample."""
    start = time.process_time()
    with VideoReader(path) as reader:
        if all_pictures:
            reader.table = dataclasses.replace(reader.table, exact=False)
        found = [(frame.index, frame.image) for frame in reader.frames(every_s)]
    return time.process_time() - start, found


def skipped(path: Path, kind: str) -> dict[str, int]:
    """Pictures that FFmpeg's own way of leaving out gives, and how many of them differ from a full decode."""
    with av.open(str(path)) as container:
        whole = {frame.pts: hash(frame.to_ndarray(format="gray").tobytes()) for frame in container.decode(video=0)}
    differ, given = 0, 0
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.skip_frame = kind
        try:
            for frame in container.decode(video=0):
                given += 1
                differ += whole.get(frame.pts) != hash(frame.to_ndarray(format="gray").tobytes())
        except av.error.FFmpegError:
            pass  # what is left out is missing by now
    return {"pictures": len(whole), "given": given, "differ": differ}


def measure(path: Path, every_s: float) -> dict[str, Any]:
    """One coding."""
    turns = [(read(path, every_s, all_pictures=False), read(path, every_s, all_pictures=True)) for _ in range(3)]
    ours, full = turns[0][0][1], turns[0][1][1]
    with VideoReader(path) as reader:
        needed = needed_packets(reader.table, every_s)
    return {
        "samples": len(ours),
        "samples_that_differ": sum(
            a != b or not np.array_equal(one, other) for (a, one), (b, other) in zip(ours, full, strict=True)
        ),
        "share_decoded": 1.0 if needed is None else float(needed.mean()),
        "time_of_full_decode": min(part[0] for part, _ in turns) / min(whole[0] for _, whole in turns),
        **{f"ffmpeg_{kind.lower()}": skipped(path, kind) for kind in ("BIDIR", "NONREF")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--every", type=float, default=0.5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    results: dict[str, Any] = {}
    print(f"{'coding':28} samples differ decoded time  BIDIR: given differ  NONREF: given differ")
    with tempfile.TemporaryDirectory() as folder:
        for name, (codec, options, ending) in CODINGS.items():
            path = Path(folder) / f"a.{ending}"
            code(path, codec, options, given.seconds)
            r = results[name] = measure(path, given.every)
            b, n = r["ffmpeg_bidir"], r["ffmpeg_nonref"]
            print(
                f"{name:28} {r['samples']:7} {r['samples_that_differ']:6} {r['share_decoded']:7.0%} "
                f"{r['time_of_full_decode']:4.0%} {b['given']:13} {b['differ']:6} {n['given']:14} {n['differ']:6}"
            )
    if given.json:
        whole = {"environment": environment(), "seconds": given.seconds, "every_s": given.every, "codings": results}
        given.json.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
