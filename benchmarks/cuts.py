"""Are cuts found, and nothing else? Real recordings with cuts known by eye, and pieces of them joined at random.

    pip install scenedetect opencv-python-headless     # the reference, apart from what the project needs
    python benchmarks/cuts.py VIDEO=TIMES... [--json results/cuts.json]

TIMES are the seconds of the cuts since the first picture, to a hundredth, with commas; 6.0-7.5 is a dissolve or a fade, no times
mean one scene. A cut counts as found if it is reported at the first sample after it (for a dissolve: during it or at the two
samples after); whatever else is reported is false. PySceneDetect looks at every frame and gives its own answer beside.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aiducation.environment import environment
from aiducation.media.videos import VideoReader
from aiducation.vision.cuts import CutWatch, Scene

INTERVALS_S = (0.1, 0.25, 0.5, 1.0, 2.0)
STEP_S = 0.05
ROUNDED_S = 0.006


@dataclass
class Film:
    """Scenes of a recording with their times, and its cuts as (start, end) in seconds."""

    name: str
    times: list[float]
    scenes: list[Scene]
    cuts: list[tuple[float, float]]


def video_and_cuts(argument: str) -> tuple[Path, list[tuple[float, float]]]:
    """VIDEO=1.5,6.0-7.5"""
    path, _, times = argument.rpartition("=")
    spans = [text.split("-") for text in times.split(",") if text]
    return Path(path), [(float(span[0]), float(span[-1])) for span in spans]


def film_of(path: Path, cuts: list[tuple[float, float]]) -> Film:
    with VideoReader(path) as reader:
        frames = [(frame.time_s, Scene(frame.image)) for frame in reader.frames(STEP_S)]
    start_s = frames[0][0]  # a picture may start after the sound
    return Film(path.name, [time_s - start_s for time_s, _ in frames], [scene for _, scene in frames], cuts)


def sampled(film: Film, every_s: float) -> Film:
    """What a reader gives at an interval: the first frame on or after each time of the grid."""
    rows, due = [], 0.0
    for i, time_s in enumerate(film.times):
        if time_s + 1e-6 >= due:
            rows.append(i)
            due = (np.floor((time_s + 1e-6) / every_s) + 1) * every_s
    return Film(film.name, [film.times[i] for i in rows], [film.scenes[i] for i in rows], film.cuts)


def joined(films: list[Film], rng: np.random.Generator, pieces: int) -> Film:
    """Pieces of single shots of 3 to 6 s, one after the other, neighbours from other shots."""
    shots = []
    for number, film in enumerate(films):
        ends = [0.0, *(t for cut in film.cuts for t in cut), film.times[-1] + STEP_S]
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            if end - start > 1.0:
                shots.append((number, start + 0.1, end - 0.1))
    made, last, now = Film("joined pieces", [], [], []), -1, 0.0
    for _ in range(pieces):
        choice = int(rng.integers(len(shots)))
        while choice == last:
            choice = int(rng.integers(len(shots)))
        last = choice
        number, start, end = shots[choice]
        length = min(float(rng.uniform(3, 6)), end - start)
        start += float(rng.uniform(0, end - start - length))
        if made.times:
            made.cuts.append((now, now))
        for time_s, scene in zip(films[number].times, films[number].scenes, strict=True):
            if start <= time_s < start + length and scene.says_something:
                made.times.append(now + time_s - start)
                made.scenes.append(scene)
        now = made.times[-1] + STEP_S
        if made.cuts:
            first = next((t for t in made.times if t >= made.cuts[-1][0] - 1e-9), now)
            made.cuts[-1] = (first, first)
    return made


def judged(film: Film) -> dict[str, int]:
    """How many cuts were found, and what else was."""
    watch = CutWatch()
    told = [i for i, (t, scene) in enumerate(zip(film.times, film.scenes, strict=True)) if watch.update(scene, t)]
    found, explained = 0, set()
    for start, end in film.cuts:
        after = [i for i, t in enumerate(film.times) if t >= start - ROUNDED_S]
        late = [i for i, t in enumerate(film.times) if t >= end - ROUNDED_S][: 1 if start == end else 3]
        window = {i for i in after if i <= (late[-1] if late else len(film.times))}
        found += bool(window & set(told))
        explained |= window
    possible = sum(any(t >= start - 1e-6 for t in film.times) for start, _ in film.cuts)
    return {"cuts": possible, "found": found, "false": len(set(told) - explained), "samples": len(film.times)}


def reference(path: Path, cuts: list[tuple[float, float]]) -> dict[str, int] | None:
    """PySceneDetect's answer, every frame looked at; within a tenth of a second, or inside of a dissolve."""
    try:
        from scenedetect import AdaptiveDetector, detect
    except ImportError:
        return None
    told = [scene[0].seconds for scene in detect(str(path), AdaptiveDetector())][1:]
    fits = [[a - 0.1 <= t <= b + 0.1 for t in told] for a, b in cuts]
    explained = {i for row in fits for i, fit in enumerate(row) if fit}
    return {"cuts": len(cuts), "found": sum(map(any, fits)), "false": len(told) - len(explained)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=video_and_cuts, nargs="+", metavar="VIDEO=TIMES")
    parser.add_argument("--pieces", type=int, default=150, help="pieces that are joined")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    films = [film_of(path, cuts) for path, cuts in args.videos]
    rows: list[dict[str, Any]] = []
    for path, cuts in args.videos:
        if answer := reference(path, cuts):
            rows.append({"video": path.name, "by": "PySceneDetect", "every_s": None, **answer})
    films.append(joined(films, np.random.default_rng(0), args.pieces))
    for every_s in INTERVALS_S:
        for film in films:
            rows.append({"video": film.name, "by": "this", "every_s": every_s, **judged(sampled(film, every_s))})
    for row in rows:
        print("  ".join(str(value) for value in row.values()))
    if args.json:
        args.json.write_text(
            json.dumps({"environment": environment(), "rows": rows}, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
