"""How fast photos and recordings are analyzed, where the time goes, and how much memory it takes.

    python benchmarks/analysis_speed.py [--threads 2] [--minutes 2] [--json results/analysis_speed.json]

Photo: 1280x720, a gallery of 20 faces. Recording: 720p, 25 frames a second, 10 faces, two samples a second.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.environment import environment
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.drawing import annotate
from aiducation.vision.quality import assess
from aiducation.vision.samples import frames, gallery
from aiducation.vision.videos import VideoReader, VideoWriter


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
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    analyzer = Analyzer(threads=options.threads)
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "threads": options.threads,
            "photo": photo(analyzer),
            "recording": recording(analyzer, Path(folder), options.minutes),
            "command_s": command_line(Path(folder)),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "environment": environment(),
        }
    text = json.dumps(result, indent=2, default=float)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
