"""How fast photos and recordings are analyzed, where the time goes, and how much memory it takes.

    python benchmarks/analysis_speed.py [--threads 2] [--minutes 2] [--hours 2] [--json results/analysis_speed.json]

Photo: 1280x720, a gallery of 20 faces. Recording: 720p, 25 frames a second, 10 faces, two samples a second. Long recording: the
same in a loop of so many hours, through the command line, for its peak memory; --hours 0 leaves it out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from aiducation.environment import environment
from aiducation.exports.annotated_picture import annotate
from aiducation.media.samples import frames, gallery
from aiducation.media.video_writer import VideoWriter
from aiducation.media.videos import VideoReader
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.quality import assess


def median_ms(work: Callable[[], Any], repeats: int = 15) -> float:
    """Median of several runs after two warm ones, in milliseconds."""
    work(), work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def photo(analyzer: Analyzer) -> dict[str, float]:
    """Stages of one photo with 20 faces."""
    image = gallery(5, 4)
    found = analyzer.detector.detect(image)
    crops = aligned_faces(image, found)
    seen = analyzer.photo(image)
    return {
        "faces": len(found),
        "detect_ms": median_ms(lambda: analyzer.detector.detect(image)),
        "quality_ms": median_ms(lambda: assess(image, found)),
        "align_ms": median_ms(lambda: aligned_faces(image, found)),
        "classify_ms": median_ms(lambda: analyzer.classifier.probs(crops)),
        "all_ms": median_ms(lambda: analyzer.photo(image)),
        "annotate_ms": median_ms(lambda: annotate(image, seen)),
        "classify_ms_a_face_in_batches": median_ms(lambda: analyzer.classifier.probs(np.resize(crops, (64, 48, 48))))
        / 64,
    }


def recording(analyzer: Analyzer, folder: Path, minutes: float) -> dict[str, float]:
    """Reading alone, and reading with analysis, as multiples of real time."""
    path = folder / "lesson.mp4"
    with VideoWriter(path, 1280, 720) as writer:
        for time_s, image in frames(5, 2, seconds=minutes * 60):
            writer.write(image, time_s)
    start = time.perf_counter()
    with VideoReader(path) as reader:
        n = sum(1 for _ in reader.frames(0.5))
    reading = time.perf_counter() - start
    start = time.perf_counter()
    seen = analyzer.video(path, every_s=0.5)
    everything = time.perf_counter() - start
    return {
        "minutes": minutes,
        "frames_looked_at": n,
        "faces_a_frame": float(np.mean([len(f) for f in seen.frames])),
        "reading_times_real_time": minutes * 60 / reading,
        "times_real_time": minutes * 60 / everything,
        "share_of_reading": reading / everything,
    }


def long_recording(folder: Path, minutes: float, hours: float) -> dict[str, float]:
    """Peak memory and speed of the command on the recording in a loop."""
    path, long = folder / "lesson.mp4", folder / "long.mp4"
    with av.open(str(path)) as source, av.open(str(long), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        length = round(minutes * 60 / stream.time_base)
        for i in range(round(hours * 60 / minutes)):
            source.seek(0)
            for packet in source.demux(stream):
                if packet.dts is not None:
                    packet.dts, packet.pts, packet.stream = packet.dts + i * length, packet.pts + i * length, copy
                    target.mux(packet)
    start = time.perf_counter()
    command = [sys.executable, "-m", "aiducation", "analyze", str(long), "--out", str(folder / "long")]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0.0
    while running.poll() is None:
        peak = max(peak, _memory_mb(running.pid))
        time.sleep(0.2)
    if running.returncode:
        raise SystemExit(f"The analysis of the long recording ended with code {running.returncode}.")
    return {"hours": hours, "times_real_time": hours * 3600 / (time.perf_counter() - start), "peak_memory_mb": peak}


def _memory_mb(pid: int) -> float:
    """The most memory that a process has had (Linux); what getrusage tells of a child includes its parent's."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def command_line(folder: Path) -> float:
    """Seconds from starting the command to its saved result, one photo."""
    from PIL import Image

    path = folder / "photo.jpg"
    Image.fromarray(gallery(5, 4)).save(path)
    times = []
    for i in range(3):
        start = time.perf_counter()
        command = [sys.executable, "-m", "aiducation", "analyze", str(path), "--out", str(folder / f"out{i}")]
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=2.0, help="length of the recording")
    parser.add_argument("--hours", type=float, default=2.0, help="length of the long recording")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    analyzer = Analyzer(threads=options.threads)
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "threads": options.threads,
            "photo": photo(analyzer),
            "recording": recording(analyzer, Path(folder), options.minutes),
            "command_s": command_line(Path(folder)),
        }
        if options.hours:
            result["long_recording"] = long_recording(Path(folder), options.minutes, options.hours)
        result["environment"] = environment()
    text = json.dumps(result, indent=2, default=float)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
