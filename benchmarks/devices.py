"""How fast each device of this machine analyzes, and how far its answers are from those of the processor.

    python benchmarks/devices.py [--devices cpu openvino] [--repeats 15] [--minutes 1] [--json results/devices.json]

Photo: 1280x720, a gallery of 20 faces. Recording: 720p, 10 faces, two samples a second. Batches: drawn faces, as many at a time
as the device takes. The devices take turns, so that what else the machine does meets all alike; seconds of processor are those
of this process. Without --devices: every device that can be used here ('aiducation devices').
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.console import print_table
from aiducation.data.drawn_faces import draw_faces
from aiducation.environment import environment
from aiducation.media.samples import frames, gallery
from aiducation.media.video_writer import VideoWriter
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier, default_model_path
from aiducation.vision.device_choice import why_not
from aiducation.vision.devices import CPU, DEVICES, hardware
from aiducation.vision.runtime_builds import installed_builds


@dataclass
class Timed:
    """Seconds on the clock and of the processor of some runs."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def run(self, work: Callable[[], Any]) -> None:
        clock, processor = time.perf_counter(), time.process_time()
        work()
        self.clock.append(time.perf_counter() - clock)
        self.processor.append(time.process_time() - processor)

    def per(self, units: float) -> dict[str, float]:
        """How many of something a second, by the median run, and seconds of processor for each."""
        return {
            "a_second": units / statistics.median(self.clock),
            "processor_s_each": statistics.median(self.processor) / units,
        }


def compare(analyzer: Analyzer, faces: np.ndarray) -> dict[str, float]:
    """Answers for faces against the same file, and the file of the default, on the processor."""
    probs = analyzer.classifier.probs(faces)
    same_file = Classifier(analyzer.classifier.path).probs(faces)
    default = Classifier(default_model_path()).probs(faces)
    return {
        "largest_difference_same_file": float(np.abs(probs - same_file).max()),
        "same_outcome_same_file": float((probs.argmax(axis=1) == same_file.argmax(axis=1)).mean()),
        "same_outcome_default_file": float((probs.argmax(axis=1) == default.argmax(axis=1)).mean()),
    }


def measure(names: list[str], repeats: int, minutes: float) -> dict[str, Any]:
    """Every device on photo, batches and recording, in turns."""
    rng = np.random.default_rng(0)
    faces = draw_faces(rng.normal(0, 0.3, (1024, 8)), np.zeros(1024, bool), rng)
    image, analyzers = gallery(5, 4), {name: Analyzer(device=name, seed=0) for name in names}
    photos, batches, lessons = ({name: Timed() for name in names} for _ in range(3))
    for one in analyzers.values():  # the first run prepares
        one.photo(image), one.classifier.probs(faces)
    for _ in range(repeats):
        for name, one in analyzers.items():
            photos[name].run(lambda one=one: one.photo(image))
            batches[name].run(lambda one=one: one.classifier.probs(faces))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.mp4"
        with VideoWriter(path, 1280, 720) as writer:
            for time_s, picture in frames(5, 2, seconds=minutes * 60):
                writer.write(picture, time_s)
        for name, one in analyzers.items():
            lessons[name].run(lambda one=one: one.video(path))
    return {
        name: {
            "hardware": hardware(name),
            "model_file": one.classifier.path.name,
            "faces_found": len(one.photo(image)),
            "photos": photos[name].per(1),
            "faces_in_batches": batches[name].per(len(faces)),
            "recording_hours_a_minute": minutes / 60 / (lessons[name].clock[0] / 60),
            "recording_processor_s_an_hour": lessons[name].processor[0] / (minutes / 60),
            "answers": compare(one, faces),
        }
        for name, one in analyzers.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", nargs="*", default=[name for name in DEVICES if not why_not(name)])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--minutes", type=float, default=1.0, help="length of the recording")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = list(dict.fromkeys((CPU, *options.devices)))
    found = measure(names, options.repeats, options.minutes)
    print_table(
        [
            "device",
            "hardware",
            "file",
            "photos/s",
            "processor s",
            "faces/s",
            "processor ms",
            "hours/min",
            "same outcome",
            "difference",
        ],
        [
            [
                name,
                one["hardware"] or "–",
                one["model_file"],
                f"{one['photos']['a_second']:.1f}",
                f"{one['photos']['processor_s_each']:.3f}",
                f"{one['faces_in_batches']['a_second']:.0f}",
                f"{one['faces_in_batches']['processor_s_each'] * 1000:.2f}",
                f"{one['recording_hours_a_minute']:.2f}",
                f"{one['answers']['same_outcome_same_file']:.4f}",
                f"{one['answers']['largest_difference_same_file']:.5f}",
            ]
            for name, one in found.items()
        ],
    )
    text = json.dumps({"devices": found, "onnx_runtime": installed_builds(), "environment": environment()}, indent=2)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
